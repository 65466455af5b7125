"""Mending a faulty translation by what was counted in pairs of sentences and their translations."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from heapq import nlargest
from math import log

from textgym.metrics.word_neighbours import END, START, WordNeighbours
from textgym.metrics.word_translation import WordTranslation
from textgym.tasks.draft_fixes import match_end

# Weights of a text's score, found on training and validation drafts of generated German.
_SAID, _COVERED, _EDIT, _SPARE = 0.5, 3.0, 3.0, 6.0
# Probability of a word that nothing on the other side speaks for.
_NOWHERE = 1e-4
# Translations of a source word that are put into a draft, likeliest first.
_TRANSLATIONS = 6
# The search goes on from so many texts at once, over so many edits at most, and remembers so many of each round.
_BEAM, _EDITS, _KEPT = 2, 6, 30
# Marks a part of a word without a space to its neighbour; stands for words that source and target share.
_GLUE, _COPY = "\u2060", "="
_OPENING = re.compile(r"(?<!\S)([¿¡]|\w{1,2}['’])(?=\S)")
_CLOSING = re.compile(r"(?<=\S)(['’]s?|[,.?!:;]+)(?!\S)")

Words = tuple[str, ...]


class Mender:
    """Finds likely corrections of a draft: words replaced, put in, left out, or swapped with the next one.

    The score of a text is the sum of how well each word stands behind the two before it (`WordNeighbours`), 0.5 x the
    log-probability of each word given the source and 3 x that of each source word given the text (both
    `WordTranslation`), less 3 for each edit. Words that translations keep, such as names, count as one word, and cost
    6 for each time they are said too often. From the draft a beam search of width 2 makes up to six edits, one after
    another.

    Args:
        pairs: Sentences and their translations. None should be the one whose draft is mended.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        rows = [(tokens(source), tokens(target)) for source, target in pairs]
        self._later = tuple(Counter(word for row in rows for word in row[side][1:]) for side in (0, 1))
        self._seen = Counter(word for source, _ in rows for word in set(source))
        self._kept = Counter(word for source, target in rows for word in set(source) & set(target))
        masked = []
        for row in rows:
            source, target = self._lowered(0, row[0]), self._lowered(1, row[1])
            copies = self.copies(source)
            masked.append((_masked(source, copies), _masked(target, copies)))
        self.neighbours = WordNeighbours(target for _, target in masked)
        self.forward = WordTranslation(masked)
        self.backward = WordTranslation([(target, source) for source, target in masked])

    def __call__(self, source: str, draft: str, k: int) -> list[str]:
        """The at most `k` best texts, the best first, each with the source's mark at its end; the draft may be one."""
        search = DraftSearch(self, self._lowered(0, tokens(source)), self._lowered(1, tokens(draft)))
        return list(dict.fromkeys(match_end(source, join(words)) for words in search.best(2 * k)))[:k]

    def copies(self, source: Words) -> frozenset[str]:
        """What translations keep: words, not all in small letters, that are new or that most translations hold."""
        return frozenset(
            word
            for word in source
            if not (word.isalpha() and word.islower())
            and word.strip(_GLUE + ",.?!:;")
            and 2 * self._kept[word] >= self._seen[word]
        )

    def _lowered(self, side: int, words: Words) -> Words:
        """The words, the first one in small letters if that is how it stands elsewhere more often."""
        small = words[0][:1].lower() + words[0][1:] if words else ""
        later = self._later[side]
        return (small, *words[1:]) if words and later[small] > later[words[0]] else words


class DraftSearch:
    """The texts around one draft, and their scores; see `Mender`.

    Args:
        mender: What was counted.
        source: Words of the source.
        draft: Words of the draft, at least one.
    """

    def __init__(self, mender: Mender, source: Words, draft: Words) -> None:
        self._mender, self._draft = mender, draft
        self._copies = mender.copies(source)
        self._source = tuple(dict.fromkeys(source))
        self._copied = [(i, source.count(w)) for i, w in enumerate(self._source) if w in self._copies]
        offered: dict[str, None] = {}
        for word in self._source:
            copied = word in self._copies
            offered |= dict.fromkeys([word] if copied else mender.forward.likeliest(word, _TRANSLATIONS))
        self._offered = [word for word in offered if word != _COPY]
        # Each is asked for in many texts.
        self._said, self._covers = cache(self._log_said), cache(self._speaks_for)
        self._follows = cache(self._log_follows)

    def best(self, k: int) -> list[Words]:
        """The at most `k` best texts of a beam search from the draft, the best first."""
        found, beam = {self._draft: self.score(self._draft)}, [self._draft]
        for _ in range(_EDITS):
            new: dict[Words, float] = {}
            for words in beam:
                new |= {t: score for t, score in self.one_edit_away(words, found[words]) if t not in found}
            beam = nlargest(_BEAM, new, key=new.__getitem__)
            found |= {text: new[text] for text in nlargest(_KEPT, new, key=new.__getitem__)}
        return nlargest(k, found, key=found.__getitem__)

    def score(self, words: Words) -> float:
        """How good a text is, whatever edits led to it."""
        return self._fluency((START, START, *words, END)) + self._covered(self._cover(words))

    def one_edit_away(self, words: Words, score: float) -> Iterator[tuple[Words, float]]:
        """Texts that differ by one edit from one of this score, with their scores less the cost of the edit."""
        framed, cover = (START, START, *words, END), self._cover(words)
        score -= self._covered(cover) + _EDIT
        for i, j, put in self._edits(words):
            before, after = framed[i : i + 2], framed[j + 2 : j + 4]
            fluency = self._fluency((*before, *put, *after)) - self._fluency((*before, *words[i:j], *after))
            changed = cover
            for word in put:
                changed = [a + b for a, b in zip(changed, self._covers(word), strict=True)]
            for word in words[i:j]:
                changed = [a - b for a, b in zip(changed, self._covers(word), strict=True)]
            yield (*words[:i], *put, *words[j:]), score + fluency + self._covered(changed)

    def _edits(self, words: Words) -> Iterator[tuple[int, int, Words]]:
        """Places (from, to) and what is put there; only words that were met beside one of their new neighbours."""
        framed = (START, *words, END)
        for i in range(len(words) + 1):
            for word in self._offered:
                if self._fits(framed[i], word, framed[i + 1]):
                    yield i, i, (word,)
                if i < len(words) and word != words[i] and self._fits(framed[i], word, framed[i + 2]):
                    yield i, i + 1, (word,)
        for i in range(len(words)):
            if len(words) > 1:
                yield i, i + 1, ()
            if i + 1 < len(words) and words[i] != words[i + 1]:
                yield i, i + 2, (words[i + 1], words[i])

    def _fits(self, before: str, word: str, after: str) -> bool:
        met, key = self._mender.neighbours.met, self._key(word)
        return met(self._key(before), key) or met(key, self._key(after))

    def _fluency(self, words: Words) -> float:
        """Of all words but the first two: how they stand behind those before them, and how the source says them."""
        said = sum(self._said(word) for word in words[2:] if word != END)
        follows = sum(self._follows(*three) for three in zip(words, words[1:], words[2:], strict=False))
        return follows + _SAID * said

    def _log_follows(self, before: str, last: str, word: str) -> float:
        return self._mender.neighbours.log_score(self._key(before), self._key(last), self._key(word))

    def _log_said(self, word: str) -> float:
        """Log-probability of a word given the source."""
        says, key = self._mender.forward.probability, self._key(word)
        total = _NOWHERE + sum(
            says(key, self._key(source))
            for source in self._source
            if word == source or word not in self._copies or source not in self._copies
        )
        return log(total / max(len(self._source), 1))

    def _speaks_for(self, word: str) -> list[float]:
        """The probability of each word of the source given a word of the text."""
        says, key = self._mender.backward.probability, self._key(word)
        return [float(word == s) if s in self._copies else says(s, key) for s in self._source]

    def _cover(self, words: Words) -> list[float]:
        start = [_NOWHERE] * len(self._source)
        return [sum(column) for column in zip(start, *map(self._covers, words), strict=True)]

    def _covered(self, cover: Sequence[float]) -> float:
        """Weighted log-probability of the source's words, less what copies cost that are said too often."""
        spare = sum(max(round(cover[i]) - times, 0) for i, times in self._copied)
        return _COVERED * sum(map(log, cover)) - _SPARE * spare

    def _key(self, word: str) -> str:
        return _COPY if word in self._copies else word


def tokens(text: str) -> Words:
    """Words and marks of a text; `join` puts them together again.

    What stands at a word without a space is marked by an invisible character on that side.
    """
    text = _OPENING.sub(rf"\1{_GLUE} ", text)
    return tuple(_CLOSING.sub(rf" {_GLUE}\1", text).split())


def join(words: Sequence[str]) -> str:
    """The text of `tokens`, with single spaces."""
    text = " ".join(words)
    return text.replace(f" {_GLUE}", "").replace(f"{_GLUE} ", "").strip(_GLUE)


def _masked(words: Words, copies: frozenset[str]) -> Words:
    return tuple(_COPY if word in copies else word for word in words)
