"""Captions: what people bring is read, what is bad is named, nothing but words, times, bold and italic is kept."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.basics import subtitles
from portal.basics.subtitles import Cue, LeftOut, NotSubtitles, clean, plain, read, write

SRT = """\
1
00:00:01,500 --> 00:00:03,000
Good evening, and welcome.

2
00:01:05,000 --> 01:00:00,250
What a morning.
Nobody about.
"""
WEBVTT = """\
WEBVTT

00:01.500 --> 00:03.000
Good evening, and welcome.

00:01:05.000 --> 01:00:00.250
What a morning.
Nobody about.
"""
NO_TEXT = "This is not a text file. Captions come as WebVTT (.vtt) or SRT (.srt)."
NOTHING = "There are no captions in this file. WebVTT (.vtt) and SRT (.srt) work."
BACKWARDS = "No caption of this file can be used. The first, on line 1: it does not end after it begins."
THE_TWO = [Cue(1500, 3000, "Good evening, and welcome."), Cue(65000, 3600250, "What a morning.\nNobody about.")]


def cues_of(text):
    return read(text.encode()).cues


def words_of(text):
    return [cue.text for cue in cues_of(text)]


def one(words, head=""):
    """The text that a file with one caption leaves."""
    (cue,) = cues_of(f"{head}00:00:01.000 --> 00:00:02.000\n{words}\n")
    return cue.text


# Reading


@pytest.mark.parametrize("text", [SRT, WEBVTT], ids=["SRT", "WebVTT"])
def test_both_kinds_of_file_are_read(text):
    assert read(text.encode()) == subtitles.Read(THE_TWO, [])


@pytest.mark.parametrize(
    "data",
    [
        "00:01.000 --> 00:02.000\nÜber “Gärten” für 5 €".encode(),
        b"\xef\xbb\xbf" + "00:01.000 --> 00:02.000\nÜber “Gärten” für 5 €".encode(),
        "00:01.000 --> 00:02.000\nÜber “Gärten” für 5 €".encode("utf-16"),
        "00:01.000 --> 00:02.000\nÜber “Gärten” für 5 €".encode("utf-16-be"),
        b"\xfe\xff" + "00:01.000 --> 00:02.000\nÜber “Gärten” für 5 €".encode("utf-16-be"),
        "00:01.000 --> 00:02.000\nÜber “Gärten” für 5 €".encode("utf-16-le"),
        "00:01.000 --> 00:02.000\nÜber “Gärten” für 5 €".encode("cp1252"),
        "00:01.000 --> 00:02.000\r\nÜber “Gärten” für 5 €\r\n".encode(),
        "00:01.000 --> 00:02.000\rÜber “Gärten” für 5 €\r".encode(),
    ],
    ids=["UTF-8", "with a mark", "UTF-16", "big end first", "and marked", "unmarked", "Windows", "CRLF", "CR"],
)
def test_every_encoding_that_captions_come_in_is_read(data):
    assert read(data).cues == [Cue(1000, 2000, "Über “Gärten” für 5 €")]


@pytest.mark.parametrize(
    "times",
    [
        "00:00:01,500 --> 00:00:03,000",
        "0:00:01.5 --> 0:00:03",
        "00:01.500-->00:03.000",
        "0:1,5 --> 0:3,0 X1:40 X2:600",
        "00:01.500 --> 00:03.000 align:start position:10%",
    ],
)
def test_times_are_read_as_people_and_programs_write_them(times):
    assert cues_of(f"{times}\nYes.\n") == [Cue(1500, 3000, "Yes.")]


def test_what_is_no_caption_of_a_webvtt_file_is_passed_over():
    text = (
        "WEBVTT - made by hand\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:fred\n\n"
        "NOTE 00:01\nby Dana\n\n"
        "intro\n00:01.000 --> 00:02.000\nYes.\n"
    )

    assert read(text.encode()) == subtitles.Read([Cue(1000, 2000, "Yes.")], [])


def test_captions_that_no_empty_line_parts_are_two():
    assert words_of("1\n00:00:01,000 --> 00:00:02,000\nYes.\n2\n00:00:03,000 --> 00:00:04,000\nNo.\n") == [
        "Yes.",
        "No.",
    ]


def test_an_empty_line_inside_of_an_srt_caption_does_not_lose_the_rest():
    assert words_of(
        "1\n00:00:01,000 --> 00:00:02,000\nYes.\n\nOf course.\n\n2\n00:00:03,000 --> 00:00:04,000\n1848\n"
    ) == ["Yes.\nOf course.", "1848"]


def test_captions_come_in_the_order_of_their_times():
    text = "00:09.000 --> 00:10.000\nLast\n\n00:01.000 --> 00:02.000\nFirst\n"

    assert words_of(text) == ["First", "Last"]


# What is bad


def test_a_bad_caption_is_named_and_costs_no_good_one():
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\nFirst\n\n"
        "2\n00:00:05,000 --> 00:00:04,000\nBackwards\n\n"
        "3\n00:00:61,000 --> 00:01:70,000\nNo such second\n\n"
        "4\n100:00:01,000 --> 100:00:02,000\nToo late\n\n"
        "5\n00:00:09,000 --> 00:00:10,000\nLast\n"
    )

    found = read(text.encode())

    assert [cue.text for cue in found.cues] == ["First", "Last"]
    assert [(fault.line, fault.why.split(";")[0]) for fault in found.left_out] == [
        (6, "it does not end after it begins"),
        (10, "its times cannot be read"),
        (14, "it lies beyond 100 hours"),
    ]


def test_words_without_times_in_a_webvtt_file_are_named():
    text = "WEBVTT\n\nThese stand alone\n\n00:01.000 --> 00:02.000\nYes.\n"

    assert read(text.encode()).left_out == [LeftOut(3, "no times stand above these words")]


def test_a_caption_without_words_is_not_worth_naming():
    found = read(b"00:01.000 --> 00:02.000\n<i> </i>\n\n00:03.000 --> 00:04.000\nYes.\n")

    assert (len(found.cues), found.left_out) == (1, [])


def test_a_caption_as_long_as_a_book_is_left_out():
    found = read(f"00:01.000 --> 00:02.000\n{'a' * 2001}\n\n00:03.000 --> 00:04.000\nYes.\n".encode())

    assert found.left_out == [LeftOut(1, "it has more than 2,000 characters")]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty."),
        (b" \n", "This file is empty."),
        (b"WEBVTT\n", NOTHING),
        (b"<tt xmlns='http://www.w3.org/ns/ttml'></tt>", NOTHING),
        (b"\x7fELF\x02\x01\x01" + bytes(50), NO_TEXT),
        (b"\x00\x00\x00\x20ftypisom" + bytes(500), NO_TEXT),
        (b"00:02.000 --> 00:01.000\nNo\n", BACKWARDS),
        (b"x" * (4 * 1024 * 1024 + 1), "This file is too large for captions: at most 4 MB."),
        (b"0:1-->0:2\na\n\n" * 20_001, "This file has more than 20,000 captions."),
    ],
    ids=["empty", "blank", "heading alone", "TTML", "program", "film", "nothing good", "too large", "too many"],
)  # fmt: skip
def test_a_file_without_a_usable_caption_is_refused_with_words(data, sentence):
    with pytest.raises(NotSubtitles, match=f"^{re.escape(sentence)}$"):
        read(data)


# Cleaning


@pytest.mark.parametrize(
    ("brought", "kept"),
    [
        ("<i>Quiet</i> and <b>loud</b>", "<i>Quiet</i> and <b>loud</b>"),
        ("<b><i>both</b></i>", "<b><i>both</i></b>"),
        ("<i>two\nlines</i>", "<i>two</i>\n<i>lines</i>"),
        ("<i>never closed", "<i>never closed</i>"),
        ("{i}old{/i} {\\an8}top", "<i>old</i> top"),
        ('<font color="#f00">red</font> <u>under</u> <c.yellow>c</c>', "red under c"),
        ("one <00:00:01.500>word", "one word"),
        ("<script>alert(1)</script>", "alert(1)"),
        ('<img src=x onerror="alert(1)">', ""),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("&lt;b&gt; &amp;amp; AT&T &#60; &nbsp;&unknown;", "&lt;b&gt; &amp;amp; AT&amp;T &lt; &amp;unknown;"),
        ("  much \t space  ", "much space"),
        ("bell\x07 and null\x00 and\x0bpage", "bell and null and page"),
        ("“Šťastný” 日本語 مياه 🎬", "“Šťastný” 日本語 مياه 🎬"),
    ],
)
def test_bold_and_italic_stay_and_all_other_markup_goes(brought, kept):
    assert clean(brought)[0] == kept


def test_an_arrow_in_the_words_cannot_begin_another_caption():
    assert "-->" not in clean("so <i>this</i> --> that")[0]


def test_who_speaks_is_said_when_somebody_else_begins():
    text = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v.loud Dana Lee>Welcome.\n\n"
        "00:02.000 --> 00:03.000\n<v Dana Lee>All of you.\n\n"
        "00:03.000 --> 00:04.000\n<v Imani &amp; friends>Thank you.</v>\n"
    )

    assert words_of(text) == ["Dana Lee: Welcome.", "All of you.", "Imani &amp; friends: Thank you."]


def test_plain_words_stand_on_one_line():
    assert plain("<i>a</i> &lt; b\n&amp;amp; c") == "a < b &amp; c"


# Whatever comes

KEPT = re.compile(r"(?:</?[bi]>|&(?:amp|lt|gt);|[^<>&])*")
anything = st.text(st.characters(codec="utf-8")) | st.text("<>/bivc &;amplt#x0-9{}\\\n ")


class Tags(HTMLParser):
    """The tags of a text as a browser takes them, and whether they were closed in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.are_balanced = True

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.are_balanced = self.are_balanced and not attrs
        self.open.append(tag)

    def handle_endtag(self, tag):
        self.are_balanced = self.are_balanced and bool(self.open) and self.open.pop() == tag


@given(anything)
def test_cleaned_words_hold_nothing_but_bold_and_italic_and_cleaning_is_done_once(text):
    cleaned, _ = clean(text)
    tags = Tags()
    tags.feed(cleaned)

    assert KEPT.fullmatch(cleaned)
    assert tags.seen <= {"b", "i"}
    assert tags.are_balanced
    assert tags.open == []
    assert "" not in cleaned.split("\n") or cleaned == ""
    assert clean(cleaned)[0] == cleaned


@given(st.binary() | anything.map(lambda text: f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}".encode()))
def test_whatever_comes_is_read_or_refused_with_words(data):
    try:
        found = read(data)
    except NotSubtitles:
        return

    assert found.cues
    assert all(0 <= cue.begin < cue.end <= subtitles.LONGEST_TIME for cue in found.cues)


texts = anything.map(lambda text: clean(text)[0]).filter(bool)
moments = st.integers(0, 360_000_000 - 1)
cues = st.builds(
    lambda begin, lasts, text: Cue(begin, min(begin + lasts, 360_000_000), text), moments, st.integers(1, 10_000), texts
)


@given(st.lists(cues, min_size=1))
def test_what_is_written_is_read_again_the_same(wanted):
    wanted = sorted(wanted, key=lambda cue: (cue.begin, cue.end))

    written = write(wanted)

    assert written.startswith("WEBVTT\n\n")
    assert read(written.encode()) == subtitles.Read(wanted, [])
