"""Every letter says the same in both parts, and nothing that a name or a title holds gets out of its place."""

import re
from dataclasses import fields, replace
from datetime import datetime

import html5lib
import pytest
from jinja2 import UndefinedError

from portal.basics import dates
from portal.mail import letters, rendering
from portal.mail.letters import Letter, SharedItem
from portal.mail.rendering import Rendered
from tests.mail.samples import GIFT, LETTERS, MEADOW, a_shared_with_you, a_staff_invitation, an_invitation

SITE = "https://portal.aldermere.example"
WILD = "Films\r\nBcc: all@brightwater.example\x00\x1b[2J\u2028\u202egnp.exe <b>bold</b> {{ 7 * 7 }} דנה 🎬"


def rendered(letter: Letter) -> Rendered:
    return rendering.render(letter, site_name="Aldermere University", public_url=SITE)


def links_in(text: str) -> set[str]:
    return {link.rstrip(".,") for link in re.findall(r"https?://[^\s\"<>]+", text)}


def words_of(html: str) -> str:
    """What a reader sees, on one line."""
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    return " ".join("".join(document.find("body").itertext()).split())


def dates_in(letter: Letter) -> set[str]:
    own = [getattr(letter, field.name) for field in fields(letter) if field.name != "entered_at"]
    shared = [item.ends_at for item in getattr(letter, "items", ())]
    return {dates.long_date(at, letter.zone) for at in own + shared if isinstance(at, datetime)}


def named(letter: Letter) -> str:
    return f"{letter.kind}-{LETTERS.index(letter)}"


@pytest.mark.parametrize("letter", LETTERS, ids=named)
class TestEveryLetter:
    def test_has_the_same_links_in_both_parts(self, letter):
        written = rendered(letter)

        assert links_in(written.text) - {SITE} == links_in(written.html) - {SITE}
        if hasattr(letter, "path"):
            assert SITE + letter.path in links_in(written.text)
            assert written.html.count(f'href="{SITE}{letter.path}"') == 2  # the button, and the address in full

    def test_names_the_same_dates_in_both_parts(self, letter):
        written = rendered(letter)
        text, seen = " ".join(written.text.split()), words_of(written.html)

        for date in dates_in(letter):
            assert date in text
            assert date in seen

    def test_says_why_it_came_and_from_where(self, letter):
        written = rendered(letter)

        for words in (" ".join(written.text.split()), words_of(written.html)):
            assert "You get this because" in words
            assert "Aldermere University" in words

    def test_needs_nothing_from_the_net_and_has_no_script(self, letter):
        html = rendered(letter).html

        assert not re.search(r"<(img|link|script|iframe|object)|url\(|@import", html)

    def test_has_a_subject_of_one_line_and_lines_that_fit(self, letter):
        written = rendered(letter)

        assert written.subject
        assert written.subject.splitlines() == [written.subject]
        assert all(len(line) <= 72 or "://" in line for line in written.text.splitlines())

    def test_keeps_to_the_words_of_the_house(self, letter):
        note = getattr(letter, "note", "")
        written = rendered(letter)

        words = " ".join(written.text.split()).replace(" > ", " ").replace("> ", "").replace(" ".join(note.split()), "")
        assert not re.search(r"\b(please|oops|invalid|users?)\b|!", words, re.IGNORECASE)


def test_there_is_a_sample_of_every_letter():
    """So that a letter added later is rendered here too."""
    kinds = {folder.name for folder in (rendering.TEMPLATES / "email").iterdir() if not folder.name.startswith("_")}

    assert kinds == {letter.kind for letter in LETTERS}


def test_the_invitation_says_who_shares_what_until_when():
    written = rendered(an_invitation())

    assert written.subject == "Dana Lee shares two recordings with you"
    for words in (" ".join(written.text.split()), words_of(written.html)):
        assert "What your gift built: the Northern Light scholars, four years on 48 minutes" in words
        assert "Friday 4 December 2026, 18:00 CET" in words
        assert "Dana Lee, Alumni and Giving" in words
        assert "The invitation waits until Sunday 6 December 2026, 18:00 CET." in words
        assert "entered imani.okafor@brightwater.example on 20 November 2026" in words


def test_the_sponsors_note_stands_before_the_terms():
    written = rendered(an_invitation(note="First line\nsecond line\n\n\nNew paragraph"))

    assert "> First line\n> second line\n>\n> New paragraph\n" in written.text
    assert words_of(written.html).index("second line New paragraph") < words_of(written.html).index("What")


def test_without_a_note_nothing_is_quoted():
    written = rendered(an_invitation(note=" \n "))

    assert ">" not in written.text
    assert 'class="note"' not in written.html


def test_the_code_is_told_of_only_when_one_is_asked():
    for letter in (an_invitation, a_staff_invitation):
        assert "six-digit code" in rendered(letter()).text
        assert "code" not in rendered(letter(asks_code=False, note="")).text


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ((GIFT,), "a recording"),
        ((GIFT, MEADOW), "two recordings"),
        ((SharedItem(title="Spring", kind="folder"),), "a folder"),
        ((GIFT, SharedItem(title="Spring", kind="folder"), MEADOW), "two recordings and a folder"),
        ((GIFT,) * 13, "13 recordings"),
    ],
)
def test_what_is_shared_is_counted_in_words(items, words):
    assert rendered(a_shared_with_you(items=items)).subject == f"Dana Lee shares {words} with you"


def test_ends_that_differ_are_named_each_beside_its_recording():
    endless = SharedItem(title="Spring")
    written = rendered(an_invitation(items=(GIFT, endless)))

    for words in (" ".join(written.text.split()), words_of(written.html)):
        assert "48 minutes Until Friday 4 December 2026, 18:00 CET Spring No end" in words
        assert "Until As named for each above" in words


def test_no_end_is_said_in_words():
    assert "Until\n  No end\n" in rendered(an_invitation(items=(SharedItem(title="Spring"),))).text


def test_the_code_is_easy_to_read():
    code = letters.SetUpCodeLetter(to="imani.okafor@brightwater.example", code="482913")

    assert "\n    482 913\n" in rendered(code).text
    assert "482" not in rendered(code).subject


def test_wild_names_and_titles_stay_in_their_place():
    letter = an_invitation(sponsor_name=WILD, sponsor_department=WILD, items=(SharedItem(title=WILD),), note=WILD)

    written = rendered(letter)

    assert written.subject.splitlines() == [written.subject]
    assert written.subject.startswith(
        "Films Bcc: all@brightwater.example [2J gnp.exe <b>bold</b> {{ 7 * 7 }} דנה 🎬 shares"
    )
    assert not re.search("^Bcc", written.text, re.MULTILINE)
    assert "<b>" not in written.html
    assert "\u202e" not in written.subject + written.text
    assert "49" not in words_of(written.html).replace("49 ", "")


def test_a_subject_is_never_endless():
    subject = rendered(an_invitation(sponsor_name="Name " * 60)).subject

    assert len(subject) <= rendering.LONGEST_SUBJECT
    assert subject.endswith("…")


def test_a_link_in_a_note_is_never_broken():
    link = "https://films.aldermere.example/" + "a-long-way/" * 20

    assert f"> {link}\n" in rendered(an_invitation(note=f"More here:\n{link}\nand there")).text


@pytest.mark.parametrize("path", ["//evil.example/x", "https://evil.example", "x", "/x\n/y", "/x y"])
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(ValueError, match="not a path of this site"):
        rendered(an_invitation(path=path))


def test_a_misspelt_word_in_a_template_fails():
    with pytest.raises(UndefinedError):
        rendering._html.from_string("{{ sponsor_nmae }}").render(sponsor_name="Dana Lee")


ALIKE = ("new_way_in", "invitation", "shared_with_you")


@pytest.mark.parametrize("of_many", [letter for letter in LETTERS if letter.kind in ALIKE], ids=lambda one: one.kind)
def test_a_letter_to_many_is_written_as_to_each(of_many):
    of_all = rendering.render_alike(of_many, site_name="Aldermere University", public_url=SITE)

    for to in ("imani.okafor@brightwater.example", "o'brien&<co>@x.example", "jürgen@" + "long" * 20 + ".example"):
        path = f"/password/reset/{'a-token_' * 5}"
        of_one = rendered(replace(of_many, to=to, path=path))
        text, html = rendering.filled(of_all.text, of_all.html, to=to, path=path)
        assert (of_all.subject, text) == (of_one.subject, of_one.text)
        assert words_of(html) == words_of(of_one.html)
        assert links_in(html) == links_in(of_one.html)

    with pytest.raises(ValueError, match="not a path of this site"):
        rendering.filled(of_all.text, of_all.html, to="imani@okafor.example", path="//elsewhere.example")
