"""The report of an event: its page, and the files to take away."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from portal.domain import events
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, EventSession, WatchRecord
from portal.web.pdf import Column, Paper
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session, an_event

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
DAY = timedelta(days=1)
WILD_NAMES = ["דנה לוי", "ليلى حداد", "Ωμέγα Дарья", "田中 雪 😀", "Zoë \u202egnorw", "=HYPERLINK(1)"]


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def finals(dana):
    film = a_video_session(owner=dana, title="Team Kestrel", length_seconds=100.0)
    return an_event(film, owner=dana, title="Finals 2026", opens_at=NOW - DAY, closes_at=NOW + DAY)


@pytest.fixture
def organiser(client, dana):
    client.sign_in_as(dana)
    return client


def page_of(event):
    return f"/events/{event.key}/report"


def a_named_guest(event, dana, name="Rosalind Achterberg"):
    guest = a_guest(sponsor=dana, name=name)
    a_grant(event, guest)
    return guest


def exported():
    db.session.expire_all()
    kind = AuditEvent.kind == "event:report-exported"
    return [entry.facts["format"] for entry in db.session.scalars(db.select(AuditEvent).where(kind))]


def test_a_report_of_nobody_says_what_will_be_here(organiser, finals):
    page = organiser.get(page_of(finals))

    assert "Nobody was invited yet" in page.text
    assert "Take it away (PDF)" not in page.buttons


def test_it_runs_while_the_event_is_open_and_reading_it_writes_nothing(organiser, dana, finals):
    a_named_guest(finals, dana)

    page = organiser.get(page_of(finals))

    assert "Report so far" in page.text
    assert "Rosalind Achterberg" in page.text
    assert "0 of 1" in page.text
    assert exported() == []


def test_after_the_closing_it_says_what_became_of_each_account(organiser, dana, finals):
    a_named_guest(finals, dana)
    with transaction():
        events.close(finals, by=dana, at=NOW)

    page = organiser.get(page_of(finals))

    assert "Closing report" in page.text
    assert "Closed by Dana Lee on" in page.text
    assert "1 password stopped working" in page.text
    assert "Password stopped" in page.text


def test_the_csv_opens_in_every_spreadsheet_and_runs_nothing(organiser, dana, finals):
    guest = a_named_guest(finals, dana, name="=HYPERLINK(1)")
    session_id = db.session.scalars(db.select(EventSession.video_session_id)).one()
    with transaction():
        db.session.add(
            WatchRecord(user_id=guest.id, video_session_id=session_id, opens=2, opened_at=NOW, watched_seconds=50.0)
        )
    organiser.get(page_of(finals))

    answer = organiser.press("Every line (CSV)")

    body = answer.response.get_data()
    assert body.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    told = dict(zip(head, row, strict=True))
    assert (told["Guest"], told["Address"]) == ("'=HYPERLINK(1)", guest.address)
    assert (told["Opened"], told["Views"], told["Watched %"], told["Watched whole"]) == ("2", "0", "50", "no")
    assert answer.response.headers["Content-Disposition"].startswith("attachment")
    assert exported() == ["csv"]


def test_the_pdf_is_whole_whatever_names_are_in_it(organiser, dana, finals):
    for name in WILD_NAMES:
        a_named_guest(finals, dana, name=name)
    organiser.get(page_of(finals))

    answer = organiser.press("Take it away (PDF)")

    body = answer.response.get_data()
    assert answer.response.content_type == "application/pdf"
    assert (body[:5], body.rstrip()[-5:]) == (b"%PDF-", b"%%EOF")
    assert b"DejaVuSans" in body
    assert exported() == ["pdf"]


def test_it_is_the_organiser_s_alone(client, dana, finals):
    a_named_guest(finals, dana)
    client.sign_in_as(a_sponsor())

    assert client.get(page_of(finals)).status == 404


def test_another_kind_of_file_is_refused(organiser, dana, finals):
    a_named_guest(finals, dana)
    organiser.get(page_of(finals))

    assert organiser.press("Every line (CSV)", what="docx").status == 400
    assert exported() == []


def test_heads_stand_again_on_every_page_and_pages_are_numbered(app):
    with app.test_request_context():
        paper = Paper("A long one", foot="The foot", at=NOW)
        paper.rows([Column("Guest", 1), Column("Views", 1, True)], [[f"Guest {n}", "1"] for n in range(120)])
        heads = [page for page in paper.pages.values() if _is_filled(bytes(cast("bytearray", page.contents)))]
        body = paper.written()

    assert len(heads) == paper.pages_count > 2
    assert body.count(b"/Type /Page\n") == paper.pages_count


def _is_filled(contents: bytes) -> bool:
    """Whether something on the page has the colour behind heads."""
    return b"0.9529" in contents


def test_a_name_turns_nothing_but_itself(app):
    with app.test_request_context():
        paper = Paper("Zoë \u202egnorw\u202c", foot="", at=NOW)

        assert paper.title == "Zoë gnorw"
        assert paper._drawn("a\tb\nc") == "a b c"
        assert paper._drawn("田中") == "□□"
        assert paper._drawn("דנה 😀") == "דנה 😀"
        paper.written()
