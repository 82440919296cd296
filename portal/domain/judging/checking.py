"""What points and weights may be, and how they are written."""

import math
import re

from portal.basics.errors import PortalError

_NUMBER = re.compile(r"[+-]?\d{1,4}(?:[.,]\d{1,3})?")
_STEPS = 2
"""Points are whole or half."""


class EventOver(PortalError):
    """The event has ended: nothing of what was scored changes any more."""


def points_words(points: float) -> str:
    """ "7", "7.5" """
    return f"{points:g}".replace("-", "−")


def weight_words(weight: float) -> str:
    """ "2", "0.75" """
    return f"{weight:.2f}".rstrip("0").rstrip(".")


def read_points(typed: str, lowest: int, highest: int) -> float | None:
    """Points as somebody typed them; None: none are given. Raises `PortalError` with the sentence for the field."""
    text = typed.strip().replace("−", "-")
    if not text:
        return None
    if not (text.isascii() and _NUMBER.fullmatch(text)):
        raise PortalError(f"Give a number from {lowest} to {highest}")
    return check_points(float(text.replace(",", ".")), lowest, highest)


def check_points(points: float, lowest: int, highest: int) -> float:
    """Whole or half points inside of the range. Raises `PortalError` with the sentence for the field."""
    if not math.isfinite(points) or not lowest <= points <= highest:
        raise PortalError(f"Give a number from {lowest} to {highest}")
    if points * _STEPS != round(points * _STEPS):
        raise PortalError("Give whole or half points")
    return points + 0.0  # no negative zero
