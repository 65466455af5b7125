"""Names of languages."""

import pytest

from textgym.data.language_names import language_name
from textgym.errors import UnknownName


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("de", "German"),
        ("pt_BR", "Brazilian Portuguese"),
        ("pt-br", "Brazilian Portuguese"),
        ("zh_Hant", "Traditional Chinese"),
        ("German", "German"),
        ("Klingon", "Klingon"),
    ],
)
def test_name(language, name):
    assert language_name(language) == name


@pytest.mark.parametrize("language", ["xx", "germn", ""])
def test_unknown(language):
    with pytest.raises(UnknownName, match="unknown language"):
        language_name(language)


@pytest.mark.data
def test_every_catalogue_has_a_name():
    pytest.importorskip("django")
    pytest.importorskip("polib")
    from textgym.data.catalogues import languages

    assert len({language_name(code) for code in languages()}) == len(languages()) > 90
