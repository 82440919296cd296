"""The trace code on its page: whose browser a filmed picture was sent to."""

from datetime import UTC, datetime

import pytest

from portal.domain import playback, sign_ins
from portal.domain.audit import AuditKind
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, SignIn, Stream, User
from tests.factories import a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin


@pytest.fixture
def admin(app, client):
    admin = an_admin(name="Ada Admin")
    client.sign_in_as(admin)
    return admin


@pytest.fixture
def stream(admin):
    """Imani has pressed play."""
    dana = a_sponsor(name="Dana Lee")
    imani, film = a_guest(name="Imani Okafor", sponsor=dana), a_video_session(owner=dana, title="Meadow Morning")
    a_grant(film, imani)
    a_sign_in_token(imani)
    sign_in = db.session.scalars(db.select(SignIn).where(SignIn.user_id == imani.id)).one()
    with transaction():
        started = playback.start(imani, film.key, sign_in=sign_in, at=datetime.now(UTC))
    assert isinstance(started, Stream)
    return started


def looked_up(client, typed: str):
    client.get("/admin/audit")
    client.click("look up the trace code")
    return client.press("Look it up", code=typed, follow=True)


def entries() -> list[dict[str, str]]:
    query = db.select(AuditEvent.facts).where(AuditEvent.kind == AuditKind.TRACE_LOOKED_UP.label)
    return list(db.session.scalars(query))


def test_a_code_leads_to_the_person_the_recording_and_the_browser(client, stream):
    typed = f" {stream.trace_code[:3].lower()} {stream.trace_code[3:]}"

    page = looked_up(client, typed)

    assert page.heading == f"{stream.trace_code} was shown to Imani Okafor"
    for words in ("Meadow Morning", "Watched as a named guest", "a test", "127.0.0.1", "Signed in still"):
        assert words in page.text
    assert client.click("The person").heading == "Imani Okafor"
    assert entries() == [{"code": stream.trace_code}]


def test_opening_the_answer_again_counts_as_no_other_lookup(client, stream):
    page = looked_up(client, stream.trace_code)
    client.get(page.url)

    assert len(entries()) == 1


def test_the_trail_names_whom_the_code_led_to(client, stream):
    looked_up(client, stream.trace_code)

    page = client.click("What the audit trail says")

    sentence = f"Ada Admin looked up the trace code {stream.trace_code}: Imani Okafor, who watched “Meadow Morning”"
    assert sentence in page.text


def test_that_the_sign_in_is_over_is_said(client, admin, stream):
    with transaction():
        imani = db.session.get_one(User, stream.user_id)
        sign_ins.end_all(imani, by=admin, because="ended-by-admin", at=datetime.now(UTC))

    assert "Signed in still" not in looked_up(client, stream.trace_code).text


def test_a_code_that_nobody_was_shown_is_said_to_be_unknown_and_kept_in_the_field(client, admin):
    page = looked_up(client, "zzz zzzz")

    assert page.status == 422
    assert "No player has shown this code" in page.errors[0]
    assert page.value("code") == "zzz zzzz"
    assert entries() == [{"code": "ZZZZZZZ"}]


@pytest.mark.parametrize(("typed", "words"), [("", "Write the code"), ("K7M02XB", "No code has 0 in it")])
def test_what_cannot_be_a_code_is_said_beside_the_field_and_is_no_lookup(client, admin, typed, words):
    page = looked_up(client, typed)

    assert page.status == 422
    assert words in page.errors[0]
    assert entries() == []


def test_only_admins_look_codes_up(client, stream):
    client.sign_in_as(a_sponsor())

    assert client.get("/admin/trace").status == 403
    assert client.get(f"/admin/trace/{stream.key}").status == 403
