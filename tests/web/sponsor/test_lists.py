"""Lists of guests: pasted or from a file, looked at, corrected, sent (product.md, Events; design 10)."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain import options
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Grant, GuestList, OutgoingEmail, User
from tests.factories import a_grant, a_guest, a_sponsor, an_admin, an_event

A_DAY = timedelta(days=1)
LIST = "Name;E-Mail;Bis\r\nYuki Tanabe;yuki@sakura.example;4.12.2090\r\nOmar;omar(at)quill.example;\r\n"


def now():
    return datetime.now(UTC)


def list_page(thing):
    kind = {"video_sessions": "sessions"}.get(thing.__tablename__, thing.__tablename__)
    return f"/{kind}/{thing.key}/list"


def bring(client, thing, content=LIST, name="jury.csv", **fields):
    """Choose a file and look at it."""
    client.get(list_page(thing))
    data = content if isinstance(content, bytes) else content.encode()
    return client.press("Look at the list", follow=True, file=(io.BytesIO(data), name), **fields)


def paste(client, thing, text, **fields):
    client.get(list_page(thing))
    return client.press("Look at the list", follow=True, pasted=text, **fields)


def grants():
    return list(db.session.scalars(select(Grant).order_by(Grant.id)))


def test_the_way_in_stands_beside_the_box(at_home, thing):
    kind = "folders" if thing.__tablename__ == "folders" else "sessions"

    at_home.get(f"/{kind}/{thing.key}/people")

    assert at_home.click("Bring a list…").heading == "Bring a list of guests"


def test_a_list_is_shown_before_anything_happens_and_then_names_its_good_rows(at_home, thing):
    page = bring(at_home, thing, note="Do come.")

    assert page.heading == "1 of 2 rows can be invited"
    assert "jury.csv" in page.text
    assert "“omar(at)quill.example” is not a mail address" in page.text
    assert "Do come." in page.text
    assert grants() == []

    done = at_home.press("Invite 1 person", follow=True)

    assert done.heading == "1 person is named now"
    assert "“omar(at)quill.example” is not a mail address" in done.text
    (grant,) = grants()
    assert grant.ends_at == datetime(2090, 12, 4, 22, 59, tzinfo=UTC)
    guest = db.session.get_one(User, grant.guest_id)
    assert (guest.name, guest.address) == ("Yuki Tanabe", "yuki@sakura.example")
    assert "> Do come." in (db.session.scalars(select(OutgoingEmail)).one().text or "")


def test_a_pasted_list_needs_no_columns(at_home, thing):
    page = paste(at_home, thing, "yuki@sakura.example, Omar Haddad <omar@quill.example>\nYUKI@sakura.example")

    assert page.heading == "2 of 3 rows can be invited"
    assert "Same as row 1" in page.text
    at_home.press("Invite 2 people", follow=True)
    assert len(grants()) == 2


def test_each_row_says_what_happens_to_it(at_home, sponsor, thing):
    known, named = a_guest(), a_guest()
    ended = a_guest(sponsor=sponsor, ends_at=now() - A_DAY)
    a_grant(thing, named)
    rows = [
        "mail,name,views",
        "new@bw.example,,",
        f"{known.address},,",
        f"{named.address},,",
        f"{ended.address},,",
        f"{a_sponsor().address},,",
        "NEW@bw.example,,",
        ",Somebody,",
        "x@bw.example,,1000",
    ]

    page = bring(at_home, thing, "\n".join(rows))

    assert page.heading == "3 of 8 rows can be invited"
    for words in ("Account ended", "Works here", "Same as row 2", "No address", "Views must be a whole number"):
        assert words in page.text
    everybody = at_home.get(page.url.partition("?")[0] + "?show=all")
    for words in ("Gets an invitation.", "Gets one letter that says what is new.", "nothing changes"):
        assert words in everybody.text


def test_an_address_is_corrected_in_its_row(at_home, thing):
    bring(at_home, thing)

    page = at_home.press("Correct row 3", address="omar@quill.example", follow=True)

    assert page.heading == "All 2 rows can be invited"


def test_columns_are_corrected(at_home, thing):
    page = bring(at_home, thing, "a@bw.example;b@bw.example\nc@bw.example;d@bw.example\n")
    at_home.click("Correct the columns")

    page = at_home.press("Read it like this", follow=True, **{"kinds-0": "ignored", "kinds-1": "address"})

    assert page.heading == "All 2 rows can be invited"
    at_home.press("Invite 2 people", follow=True)
    assert set(db.session.scalars(select(User.address).join(Grant, Grant.guest_id == User.id))) == {
        "b@bw.example",
        "d@bw.example",
    }


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (("name", "ignored"), "Say which column holds the mail addresses"),
        (("address", "address"), "cannot be the same"),
    ],
)
def test_columns_that_make_no_sense_are_refused(at_home, thing, kinds, words):
    bring(at_home, thing, "Ines;b@bw.example\nOmar;d@bw.example\n")
    at_home.click("Correct the columns")

    page = at_home.press("Read it like this", **{"kinds-0": kinds[0], "kinds-1": kinds[1]})

    assert page.status == 422
    assert words in page.text


def test_rows_left_out_come_back_with_a_reason_and_nothing_that_a_spreadsheet_works_out(at_home, thing):
    bring(at_home, thing, 'Name,Mail\n"=HYPERLINK(""http://evil.example"")",nobody\n@SUM(1),+x\nFine,fine@bw.example\n')

    before = at_home.click("Download the 2 rows left out").response.data
    at_home.get(f"/lists/{db.session.scalars(select(GuestList.key)).one()}")
    at_home.press("Invite 1 person", follow=True)
    after = at_home.click("Download them").response.data

    assert before == after
    rows = list(csv.reader(io.StringIO(before.decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Mail", "Why it was left out"]
    assert rows[1][:2] == ['\'=HYPERLINK("http://evil.example")', "nobody"]
    assert rows[2][:2] == ["'@SUM(1)", "'+x"]
    assert rows[1][2] == "“nobody” is not a mail address."


def test_the_same_list_sent_twice_does_nothing_twice(at_home, thing):
    bring(at_home, thing)
    preview = at_home.current
    at_home.press("Invite 1 person", follow=True)
    at_home.current = preview

    again = at_home.press("Invite 1 person", follow=True)

    assert any("sent already" in notice for notice in again.notices)
    assert (len(grants()), len(list(db.session.scalars(select(OutgoingEmail))))) == (1, 1)
    page = bring(at_home, thing)
    assert "Invite 1 person" not in page.buttons
    assert "named here already: nothing changes" in page.text


def test_more_new_guests_than_a_sponsor_may_invite_are_left_out(at_home, thing):
    admin = an_admin()
    with transaction():
        options.set_new_guests(2, by=admin, at=now())

    page = paste(at_home, thing, "\n".join(f"g{number}@bw.example" for number in range(5)))

    assert page.heading == "2 of 5 rows can be invited"
    assert "More new guests than one sponsor may invite in 24 hours" in page.text
    at_home.press("Invite 2 people", follow=True)
    assert len(grants()) == 2


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", "This file is empty"),
        (b"%PDF-1.7", "list.pdf", "This file is no list"),
        (b"PK\x03\x04 cut off", "list.xlsx", "damaged or cut off"),
        (b"Name,Town\nInes,Berlin\n", "towns.csv", "There is no mail address in this list"),
        (b"Mail\n", "head.csv", "no rows beside its head"),
        (b"a@bw.example\n" * 10_001, "long.csv", "A list has 10,000 rows at most"),
    ],
)
def test_what_is_no_list_is_refused_beside_the_field_and_what_was_typed_stays(at_home, thing, content, name, words):
    page = bring(at_home, thing, content, name, note="Do come.")

    assert page.status == 422
    assert words in page.text
    assert "Do come." in page.text
    assert list(db.session.scalars(select(GuestList))) == []


def test_a_form_without_a_list_is_refused(at_home, thing):
    assert paste(at_home, thing, "").status == 422


def test_wrong_terms_are_refused_and_the_paste_stays(at_home, thing):
    page = paste(at_home, thing, "a@bw.example", until="yesterday-ish")

    assert page.status == 422
    assert "a@bw.example" in page.text


def test_a_body_that_is_too_large_is_refused_before_it_is_read(at_home, thing):
    announced = {"CONTENT_LENGTH": str(8 * 1024 * 1024), "CONTENT_TYPE": "multipart/form-data; boundary=x"}

    page = at_home.open("POST", list_page(thing), environ_overrides=announced)

    assert page.status == 413
    assert "5 MB at most" in page.text


def test_a_list_is_its_bringers_alone(at_home, thing, client):
    url = bring(at_home, thing).url.partition("?")[0]

    client.sign_in_as(a_sponsor())

    assert client.get(url).status == 404
    assert client.get(f"{url}/left-out.csv").status == 404


def test_a_list_goes_where_its_thing_is_not_theirs_any_more(at_home, thing):
    url = bring(at_home, thing).url.partition("?")[0]
    other = a_sponsor()
    with transaction():
        db.session.get_one(type(thing), thing.id).owner_id = other.id

    assert at_home.get(url).status == 404


def test_one_entry_on_the_trail_has_all_whom_a_list_names(at_home, thing, client):
    paste(at_home, thing, "a@bw.example\nb@bw.example")
    at_home.press("Invite 2 people", follow=True)

    kinds = list(db.session.scalars(select(AuditEvent.kind).where(AuditEvent.actor_id.is_not(None))))
    assert kinds.count("list:sent") == 1
    assert not {"grant:given", "user:invited", "invitation:sent"} & set(kinds)
    client.sign_in_as(an_admin())
    page = client.get("/admin/audit?person=b@bw.example")
    assert "named 2 people on “What your gift built”" in page.text


def test_a_list_for_an_event_ends_with_it(at_home, sponsor):
    event = an_event(owner=sponsor, opens_at=now() - A_DAY, closes_at=now() + 7 * A_DAY)

    page = bring(at_home, event, "Mail,Bis\na@bw.example,\nb@bw.example,4.12.2090\n")

    assert page.heading == "1 of 2 rows can be invited"
    assert "Move its closing first" in page.text
    assert at_home.press("Invite 1 person", follow=True).heading == "1 person is named now"
    (grant,) = grants()
    assert (grant.event_id, grant.ends_at) == (event.id, event.closes_at)
