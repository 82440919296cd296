"""Adding people to a session or folder, who can watch, and changing it (product.md, The way in 1; design 08 and 10)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from portal.basics.roles import UserState
from portal.storage.db import db, transaction
from portal.storage.models import EmailState, Grant, OutgoingEmail, User
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

NEW = "yuki.tanabe@sakura-trust.example"
A_DAY = timedelta(days=1)


def now():
    return datetime.now(UTC)


def people_of(thing):
    kind = "folders" if thing.__tablename__ == "folders" else "sessions"
    return f"/{kind}/{thing.key}/people"


def check(client, thing, addresses, **fields):
    client.get(people_of(thing))
    return client.press("Check the addresses", addresses=addresses, **fields)


def grants():
    return list(db.session.scalars(select(Grant).order_by(Grant.id)))


def test_new_people_are_invited_after_a_look_at_what_happens(at_home, thing):
    page = check(at_home, thing, NEW, until="4 dec 2030", note="Here it is.\nDo come.")
    assert page.heading == "1 person can be added"
    assert "Gets an invitation." in page.text
    assert "Wednesday 4 December 2030, 23:59 CET" in page.text
    assert grants() == []

    done = at_home.press("Send 1 invitation", follow=True)

    assert "1 invitation is on its way" in done.notices[0]
    assert NEW in done.text
    assert "Invited, letter waiting" in done.text
    assert "1 person can watch" in done.text
    (grant,) = grants()
    assert grant.ends_at == datetime(2030, 12, 4, 22, 59, tzinfo=UTC)
    letter = db.session.scalars(select(OutgoingEmail)).one()
    assert "> Do come." in (letter.text or "")


def test_what_is_written_twice_is_counted_once(at_home, thing):
    page = check(at_home, thing, f"{NEW}, {NEW.upper()}\nYuki <{NEW}>")

    assert page.heading == "1 person can be added"
    assert "Appear twice 2" in page.text


def test_the_preview_says_what_happens_to_each(at_home, sponsor, thing):
    known, named = a_guest(name="Omar Haddad-Quill"), a_guest()
    mine_ended = a_guest(sponsor=sponsor, name="Imani Okafor", ends_at=now() - A_DAY)
    a_grant(thing, named, ends_at=now() + 9 * A_DAY)
    typed = [NEW, known.address, named.address, mine_ended.address, sponsor.address, a_sponsor().address, "t(at)x"]

    page = check(at_home, thing, ", ".join(typed), until=f"{(now() + 5 * A_DAY):%Y-%m-%d}")

    assert page.heading == "4 of 7 addresses can be added"
    for words in (
        "Gets an invitation.",
        "Gets one letter that says what is new.",
        "that becomes until",
        "The account ended on",
        "What is yours is open to you.",
        "Sponsors and admins are not named as guests.",
        "is not a mail address. Correct it here, or leave it out.",
    ):
        assert words in page.text
    assert "Imani Okafor" in page.text
    assert "Omar Haddad-Quill" not in page.text  # another sponsor's guest: no name before they are shared with
    assert "Share with 4 people" in page.buttons


def test_a_wrong_address_is_corrected_in_its_row_and_nothing_is_lost(at_home, thing):
    check(at_home, thing, f"{NEW}\nomar(at)quill.example", until="4 dec 2030", note="Here it is.")

    page = at_home.press("Correct omar(at)quill.example", correction="omar@quill.example")

    assert page.heading == "2 people can be added"
    assert "Here it is." in page.text
    at_home.press("Send 2 invitations")
    assert len(grants()) == 2


def test_who_was_corrected_is_shown_before_a_letter_leaves(at_home, thing):
    check(at_home, thing, f"{NEW}\nomar(at)quill.example")

    page = at_home.press("Send 1 invitation", correction="omar@quill.example")

    assert page.heading == "2 people can be added"
    assert grants() == []


def test_bad_rows_are_named_and_lose_no_good_one(at_home, thing):
    check(at_home, thing, f"{NEW}\nomar(at)quill.example")

    done = at_home.press("Send 1 invitation", follow=True)

    assert "Left out: omar(at)quill.example." in done.notices[0]
    assert len(grants()) == 1


def test_an_ended_account_is_renewed_where_the_tick_says_so(at_home, sponsor, thing):
    guest = a_guest(sponsor=sponsor, ends_at=now() - A_DAY)
    check(at_home, thing, guest.address)
    at_home.press("Share with 1 person", renew=None)
    assert grants() == []

    check(at_home, thing, guest.address)
    at_home.press("Share with 1 person", follow=True)

    db.session.refresh(guest)
    assert guest.ends_at is None
    assert len(grants()) == 1


def test_sending_the_same_form_twice_does_nothing_twice(at_home, thing):
    check(at_home, thing, NEW)
    preview = at_home.current
    at_home.press("Send 1 invitation")
    at_home.current = preview

    done = at_home.press("Send 1 invitation", follow=True)

    assert any("Nothing has changed" in notice for notice in done.notices)
    assert len(grants()) == 1
    assert len(list(db.session.scalars(select(OutgoingEmail)))) == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"addresses": " "}, "Enter at least one mail address"),
        ({"addresses": NEW, "until": "4 December 2025"}, "“Until” lies in the past: 4 December 2025"),
        ({"addresses": NEW, "until": "soon"}, "Write the day like 4 Dec 2026 or 4.12.2026, and the time like 18:00"),
        ({"addresses": NEW, "note": "x" * 2001}, "A note has 2,000 characters at most; this one has 2,001"),
        (
            {"addresses": "\n".join(f"g{number}@brightwater.example" for number in range(1001))},
            "At most 1,000 addresses at a time; these are 1,001",
        ),
    ],
)
def test_faults_stand_by_their_field_and_what_was_typed_stays(at_home, thing, fields, error):
    at_home.get(people_of(thing))

    page = at_home.press("Check the addresses", **fields)

    assert page.status == 422
    assert error in page.errors[0]
    for name, typed in fields.items():
        assert (page.value(name) or "").split() == typed.split()


def test_a_thousand_addresses_can_be_pasted(at_home, thing):
    page = check(at_home, thing, "\n".join(f"g{number}@brightwater.example" for number in range(1000)))

    assert page.heading == "1,000 people can be added"
    assert "And 900 more, like those above." in page.text
    done = at_home.press("Send 1,000 invitations", follow=True)
    assert "1,000 invitations are on their way" in done.notices[0]
    assert "1,000 people can watch" in done.text
    assert "1 to 25 of 1,000" in done.text


def test_names_and_titles_of_any_script_are_shown_as_they_are(at_home, sponsor):
    on = a_video_session(owner=sponsor, title="אור ראשון 🎬 <b>")
    a_grant(on, a_guest(name="مريم <script>"))

    page = at_home.get(people_of(on))

    assert "אור ראשון 🎬 <b>" in page.heading
    assert "مريم <script>" in page.text


def test_the_list_of_a_session_says_why(at_home, sponsor):
    folder = a_folder(owner=sponsor, title="Donors 2026")
    on = a_video_session(folder=folder)
    a_grant(on, a_guest(name="Imani Okafor"), ends_at=now() + 2 * A_DAY)
    a_grant(folder, a_guest(name="Rosalind Achterberg"))

    page = at_home.get(people_of(on))

    assert "named here" in page.text
    assert "folder Donors 2026" in page.text
    assert "Ends in 2 days" in page.text


def test_pages_of_people(at_home, sponsor, thing):
    guest = a_guest()
    for _ in range(30):
        a_grant(thing, guest)

    page = at_home.get(people_of(thing))
    assert "1 to 25 of 30" in page.text
    page = at_home.click("Older")
    assert "26 to 30 of 30" in page.text
    assert "1 to 25 of 30" in at_home.click("Newer").text


def test_the_page_takes_five_queries_at_most(at_home, sponsor, thing):
    for _ in range(3):
        a_grant(thing, a_guest())
    address = people_of(thing)
    at_home.get(address)
    sent = []
    listener = lambda *facts: sent.append(facts[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    at_home.get(address)
    event.remove(db.engine, "before_cursor_execute", listener)

    assert len([statement for statement in sent if statement.lstrip().startswith("SELECT")]) <= 5


@pytest.mark.parametrize("address", ["people", "people/check", "people/send"])
def test_another_sponsor_s_things_are_not_there(client, thing, address):
    client.sign_in_as(a_sponsor())
    base = people_of(thing).removesuffix("people")

    if address == "people":
        assert client.get(base + address).status == 404
    else:
        own = a_video_session(owner=db.session.scalars(select(User).order_by(User.id.desc())).first())
        client.get(people_of(own))
        token = client.current.value("csrf_token")
        assert client.open("POST", base + address, data={"csrf_token": token, "addresses": NEW}).status == 404
    assert grants() == []


def test_an_admin_adds_people_to_a_sponsor_s_session(client, thing, sponsor):
    admin = an_admin()
    client.sign_in_as(admin)
    check(client, thing, NEW)
    client.press("Send 1 invitation")

    assert grants()[0].granted_by_id == admin.id


def test_a_guest_has_no_such_pages(client, thing):
    client.sign_in_as(a_guest())

    assert client.get(people_of(thing)).status == 403


def test_a_letter_that_came_back_leads_to_the_correction(at_home, thing, sponsor):
    check(at_home, thing, "t.wierzbicky@northgate.example")
    at_home.press("Send 1 invitation")
    with transaction():
        letter = db.session.scalars(select(OutgoingEmail)).one()
        letter.state, letter.reason = EmailState.FAILED, "No such mailbox."

    page = at_home.get(people_of(thing))
    assert "Letter came back" in page.text
    assert "No such mailbox." in page.text
    at_home.click("Correct t.wierzbicky@northgate.example")
    at_home.click("Correct the address")
    done = at_home.press("Send a fresh invitation", address="t.wierzbicki@northgate.example", follow=True)

    assert "A fresh invitation is on its way to t.wierzbicki@northgate.example" in done.notices[0]
    guest = db.session.scalars(select(User).where(User.state == UserState.INVITED)).one()
    assert guest.address == "t.wierzbicki@northgate.example"
