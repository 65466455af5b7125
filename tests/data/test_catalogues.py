import pytest

from textgym.data import catalogues
from textgym.data.base import SPLITS
from textgym.data.catalogues import catalogue_source, languages, placeholders
from textgym.errors import MissingExtra, UnknownName

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


def read(tmp_path, body: str, plural: str = "nplurals=2; plural=(n != 1);"):
    pytest.importorskip("polib")
    path = tmp_path / "django.po"
    path.write_text(HEADER + f'"Plural-Forms: {plural}\\n"\n\n' + body, encoding="utf-8")
    return list(catalogues._pairs(path))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Hello %(name)s and %s", {"%(name)s": 1, "%s": 1}),
        ("%d of %d", {"%d": 2}),
        ('The {name} "{obj}" in {}', {"{name}": 1, "{obj}": 1, "{}": 1}),
        ("%(value).1f million", {"%(value).1f": 1}),
        ("100 % sure, 5% off", {}),
    ],
)
def test_placeholders_of_both_kinds_are_counted(text, expected):
    assert placeholders(text) == expected


def test_a_plain_entry_is_kept_with_its_placeholders(tmp_path):
    body = 'msgid "Hello dear %(name)s"\nmsgstr "Hallo %(name)s"\n'
    assert read(tmp_path, body) == [("Hello dear %(name)s", "Hallo %(name)s")]


@pytest.mark.parametrize(
    "body",
    [
        '#, fuzzy\nmsgid "Log in again"\nmsgstr "Abmelden"\n',
        '#~ msgid "Log in again"\n#~ msgstr "Neu anmelden"\n',
        'msgid "Log in again"\nmsgstr ""\n',
        'msgid "Hello dear %(name)s"\nmsgstr "Hallo"\n',
        'msgid "Save"\nmsgstr "Sichern"\n',
        'msgid "%(size)d bytes"\nmsgstr "%(size)d Byte"\n',
    ],
    ids=[
        "fuzzy",
        "obsolete",
        "untranslated",
        "lost placeholder",
        "one word",
        "one word beside a placeholder",
    ],
)
def test_entries_that_are_no_translated_sentence_are_dropped(tmp_path, body):
    assert read(tmp_path, body) == []


def test_the_singular_is_the_form_for_one_item(tmp_path):
    body = 'msgid "one more day"\nmsgid_plural "%d more days"\nmsgstr[0] "zero"\nmsgstr[1] "one"\n'
    assert read(tmp_path, body, "nplurals=2; plural=n==1 ? 1 : 0;") == [("one more day", "one")]


def test_without_django_the_error_names_the_extra(monkeypatch):
    monkeypatch.setattr("textgym.data.installed.find_spec", lambda name: None)
    languages.cache_clear()
    with pytest.raises(MissingExtra, match="'django' holds this data"):
        catalogue_source.__wrapped__("de")


@pytest.mark.data
class TestInstalledCatalogues:
    @pytest.fixture(autouse=True)
    def _installed(self):
        pytest.importorskip("django")
        pytest.importorskip("polib")

    def test_django_is_not_configured(self):
        from django.conf import settings

        catalogue_source("de")
        assert not settings.configured

    def test_at_least_ninety_languages_are_there(self):
        assert len(languages()) >= 90
        assert {"de", "fr", "pt_BR", "zh_Hans"} <= set(languages())
        assert "en" not in languages()

    def test_a_known_sentence_has_its_translation(self):
        pairs = {
            (r.fields["source"], r.fields["target"])
            for s in SPLITS
            for r in catalogue_source("de").records(s)
        }
        assert ("No file was submitted.", "Es wurde keine Datei übertragen.") in pairs

    def test_one_english_sentence_is_in_one_group_and_split_in_every_language(self):
        home: dict[str, tuple[str, str]] = {}
        for language in ("de", "fr", "ja", "en_GB"):
            for split in SPLITS:
                for record in catalogue_source(language).records(split):
                    place = (split, record.group)
                    assert home.setdefault(record.fields["source"], place) == place
        assert len({split for split, _ in home.values()}) == 3

    def test_near_duplicates_share_a_group(self):
        groups = {r.fields["source"]: r.group for s in SPLITS for r in catalogue_source("de").records(s)}
        either = [text for text in groups if text.startswith("“%(value)s” value must be either True")]
        assert len(either) == 2
        assert len({groups[text] for text in either}) == 1
        assert groups["No file was submitted."] != groups["Enter a valid URL."]

    def test_every_pair_keeps_the_placeholders(self):
        for record in catalogue_source("fr").records("train"):
            assert not placeholders(record.fields["source"]) - placeholders(record.fields["target"])

    @pytest.mark.parametrize("wrong, near", [("pt-br", "pt_BR"), ("de_AT", "de")])
    def test_an_unknown_language_is_told_its_neighbours(self, wrong, near):
        with pytest.raises(UnknownName, match=rf"'{wrong}'; did you mean .*\b{near}\b"):
            catalogue_source(wrong)

    def test_several_languages_make_one_source(self):
        both = catalogue_source("de+fr").records("test")
        assert both == (*catalogue_source("de").records("test"), *catalogue_source("fr").records("test"))

    def test_a_language_named_twice_is_refused(self):
        with pytest.raises(UnknownName, match="each language once"):
            catalogue_source("de+de")
