"""Papers: A4 pages in the portal's own type and colours, as PDF. What they say is for whoever writes one.

Names of any script come out: those that the portal's own type lacks in a second one, right to left where they run so,
and a letter that neither has as an empty box.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import current_app
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.fonts import TTFFont

Colour = tuple[int, int, int]
_INK: Colour = (28, 34, 38)
_QUIET: Colour = (84, 94, 101)
_ACCENT: Colour = (14, 95, 111)
_LINE: Colour = (209, 215, 219)
_SUNKEN: Colour = (243, 245, 246)
_OWN, _SECOND = "atkinson", "dejavu"
_FONTS = {
    "": "atkinson-hyperlegible-next/whole-400.ttf",
    "B": "atkinson-hyperlegible-next/whole-600.ttf",
}
_SECOND_FONT = "dejavu/sans.ttf"
_MARGIN = 18
_SMALL, _LINE_HEIGHT, _PAD = 8, 4.4, 1.3  # of tables: points, millimetres, millimetres
_NEEDS_SHAPING = 0x300  # before it: Latin letters, each whole by itself
_MARKS = frozenset("–—‘’“”…")
_BOX = "\N{WHITE SQUARE}"
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what follows: in a name they would turn the rest of its line."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, how wide it is beside the others, and whether it holds numbers."""

    head: str
    width: int
    is_number: bool = False


class Paper(FPDF):
    """One paper. `title` stands at its head and in its data; `foot` at the foot of each page, beside its number."""

    def __init__(self, title: str, *, foot: str, at: datetime) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self._has_second = False
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(True, margin=_MARGIN + 6)
        for style, name in _FONTS.items():
            self.add_font(_OWN, style, _vendor() / name)
        self.set_text_shaping(True)
        self.set_title(self._drawn(title))
        self.set_creation_date(at)
        self.set_lang("en")
        self.alias_nb_pages()
        self.add_page()
        self._line(title, size=20, style="B")

    def written(self) -> bytes:
        """The file. Nothing can be added to the paper after it."""
        file = bytes(self.output())
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()
        return file

    def footer(self) -> None:
        self.set_y(-_MARGIN)
        self._type(8, colour=_QUIET)
        wide = self.epw / 4
        self.cell(self.epw - wide, 5, self._drawn(self._foot))
        self.cell(wide, 5, f"Page {self.page_no()} of {{nb}}", align=Align.R)

    def heading(self, words: str) -> None:
        """A heading that is never the last thing on its page."""
        if self.will_page_break(40):
            self.add_page()
        self.ln(5)
        self._line(words, size=13, style="B", colour=_ACCENT)
        self.ln(1)

    def words(self, words: str, *, quiet: bool = False) -> None:
        """A paragraph."""
        self._line(words, size=10, colour=_QUIET if quiet else _INK)

    def figures(self, figures: Sequence[tuple[str, str]]) -> None:
        """Numbers with what they count, side by side."""
        self.ln(3)
        wide, top = self.epw / len(figures), self.get_y()
        for place, (number, label) in enumerate(figures):
            self.set_xy(self.l_margin + place * wide, top)
            self._type(17, "B", _ACCENT)
            self.cell(wide, 8, number, new_x=XPos.LEFT, new_y=YPos.NEXT)
            self._type(9, colour=_QUIET)
            self.cell(wide, 5, label)
        self.set_xy(self.l_margin, top + 15)

    def rows(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """A table; its heads stand again on each page that it runs to. A cell may have several lines."""
        together = sum(column.width for column in columns)
        widths = [self.epw * column.width / together for column in columns]
        self.set_draw_color(*_LINE)
        self._heads(columns, widths)
        for row in rows:
            lines = [self._wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
            if self.will_page_break(_height(lines)):
                self.add_page()
                self._heads(columns, widths)
            self._row(columns, widths, lines)
        self.set_text_shaping(True)
        self.ln(2)

    def _heads(self, columns: Sequence[Column], widths: Sequence[float]) -> None:
        self._type(_SMALL, "B")
        lines = [self._wrapped(column.head, width) for column, width in zip(columns, widths, strict=True)]
        self.set_fill_color(*_SUNKEN)
        self.rect(self.l_margin, self.get_y(), self.epw, _height(lines), style="F")
        self._row(columns, widths, lines)
        self._type(_SMALL)

    def _row(self, columns: Sequence[Column], widths: Sequence[float], lines: Sequence[Sequence[str]]) -> None:
        left, top = self.l_margin, self.get_y()
        for column, width, words in zip(columns, widths, lines, strict=True):
            for number, line in enumerate(words):
                self.set_xy(left, top + _PAD + number * _LINE_HEIGHT)
                self._shape_if_need_be(line)
                self.cell(width, _LINE_HEIGHT, line, align=Align.R if column.is_number else Align.L)
            left += width
        bottom = top + _height(lines)
        self.line(self.l_margin, bottom, self.l_margin + self.epw, bottom)
        self.set_xy(self.l_margin, bottom)

    def _wrapped(self, cell: str, width: float) -> list[str]:
        """The lines of a cell: broken between words, and within one that is longer than a line."""
        room, lines = width - 2 * self.c_margin, []
        for words in map(self._drawn, cell.split("\n")):
            self._shape_if_need_be(words)
            line = ""
            for word in words.split(" "):
                longer = f"{line} {word}" if line else word
                if self.get_string_width(longer) <= room:
                    line = longer
                    continue
                if line:
                    lines.append(line)
                *whole, line = self._broken(word, room)
                lines += whole
            lines.append(line)
        return lines

    def _broken(self, word: str, room: float) -> list[str]:
        pieces = [""]
        for letter in word:
            if pieces[-1] and self.get_string_width(pieces[-1] + letter) > room:
                pieces.append("")
            pieces[-1] += letter
        return pieces

    def _shape_if_need_be(self, words: str) -> None:
        """Latin letters stand one after the other; shaping each of ten thousand cells would take a minute."""
        self.set_text_shaping(not all(ord(letter) < _NEEDS_SHAPING or letter in _MARKS for letter in words))

    def _line(self, words: str, *, size: float, style: str = "", colour: Colour = _INK) -> None:
        self._type(size, style, colour)
        self.multi_cell(0, size * 0.5, self._drawn(words), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _type(self, size: float, style: str = "", colour: Colour = _INK) -> None:
        self.set_font(_OWN, style, size)
        self.set_text_color(*colour)

    def _drawn(self, words: str) -> str:
        """The words with nothing in them that cannot be drawn; the second font is there once they need it."""
        letters = [_plain(letter) for letter in unicodedata.normalize("NFC", words)]
        if not self._has_second and not all(map(self._has, filter(None, letters))):
            self.add_font(_SECOND, "", _vendor() / _SECOND_FONT)
            self.set_fallback_fonts([_SECOND], exact_match=False)
            self._has_second = True
        return "".join(letter if not letter or self._has(letter) else _instead(letter) for letter in letters)

    def _has(self, letter: str) -> bool:
        """Whether one of the fonts that are there has a letter."""
        return any(ord(letter) in font.cmap for font in self.fonts.values() if isinstance(font, TTFFont))


def _height(lines: Sequence[Sequence[str]]) -> float:
    return max(map(len, lines)) * _LINE_HEIGHT + 2 * _PAD


def _plain(letter: str) -> str:
    if letter in _TURNS:
        return ""
    return " " if letter.isspace() or unicodedata.category(letter) == "Cc" else letter


def _instead(letter: str) -> str:
    """What stands for a letter that no font has: nothing for a mark on another one."""
    return "" if unicodedata.category(letter) in ("Cf", "Mn", "Me") else _BOX


def _vendor() -> Path:
    assert current_app.static_folder is not None
    return Path(current_app.static_folder) / "vendor"
