"""The sponsor's day (design 07)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from portal.domain import grants, playback, sign_ins
from portal.storage.db import db, transaction
from portal.storage.models import EmailState, Invitation, OutgoingEmail, User, VideoState
from tests.factories import a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin

NEW = "yuki.tanabe@sakura-trust.example"
A_DAY = timedelta(days=1)


def now():
    return datetime.now(UTC)


@pytest.fixture
def sponsor(app):
    return a_sponsor()


def invite(sponsor, address=NEW, ago=timedelta(0)):
    on = a_video_session(owner=sponsor)
    with transaction():
        grants.name(address, on, by=sponsor, at=now() - ago)
    guest = db.session.scalars(select(User).where(User.address == address)).one()
    letter = db.session.scalars(select(OutgoingEmail).where(OutgoingEmail.user_id == guest.id)).one()
    with transaction():
        letter.state = EmailState.SENT
    return letter


def test_a_day_without_anything(at_home):
    page = at_home.get("/today")

    assert page.heading == "Nothing needs you today"
    assert page.links["Upload a recording"] == "/sessions/new"
    assert page.links["Make a folder"] == "/folders/new"


def test_what_needs_the_sponsor_is_counted_and_each_leads_on(at_home, sponsor):
    letter = invite(sponsor, "t.wierzbicki@northgate.example")
    with transaction():
        letter.state, letter.reason = EmailState.FAILED, "No such mailbox."
    a_video_session(
        owner=sponsor, title="Tidal mud", state=VideoState.FAILED, failure="The file is cut.", ready_at=None
    )
    a_grant(a_video_session(owner=sponsor), a_guest(name="Rosalind Achterberg"), ends_at=now() + 2 * A_DAY)
    invite(sponsor, ago=8 * A_DAY)

    page = at_home.get("/today")

    assert page.heading == "Four things need you"
    assert "A letter to t.wierzbicki@northgate.example came back" in page.text
    assert "“No such mailbox.” The invitation waits." in page.text
    assert "“Tidal mud” could not be prepared" in page.text
    assert "One guest loses access in the next 7 days" in page.text
    assert "Rosalind Achterberg on" in page.text
    assert "One invitation has not been taken up for a week" in page.text


def test_an_old_invitation_is_sent_again_from_here(at_home, sponsor):
    invite(sponsor, ago=20 * A_DAY)
    at_home.get("/today")

    at_home.press(f"Send it again {NEW}", follow=True)

    older, fresh = db.session.scalars(select(Invitation).order_by(Invitation.id))
    assert older.replaced_at
    assert fresh.is_open(now())
    assert at_home.get("/today").heading == "Nothing needs you today"


def test_what_is_others_is_not_here(client, sponsor):
    other = a_sponsor()
    letter = invite(other)
    with transaction():
        letter.state = EmailState.FAILED
    a_video_session(owner=other, state=VideoState.FAILED, ready_at=None)
    a_grant(a_video_session(owner=other), a_guest(), ends_at=now() + A_DAY)

    for someone in (sponsor, an_admin()):
        client.sign_in_as(someone)
        assert client.get("/today").heading == "Nothing needs you today"


def test_who_began_to_watch_shows_to_the_owner_alone(client, new_client, sponsor):
    other = a_sponsor()
    guest = a_guest(sponsor=other, name="Imani Okafor")
    on = a_video_session(owner=sponsor, title="What your gift built")
    a_grant(on, guest)
    here = sign_ins.find(a_sign_in_token(guest), at=now())
    with transaction():
        playback.start(guest, on.key, sign_in=here.sign_in, at=now())
    client.sign_in_as(sponsor)
    theirs = new_client()
    theirs.sign_in_as(other)

    assert "Imani Okafor began to watch “What your gift built”." in client.get("/today").text
    assert "began to watch" not in theirs.get("/today").text


def test_the_page_takes_five_queries_at_most(at_home, sponsor):
    for number in range(4):
        invite(sponsor, f"g{number}@brightwater.example", ago=9 * A_DAY)
    at_home.get("/today")
    sent = []
    listener = lambda *facts: sent.append(facts[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    at_home.get("/today")
    event.remove(db.engine, "before_cursor_execute", listener)

    assert len([statement for statement in sent if statement.lstrip().startswith("SELECT")]) <= 5


def test_guests_have_no_such_page(client):
    client.sign_in_as(a_guest())

    assert client.get("/today").status == 403
