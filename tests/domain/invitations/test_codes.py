"""The set-up code: ten minutes, five tries, one mail a minute, five an hour (product.md, The way in 3)."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain import invitations
from portal.domain.invitations import FoundInvitation, MailedCode, NoCode, NotYet, RightCode, Standing, WrongCode
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Invitation
from tests.domain.invitations.ways import an_invited_guest, code_of, letters_to, token_of
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("app")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
TEN = timedelta(minutes=10)


def a_found(at=NOON) -> FoundInvitation:
    guest = an_invited_guest()
    found = invitations.find(token_of(guest), at)
    assert found is not None
    return found


def mail(found, at=NOON):
    with transaction():
        return invitations.mail_code(found, at=at)


def check(found, code, at=NOON):
    with transaction():
        return invitations.check_code(found, code, at=at)


def wrong(found) -> str:
    return f"{(int(code_of(found.user)) + 1) % 1_000_000:06}"


def test_the_code_goes_to_the_invited_address_and_only_its_hash_is_kept():
    found = a_found()

    assert mail(found) == MailedCode(NOON + TEN)

    letter = letters_to(found.user, "set_up_code")[0]
    assert letter.to_address == found.user.address
    kept = db.session.get_one(Invitation, found.invitation.id, populate_existing=True)
    assert kept.code_hash is not None
    assert len(kept.code_hash) == 64


def test_the_right_code_gives_this_browser_a_proof_for_half_an_hour():
    found = a_found()
    mail(found)

    answer = check(found, code_of(found.user))

    assert isinstance(answer, RightCode)
    end = NOON + timedelta(minutes=30)
    assert invitations.holds_proof(found.invitation, answer.proof, at=end - SECOND)
    assert not invitations.holds_proof(found.invitation, answer.proof, at=end)
    assert not invitations.holds_proof(found.invitation, "another browser's", at=NOON)
    assert not invitations.holds_proof(found.invitation, None, at=NOON)


@pytest.mark.settings(invitation_code=False)
def test_where_codes_are_off_the_link_is_enough():
    assert invitations.holds_proof(a_found().invitation, None, at=NOON)


def test_a_code_works_once():
    found = a_found()
    mail(found)
    code = code_of(found.user)

    assert isinstance(check(found, code), RightCode)
    assert check(found, code) == NoCode()


def test_a_code_works_for_ten_minutes():
    early, late = a_found(), a_found()
    mail(early)
    mail(late)

    assert isinstance(check(early, code_of(early.user), NOON + TEN - SECOND), RightCode)
    assert check(late, code_of(late.user), NOON + TEN) == NoCode()


def test_five_wrong_tries_and_the_right_code_is_worthless():
    found = a_found()
    mail(found)

    assert [check(found, wrong(found)) for _ in range(6)] == [*(WrongCode(left) for left in (4, 3, 2, 1, 0)), NoCode()]
    assert check(found, code_of(found.user)) == NoCode()
    refused = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "invitation:code-refused")).all()
    assert [event.facts["tries_left"] for event in refused] == [4, 3, 2, 1, 0]


def test_a_new_code_replaces_the_one_before():
    found = a_found()
    mail(found)
    older = code_of(found.user)
    mail(found, NOON + MINUTE)

    assert isinstance(check(found, code_of(found.user), NOON + MINUTE), RightCode)
    assert older == code_of(found.user) or check(found, older, NOON + MINUTE) == NoCode()


def test_the_code_of_one_invitation_opens_no_other():
    mine, theirs = a_found(), a_found()
    mail(mine)
    mail(theirs)

    if code_of(mine.user) != code_of(theirs.user):
        assert check(theirs, code_of(mine.user)) == WrongCode(4)


def test_one_mail_a_minute():
    found = a_found()

    assert mail(found) == MailedCode(NOON + TEN)
    assert mail(found, NOON + 59 * SECOND) == NotYet(NOON + MINUTE)
    assert mail(found, NOON + MINUTE) == MailedCode(NOON + MINUTE + TEN)
    assert len(letters_to(found.user, "set_up_code")) == 2


def test_five_codes_an_hour():
    found = a_found()

    assert all(isinstance(mail(found, NOON + n * 2 * MINUTE), MailedCode) for n in range(5))
    assert mail(found, NOON + 30 * MINUTE) == NotYet(NOON + 60 * MINUTE)
    assert isinstance(mail(found, NOON + 60 * MINUTE), MailedCode)


def test_a_refused_code_leaves_the_last_one_working():
    found = a_found()
    mail(found)
    mail(found, NOON + SECOND)

    assert isinstance(check(found, code_of(found.user), NOON + SECOND), RightCode)


def test_a_link_that_is_not_open_mails_and_checks_nothing():
    found = a_found()
    mail(found)
    code = code_of(found.user)
    with transaction():
        invitations.mail_again_for(found.user, at=NOON)

    assert mail(found, NOON + 2 * MINUTE) is None
    assert check(found, code, NOON + 2 * MINUTE) == NoCode()
    assert invitations.find(token_of(found.user), NOON).standing is Standing.OPEN


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("482913", "482913"),
        (" 482 913 ", "482913"),
        ("482-913", "482913"),
        ("4 8 2 9 1 3", "482913"),
        ("００７４２１", "007421"),
        ("٠٠٧٤٢١", "007421"),
        ("482\u00a0913", "482913"),
    ],
)
def test_six_digits_are_read_however_they_are_typed(typed, code):
    assert invitations.read_code(typed) == code


@pytest.mark.parametrize("typed", ["", "48291", "4829130", "48291x", "²³⁴⁵⁶", "one two", "1" * 10_000])
def test_what_is_not_six_digits_is_no_code(typed):
    assert invitations.read_code(typed) is None


@given(st.text(max_size=30))
def test_whatever_is_read_is_six_digits(typed):
    code = invitations.read_code(typed)

    assert code is None or (len(code) == 6 and code.isascii() and code.isdigit())


ACTS = st.lists(
    st.tuples(st.sampled_from(["mail", "wrong", "wrong", "right"]), st.sampled_from([0, 20, 61, 300, 599, 601, 3600])),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_codes_keep_their_limits_whatever_is_done_in_whatever_order(acts):
    """Against a model: never more than five tries a code, one code a minute, five an hour that began with a code."""
    found = a_found()
    at = NOON
    mailed_at, tries, hour_from, in_hour = None, 0, None, 0
    for act, seconds in acts:
        at += timedelta(seconds=seconds)
        if act == "mail":
            new_hour = hour_from is None or at >= hour_from + timedelta(hours=1)
            allowed = (mailed_at is None or at >= mailed_at + MINUTE) and (new_hour or in_hour < 5)
            assert isinstance(mail(found, at), MailedCode) == allowed
            if allowed:
                mailed_at, tries = at, 5
                hour_from, in_hour = (at, 1) if new_hour else (hour_from, in_hour + 1)
            continue
        is_live = mailed_at is not None and at < mailed_at + TEN and tries > 0
        if mailed_at is None:
            assert check(found, "123456", at) == NoCode()
        elif act == "wrong":
            assert check(found, wrong(found), at) == (WrongCode(tries - 1) if is_live else NoCode())
            tries -= is_live
        else:
            answer = check(found, code_of(found.user), at)
            assert isinstance(answer, RightCode if is_live else NoCode)
            tries = 0 if is_live else tries
