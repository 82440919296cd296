"""A trace code, read from a filmed picture."""

from datetime import timedelta

import pytest

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.domain import trace_codes
from portal.domain.audit import AuditKind
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, SignIn, Stream, Viewing
from tests.factories import NOON, a_guest, a_sign_in_token, a_video_session, an_admin

CODE = "K7MQ2XB"


def a_stream(guest, video_session, code=CODE) -> Stream:
    a_sign_in_token(guest)
    sign_in = db.session.scalars(db.select(SignIn).where(SignIn.user_id == guest.id)).first()
    viewing = Viewing(
        key=tokens.new_key(),
        user_id=guest.id,
        video_session_id=video_session.id,
        right="grant",
        created_at=NOON,
        ends_at=NOON + timedelta(hours=4),
    )
    with transaction():
        db.session.add(viewing)
        db.session.flush()
        stream = Stream(
            key=tokens.new_key(),
            user_id=guest.id,
            viewing_id=viewing.id,
            sign_in_id=sign_in.id,
            trace_code=code,
            device="Firefox on Windows",
            network="192.0.2.0",
            created_at=NOON,
            seen_at=NOON,
        )
        db.session.add(stream)
    return stream


@pytest.mark.parametrize("typed", ["K7MQ2XB", "k7mq2xb", " K7M Q2XB ", "k7m-q2xb", "K7M.Q2XB", "k7mq\u00a02xb"])
def test_a_code_may_be_typed_as_it_was_read(typed):
    assert trace_codes.read(typed) == CODE


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Write the code"),
        ("  - ", "Write the code"),
        ("K7MQ2X", "has 7 letters and digits; these are 6"),
        ("K7MQ2XBB", "these are 8"),
        ("K7M02XB", "No code has 0 in it"),
        ("K7MOIXB", "No code has I or O in it"),
        ("K7M1LÄB", "No code has 1, L or Ä in it"),
    ],
)
def test_what_cannot_be_a_code_is_said_to_be_and_why(typed, words):
    with pytest.raises(trace_codes.NotATraceCode) as refused:
        trace_codes.read(typed)

    assert words in str(refused.value)


def test_every_code_that_is_made_can_be_read():
    for _ in range(200):
        code = tokens.new_trace_code()
        assert trace_codes.read(code.lower()) == code


@pytest.mark.usefixtures("app")
def test_a_code_leads_to_the_player_and_its_person_and_that_is_on_the_trail():
    ada, imani, film = an_admin(), a_guest(), a_video_session()
    stream = a_stream(imani, film)

    with transaction():
        key = trace_codes.look_up(CODE, by=ada, at=NOON)

    traced = trace_codes.find(key or "")
    assert (traced.stream, traced.person, traced.video_session) == (stream, imani, film)
    assert traced.sign_in is not None
    entry = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == AuditKind.TRACE_LOOKED_UP.label)).one()
    assert (entry.actor_id, entry.person_id, entry.subject_id) == (ada.id, imani.id, film.id)
    assert entry.facts == {"code": CODE}


@pytest.mark.usefixtures("app")
def test_a_code_of_nobody_finds_nothing_and_is_on_the_trail():
    ada = an_admin()

    with transaction():
        key = trace_codes.look_up(CODE, by=ada, at=NOON)

    assert key is None
    entry = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == AuditKind.TRACE_LOOKED_UP.label)).one()
    assert (entry.person_id, entry.subject_id) == (None, None)


@pytest.mark.usefixtures("app")
def test_it_is_answered_after_the_sign_in_is_forgotten():
    stream = a_stream(a_guest(), a_video_session())
    with transaction():
        db.session.execute(db.delete(SignIn))

    traced = trace_codes.find(stream.key)

    assert traced.sign_in is None
    assert traced.stream.device == "Firefox on Windows"


@pytest.mark.usefixtures("app")
def test_there_is_no_player_of_another_key():
    with pytest.raises(NotFound):
        trace_codes.find("nobodyskey234567")
