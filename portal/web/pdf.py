"""Papers: A4 pages in the portal's own type and colours, as PDF. What they say is for whoever writes one.

Names of any script come out: those that the portal's own type lacks in a second one, right to left where they run so,
and a letter that neither has as an empty box.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from flask import current_app
from fontTools.ttLib import TTFont
from fpdf import FPDF, FontFace
from fpdf.enums import Align, TableBordersLayout, TableHeadingsDisplay, XPos, YPos

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
        return bytes(self.output())

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
        self._type(8)
        self.set_draw_color(*_LINE)
        heads = FontFace(emphasis="BOLD", color=_INK, fill_color=_SUNKEN)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=heads,
            repeat_headings=TableHeadingsDisplay.ON_TOP_OF_EVERY_PAGE,
            col_widths=[column.width for column in columns],
            text_align=[Align.R if column.is_number else Align.L for column in columns],
            line_height=4.4,
            padding=(1.2, 1.5),
        ) as table:
            table.row([column.head for column in columns])
            for row in rows:
                table.row(["\n".join(map(self._drawn, cell.split("\n"))) for cell in row])

    def _line(self, words: str, *, size: float, style: str = "", colour: Colour = _INK) -> None:
        self._type(size, style, colour)
        self.multi_cell(0, size * 0.5, self._drawn(words), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _type(self, size: float, style: str = "", colour: Colour = _INK) -> None:
        self.set_font(_OWN, style, size)
        self.set_text_color(*colour)

    def _drawn(self, words: str) -> str:
        """The words with nothing in them that cannot be drawn; the second font is there once they need it."""
        own, second = _letters_of(_FONTS[""]), _letters_of(_SECOND_FONT)
        drawn = "".join(_letter(letter, own | second) for letter in unicodedata.normalize("NFC", words))
        if not self._has_second and any(ord(letter) not in own for letter in drawn):
            self.add_font(_SECOND, "", _vendor() / _SECOND_FONT)
            self.set_fallback_fonts([_SECOND], exact_match=False)
            self._has_second = True
        return drawn


def _letter(letter: str, known: frozenset[int]) -> str:
    if letter in _TURNS:
        return ""
    if letter.isspace() or unicodedata.category(letter) == "Cc":
        return " "
    if ord(letter) in known:
        return letter
    return "" if unicodedata.category(letter) in ("Cf", "Mn", "Me") else _BOX


def _vendor() -> Path:
    assert current_app.static_folder is not None
    return Path(current_app.static_folder) / "vendor"


@cache
def _letters_of(name: str) -> frozenset[int]:
    with TTFont(_vendor() / name, lazy=True) as font:
        return frozenset(font.getBestCmap())
