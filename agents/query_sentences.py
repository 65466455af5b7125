"""Query-focused summarization: for each question of the query the sentence most like it, as far as the limit allows.

textgym evaluate agents/query_sentences.py textgym/QueryFocusedSummarization-v0
"""

import re

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel

from textgym import Agent, as_agent
from textgym.metrics.sentences import sentences
from textgym.metrics.words import count_words

_LIMIT = re.compile(r"at most (\d+) words")


def most_like(message: str) -> str:
    """Sentences of the text under the instruction line, in their order.

    Likeness is the cosine of TF-IDF vectors of character 2- to 4-grams within words, made over the text's sentences.
    """
    instruction, _, text = message.partition("\n")
    found = sentences(text)
    if not found:
        return message
    limit = _LIMIT.search(instruction)
    questions = sentences(instruction.partition(": ")[2]) or (instruction,)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True).fit(found)
    likeness = linear_kernel(vectorizer.transform(questions), vectorizer.transform(found))
    picked: list[int] = []
    for best in np.argmax(likeness, axis=1).tolist():
        words = sum(count_words(found[i]) for i in {*picked, best})
        if best not in picked and (not picked or limit is None or words <= int(limit[1])):
            picked.append(best)
    return " ".join(found[i] for i in sorted(picked))


def make_agent() -> Agent:
    return as_agent(most_like)
