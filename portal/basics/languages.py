"""Languages that captions come in: their tags (BCP 47), names in English and in themselves, and how they are read."""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["ltr", "rtl"]
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ps", "ur", "yi")


@dataclass(frozen=True)
class Language:
    """`name` is in English, `own_name` in the language itself."""

    tag: str
    name: str
    own_name: str

    @property
    def direction(self) -> Direction:
        return "rtl" if self.tag in _RIGHT_TO_LEFT else "ltr"


_NAMES = (
    ("af", "Afrikaans", "Afrikaans"),
    ("sq", "Albanian", "Shqip"),
    ("am", "Amharic", "አማርኛ"),
    ("ar", "Arabic", "العربية"),
    ("hy", "Armenian", "Հայերեն"),
    ("eu", "Basque", "Euskara"),
    ("bn", "Bengali", "বাংলা"),
    ("bs", "Bosnian", "Bosanski"),
    ("bg", "Bulgarian", "Български"),
    ("ca", "Catalan", "Català"),
    ("zh-Hans", "Chinese, simplified", "简体中文"),
    ("zh-Hant", "Chinese, traditional", "繁體中文"),
    ("hr", "Croatian", "Hrvatski"),
    ("cs", "Czech", "Čeština"),
    ("da", "Danish", "Dansk"),
    ("nl", "Dutch", "Nederlands"),
    ("en", "English", "English"),
    ("et", "Estonian", "Eesti"),
    ("fi", "Finnish", "Suomi"),
    ("fr", "French", "Français"),
    ("gl", "Galician", "Galego"),
    ("ka", "Georgian", "ქართული"),
    ("de", "German", "Deutsch"),
    ("el", "Greek", "Ελληνικά"),
    ("he", "Hebrew", "עברית"),
    ("hi", "Hindi", "हिन्दी"),
    ("hu", "Hungarian", "Magyar"),
    ("is", "Icelandic", "Íslenska"),
    ("id", "Indonesian", "Bahasa Indonesia"),
    ("ga", "Irish", "Gaeilge"),
    ("it", "Italian", "Italiano"),
    ("ja", "Japanese", "日本語"),
    ("ko", "Korean", "한국어"),
    ("lv", "Latvian", "Latviešu"),
    ("lt", "Lithuanian", "Lietuvių"),
    ("lb", "Luxembourgish", "Lëtzebuergesch"),
    ("mk", "Macedonian", "Македонски"),
    ("ms", "Malay", "Bahasa Melayu"),
    ("mt", "Maltese", "Malti"),
    ("mi", "Māori", "Te reo Māori"),
    ("no", "Norwegian", "Norsk"),
    ("ps", "Pashto", "پښتو"),
    ("fa", "Persian", "فارسی"),
    ("pl", "Polish", "Polski"),
    ("pt", "Portuguese", "Português"),
    ("pt-BR", "Portuguese, Brazil", "Português (Brasil)"),
    ("ro", "Romanian", "Română"),
    ("ru", "Russian", "Русский"),
    ("gd", "Scottish Gaelic", "Gàidhlig"),
    ("sr", "Serbian", "Српски"),
    ("sk", "Slovak", "Slovenčina"),
    ("sl", "Slovenian", "Slovenščina"),
    ("es", "Spanish", "Español"),
    ("sw", "Swahili", "Kiswahili"),
    ("sv", "Swedish", "Svenska"),
    ("ta", "Tamil", "தமிழ்"),
    ("th", "Thai", "ไทย"),
    ("tr", "Turkish", "Türkçe"),
    ("uk", "Ukrainian", "Українська"),
    ("ur", "Urdu", "اردو"),
    ("vi", "Vietnamese", "Tiếng Việt"),
    ("cy", "Welsh", "Cymraeg"),
    ("yi", "Yiddish", "ייִדיש"),
    ("zu", "Zulu", "isiZulu"),
)
LANGUAGES = {tag: Language(tag, name, own_name) for tag, name, own_name in _NAMES}
"""By tag, in the order of their English names."""


def language_of(tag: str) -> Language:
    """The language of a tag; one that is not listed goes by its tag."""
    return LANGUAGES.get(tag) or Language(tag, tag, tag)
