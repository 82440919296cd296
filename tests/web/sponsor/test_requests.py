"""Guests who ask for more: the rows of Today, the list, and the answer by one press (design 07)."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import options, requests
from portal.domain.options import Ceilings
from portal.storage.db import db, transaction
from portal.storage.models import Grant, OutgoingEmail, SignIn, ViewBudget, WatchRecord
from tests.factories import a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin

NOW = datetime.now(UTC)
A_DAY = timedelta(days=1)
TUNNEL = "I missed the last ten minutes when the train went into the tunnel."


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", sponsor=dana)


@pytest.fixture
def film(dana):
    return a_video_session(owner=dana, title="What your gift built", length_seconds=300.0, ready_at=NOW - 90 * A_DAY)


@pytest.fixture
def at_home(client, dana):
    client.sign_in_as(dana)
    return client


def used_up(film, guest, **given):
    grant = a_grant(film, guest, **({"views_limit": 2, "ends_at": NOW + 12 * A_DAY} | given))
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=film.id, taken=grant.views_limit))
        record = {"served": [], "watched": [], "watched_seconds": 273.0}
        db.session.add(WatchRecord(user_id=guest.id, video_session_id=film.id, **record))
    return grant


def ask(guest, film, words=""):
    a_sign_in_token(guest)
    sign_in = db.session.scalars(db.select(SignIn).where(SignIn.user_id == guest.id)).all()[-1]
    with transaction():
        return requests.ask(guest, film.key, words, sign_in=sign_in, at=NOW)


def told(guest):
    query = db.select(OutgoingEmail.letter).where(OutgoingEmail.user_id == guest.id)
    return list(db.session.scalars(query))


@pytest.mark.parametrize(
    ("address", "heading"), [("/today", "One thing needs you"), ("/requests", "1 guest asks for more")]
)
def test_who_asks_stands_first_with_their_words_and_what_they_saw(at_home, imani, film, address, heading):
    used_up(film, imani)
    ask(imani, film, TUNNEL)

    page = at_home.get(address)

    assert page.heading == heading
    assert f"Imani Okafor asks for another view “{TUNNEL}” Watched 91%, ends" in page.text
    assert page.links["What your gift built"] == f"/sessions/{film.key}"
    about = "Imani Okafor: What your gift built"
    assert page.buttons[-3:] == [f"Give 1 view {about}", f"Give 7 days and 1 view {about}", f"Decline {about}"]


def test_one_press_gives_a_view_and_says_so(at_home, imani, film):
    grant = used_up(film, imani)
    ask(imani, film)
    at_home.get("/today")

    page = at_home.press("Give 1 view Imani Okafor: What your gift built", follow=True)

    assert page.heading == "Nothing needs you today"
    (notice,) = page.notices
    assert notice.startswith("Imani Okafor has 1 more view They may watch “What your gift built” until")
    assert db.session.get_one(Grant, grant.id).views_limit == 3
    assert told(imani) == ["access_given"]


def test_from_the_list_one_comes_back_to_the_list(at_home, imani, film):
    a_grant(film, imani, ends_at=NOW - A_DAY)
    ask(imani, film)
    at_home.get("/requests")

    page = at_home.press("Give 7 days Imani Okafor: What your gift built", follow=True)

    assert (page.url, page.heading) == ("/requests", "Nobody asks for more")
    assert page.notices[0].startswith("Imani Okafor has 7 more days")


def test_who_has_not_begun_may_begin_now(at_home, imani, film):
    a_grant(film, imani, begins_at=NOW + 9 * A_DAY)
    ask(imani, film)
    page = at_home.get("/requests")
    assert "Imani Okafor asks to begin now Not watched yet, begins" in page.text

    page = at_home.press("Let them begin now Imani Okafor: What your gift built", follow=True)

    assert page.notices[0].startswith(
        "Imani Okafor may begin now They may watch “What your gift built” without an end."
    )


def test_a_no_is_told_too(at_home, imani, film):
    used_up(film, imani)
    ask(imani, film)
    at_home.get("/today")

    page = at_home.press("Decline Imani Okafor: What your gift built", follow=True)

    assert page.notices == ["You have declined We write to Imani Okafor, and a reply comes to you."]
    assert told(imani) == ["access_declined"]


def test_who_answers_second_is_told_what_was_answered(at_home, new_client, imani, film):
    used_up(film, imani)
    ask(imani, film)
    at_home.get("/today")
    colleague = new_client()
    colleague.sign_in_as(an_admin(name="Nora Admin"))
    colleague.get("/requests")
    colleague.press("Give 1 view Imani Okafor: What your gift built")

    page = at_home.press("Decline Imani Okafor: What your gift built", follow=True)

    assert page.notices == ["Nora Admin has given more views already Nothing else has changed for Imani Okafor."]
    assert told(imani) == ["access_given"]
    again = colleague.press("Decline Imani Okafor: What your gift built", follow=True)
    assert again.notices[-1] == "You have given more views already Nothing else has changed for Imani Okafor."


def test_what_was_changed_by_hand_meanwhile_is_looked_at_again(at_home, imani, film):
    grant = used_up(film, imani)
    ask(imani, film)
    at_home.get("/today")
    with transaction():
        db.session.get_one(Grant, grant.id).version = 2

    page = at_home.press("Give 1 view Imani Okafor: What your gift built", follow=True)

    assert page.notices == ["The access of Imani Okafor was changed since they asked. Look at what it is now"]
    assert told(imani) == []


def test_at_the_ceiling_the_terms_are_changed_by_hand(at_home, imani, film):
    admin = an_admin()
    with transaction():
        options.set_ceilings(Ceilings(most_views=2), by=admin, at=NOW)
    grant = used_up(film, imani)
    ask(imani, film)

    page = at_home.get("/requests")

    assert "The most that an answer may give is reached." in page.text
    assert page.links["Change the terms Imani Okafor: What your gift built"] == f"/grants/{grant.id}"


def test_an_answer_that_is_none_is_refused(at_home, imani, film):
    used_up(film, imani)
    request = ask(imani, film)
    at_home.get("/requests")

    page = at_home.press("Decline Imani Okafor: What your gift built", answer="everything")

    assert page.status == 422
    assert db.session.get_one(type(request), request.id).answered_at is None


def test_others_neither_see_nor_answer_it(client, imani, film):
    used_up(film, imani)
    ask(imani, film, TUNNEL)
    client.sign_in_as(a_sponsor())

    assert "Imani" not in client.get("/requests").text
    assert client.get("/today").heading == "Nothing needs you today"


def test_words_cannot_leave_their_place(at_home, imani, film):
    used_up(film, imani)
    ask(imani, film, "<script>alert(1)</script> \u202e & “quoted”")

    assert "<script>alert(1)</script>" in at_home.get("/requests").text  # as text: the page checks would find a script


def test_when_many_ask_today_leads_on_to_the_list(at_home, dana, film):
    for _ in range(21):
        guest = a_guest(sponsor=dana)
        used_up(film, guest)
        ask(guest, film)

    page = at_home.get("/today")

    assert page.text.count("asks for another view") == 20
    assert at_home.click("All who ask for more").text.count("asks for another view") == 21
