"""The first password (product.md, The way in 4 and 5)."""

from datetime import timedelta

import pytest

from portal.basics.roles import Role, UserState
from portal.domain import invitations, links
from portal.domain.invitations import RightCode, Standing
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Policy, PolicyAcceptance, User, VideoState
from tests.domain.invitations.ways import account_of, an_invited_guest, code_of, find, letters_to, token_of
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")
MINUTE = timedelta(minutes=1)


def proven(guest: User, at=NOON) -> str:
    found = find(token_of(guest), at)
    with transaction():
        invitations.mail_code(found, at=at)
        answer = invitations.check_code(found, code_of(guest), at=at)
    assert isinstance(answer, RightCode)
    return answer.proof


def claim(token, proof, at=NOON, **given):
    with transaction():
        return invitations.claim(token, proof, **({"name": "Imani Okafor", "password_hash": "v1$hash"} | given), at=at)


def test_the_account_is_active_and_the_link_has_done_its_work():
    guest = an_invited_guest()
    token, proof = token_of(guest), proven(guest)

    claimed = claim(token, proof)

    assert claimed == guest
    assert (guest.state, guest.name, guest.password_hash) == (UserState.ACTIVE, "Imani Okafor", "v1$hash")
    assert guest.activated_at == guest.password_changed_at == NOON
    assert find(token, NOON).standing is Standing.USED


def test_each_step_stands_on_the_audit_trail_and_the_policy_is_accepted():
    with transaction():
        db.session.add(Policy(version=99, summary="Be kind", body="Be kind", change_note="", published_at=NOON))
    guest = an_invited_guest()

    claim(token_of(guest), proven(guest))

    kinds = db.session.scalars(db.select(AuditEvent.kind).order_by(AuditEvent.sequence)).all()
    assert kinds[-3:] == ["user:set-up", "password:set", "policy:accepted"]
    accepted = db.session.scalars(db.select(PolicyAcceptance).where(PolicyAcceptance.user_id == guest.id)).one()
    assert db.session.get(Policy, accepted.policy_id).version == 99


def test_the_sponsor_and_whoever_sent_the_letter_are_told():
    dana, tomas = a_sponsor(), a_sponsor()
    guest = an_invited_guest(sponsor=dana)
    with transaction():
        invitations.mail(guest, by=tomas, note="", at=NOON)

    claim(token_of(guest), proven(guest))

    for sponsor in (dana, tomas):
        (letter,) = letters_to(sponsor)
        assert letter.subject == "Imani Okafor has set up the account"
        assert links.guest(guest) in letter.text


def test_a_link_is_used_once():
    guest = an_invited_guest()
    token, proof = token_of(guest), proven(guest)

    assert claim(token, proof) == guest
    assert claim(token, proof, password_hash="v1$another") is None
    assert guest.password_hash == "v1$hash"


def test_the_proof_is_checked_again_where_the_password_is_written():
    guest = an_invited_guest()
    token, proof = token_of(guest), proven(guest)

    assert claim(token, "a forged proof") is None
    assert claim(token, None) is None
    assert claim(token, proof, at=NOON + 30 * MINUTE) is None
    assert claim("a forged token", proof) is None
    assert guest.state is UserState.INVITED


def test_the_proof_of_one_invitation_opens_no_other():
    mine, theirs = an_invited_guest(), an_invited_guest()
    proof = proven(mine)
    proven(theirs)

    assert claim(token_of(theirs), proof) is None


def test_a_link_that_died_meanwhile_sets_no_password():
    replaced, withdrawn, disabled, expired = (an_invited_guest() for _ in range(4))
    ways = {guest.id: (token_of(guest), proven(guest)) for guest in (replaced, withdrawn, disabled)}
    with transaction():
        invitations.mail_again_for(replaced, at=NOON)
        invitations.withdraw(withdrawn, by=db.session.get_one(User, withdrawn.sponsor_id), at=NOON)
        disabled.state = UserState.DISABLED
    end = NOON + timedelta(days=14)
    late = (token_of(expired), proven(expired, end - MINUTE))

    assert [claim(*ways[guest.id]) for guest in (replaced, withdrawn, disabled)] == [None] * 3
    assert claim(*late, at=end) is None
    assert [guest.password_hash for guest in (replaced, withdrawn, disabled, expired)] == [None] * 4


@pytest.mark.settings(invitation_code=False)
def test_where_codes_are_off_the_link_alone_sets_the_password():
    guest = an_invited_guest()

    assert claim(token_of(guest), None) == guest


def test_staff_set_up_their_account_without_news_to_a_sponsor():
    ada = an_admin()
    with transaction():
        invitations.invite_staff("dana@aldermere.example", Role.SPONSOR, name="", department="", by=ada, at=NOON)
    dana = account_of("dana@aldermere.example")

    assert claim(token_of(dana), proven(dana)) == dana
    assert letters_to(ada) == []
    assert invitations.landing(dana, at=NOON) == links.TODAY


def test_a_guest_lands_on_the_one_recording():
    guest = a_guest()
    recording = a_video_session()
    a_grant(recording, guest)
    a_grant(to=guest, ends_at=NOON)

    assert invitations.landing(guest, at=NOON) == links.watch(recording)


@pytest.mark.parametrize("shared", ["nothing", "two", "folder", "processing"])
def test_a_guest_lands_on_the_list_otherwise(shared):
    guest = a_guest()
    if shared == "two":
        a_grant(to=guest)
        a_grant(to=guest)
    if shared == "folder":
        a_grant(a_folder(), guest)
    if shared == "processing":
        a_grant(a_video_session(state=VideoState.PROCESSING, ready_at=None), guest)

    assert invitations.landing(guest, at=NOON) == links.HOME
