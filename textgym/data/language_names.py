"""English names of languages by their codes."""

from textgym.errors import UnknownName

_TABLE = """
af Afrikaans|am Amharic|ar Arabic|ar_DZ Algerian Arabic|ast Asturian|az Azerbaijani|be Belarusian|bg Bulgarian
bn Bengali|br Breton|bs Bosnian|ca Catalan|ckb Central Kurdish|cs Czech|cy Welsh|da Danish|de German
dsb Lower Sorbian|el Greek|en English|en_AU Australian English|en_GB British English|eo Esperanto|es Spanish
es_AR Argentinian Spanish|es_CO Colombian Spanish|es_MX Mexican Spanish|es_NI Nicaraguan Spanish
es_VE Venezuelan Spanish|et Estonian|eu Basque|fa Persian|fi Finnish|fr French|fr_CA Canadian French
fy Western Frisian|ga Irish|gd Scottish Gaelic|gl Galician|he Hebrew|hi Hindi|hr Croatian|hsb Upper Sorbian
ht Haitian Creole|hu Hungarian|hy Armenian|ia Interlingua|id Indonesian|ig Igbo|io Ido|is Icelandic|it Italian
ja Japanese|ka Georgian|kab Kabyle|kk Kazakh|km Khmer|kn Kannada|ko Korean|ky Kyrgyz|lb Luxembourgish|lo Lao
lt Lithuanian|lv Latvian|mk Macedonian|ml Malayalam|mn Mongolian|mr Marathi|ms Malay|mt Maltese|my Burmese
nb Norwegian Bokmål|ne Nepali|nl Dutch|nn Norwegian Nynorsk|no Norwegian|os Ossetian|pa Punjabi|pl Polish
pt Portuguese|pt_BR Brazilian Portuguese|ro Romanian|ru Russian|sk Slovak|sl Slovenian|sq Albanian|sr Serbian
sr_Latn Serbian in Latin script|sv Swedish|sw Swahili|ta Tamil|te Telugu|tg Tajik|th Thai|tk Turkmen|tr Turkish
tt Tatar|udm Udmurt|ug Uyghur|uk Ukrainian|ur Urdu|uz Uzbek|vi Vietnamese|zh Chinese|zh_Hans Simplified Chinese
zh_Hant Traditional Chinese
"""
LANGUAGE_NAMES: dict[str, str] = {
    code: name
    for entry in _TABLE.strip().replace("\n", "|").split("|")
    for code, name in [entry.split(" ", 1)]
}
_BY_FOLDED = {code.lower(): name for code, name in LANGUAGE_NAMES.items()}


def language_name(language: str) -> str:
    """English name of a language.

    Args:
        language: A code such as `"de"` or `"pt_BR"` (`"pt-br"` too), or an English name, which is returned.

    Raises:
        UnknownName: If it is neither: not in the table, and not written with a capital letter like a name.
    """
    name = _BY_FOLDED.get(language.replace("-", "_").lower())
    if name is None and not language[:1].isupper():
        raise UnknownName(
            f"unknown language {language!r}; give a code such as 'de' or 'pt_BR', or an English name such as 'German'"
        )
    return name or language
