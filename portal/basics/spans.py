"""Parts of a whole: (begin, end) in whole numbers, the end not included; of bytes, or of tenths of a second."""

from collections.abc import Iterable, Sequence

Span = tuple[int, int]
MOST = 400
"""More parts than this are not kept: the smallest go first, so that nobody fills a row by jumping about."""


def merged(spans: Iterable[Sequence[int]]) -> list[Span]:
    """The same parts in order, each once; those that overlap or touch as one. Empty ones are left out."""
    together: list[Span] = []
    for begin, end in sorted((span[0], span[1]) for span in spans if span[0] < span[1]):
        if together and begin <= together[-1][1]:
            together[-1] = (together[-1][0], max(together[-1][1], end))
        else:
            together.append((begin, end))
    return _at_most(together)


def total(spans: Iterable[Sequence[int]]) -> int:
    """How much they are together. They must not overlap: `merged` sees to it."""
    return sum(span[1] - span[0] for span in spans)


def beyond(spans: Iterable[Sequence[int]], known: Iterable[Sequence[int]]) -> list[Span]:
    """What of `spans` is not among `known`."""
    left: list[Span] = []
    there = merged(known)
    for begin, end in merged(spans):
        at = begin
        for known_begin, known_end in there:
            if known_end <= at or known_begin >= end:
                continue
            if at < known_begin:
                left.append((at, known_begin))
            at = max(at, known_end)
        if at < end:
            left.append((at, end))
    return left


def within(spans: Iterable[Sequence[int]], limits: Iterable[Sequence[int]], *, slack: int = 0) -> list[Span]:
    """What of `spans` lies in `limits`, or so close to one of them."""
    found: list[Span] = []
    allowed = merged((begin - slack, end + slack) for begin, end in merged(limits))
    for begin, end in merged(spans):
        found += [(max(begin, first), min(end, last)) for first, last in allowed if first < end and last > begin]
    return merged(found)


def first_of(spans: Iterable[Sequence[int]], most: int) -> list[Span]:
    """So much of them, from the beginning on, as makes `most` together."""
    kept: list[Span] = []
    for begin, end in merged(spans):
        if most <= 0:
            break
        kept.append((begin, min(end, begin + most)))
        most -= end - begin
    return kept


def _at_most(spans: list[Span]) -> list[Span]:
    if len(spans) <= MOST:
        return spans
    largest = sorted(spans, key=lambda span: span[0] - span[1])[:MOST]
    return sorted(largest)
