"""Groups of texts that differ by little."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from textgym.data.base import group_key, normalise

#: Cosine of two TF-IDF vectors from which texts count as near-duplicates. On Django's sentences 0.7 joins
#: "Enter a valid date." with "Enter a valid time." and keeps "Log out" from "Log entries"; at 0.6 chains of
#: such pairs begin to join unrelated sentences (a cluster of 50 out of 555).
THRESHOLD = 0.7

_BLOCK = 1024


def near_duplicate_groups(
    texts: Iterable[str], *, unit: Literal["characters", "words"] = "characters", threshold: float = THRESHOLD
) -> dict[str, str]:
    """Group of each text, so that near-duplicates have the same one.

    Texts are normalised and compared by the cosine of their TF-IDF vectors; groups are the connected
    components of the pairs at or above the threshold. The result depends on the set of texts alone, not on
    their order.

    Args:
        texts: The texts; repeats do not matter.
        unit: What the vectors count: character 2- to 4-grams within words, for sentences, or single words
            and pairs of them, for longer texts such as code.
        threshold: Smallest cosine of near-duplicates, in (0, 1].

    Returns:
        For each text the `group_key` of its group's smallest member (in normalised form).
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be in (0, 1], got {threshold}")
    forms = {text: normalise(text) for text in texts}
    unique = sorted(set(forms.values()))
    if not unique:
        return {}
    labels = _components(unique, unit, threshold)
    smallest: dict[int, str] = {}
    for form, label in zip(unique, labels, strict=True):
        smallest.setdefault(label, group_key(form))
    group_of_form = {form: smallest[label] for form, label in zip(unique, labels, strict=True)}
    return {text: group_of_form[form] for text, form in forms.items()}


def linked_groups(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Merge groups that share a key.

    Args:
        pairs: Of a group and a key; groups and keys must not use the same strings.

    Returns:
        For each group the smallest group among those that it is linked to, directly or through others.
    """
    neighbours: dict[str, set[str]] = {}
    for group, key in (pairs := list(pairs)):
        neighbours.setdefault(group, set()).add(key)
        neighbours.setdefault(key, set()).add(group)
    merged: dict[str, str] = {}
    for group in sorted({group for group, _ in pairs}):
        stack = [] if group in merged else [group]
        while stack:
            node = stack.pop()
            if node not in merged:
                merged[node] = group
                stack.extend(neighbours[node])
    return {group: merged[group] for group, _ in pairs}


def _components(texts: list[str], unit: str, threshold: float) -> list[int]:
    """Label of each text's connected component."""
    # scikit-learn takes a second to import, and most sources do not need it.
    from sklearn.feature_extraction.text import TfidfVectorizer

    # Features in very many texts weigh little but would make the product of the matrices dense.
    options = {"sublinear_tf": True, "max_df": max(200, len(texts) // 20)}
    if unit == "characters":
        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), **options)
    else:
        vectorizer = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), **options)
    vectors = vectorizer.fit_transform(texts)
    rows, columns = [np.arange(len(texts))], [np.arange(len(texts))]
    for start in range(0, len(texts), _BLOCK):
        similar = (vectors[start : start + _BLOCK] @ vectors.T).tocoo()
        near = similar.data >= threshold
        rows.append(similar.row[near] + start)
        columns.append(similar.col[near])
    row, column = np.concatenate(rows), np.concatenate(columns)
    graph = coo_array((np.ones(len(row), np.int8), (row, column)), shape=(len(texts), len(texts)))
    return connected_components(graph, directed=False)[1].tolist()
