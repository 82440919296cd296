"""Judging, for the organiser."""

import io
import zipfile
from datetime import UTC, datetime

import pytest

from portal.domain import judging
from portal.domain.judging import sheets
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Criterion, ScoreSheet, SheetState, WatchRecord
from tests.domain.judging.contests import A_DAY, a_contest, keep
from tests.factories import a_sponsor


@pytest.fixture
def contest(app, client):
    contest = a_contest(datetime.now(UTC))
    client.sign_in_as(contest.owner)
    return contest


@pytest.fixture
def url(contest):
    return f"/events/{contest.event.key}/judging"


@pytest.fixture
def scored(contest):
    contest.a_criterion("Clarity", 0, 10, 2)
    contest.a_criterion("Depth", 1, 5)
    penguins, whales = contest.a_session(title="Penguins", length_seconds=100.0), contest.a_session(title="Whales")
    ada, bo = contest.a_judge(name="Ada Lovelace"), contest.a_judge(name="Bo Diddley")
    contest.finalise(ada, penguins, 7, 2, remark="=HYPERLINK(1)")
    contest.finalise(bo, penguins, 10, 5)
    contest.finalise(ada, whales, 5, 3)
    contest.recuse(bo, whales, "-my colleague")
    keep(WatchRecord(user_id=ada.id, video_session_id=penguins.id, watched_seconds=50.0))
    return contest


def test_an_event_that_is_not_judged_says_how_to_begin(contest, client, url):
    page = client.get(url)

    assert "Nothing is judged here yet" in page.text
    page = client.click("Choose criteria")
    assert "No criteria yet" in page.text


def test_a_criterion_is_added_changed_moved_removed_and_put_back(contest, client, url):
    client.get(f"{url}/criteria/new")
    assert client.press("Add it", title="", lowest="x", highest="", weight="nan").status == 422
    page = client.press("Add it", title="Clarity", lowest="0", highest="10", weight="2,5", follow=True)
    assert "0 to 10 points, weight 2.5" in page.text
    client.get(f"{url}/criteria/new")
    page = client.press("Add it", title="Clarity", lowest="0", highest="5", weight="1")
    assert "Error: There is a criterion called “Clarity”" in page.errors
    client.press("Add it", title="Depth", follow=True)
    page = client.press("Up Depth", follow=True)
    assert page.text.index("Depth") < page.text.index("Clarity")
    client.click("Depth")
    page = client.press("Save", highest="20", follow=True)
    assert "0 to 20 points" in page.text
    client.click("Remove… Depth")
    page = client.press("Remove it", follow=True)
    assert "Removed: their points are kept, and do not count" in page.text
    page = client.press("Put back Depth", follow=True)
    assert "“Depth” counts again" in page.notices[0]
    kinds = db.session.scalars(db.select(AuditEvent.kind).where(AuditEvent.kind == "event:criteria-changed")).all()
    assert len(kinds) == 6


@pytest.mark.usefixtures("scored")
def test_removing_says_first_what_it_means(client, url, contest):
    client.get(f"{url}/criteria")
    page = client.click("Remove… Clarity")

    assert "It has points on 3 score sheets, 3 of them final" in page.text
    assert db.session.scalars(db.select(Criterion).where(Criterion.removed_at.is_not(None))).all() == []


@pytest.mark.usefixtures("scored")
def test_a_range_must_hold_what_was_given(client, url):
    client.get(f"{url}/criteria")
    client.click("Clarity")

    page = client.press("Save", highest="8")

    assert page.status == 422
    assert "Error: 10 was given already; the range must hold it" in page.errors


def test_a_second_editor_is_told(contest, client, url):
    criterion = contest.a_criterion("Clarity")
    client.get(f"{url}/criteria/{criterion.key}")
    before = client.current
    client.press("Save", title="Clearness")

    client.current = before
    page = client.press("Save", title="Lucidity")

    assert page.status == 409
    assert page.value("title") == "Lucidity"
    client.press("Save", follow=True)
    assert criterion.title == "Lucidity"


def test_how_it_is_judged_is_chosen(contest, client, url):
    contest.a_session()
    client.get(f"{url}/criteria")

    client.press("Save", is_blind="y", is_shuffled="y", follow=True)

    assert (contest.event.is_judged, contest.event.is_blind, contest.event.is_shuffled) == (True, True, True)
    contest.a_judge()
    contest.a_criterion()
    assert "Entry 1" in client.get(url).text


@pytest.mark.usefixtures("scored")
def test_the_ranking_shows_its_arithmetic(client, url):
    page = client.get(url)

    # (70 × 2 + 25) ÷ 3 = 55, and 100: 77.50; (50 × 2 + 50) ÷ 3 = 50
    assert "3 of 3 sheets are final. Judges stood aside once." in page.text
    assert page.text.index("Penguins") < page.text.index("Whales")
    assert "77.50" in page.text
    page = client.click("Penguins")
    assert "(70.00 × 2 + 25.00) ÷ 3" in page.text
    assert "(55.00 + 100.00) ÷ 2 = 77.50. That is rank 1." in page.text
    assert "50%" in page.text, "what was watched stands beside it"
    assert "=HYPERLINK(1)" in page.text


@pytest.mark.usefixtures("scored")
def test_judges_and_what_is_missing(contest, client, url):
    contest.a_session(title="Seals")

    page = client.get(f"{url}/judges")

    assert "Ada Lovelace" in page.text
    assert "2 of 3" in page.text
    assert "1 of 2, stood aside once" in page.text
    assert page.text.count("Seals") == 2
    assert "−11.25" in page.text, "by how much Ada's scores lie below the others'"


@pytest.mark.usefixtures("scored")
def test_a_sheet_is_opened_again(contest, client, url):
    client.get(url)
    client.click("Whales")

    page = client.press("Open again the sheet of Bo Diddley", follow=True)

    assert "The sheet is open again" in page.notices[0]
    assert contest.sheet(contest.judges[1], contest.sessions[1]).state is SheetState.DRAFT
    [entry] = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "score-sheet:reopened"))
    assert entry.person_id == contest.judges[1].id


@pytest.mark.usefixtures("scored")
def test_sheets_as_csv_defuse_what_people_typed(client, url):
    client.get(url)

    answer = client.press("All sheets (CSV)")

    lines = answer.response.data.decode("utf-8-sig").splitlines()
    assert lines[0] == (
        'Entry,Recording,Judge,State,Watched %,"Clarity (0 to 10, weight 2)","Depth (1 to 5, weight 1)",'
        "Score of 100,Final since (UTC),Remark,Reason"
    )
    assert any("'=HYPERLINK(1)" in line for line in lines)
    assert any("'-my colleague" in line for line in lines)
    assert not any(",=HYPERLINK" in line for line in lines)
    assert answer.response.headers["Cache-Control"] == "private, no-store"
    [entry] = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "event:scores-exported"))
    assert entry.facts == {"title": "Finals 2026", "format": "sheets, CSV"}


@pytest.mark.usefixtures("scored")
def test_the_ranking_as_csv(client, url):
    client.get(url)

    lines = client.press("Ranking (CSV)").response.data.decode("utf-8-sig").splitlines()

    assert lines[1].startswith("1,,Penguins,77.5,2,31.82,")
    assert lines[2].startswith("2,,Whales,50.0,1,,")


@pytest.mark.usefixtures("scored")
def test_both_as_a_workbook_without_a_formula(client, url):
    client.get(url)

    answer = client.press("Both (Excel)")

    with zipfile.ZipFile(io.BytesIO(answer.response.data)) as book:
        sheets_ = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
        words = book.read("xl/sharedStrings.xml").decode()
    assert len(sheets_) == 2
    assert "<f>" not in "".join(sheets_)
    assert "=HYPERLINK(1)" in words
    assert "Penguins" in words


@pytest.mark.usefixtures("scored")
def test_an_unknown_file_is_refused(client, url):
    token = client.get(url).value("csrf_token")

    assert client.open("POST", f"{url}/export", data={"csrf_token": token, "what": "all"}).status == 400


def test_once_it_is_over_nothing_is_opened_or_changed(scored, client, url):
    with transaction():
        scored.event.closes_at = scored.event.closed_at = scored.at - A_DAY / 4
        judging.freeze(scored.event, at=scored.at)
    token = client.get(f"{url}/criteria").value("csrf_token")
    sheet = db.session.scalars(db.select(ScoreSheet)).first()

    page = client.open("POST", f"{url}/sheets/{sheet.key}/reopen", data={"csrf_token": token}, follow=True)
    assert "This event is over" in page.notices[0]
    assert "Remove…" not in client.get(f"{url}/criteria").text
    assert "Open again" not in client.get(f"{url}/sessions/{scored.sessions[0].key}").text
    client.get(f"{url}/criteria")
    page = client.press("Save", is_shuffled="y")
    assert page.status == 422
    assert "77.50" in client.get(url).text


def test_a_criterion_that_came_later_is_said_to_be_missing(scored, client, url):
    scored.a_criterion("Later")

    page = client.get(url)

    assert "3 final sheets lack a criterion that was added later" in page.notices[0]
    assert "77.50" in page.text


def test_another_sponsors_event_is_none(contest, client, url):
    criterion = contest.a_criterion()
    client.sign_in_as(a_sponsor())

    for path in ("", "/judges", "/criteria", "/criteria/new", f"/criteria/{criterion.key}"):
        assert client.get(url + path).status == 404


def test_a_criterion_or_sheet_of_another_event_is_not_found_here(scored, client, url):
    other = a_contest(datetime.now(UTC))
    criterion, film = other.a_criterion(), other.a_session()
    sheet = other.finalise(other.a_judge(), film, 7).row
    token = client.get(url).value("csrf_token")

    assert client.get(f"{url}/criteria/{criterion.key}").status == 404
    assert client.get(f"{url}/sessions/{film.key}").status == 404
    for path in (f"/sheets/{sheet.key}/reopen", f"/criteria/{criterion.key}/remove"):
        assert client.open("POST", url + path, data={"csrf_token": token}).status == 404
    assert sheets.find(other.judges[0], film.key, other.event.key, sign_in=None, at=other.at)[1].state is (
        SheetState.FINAL
    )
