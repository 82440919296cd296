"""From when, until when, how often: typed in the box that adds people, shown before it is sent (design 08 and 10)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.basics import dates
from portal.domain.grants import Terms
from portal.storage.db import db, transaction
from portal.storage.models import Grant, OutgoingEmail, ViewBudget, WhenItEnds
from tests.factories import a_folder, a_grant, a_guest, a_video_session

NEW = "yuki.tanabe@sakura-trust.example"
A_DAY = timedelta(days=1)
BERLIN = "Europe/Berlin"


def now():
    return datetime.now(UTC)


@pytest.fixture
def on(sponsor):
    return a_video_session(owner=sponsor, title="What your gift built")


def people_of(thing):
    return f"/{'folders' if thing.__tablename__ == 'folders' else 'sessions'}/{thing.key}/people"


def check(client, thing, addresses, **fields):
    client.get(people_of(thing))
    return client.press("Check the addresses", addresses=addresses, **fields)


def grants():
    return list(db.session.scalars(select(Grant).order_by(Grant.id)))


def used(grant, on, taken):
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=on.id, taken=taken))


def day(moment):
    return f"{moment:%Y-%m-%d}"


# Typed, shown, sent


def test_the_terms_are_shown_in_full_and_then_given(at_home, on):
    page = check(
        at_home, on, NEW, begins="4 dec 2030 9:00", until="11 dec 2030", views="2", when_it_ends="stop", note="Here."
    )
    assert "From Wednesday 4 December 2030, 09:00 CET" in page.text
    assert "Until Wednesday 11 December 2030, 23:59 CET" in page.text
    assert "A sitting that has begun stops at once." in page.text
    assert "Views 2" in page.text

    at_home.press("Send 1 invitation", follow=True)

    (grant,) = grants()
    assert Terms.of(grant) == Terms(
        datetime(2030, 12, 4, 8, 0, tzinfo=UTC), datetime(2030, 12, 11, 22, 59, tzinfo=UTC), 2, WhenItEnds.STOP
    )
    letter = db.session.scalars(select(OutgoingEmail)).one()
    assert "Wednesday 4 December 2030, 09:00 CET" in (letter.text or "")


def test_empty_means_at_once_without_an_end_without_a_limit(at_home, on):
    page = check(at_home, on, NEW, begins="", until=" ", views="")
    assert "From At once" in page.text
    assert "Until No end" in page.text
    assert "Views No limit" in page.text

    at_home.press("Send 1 invitation")

    assert Terms.of(grants()[0]) == Terms()


def test_views_of_a_folder_are_for_each_recording(at_home, sponsor):
    page = check(at_home, a_folder(owner=sponsor), NEW, views="3")

    assert "3 for each recording" in page.text


def test_a_begin_of_today_is_at_once(at_home, on):
    check(at_home, on, NEW, begins="today")

    at_home.press("Send 1 invitation")

    assert grants()[0].has_begun(now())


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("until", "4 December 2025", "“Until” lies in the past: 4 December 2025"),
        ("until", "soon", "Write the day like 4 Dec 2026 or 4.12.2026, and the time like 18:00"),
        ("until", "31 feb 2031", "There is no 31 February 2031"),
        ("until", "4 dec 2030 25:00", "There is no 25:00; the day goes from 00:00 to 23:59"),
        ("until", "31 March 2030 02:30", "The clocks go forward that day: there is no 02:30"),
        ("until", "4 dec 2030 18:00 EST", "Times here are CET on that day; leave “EST” out"),
        ("until", "4 dec 2030 6:00 pm", "Write the day like 4 Dec 2026 or 4.12.2026, and the time like 18:00"),
        ("begins", "4 December 2025", "“From” lies in the past: 4 December 2025. Leave it empty to begin at once"),
        ("begins", "next week", "Write the day like 4 Dec 2026 or 4.12.2026, and the time like 18:00"),
        ("begins", "31 March 2030 02:30", "The clocks go forward that day: there is no 02:30"),
        *(
            ("views", typed, "Views must be a whole number from 1 to 99, or empty")
            for typed in ("0", "-1", "100", "two", "1.5", "1,5", "1e1", "٠", "²", "99999999999999999999")
        ),
    ],
)
def test_what_cannot_be_read_is_answered_by_its_field_and_nothing_is_lost(at_home, on, field, typed, error):
    good = {"begins": "4 dec 2030", "until": "5 dec 2030", "views": "2", "when_it_ends": "stop", "note": "Do come."}
    if field == "begins":
        good["until"] = ""
    fields = good | {field: typed}

    page = check(at_home, on, NEW, **fields)

    assert page.status == 422
    assert page.errors == [f"Error: {error}"]
    assert {name: page.value(name) for name in fields} == fields
    assert page.value("addresses") == NEW


def test_an_end_before_the_begin_is_answered_by_the_end(at_home, on):
    page = check(at_home, on, NEW, begins="5 dec 2030", until="4 dec 2030")

    assert (page.status, page.errors) == (422, ["Error: “Until” must come after “From”"])
    assert (page.value("begins"), page.value("until")) == ("5 dec 2030", "4 dec 2030")


def test_the_same_moment_is_no_time_at_all(at_home, on):
    page = check(at_home, on, NEW, begins="4 dec 2030 18:00", until="4 dec 2030 18:00")

    assert page.errors == ["Error: “Until” must come after “From”"]


def test_several_faults_are_all_named(at_home, on):
    page = check(at_home, on, "", begins="soon", until="soon", views="two")

    assert len(page.errors) == 4


def test_digits_of_any_script_are_a_number(at_home, on):
    check(at_home, on, NEW, views=" ٣ ")

    at_home.press("Send 1 invitation")

    assert grants()[0].views_limit == 3


def test_of_a_time_that_clocks_show_twice_the_preview_says_which_is_meant(at_home, on):
    page = check(at_home, on, NEW, until="27 oct 2030 02:30")
    assert "Sunday 27 October 2030, 02:30 CEST" in page.text
    assert "this is the first 02:30; for the second write 02:30 CET." in page.text
    at_home.press("Send 1 invitation")
    assert grants()[0].ends_at == datetime(2030, 10, 27, 0, 30, tzinfo=UTC)

    page = check(at_home, on, "omar@quill.example", until="27 oct 2030 02:30 CET")
    assert "this is the second 02:30." in page.text
    at_home.press("Send 1 invitation")
    assert grants()[1].ends_at == datetime(2030, 10, 27, 1, 30, tzinfo=UTC)


def test_terms_that_somebody_s_script_makes_up_are_refused_when_sent(at_home, on):
    check(at_home, on, NEW, views="2")

    page = at_home.press("Send 1 invitation", views="0")
    assert page.status == 422
    assert grants() == []


def test_a_choice_that_is_none_is_refused_and_a_missing_one_is_the_usual(at_home, on):
    at_home.get(people_of(on))
    token = at_home.current.value("csrf_token")
    form = {"csrf_token": token, "addresses": NEW}

    assert at_home.open("POST", f"{people_of(on)}/send", data=form | {"when_it_ends": "never"}).status == 422
    assert at_home.open("POST", f"{people_of(on)}/send", data=form).status == 303
    assert grants()[0].when_it_ends is WhenItEnds.FINISH


# Who is named already


def test_the_preview_says_what_changes_for_whom(at_home, on):
    at = now()
    longer, shorter, more, fewer, same, anew, used_up = (a_guest() for _ in range(7))
    a_grant(on, longer, ends_at=at + 3 * A_DAY, views_limit=3)
    a_grant(on, shorter, ends_at=at + 9 * A_DAY, views_limit=3)
    a_grant(on, more, views_limit=1)
    a_grant(on, fewer, views_limit=9)
    a_grant(on, anew, ends_at=at - A_DAY)
    used(a_grant(on, used_up, ends_at=at + 3 * A_DAY, views_limit=2), on, 2)
    a_grant(on, same, views_limit=3)
    people = (longer, shorter, more, fewer, same, anew, used_up)

    page = check(at_home, on, "\n".join(guest.address for guest in people[:2]), until=day(at + 5 * A_DAY))
    assert "with 3 views; gets more time, until" in page.text
    assert "; that becomes until" in page.text

    page = check(at_home, on, "\n".join(guest.address for guest in people[2:]), views="3")
    assert "May watch without an end, with 1 view; gets more views, 3 in all, and a letter says so." in page.text
    assert "with 9 views; that becomes without an end, with 3 views. No letter leaves." in page.text
    assert "May watch without an end, with 3 views; nothing changes." in page.text
    assert "gets it again, without an end, with 3 views, and a letter says so." in page.text
    assert "Has used both views; gets it again, until" in page.text
    assert "with 5 views, 2 of them used, and a letter says so." in page.text
    assert "Who is named here already keeps theirs" in page.text


def test_a_limit_below_what_was_used_is_told_by_the_address_and_changes_nothing(at_home, on):
    guest = a_guest()
    grant = a_grant(on, guest, views_limit=5)
    used(grant, on, 3)

    page = check(at_home, on, f"{guest.address}\n{NEW}", views="2")
    assert "Has used 3 views already; type at least 3. Keeps what they have." in page.text
    assert page.heading == "1 of 2 addresses can be added"
    done = at_home.press("Send 1 invitation", follow=True)

    assert f"Left out: {guest.address}." in done.notices[0]
    db.session.refresh(grant)
    assert grant.views_limit == 5


def test_further_views_are_given_once_however_often_the_form_is_sent(at_home, on):
    guest = a_guest()
    grant = a_grant(on, guest, views_limit=2)
    used(grant, on, 2)
    check(at_home, on, guest.address, views="2")
    preview = at_home.current
    at_home.press("Share with 1 person")
    at_home.current = preview

    done = at_home.press("Share with 1 person", follow=True)

    assert any("Nothing has changed" in notice for notice in done.notices)
    db.session.refresh(grant)
    assert grant.views_limit == 4


def test_an_account_that_ends_before_is_told_of(at_home, sponsor, on):
    ends_at = now() + 5 * A_DAY
    guest = a_guest(sponsor=sponsor, ends_at=ends_at)

    page = check(at_home, on, guest.address, until=day(now() + 9 * A_DAY))
    assert f"The account itself ends before that, on {dates.day_date(ends_at, BERLIN)}." in page.text

    page = check(at_home, on, guest.address, begins=day(now() + 7 * A_DAY))
    assert f"The account ends on {dates.day_date(ends_at, BERLIN)}, before this begins. Left out." in page.text
    assert page.heading == "Nobody can be added"


def test_a_correction_on_the_preview_loses_no_term(at_home, on):
    check(at_home, on, f"{NEW}\nomar(at)quill.example", begins="4 dec 2030", until="5 dec 2030", views="2")

    at_home.press("Correct omar(at)quill.example", correction="omar@quill.example")
    at_home.press("Send 2 invitations")

    terms = {Terms.of(grant) for grant in grants()}
    assert terms == {Terms(datetime(2030, 12, 3, 23, 0, tzinfo=UTC), datetime(2030, 12, 5, 22, 59, tzinfo=UTC), 2)}
