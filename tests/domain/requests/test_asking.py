"""A guest asks the sponsor for more (product.md, Viewings: "From any ended or used-up page the guest asks")."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from threading import Barrier

import pytest

from portal.basics.errors import NotFound
from portal.domain import access, requests
from portal.domain.grants.terms import Terms, set_terms
from portal.domain.requests import NothingToAsk, WordsTooLong
from portal.storage.db import transaction
from portal.storage.models import AccessRequest, Grant
from tests.domain.requests.asks import (
    A_DAY,
    NOON,
    a_grant,
    a_guest,
    a_sign_in,
    a_video_session,
    asked_for,
    audit_of,
    ended,
    guest_of,
    letters_to,
    owner_of,
    see_what_others_wrote,
    session_of,
    used_up,
)

MANY = 50


@pytest.fixture(autouse=True)
def _portal(app):
    """Every test needs one."""


def asked(grant: Grant) -> AccessRequest | None:
    guest, video_session = guest_of(grant), session_of(grant)
    return requests.asked(guest, access.decide(guest, video_session, at=NOON), video_session)


@pytest.mark.parametrize(
    ("make", "why", "subject"),
    [
        (ended, "ended", "Imani Okafor asks for more time: “The new organ”"),
        (used_up, "used-up", "Imani Okafor asks for another view: “The new organ”"),
        (
            lambda on, to: a_grant(on, to, begins_at=NOON + A_DAY),
            "not-begun",
            "Imani Okafor asks to begin now: “The new organ”",
        ),
    ],
)
def test_each_need_can_be_asked_for(make, why, subject):
    grant = make(on=a_video_session(title="The new organ", ready_at=NOON - 9 * A_DAY), to=a_guest(name="Imani Okafor"))

    request = asked_for(grant, "  I missed the end.\r\nThe train.  ")

    assert (request.why, request.words) == (why, "I missed the end.\nThe train.")
    assert (request.grant_id, request.grant_version, request.answer) == (grant.id, 1, None)
    (letter,) = letters_to(owner_of(grant))
    assert (letter.letter, letter.subject) == ("access_asked", subject)
    assert letter.reply_to == guest_of(grant).address
    assert "> I missed the end.\n> The train." in (letter.text or "")
    assert "/requests" in (letter.text or "")
    (entry,) = audit_of("access:asked")
    assert (entry.actor_id, entry.subject_id, entry.facts) == (grant.guest_id, grant.video_session_id, {"why": why})


def test_asked_twice_it_is_one_request_and_one_letter():
    grant = used_up()

    first, second = asked_for(grant, "Once"), asked_for(grant, "Twice", at=NOON + A_DAY)

    assert first.id == second.id
    assert second.words == "Once"
    assert len(letters_to(owner_of(grant))) == len(audit_of("access:asked")) == 1


def test_of_fifty_who_ask_at_once_one_does(app):
    """The constraint decides: a double press, or a script (ASVS 15.4)."""
    grant = used_up()
    guest, key, gate = guest_of(grant), session_of(grant).key, Barrier(MANY)
    sign_in = a_sign_in(guest)

    def ask(_number: int) -> int:
        with app.app_context():
            gate.wait(timeout=60)
            with transaction():
                return requests.ask(guest, key, "", sign_in=sign_in, at=NOON).id

    with ThreadPoolExecutor(MANY) as threads:
        ids = list(threads.map(lambda number: Context().run(ask, number), range(MANY)))

    assert len(set(ids)) == 1
    see_what_others_wrote()
    assert len(letters_to(owner_of(grant))) == len(audit_of("access:asked")) == 1


def test_once_the_grant_has_been_changed_there_may_be_a_new_need():
    grant = used_up()
    first = asked_for(grant)
    guest, owner = guest_of(grant), owner_of(grant)
    with transaction():
        set_terms(grant, Terms(ends_at=NOON + A_DAY, views=2), person=guest, by=owner, at=NOON)

    assert asked(grant) is None
    assert asked_for(grant).id != first.id


def test_what_was_asked_for_this_need_is_known():
    grant = used_up()
    assert asked(grant) is None

    request = asked_for(grant)

    assert asked(grant) == request


def test_who_can_watch_has_nothing_to_ask():
    grant = a_grant()

    with pytest.raises(NothingToAsk):
        asked_for(grant)
    assert asked(grant) is None


def test_a_recording_whose_owner_holds_it_back_is_not_asked_for():
    grant = a_grant(a_video_session(is_published=False))

    with pytest.raises(NothingToAsk):
        asked_for(grant)


def test_who_was_never_named_asks_for_nothing():
    video_session, guest = a_video_session(), a_guest()
    sign_in = a_sign_in(guest)

    with pytest.raises(NotFound), transaction():
        requests.ask(guest, video_session.key, "", sign_in=sign_in, at=NOON)


def test_a_guest_has_five_hundred_characters():
    grant = used_up()

    with pytest.raises(WordsTooLong, match="500 characters at most; these are 501"):
        asked_for(grant, "x" * 501)
    assert asked(grant) is None
    assert len(asked_for(grant, "é" * 500).words) == 500


def test_an_owner_whose_account_is_not_live_gets_no_letter_but_the_request_is_there():
    grant = used_up()
    owner = owner_of(grant)
    with transaction():
        owner.ends_at = NOON - A_DAY

    asked_for(grant)

    assert letters_to(owner) == []
    assert asked(grant) is not None
