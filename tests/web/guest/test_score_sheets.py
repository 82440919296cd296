"""A judge's sheet through pages."""

from datetime import UTC, datetime

import pytest

from portal.domain import judging
from portal.domain.judging import sheets
from portal.storage.db import db, transaction
from portal.storage.models import Grant, ScoreSheet, SheetState
from tests.domain.judging.contests import A_DAY, a_contest
from tests.factories import a_guest, an_admin
from tests.page_client import PageClient

JSON = {"Accept": "application/json"}


@pytest.fixture
def contest(app):
    contest = a_contest(datetime.now(UTC))
    contest.a_criterion("Clarity", 0, 10)
    contest.a_criterion("Depth", 1, 5, 2)
    contest.a_session(title="Penguins")
    contest.a_judge(name="Ines Calder")
    return contest


@pytest.fixture
def judge(contest, client):
    client.sign_in_as(contest.judges[0])
    return contest.judges[0]


@pytest.fixture
def page_url(contest):
    return f"/watch/{contest.sessions[0].key}"


@pytest.fixture
def sheet_url(contest, page_url):
    return f"{page_url}/score-sheets/{contest.event.key}"


def fields(contest, *points):
    return {f"points-{one.key}": str(given) for one, given in zip(contest.criteria, points, strict=False)}


def row():
    db.session.expire_all()
    return db.session.scalars(db.select(ScoreSheet)).one_or_none()


def token_of(client, url):
    return client.get(url).value("csrf_token")


@pytest.mark.usefixtures("judge")
def test_the_sheet_stands_beside_the_picture(contest, client, page_url):
    page = client.get(page_url)

    for words in ("Score sheet", "Finals 2026", "Clarity", "0 to 10 points", "Depth", "1 to 5 points, counts 2 times"):
        assert words in page.text
    assert "Nothing saved yet" in page.text


def test_it_is_saved_by_a_button(contest, client, judge, page_url):
    client.get(page_url)

    page = client.press("Save", **fields(contest, "7,5", ""), remark="Well told", follow=True)

    assert "Your sheet is saved" in page.notices[0]
    assert page.value(f"points-{contest.criteria[0].key}") == "7.5"
    assert page.value("remark") == "Well told"
    assert page.value("version") == "1"
    assert "Saved " in page.text
    assert contest.given(judge, contest.sessions[0]) == [7.5, None]


def test_what_is_missing_is_said_and_what_was_given_is_kept(contest, client, judge, page_url):
    client.get(page_url)

    page = client.press("Make it final", **fields(contest, 7))

    assert page.status == 422
    assert page.heading == "Score sheet for “Penguins”"
    assert "Error: Give points for “Depth”" in page.errors
    assert contest.given(judge, contest.sessions[0]) == [7, None]
    page = client.press("Make it final", **fields(contest, 7, 3), follow=True)
    assert "This sheet is final" in page.notices[0]
    assert "Only the organiser can open it again" in page.text
    assert "Make it final" not in page.buttons
    assert row().state is SheetState.FINAL


@pytest.mark.usefixtures("judge")
@pytest.mark.parametrize("points", ["11", "-1", "NaN", "1e1", "inf", "<b>", "7.3"])
def test_other_points_stay_in_their_field_with_a_sentence(contest, client, page_url, points):
    client.get(page_url)

    page = client.press("Save", **fields(contest, points, 3))

    assert page.status == 422
    assert page.value(f"points-{contest.criteria[0].key}") == points
    assert len([words for words in page.errors if "Give " in words]) == 1
    assert row() is None


@pytest.mark.usefixtures("judge")
def test_two_windows_do_not_write_over_each_other(contest, client, page_url):
    client.get(page_url)
    other = client.current
    client.press("Save", **fields(contest, 7, 3))

    client.current = other
    page = client.press("Save", **fields(contest, 1, 1))

    assert page.status == 409
    assert "saved in another window" in page.text
    assert page.value(f"points-{contest.criteria[0].key}") == "1", "what was typed is there still"
    page = client.press("Save", follow=True)
    assert page.value(f"points-{contest.criteria[0].key}") == "1"


@pytest.mark.usefixtures("judge")
def test_a_script_saves_as_it_is_typed(contest, client, page_url, sheet_url):
    token = token_of(client, page_url)

    def save(version, *points):
        body = {"csrf_token": token, "version": version, **fields(contest, *points)}
        return client.open("POST", sheet_url, data=body, headers=JSON).response

    saved = save(0, 7)
    assert saved.json["version"] == 1
    assert saved.json["saved"].startswith("Saved ")
    assert save(1, 7, 3).json["version"] == 2
    stale = save(1, 9, 4)
    assert stale.status_code == 409
    assert "another window" in stale.json["words"]
    wrong = save(2, 99, 3)
    assert wrong.status_code == 422
    assert wrong.json == {"faults": {contest.criteria[0].key: "Give a number from 0 to 10"}}
    for version in ("", "x", "-1", "9" * 30, "١"):
        assert save(version, 8, 3).status_code == 409
    with transaction():
        judging.freeze(contest.event, at=contest.at)
    assert save(2, 8, 3).status_code == 409


def test_a_forged_form_is_refused(contest, client, judge, sheet_url):
    client.app.config["WTF_CSRF_ENABLED"] = True

    answer = client.open("POST", sheet_url, data=fields(contest, 7, 3), headers=JSON)

    assert answer.status == 400
    assert row() is None
    assert judge


@pytest.mark.usefixtures("judge")
def test_a_judge_stands_aside(client, page_url):
    client.get(page_url)

    page = client.press("Stand aside", reason=" ")
    assert page.status == 422
    assert "Error: Say why you stand aside" in page.errors
    page = client.press("Stand aside", reason="She is my student", follow=True)

    assert "You stand aside from this one: She is my student" in page.text
    assert row().state is SheetState.RECUSED


@pytest.mark.usefixtures("judge")
def test_what_a_judge_wrote_is_text(contest, client, page_url):
    client.get(page_url)
    hostile = "</textarea><script>alert(1)</script>"

    page = client.press("Save", remark=hostile, follow=True)

    assert page.value("remark") == hostile
    assert "<script>alert" not in page.response.text


def test_nobody_else_comes_to_a_sheet(app, write_log, contest, client, judge, sheet_url, page_url):
    client.get(page_url)
    client.press("Save", **fields(contest, 7, 3), remark="Mine alone")
    other_judge = contest.a_judge()
    other = PageClient(app, write_log)
    for person in (a_guest(), contest.owner, an_admin()):
        other.sign_in_as(person)
        token = other.get("/account").value("csrf_token")
        assert other.get(sheet_url).status == 404
        for do in ("", "/final", "/stand-aside"):
            assert other.open("POST", sheet_url + do, data={"csrf_token": token, "reason": "x"}).status == 404
    other.sign_in_as(other_judge)
    page = other.get(sheet_url)
    assert "Mine alone" not in page.response.text
    assert page.value("version") == "0"
    assert judge


def test_after_the_event_it_can_be_read(contest, client, judge, sheet_url, page_url):
    client.get(page_url)
    client.press("Save", **fields(contest, 7, 3))
    with transaction():
        contest.event.closes_at = contest.at - A_DAY / 2
        contest.event.closed_at = contest.at - A_DAY / 2
        for grant in db.session.scalars(db.select(Grant)):
            grant.ends_at = contest.at - A_DAY / 2

    page = client.get(sheet_url)

    assert "The event is over. Your sheet stays as it is." in page.text
    assert "Save" not in page.buttons
    assert client.get(page_url).status == 403
    assert judge


@pytest.mark.usefixtures("judge")
def test_an_opened_sheet_is_made_final_anew(contest, client, page_url):
    client.get(page_url)
    client.press("Make it final", **fields(contest, 7, 3))
    with transaction():
        sheets.reopen(contest.event, row().key, by=contest.owner, at=contest.at)

    client.get(page_url)
    client.press("Make it final", **fields(contest, 8, 3), follow=True)

    assert row().state is SheetState.FINAL
