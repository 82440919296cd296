"""Flat pictures drawn without a font or a library: filled shapes over a gradient, as a PPM that ffmpeg reads."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

WIDTH, HEIGHT = 160.0, 90.0  # the units of every shape; x to the right, y downwards

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Canvas:
    """One picture of 16:9. Shapes may reach beyond it; what is drawn later lies on top."""

    def __init__(self, pixels_wide: int) -> None:
        self.wide, self.high = pixels_wide, pixels_wide * 9 // 16
        self._scale = pixels_wide / WIDTH
        self._bytes = bytearray(self.wide * self.high * 3)

    def gradient(self, top: Colour, bottom: Colour, *, begin: float = 0, end: float = HEIGHT) -> None:
        """Fill the picture from one height to another, from the one colour to the other."""
        first, last = round(begin * self._scale), min(self.high, round(end * self._scale))
        for y in range(first, last):
            share = (y - first) / max(1, last - first - 1)
            mixed = bytes(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
            self._bytes[y * self.wide * 3 : (y + 1) * self.wide * 3] = mixed * self.wide

    def box(self, x: float, y: float, width: float, height: float, colour: Colour, opacity: float = 1) -> None:
        self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour, opacity)

    def circle(self, x: float, y: float, radius: float, colour: Colour, opacity: float = 1) -> None:
        self.ellipse(x, y, radius, radius, colour, opacity)

    def ellipse(self, x: float, y: float, across: float, down: float, colour: Colour, opacity: float = 1) -> None:
        """`across` and `down` are radii."""
        turns = [2 * math.pi * step / 72 for step in range(72)]
        self.polygon([(x + across * math.cos(turn), y + down * math.sin(turn)) for turn in turns], colour, opacity)

    def line(self, points: Sequence[Point], thickness: float, colour: Colour) -> None:
        for (x1, y1), (x2, y2) in pairwise(points):
            length = math.hypot(x2 - x1, y2 - y1) or 1
            dx, dy = (y2 - y1) / length * thickness / 2, (x1 - x2) / length * thickness / 2
            self.polygon([(x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)], colour)

    def polygon(self, points: Iterable[Point], colour: Colour, opacity: float = 1) -> None:
        corners = [(x * self._scale, y * self._scale) for x, y in points]
        edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
        lowest, highest = min(y for _, y in corners), max(y for _, y in corners)
        for row in range(max(0, math.floor(lowest)), min(self.high, math.ceil(highest))):
            crossings = sorted(_crossings(edges, row + 0.5))
            for begin, end in zip(crossings[::2], crossings[1::2], strict=False):
                self._span(row, max(0, round(begin)), min(self.wide, round(end)), colour, opacity)

    def save(self, path: Path) -> None:
        path.write_bytes(b"P6 %d %d 255\n" % (self.wide, self.high) + self._bytes)

    def _span(self, row: int, begin: int, end: int, colour: Colour, opacity: float) -> None:
        if end <= begin:
            return
        first, last = (row * self.wide + begin) * 3, (row * self.wide + end) * 3
        if opacity >= 1:
            self._bytes[first:last] = bytes(colour) * (end - begin)
            return
        for channel, value in enumerate(colour):
            mixed = bytes(round(old + (value - old) * opacity) for old in range(256))
            self._bytes[first + channel : last : 3] = self._bytes[first + channel : last : 3].translate(mixed)


def _crossings(edges: Iterable[tuple[Point, Point]], y: float) -> Iterable[float]:
    for (x1, y1), (x2, y2) in edges:
        if (y1 <= y) != (y2 <= y):
            yield x1 + (y - y1) * (x2 - x1) / (y2 - y1)
