"""The password of a video: which are accepted, and that changing or removing it ends all that it unlocked."""

import pytest

from portal.domain import access, session_passwords, sign_ins
from portal.domain.access import Right, WhyNot
from portal.domain.library import ChangedMeanwhile
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, PasswordUnlock, VideoSession
from tests.factories import NOON, a_guest, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def owner(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def video_session(owner):
    return a_video_session(owner=owner, title="Northern Light scholars")


def kept(video_session):
    return db.session.get_one(VideoSession, video_session.id, populate_existing=True)


def given(video_session, owner, password="maple-otter", version=None):
    hashed = session_passwords.hashed(password)
    with transaction():
        return session_passwords.set_password(video_session, hashed, version=version, by=owner, at=NOON)


def a_sign_in(user):
    with transaction():
        token = sign_ins.start(user, network="192.0.2.1", device="a test", at=NOON)
    return sign_ins.find(token, at=NOON).sign_in


def an_unlock(video_session, sign_in):
    with transaction():
        db.session.add(
            PasswordUnlock(
                sign_in_id=sign_in.id,
                video_session_id=video_session.id,
                password_version=kept(video_session).password_version,
                created_at=NOON,
            )
        )


def entries(kind):
    return [event.facts for event in db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == kind))]


# Which


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "Enter a password"),
        ("otter-7", "Use at least 8 characters. Two or three words do well."),
        ("password1", "This password is on lists of stolen ones. Choose another."),
        ("northernlight", "This is made of the title, a name or the name of this site. Choose other words."),
        ("dana lee 2026", "This is made of the title, a name or the name of this site. Choose other words."),
        ("abcabcabc", "This is easy to guess. Use words that do not belong together."),
        (" maple-otter", "A space stands at its beginning or end."),
        ("maple\x07otter", "It holds a character that nobody can type."),
    ],
)
def test_what_is_refused_and_why(video_session, owner, password, fault):
    said = session_passwords.fault_in(password, video_session, owner=owner, by=owner)

    assert said is not None
    assert said.startswith(fault)


@pytest.mark.parametrize("password", ["maple-otter", "violet kettle", "Sommerfest24", "Xk3!pq9z", "ünïcödé wört"])
def test_what_people_say_on_the_telephone_is_accepted(video_session, owner, password):
    assert session_passwords.fault_in(password, video_session, owner=owner, by=owner) is None


# Setting, changing, removing


def test_it_is_kept_as_a_hash_and_never_on_the_trail(video_session, owner):
    assert given(video_session, owner) is False

    stored = kept(video_session).password_hash
    assert "maple" not in stored
    assert tools().hasher.matches("maple-otter", stored)
    assert entries("session:password-set") == [{"changed": False}]


def test_changing_it_ends_what_the_older_one_unlocked(video_session, owner):
    given(video_session, owner)
    guest = a_guest()
    sign_in = a_sign_in(guest)
    an_unlock(video_session, sign_in)
    assert access.decide(guest, kept(video_session), at=NOON, sign_in=sign_in).right is Right.PASSWORD

    assert given(video_session, owner, "copper lantern")

    assert access.decide(guest, kept(video_session), at=NOON, sign_in=sign_in).why is WhyNot.PASSWORD
    assert entries("session:password-set") == [{"changed": False}, {"changed": True}]


def test_the_same_word_set_anew_ends_it_too(video_session, owner):
    given(video_session, owner)
    first = kept(video_session).password_version

    given(video_session, owner)

    assert kept(video_session).password_version == first + 1


def test_removing_it_leaves_nothing_open_even_when_there_is_one_again(video_session, owner):
    given(video_session, owner)
    guest = a_guest()
    sign_in = a_sign_in(guest)
    an_unlock(video_session, sign_in)

    with transaction():
        assert session_passwords.remove_password(video_session, by=owner, at=NOON)
        assert not session_passwords.remove_password(video_session, by=owner, at=NOON)

    assert access.decide(guest, kept(video_session), at=NOON, sign_in=sign_in).why is WhyNot.UNKNOWN
    given(video_session, owner)
    assert access.decide(guest, kept(video_session), at=NOON, sign_in=sign_in).why is WhyNot.PASSWORD
    assert entries("session:password-removed") == [{}]


def test_two_who_change_it_at_once_are_told(video_session, owner):
    seen = kept(video_session).password_version
    given(video_session, owner, version=seen)

    with pytest.raises(ChangedMeanwhile):
        given(video_session, owner, "copper lantern", version=seen)

    assert tools().hasher.matches("maple-otter", kept(video_session).password_hash)


def test_browsers_it_is_open_in_are_those_signed_in_now_by_its_present_version(video_session, owner):
    given(video_session, owner)
    here, gone = a_sign_in(a_guest()), a_sign_in(a_guest())
    an_unlock(video_session, here)
    an_unlock(video_session, gone)
    with transaction():
        gone.ended_at = NOON

    assert session_passwords.unlocked_in(kept(video_session), at=NOON) == 1

    given(video_session, owner, "copper lantern")
    assert session_passwords.unlocked_in(kept(video_session), at=NOON) == 0
