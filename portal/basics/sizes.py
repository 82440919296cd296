"""Sizes of files in words."""

_STEP = 1024
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def size_words(size: int) -> str:
    """A number of bytes for people: "940 MB", "1.2 GB", "12 bytes". A unit is 1,024 of the one below it."""
    amount, unit = float(size), 0
    while amount >= _STEP - 0.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    if unit == 0:
        return "1 byte" if size == 1 else f"{size} bytes"
    shown = f"{amount:.1f}".removesuffix(".0") if amount < 9.95 and unit > 2 else f"{amount:.0f}"
    return f"{shown} {_UNITS[unit]}"
