"""Words as they are compared when something is looked for: in any case, with or without accents, whatever stands
between them."""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORD = 60
MOST_SOUGHT = 8
"""Of what somebody types, so many words are looked for."""

# letters that are not a plain one with an accent, as people type them who do not have them
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
# written without spaces, so each sign counts as a word: Han, Hiragana, Katakana
_SIGN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_SIGN}]|[^\\W_{_SIGN}]+")
_QUOTES = re.compile("(?<=\\w)['’ʼ](?=\\w)")


def words_in(text: str) -> list[str]:
    """The words of a text, in order, as they are compared: small letters and digits alone.

    “Müller’s” is one word, `mullers`; “co-owner” is two.
    """
    return [word[:LONGEST_WORD] for word in _WORD.findall(_folded(_QUOTES.sub("", text)))]


def sought(typed: str) -> tuple[str, ...]:
    """What somebody looks for who typed this: each word once, `MOST_SOUGHT` at most."""
    return tuple(dict.fromkeys(words_in(typed)))[:MOST_SOUGHT]


def all_begin_in(words: Iterable[str], text: str) -> bool:
    """Whether each of these words is one in the text, or the beginning of one."""
    there = words_in(text)
    return all(any(each.startswith(word) for each in there) for word in words)


def places_in(words: Iterable[str], text: str) -> list[tuple[int, int]]:
    """Where in a text such words stand, from and to which letter, in order: for marking them."""
    wanted = tuple(words)
    found = []
    for match in _SHOWN.finditer(text):
        folded = words_in(match.group())
        if wanted and any(each.startswith(wanted) for each in folded):
            found.append(match.span())
    return found


_SHOWN = re.compile(f"[{_SIGN}]|(?:[^\\W_{_SIGN}][\\u0300-\\u036f]*(?:['’ʼ](?=\\w))?)+")


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    # signs of Japanese and Korean are put together again, for a letter of theirs is no word
    return unicodedata.normalize("NFC", bare.casefold()).translate(_PLAIN)
