"""Which language a text is in."""

from functools import cache
from typing import Any

from textgym.errors import UnknownName, require


def language_probability(text: str, language: str) -> float:
    """Probability that a text is in a language, by `py3langid`.

    A few words are not enough to be sure: short texts get middling values, and names or numbers alone low ones.

    Args:
        text: Any string.
        language: A code such as `"de"` or `"pt_BR"`; what follows the first part is ignored.

    Returns:
        A number in [0, 1].

    Raises:
        MissingExtra: If the package is not installed.
        UnknownName: If it does not know the language.

    References:
        Lui and Baldwin, 2012, "langid.py: an off-the-shelf language identification tool", ACL.
    """
    return float(dict(_identifier().rank(text))[identified_code(language)])


def identified_code(language: str) -> str:
    """What the identifier calls a language.

    Raises:
        MissingExtra: If the package is not installed.
        UnknownName: If it does not know the language.
    """
    code = language.replace("-", "_").split("_")[0].lower()
    if code not in _identifier().labels:
        raise UnknownName(
            f"language {language!r} cannot be identified; give one of the codes {', '.join(sorted(_identifier().labels))}"
        )
    return code


@cache
def _identifier() -> Any:
    langid = require("py3langid.langid", extra="langid")
    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
