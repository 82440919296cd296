"""The letters of a text file whose encoding nobody wrote down."""

import codecs

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 400


def decoded(data: bytes) -> str | None:
    """The text of a file in UTF-8, UTF-16, or else Windows' Western European; with plain line ends. None: no text.

    A file without a mark is UTF-16 when every second byte of its beginning is mostly zero.
    """
    text = _letters(data)
    if text is None or "\0" in text:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def _letters(data: bytes) -> str | None:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if b"\0" in data[:_LOOKED_AT]:
        return _without_mark(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1").translate(_AS_ON_WINDOWS)


_AS_ON_WINDOWS = {byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}
"""What Windows writes where Latin-1 has control characters."""


def _without_mark(data: bytes) -> str | None:
    beginning = data[:_LOOKED_AT]
    even, odd = beginning[0::2].count(0), beginning[1::2].count(0)
    if max(even, odd) * 4 < len(beginning):
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    return data.decode(encoding, "replace")
