"""Human translations of user-interface sentences, from the message catalogues that Django installs."""

import difflib
import gettext
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from textgym.data.base import Record, normalise
from textgym.data.corpus import Corpus
from textgym.data.installed import package_folder
from textgym.data.language_names import LANGUAGE_NAMES
from textgym.data.near_duplicates import near_duplicate_groups
from textgym.errors import UnknownName, require

#: Shorter sources are labels ("Save", "%(size)s KB") and no sentences.
MIN_WORDS = 2

_PLACEHOLDER = re.compile(r"%\(\w+\)[-#0+]*[\d.]*[a-zA-Z]|%[-#0+]*[\d.]*[sdifrx]|\{\w*\}")


def placeholders(text: str) -> Counter[str]:
    """The `%(name)s`, `%s` and `{name}` placeholders of a text, with their counts."""
    return Counter(_PLACEHOLDER.findall(text))


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Codes of all languages that hold at least one catalogue, such as `"de"` and `"pt_BR"`, sorted.

    Raises:
        MissingExtra: If Django is not installed.
    """
    # `en` and the other templates of the original hold no translations.
    return tuple(sorted({path.parent.parent.name for path in _paths("*")} - {"en"}))


@lru_cache(maxsize=16)
def catalogue_source(language: str) -> Corpus:
    """Sentences of Django's catalogues in English with their translation by a person.

    The fields are `source` (English), `target` and `language` (the code). Kept are translations that are
    neither marked as fuzzy nor obsolete, whose English holds at least `MIN_WORDS` words besides
    placeholders, and whose target has all placeholders of the English and differs from it (variants of
    English may repeat it). Of a message with plural forms the singular is kept. One English sentence may
    have two records with different targets.

    Near-duplicate English sentences form one group, whatever the language: the groups are made over the
    English sentences of all catalogues, so that `django:de` and `django:fr` agree on them.

    Args:
        language: One of `languages()`, or several joined by `+`, such as `"de+fr+es"`: one language has a
            few hundred sentences.

    Returns:
        The corpus, named `django:LANGUAGE`.

    Raises:
        UnknownName: If Django has no such language, or if one is named twice.
        MissingExtra: If Django or polib is not installed.
    """
    codes = language.split("+")
    for code in codes:
        if code not in languages():
            raise UnknownName(_unknown_language(code))
    if len(set(codes)) < len(codes):
        raise UnknownName(f"expected each language once, got {language!r}")
    records = [record for code in codes for record in _records(code)]
    return Corpus.from_records(f"django:{language}", records)


def _records(language: str) -> Iterator[Record]:
    groups = _groups()
    pairs = dict.fromkeys(pair for path in _paths(language) for pair in _pairs(path))
    if not language.startswith("en"):
        pairs = {(source, target): None for source, target in pairs if source != target}
    for index, (source, target) in enumerate(pairs):
        fields = {"source": source, "target": target, "language": language}
        yield Record(f"django:{language}/{index}", groups[source], fields)


def _unknown_language(language: str) -> str:
    names = {name.casefold(): code for code, name in LANGUAGE_NAMES.items() if code in languages()}
    by_folded = {**names, **{code.casefold(): code for code in languages()}}
    folded = language.casefold().replace("-", "_")
    near = difflib.get_close_matches(folded, by_folded, n=5, cutoff=0.5)
    codes = dict.fromkeys(by_folded[text] for text in near)
    hint = f"; did you mean {', '.join(codes)}?" if codes else ""
    return (
        f"Django has no catalogue in the language {language!r}{hint} "
        f"(`textgym list --languages` shows all {len(languages())} codes)"
    )


def _paths(language: str) -> list[Path]:
    """Catalogue files of a language (`*` for all), in a fixed order."""
    folder = package_folder("django")
    patterns = ("conf/locale/{}/LC_MESSAGES/django.po", "contrib/*/locale/{}/LC_MESSAGES/django.po")
    return sorted(path for pattern in patterns for path in folder.glob(pattern.format(language)))


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    """The (English, translation) pairs of one catalogue file that are worth keeping."""
    catalogue = require("polib", extra="data").pofile(str(path), encoding="utf-8")
    # Which form is the singular depends on the language: form 0 is the one for "no items" in Arabic.
    rule = re.search(r"plural\s*=\s*([^;]+)", catalogue.metadata.get("Plural-Forms", ""))
    singular = gettext.c2py(rule[1].strip())(1) if rule else 0
    for entry in catalogue.translated_entries():
        source = entry.msgid.strip()
        target = (entry.msgstr_plural.get(singular, "") if entry.msgid_plural else entry.msgstr).strip()
        if _is_pair(source, target):
            yield source, target


def _is_pair(source: str, target: str) -> bool:
    words = normalise(_PLACEHOLDER.sub(" ", source))
    return (
        bool(target) and len(words.split()) >= MIN_WORDS and not placeholders(source) - placeholders(target)
    )


@lru_cache(maxsize=1)
def _groups() -> dict[str, str]:
    """Group of every English sentence in any language's catalogues."""
    return near_duplicate_groups({source for path in _paths("*") for source, _ in _pairs(path)})
