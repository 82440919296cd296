"""Rows of cells, read from what people paste or from the files that spreadsheets write.

Nothing in a file is believed: what it unpacks to is counted before anything reads it, and formulas are never worked
out; of a cell with one the value counts that was saved with it.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from string import ascii_letters
from typing import Any
from xml.parsers import expat

import python_calamine

LARGEST_FILE = 5 * 1024 * 1024
LONGEST_CELL = 500
"""In characters; what is beyond is cut off, so that one cell never costs a whole list."""
MOST_COLUMNS = 100
_LARGEST_UNPACKED = 20 * 1024 * 1024
_MOST_PARTS = 1000
_MOST_CELLS = 2_000_000  # of a sheet, empty ones too: a reader makes room for each
_DELIMITERS = ",;\t|"
_LOOKED_AT = 200  # rows by which the delimiter is told
_ADDRESS = re.compile(r"(?:[^<>]*<)?[^\s@,;|<>]+@[^\s@,;|<>]+\.[^\s@,;|<>]+>?")
_CONTROLS = {code: None for code in (*range(32), *range(127, 160), *range(0xD800, 0xE000)) if chr(code) not in "\t\n\r"}
_ONE_TYPE = "Bring a CSV file or an Excel workbook (.xlsx)"

csv.field_size_limit(LARGEST_FILE)


class NotATable(ValueError):
    """This cannot be read as rows; the message is a sentence for beside the field."""


class TooManyRows(NotATable):
    """More rows than were asked for."""


@dataclass(frozen=True)
class Table:
    """Rows of trimmed cells, as they stand in the file: an empty one is an empty list, and the last is not empty.

    `sheet` is the name of the workbook's sheet they are from, empty for text.
    """

    rows: list[list[str]]
    sheet: str = ""


def read_text(text: str, *, most_rows: int) -> Table:
    """A table that was pasted or saved as text, whatever stands between its cells. Raises `NotATable`."""
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise NotATable(f"This is no text. {_ONE_TYPE}")
    said = re.match(r"sep=(.)\r?\n", text)  # Excel's own way to say it
    if said:
        text = text[said.end() :]
    delimiter = said[1] if said else _delimiter_of(text)
    rows = _records(text, delimiter, csv.QUOTE_MINIMAL, most_rows)
    if any(map(_has_swallowed, rows)):  # a quotation mark that nobody closed: no row is lost to it
        rows = [[cell.strip('"') for cell in row] for row in _records(text, delimiter, csv.QUOTE_NONE, most_rows)]
    return Table(_kept(rows, most_rows))


def read_file(content: bytes, *, most_rows: int) -> Table:
    """A table from a CSV file of any usual encoding, or the first sheet with rows of a workbook. Raises `NotATable`."""
    if len(content) > LARGEST_FILE:
        raise NotATable(f"This file is too large. Lists have {LARGEST_FILE // 1024**2} MB at most")
    if not content.strip():
        raise NotATable("This file is empty")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_workbook(content, most_rows)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise NotATable("This workbook is protected with a password. Save it without one, and bring it again")
        raise NotATable("This is an old Excel file (.xls). Save it as .xlsx or CSV, and bring it again")
    return read_text(_decoded(content), most_rows=most_rows)


def defused(cell: str) -> str:
    """The cell as a spreadsheet shows it and never works it out (security.md, Web)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    """These rows as a file that every spreadsheet opens: UTF-8 with its mark, and every cell defused."""
    written = io.StringIO()
    csv.writer(written).writerows([defused(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def looks_like_address(cell: str) -> bool:
    """Whether a cell holds a mail address by its looks, alone or behind a name."""
    return len(cell) <= LONGEST_CELL and _ADDRESS.fullmatch(cell) is not None


def _decoded(content: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    nothing = content[:4000].count(0)
    if nothing > len(content[:4000]) // 4:  # every second byte of Western text in UTF-16 without its mark
        return content.decode("utf-16-be" if content[0] == 0 else "utf-16-le", "replace")
    if nothing or content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")):
        raise NotATable(f"This file is no list. {_ONE_TYPE}")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:  # five of its places are empty; those of Latin-1 are not
        return content.decode("latin-1")


def _delimiter_of(text: str) -> str:
    """The one by which most whole cells are addresses, then by which most rows have as many cells as each other."""
    beginning = "".join(line for line, _ in zip(io.StringIO(text, newline=""), range(_LOOKED_AT), strict=False))

    def fitness(delimiter: str) -> tuple[int, int, int]:
        rows = [row for row in _records(beginning, delimiter, csv.QUOTE_MINIMAL) if any(row)]
        found = sum(looks_like_address(cell) for row in rows for cell in row)
        columns, alike = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
        return found, alike if columns > 1 else 0, columns

    return max(_DELIMITERS, key=fitness)


def _records(text: str, delimiter: str, quoting: Any, most_rows: int = _LOOKED_AT) -> list[list[str]]:
    """The rows of a text. Of one that is far too long nothing is kept: raises `TooManyRows`."""
    rows: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, skipinitialspace=True)
        for row in reader:
            rows.append([_cell(cell) for cell in row[:MOST_COLUMNS]] if any(row) else [])
            if len(rows) > 10 * most_rows:
                raise _too_many(len(text.splitlines()), most_rows)
    except csv.Error as fault:
        raise NotATable(f"This list cannot be read. {_ONE_TYPE}") from fault
    return rows


def _cell(value: str) -> str:
    return value.strip()[:LONGEST_CELL].translate(_CONTROLS).strip()


def _has_swallowed(row: list[str]) -> bool:
    return any("\n" in cell and "@" in cell for cell in row)


def _kept(rows: list[list[str]], most_rows: int) -> list[list[str]]:
    rows = [row if any(row) else [] for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    number = sum(map(bool, rows))
    if number > most_rows:
        raise _too_many(number, most_rows)
    return rows


def _too_many(number: int, most_rows: int) -> TooManyRows:
    return TooManyRows(
        f"A list has {most_rows:,} rows at most; this one has {number:,}. Split it, and bring one part after the other"
    )


def _read_workbook(content: bytes, most_rows: int) -> Table:
    unpacked = _unpacked(content, most_rows)
    try:
        with python_calamine.load_workbook(io.BytesIO(unpacked)) as workbook:
            for about in workbook.sheets_metadata:
                if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                if about.visible != python_calamine.SheetVisibleEnum.Visible:
                    continue
                sheet = workbook.get_sheet_by_name(about.name)
                rows = [
                    [_cell(_shown(value)) for value in row[:MOST_COLUMNS]]
                    for row in sheet.to_python(skip_empty_area=False)
                ]
                if any(map(any, rows)):
                    return Table(_kept(rows, most_rows), about.name)
    except NotATable:
        raise
    except BaseException as fault:
        # what its parser cannot go on with is no Exception
        if isinstance(fault, Exception) or type(fault).__name__ == "PanicException":
            raise NotATable(f"This workbook cannot be read. {_ONE_TYPE}") from None
        raise
    raise NotATable("This workbook has no sheet with rows in it")


def _unpacked(content: bytes, most_rows: int) -> bytes:
    """The workbook once more, with nothing packed in it and nothing in it that is larger than a list needs.

    Each part is unpacked here, and counted as it comes, whatever the file's directory says of its size.
    """
    plain = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(plain, "w") as written:
            for name, data in _parts(packed):
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    _check_reach(data, most_rows)
                written.writestr(name, data)
    except NotATable:
        raise
    except RuntimeError:
        raise NotATable("This workbook is protected with a password. Save it without one, and bring it again") from None
    except Exception:  # noqa: BLE001 - a damaged archive fails in many ways
        raise NotATable(f"This workbook is damaged or cut off. {_ONE_TYPE}") from None
    return plain.getvalue()


def _parts(packed: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """What a reader needs of a workbook, unpacked; pictures and the like are left out."""
    parts, left = packed.infolist(), _LARGEST_UNPACKED
    if len(parts) > _MOST_PARTS:
        raise _bomb()
    if all(part.filename != "xl/workbook.xml" for part in parts):
        raise NotATable(f"This file is no Excel workbook. {_ONE_TYPE}")
    for part in parts:
        if not part.filename.endswith((".xml", ".rels")):
            continue
        with packed.open(part) as opened:
            data = opened.read(left + 1)
        left -= len(data)
        if left < 0:
            raise _bomb()
        yield part.filename, data


def _bomb() -> NotATable:
    return NotATable(
        "This workbook unpacks to more than a list can hold. Save the sheet with the list as a file of its own"
    )


def _check_reach(sheet: bytes, most_rows: int) -> None:
    """Raises `NotATable` for a sheet that reaches further down or right than a list."""
    rows = columns = widest = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal rows, columns, widest
        kind, place = name.rpartition(":")[2], attributes.get("r", "")
        if kind == "row":
            rows, columns = max(rows + 1, _number(place)), 0
            if rows > 10 * most_rows:
                raise _too_many(rows, most_rows)
        elif kind == "c":
            columns = max(columns + 1, _column(place.rstrip("0123456789")))
            rows, widest = max(rows, _number(place.lstrip(ascii_letters))), max(widest, columns)
        if rows * widest > _MOST_CELLS:
            raise NotATable("A cell of this workbook stands too far down or right. Delete what is beside the list")

    def refuse(*_: Any) -> None:
        raise NotATable(f"This workbook cannot be read. {_ONE_TYPE}")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EntityDeclHandler = refuse
    parser.Parse(sheet, True)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _column(letters: str) -> int:
    """The number of a column by its letters, from 1; 0 for none."""
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + ord(letter) - 64
    return max(0, number)


def _shown(value: Any) -> str:
    """A cell's value as somebody would type it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return "" if value is None else str(value)


def parts_of(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Each row, and one for each address of a row that holds nothing else: “a@b.example, c@d.example”."""
    for row in rows:
        cells = [word for cell in row if cell for word in _words(cell)]
        if len(cells) > 1 and all(map(looks_like_address, cells)):
            yield from ([cell] for cell in cells)
        else:
            yield row


def _words(cell: str) -> list[str]:
    words = cell.split()
    return words if "<" not in cell and len(words) > 1 and all(map(looks_like_address, words)) else [cell]
