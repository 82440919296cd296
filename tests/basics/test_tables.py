"""Rows read from pasted text, CSV files and workbooks, good and hostile (issue 5, “Bad input”)."""

import csv
import io
import random
import tracemalloc
import zipfile
from contextlib import contextmanager, suppress
from datetime import date

import pytest
import xlsxwriter
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.basics.tables import NotATable, TooManyRows, as_csv, parts_of, read_file, read_text

MOST = 10_000
HEAD = ["Name", "E-Mail"]
WORDS = st.text(st.characters(codec="latin-1", categories=["L", "N", "Zs"], exclude_characters="\xa0"), min_size=1).map(
    lambda text: text.strip() or "x"
)
PEOPLE = st.lists(st.tuples(WORDS, st.integers(0, 999)), min_size=1, max_size=8)


def workbook(rows):
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return written.getvalue()


def repacked(content, change):
    """The workbook with some of its parts changed: `change` gives bytes for a name, or None to leave it."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename) or old.read(part))
    return changed.getvalue()


@contextmanager
def at_most(megabytes):
    """What is done meanwhile takes no more memory than this."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1024**2
    finally:
        tracemalloc.stop()


def refusal(content):
    with pytest.raises(NotATable) as fault:
        read_file(content, most_rows=MOST)
    return str(fault.value)


@given(
    people=PEOPLE,
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]),
)
def test_every_delimiter_line_end_and_encoding_is_read_alike(people, delimiter, end, encoding):
    rows = [HEAD, *([f"{name}{delimiter} Jr.", f"g{number}@bw.example"] for name, number in people)]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=end).writerows(rows)
    content = written.getvalue().encode(encoding, "replace")
    # what is good UTF-8 is read as such: “Âª” of old files looks just like “ª” of new ones, and nobody can tell
    assume(encoding not in ("latin-1", "cp1252") or content.isascii() or not _is_utf_8(content))
    if encoding == "cp1252":
        rows = list(csv.reader(io.StringIO(content.decode("cp1252"), newline=""), delimiter=delimiter))

    read = read_file(content, most_rows=MOST)

    assert read.rows == [[cell.strip() for cell in row] for row in rows]


def _is_utf_8(content):
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@given(st.binary(max_size=300))
def test_whatever_a_file_holds_it_is_read_or_refused_with_a_sentence(content):
    try:
        read_file(content, most_rows=MOST)
    except NotATable as fault:
        sentence = str(fault)
    else:
        return
    assert sentence[0].isupper()


@given(st.text(max_size=300))
def test_what_is_written_for_a_spreadsheet_never_begins_with_what_it_works_out(text):
    cells = next(csv.reader(io.StringIO(as_csv([[text, "x"]]).decode("utf-8-sig"), newline="")))

    assert not cells[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cells[0].removeprefix("'") == text.removeprefix("'")


def test_a_quotation_mark_that_is_never_closed_swallows_no_row():
    read = read_text('Name,Mail\n"Ines,i@x.example\nBob,b@x.example\n', most_rows=MOST)

    assert [row[-1] for row in read.rows] == ["Mail", "i@x.example", "b@x.example"]


def test_excels_own_word_for_the_delimiter_counts():
    assert read_text("sep=|\na,b|c@x.example\n", most_rows=MOST).rows == [["a,b", "c@x.example"]]


def test_rows_keep_their_places():
    assert read_text("\na@x.example\n\n\nb@x.example\n\n", most_rows=MOST).rows == [
        [],
        ["a@x.example"],
        [],
        [],
        ["b@x.example"],
    ]


def test_addresses_side_by_side_are_a_row_each():
    table = read_text(
        'a@x.example, "Adler, Ines" <i@x.example>\nb@x.example c@x.example\nName,d@x.example', most_rows=9
    )

    assert list(parts_of(table.rows)) == [
        ["a@x.example"],
        ["Adler, Ines <i@x.example>"],
        ["b@x.example"],
        ["c@x.example"],
        ["Name", "d@x.example"],
    ]


def test_a_workbook_is_read_as_somebody_would_type_it():
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet, day = book.add_worksheet("2026"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["Mail", "Views", "Until", "Begin"])
        sheet.write_row(1, 0, ["a@x.example", 3.0])
        sheet.write_datetime(1, 2, date(2030, 12, 4), day)
        sheet.write_number(1, 3, 47818.5, day)

    read = read_file(written.getvalue(), most_rows=MOST)

    assert read.sheet == "2026"
    assert read.rows[1] == ["a@x.example", "3", "2030-12-04", "2030-12-01 12:00"]


def test_the_first_sheet_with_rows_that_is_shown_is_read():
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        book.add_worksheet("Empty")
        hidden = book.add_worksheet("Hidden")
        hidden.write(0, 0, "secret@x.example")
        hidden.hide()
        book.add_worksheet("Jury").write(0, 0, "a@x.example")

    read = read_file(written.getvalue(), most_rows=MOST)

    assert (read.sheet, read.rows) == ("Jury", [["a@x.example"]])


def test_formulas_are_never_worked_out():
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, '=HYPERLINK("http://evil.example","x")', None, "kept@x.example")
        sheet.write_formula(1, 0, '=WEBSERVICE("http://evil.example")', None, "")

    assert read_file(written.getvalue(), most_rows=MOST).rows == [["kept@x.example"]]


def test_a_cell_of_a_megabyte_costs_no_other_row():
    huge = "x" * 1024 * 1024
    rows = [["Name", "Mail"], [huge, "a@x.example"], ["Ines", huge], ["Bob", "b@x.example"]]
    text = "\n".join(",".join(row) for row in rows)

    for read in (read_text(text, most_rows=MOST), read_file(text.encode(), most_rows=MOST)):
        assert [row[1][:12] for row in read.rows] == ["Mail", "a@x.example", "x" * 12, "b@x.example"]
        assert max(len(cell) for row in read.rows for cell in row) == 500


def test_a_million_rows_are_refused_with_their_number_however_they_come():
    with pytest.raises(TooManyRows, match="this one has 700,000"):
        read_file(b"a@x.ex\n" * 700_000, most_rows=MOST)

    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 200_000))
    sheet = b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"
    many = repacked(workbook([["a@x.example"]]), lambda name: sheet if name.endswith("sheet1.xml") else None)
    with pytest.raises(TooManyRows, match="A list has 10,000 rows at most"):
        read_file(many, most_rows=MOST)


def test_a_cell_in_the_last_corner_makes_no_room_for_all_before_it():
    sheet = b'<worksheet><sheetData><row r="9000"><c r="XFD9000"><v>1</v></c></row></sheetData></worksheet>'
    content = repacked(workbook([["a@x.example"]]), lambda name: sheet if name.endswith("sheet1.xml") else None)

    with at_most(50):
        assert "too far down or right" in refusal(content)


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = b"<worksheet>" + b" " * (100 * 1024 * 1024) + b"</worksheet>"
    content = repacked(workbook([["a@x.example"]]), lambda name: bomb if name.endswith("sheet1.xml") else None)
    assert len(content) < 1024 * 1024

    with at_most(50):
        assert "unpacks to more than a list can hold" in refusal(content)


def test_a_directory_that_lies_about_its_sizes_is_believed_in_nothing():
    bomb = b"<worksheet>" + b" " * (60 * 1024 * 1024) + b"</worksheet>"
    content = repacked(workbook([["a@x.example"]]), lambda name: bomb if name.endswith("sheet1.xml") else None)
    said = len(bomb).to_bytes(4, "little")
    assert content.count(said) >= 2

    assert refusal(content.replace(said, (900).to_bytes(4, "little")))


def test_thousands_of_parts_are_refused():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for number in range(1500):
            packed.writestr(f"xl/{number}.xml", b"")

    assert "unpacks to more" in refusal(written.getvalue())


def test_entities_are_not_unfolded():
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    content = repacked(workbook([["a@x.example"]]), lambda name: laughs if name.endswith("sheet1.xml") else None)

    assert "cannot be read" in refusal(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty"),
        (b"%PDF-1.7 and so on", "This file is no list"),
        (b"\x89PNG\r\n\x1a\n", "This file is no list"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "This is an old Excel file (.xls)"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
        (b"PK\x03\x04 cut off", "damaged or cut off"),
        (b"x" * (5 * 1024 * 1024 + 1), "5 MB at most"),
    ],
)
def test_what_is_no_list_is_told_apart(content, words):
    assert words in refusal(content)


def test_another_kind_of_archive_is_no_workbook():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr("word/document.xml", "<document/>")

    assert "no Excel workbook" in refusal(written.getvalue())


def test_a_workbook_that_was_damaged_anywhere_is_read_or_refused_and_nothing_else():
    whole = workbook([["Name", "Mail"], *([f"G{n}", f"g{n}@x.example"] for n in range(50))])
    chance = random.Random(7)

    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with suppress(NotATable):
            read_file(bytes(damaged[: chance.randrange(200, len(damaged))]), most_rows=MOST)


def test_control_characters_are_left_out():
    assert read_text("I\x07nes,i@x.example", most_rows=MOST).rows == [["Ines", "i@x.example"]]
