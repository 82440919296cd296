"""What is done to typed text before anybody looks at it."""

import unicodedata


def visible(text: str | None) -> str:
    """Without control characters: no keyboard makes them, and no page may hold them."""
    return "".join(letter for letter in text or "" if unicodedata.category(letter) not in ("Cc", "Cs"))
