"""The words of the synchronous grammar, read from `lexicon.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Noun:
    """A common noun in four languages.

    Args:
        key: Its name in the lexicon.
        kinds: What it is, for the selection of verbs and adjectives.
        en: Singular, plural.
        de: Gender `m`, `f` or `n`, singular, genitive, plural, and `weak` for weak nouns.
        fr: Gender, singular, plural.
        es: Gender, singular, plural.
    """

    key: str
    kinds: frozenset[str]
    en: tuple[str, ...]
    de: tuple[str, ...]
    fr: tuple[str, ...]
    es: tuple[str, ...]


@dataclass(frozen=True)
class Verb:
    """A verb with its forms and its frame.

    Args:
        key: Its name in the lexicon.
        en: Base form, third person singular, past.
        de: Infinitive, du form, er form, participle, auxiliary, and the prefix of separable verbs.
        fr: Infinitive; then, where it is not a regular -er verb, five present forms, participle, auxiliary
            and future stem.
        es: Infinitive, then irregular tenses as `pres=...`, `pret=...`, `fut=...`.
        subjects: Kinds of its subject.
        objects: Kinds of its direct object; empty for intransitive verbs.
        place: `"in"`, `"to"` or `"city"` where it takes a place, with `!` where it needs one.
        recipient: Whether it takes a person as indirect object.
        beneficiary: Whether "for somebody" suits it.
        dative: Whether the German object is in the dative.
        stative: Whether its past is an imperfect in French and Spanish.
        plural: Whether its object must be plural.
        says: Whether it takes a that-clause.
    """

    key: str
    en: tuple[str, ...]
    de: tuple[str, ...]
    fr: tuple[str, ...]
    es: tuple[str, ...]
    subjects: frozenset[str] = frozenset({"person"})
    objects: frozenset[str] = frozenset()
    place: str = ""
    recipient: bool = False
    beneficiary: bool = False
    dative: bool = False
    stative: bool = False
    plural: bool = False
    says: bool = False


@dataclass(frozen=True)
class Adjective:
    """An adjective.

    Args:
        key: Its name in the lexicon, which is its English form.
        of: Kinds of nouns that it describes.
        de: Predicative form, and the stem of the inflected forms where it differs.
        fr: Masculine, feminine, and `pre` or `post` for its place beside the noun.
        es: Masculine singular, `ser` or `estar`, and the plural where it is irregular.
    """

    key: str
    of: frozenset[str]
    de: tuple[str, ...]
    fr: tuple[str, ...]
    es: tuple[str, ...]


@dataclass(frozen=True)
class Time:
    """An adverbial of time; `{n}` in its wording stands for a number from `low` to `high`."""

    key: str
    tenses: frozenset[str]
    wording: Mapping[str, str] = field(hash=False)
    low: int = 0
    high: int = 0


@dataclass(frozen=True)
class Lexicon:
    """All words, each kind by its key."""

    nouns: Mapping[str, Noun]
    verbs: Mapping[str, Verb]
    adjectives: Mapping[str, Adjective]
    times: Mapping[str, Time]
    feminine_names: tuple[str, ...]
    masculine_names: tuple[str, ...]
    cities: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    # An underscore binds the words of one form: "pomme_de_terre".
    return tuple(word.replace("_", " ") for word in text.split())


def _forms(row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {language: _words(row[language]) for language in ("en", "de", "fr", "es")}


def _verb(key: str, row: Mapping[str, Any]) -> Verb:
    flags = ("recipient", "dative", "stative", "plural", "says")
    return Verb(
        key,
        **_forms(row),
        subjects=frozenset(row.get("subjects", "person").split()),
        objects=frozenset(row.get("objects", "").split()),
        place=row.get("place", ""),
        beneficiary=row.get("for", False),
        **{flag: row.get(flag, False) for flag in flags},
    )


def _adjective(key: str, row: Mapping[str, Any]) -> Adjective:
    forms = {language: _words(row[language]) for language in ("de", "fr", "es")}
    return Adjective(key, frozenset(row["of"].split()), **forms)


def _time(key: str, row: Mapping[str, Any]) -> Time:
    low, high = (int(n) for n in row.get("numbers", "0 0").split())
    wording = {language: row[language] for language in ("en", "de", "fr", "es")}
    return Time(key, frozenset(row["tenses"].split()), wording, low, high)


@cache
def load_lexicon() -> Lexicon:
    """The lexicon, read once."""
    table = tomllib.loads((files("textgym.data.grammar") / "lexicon.toml").read_text(encoding="utf-8"))
    return Lexicon(
        nouns={k: Noun(k, frozenset(r["kinds"].split()), **_forms(r)) for k, r in table["nouns"].items()},
        verbs={k: _verb(k, r) for k, r in table["verbs"].items()},
        adjectives={k: _adjective(k, r) for k, r in table["adjectives"].items()},
        times={k: _time(k, r) for k, r in table["times"].items()},
        feminine_names=tuple(table["names"]["feminine"]),
        masculine_names=tuple(table["names"]["masculine"]),
        cities=tuple(table["names"]["cities"]),
    )
