"""Which bytes of a file a request asks for (RFC 9110, section 14)."""

import re
from dataclasses import dataclass, field

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,40})-(\d{0,40})[ \t]*", re.IGNORECASE | re.ASCII)


class Unsatisfiable(ValueError):
    """The range lies behind the end of the file; answered with 416."""


@dataclass(frozen=True)
class Part:
    """The bytes from `first` to `last`, both included. `open_ended`: “from here on”, as players ask."""

    first: int
    last: int
    open_ended: bool = field(default=False, compare=False)

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def read_range(header: str | None, size: int) -> Part | None:
    """The one part of `size` bytes that a Range header names; None when the whole file is the right answer.

    That is so without a header, for units other than bytes, for headers that make no sense, and for several ranges at
    once: a server may ignore those (section 14.2), and no player sends them. Raises `Unsatisfiable`.
    """
    found = _ONE_RANGE.fullmatch(header) if header else None
    if found is None:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        return _suffix(int(last), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable(header)
    if not last:
        return Part(int(first), size - 1, open_ended=True)
    return Part(int(first), min(int(last), size - 1))


def _suffix(length: int, size: int) -> Part:
    if length == 0 or size == 0:
        raise Unsatisfiable(f"the last {length} bytes")
    return Part(max(0, size - length), size - 1)
