"""What a link is for, and where it stands; finding out changes nothing (product.md, The way in 3)."""

from datetime import timedelta

import pytest

from portal.basics.roles import UserState
from portal.domain import invitations
from portal.domain.invitations import SharedThing, Standing
from portal.storage.db import transaction
from tests.domain.invitations.ways import an_invited_guest, find, token_of
from tests.factories import NOON, a_folder, a_grant, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")
LATER = NOON + timedelta(days=1)


def change(row, **values) -> None:
    with transaction():
        for name, value in values.items():
            setattr(row, name, value)


@pytest.mark.parametrize("token", ["", "never-mailed", "x" * 5000, "\ud800", "' OR 1=1 --"])
def test_a_token_that_was_never_mailed_finds_nothing(token):
    an_invited_guest()

    assert invitations.find(token, NOON) is None


def test_an_open_invitation_says_who_shares_what():
    dana = a_sponsor(name="Dana Lee")
    guest = an_invited_guest(sponsor=dana, on=a_folder(owner=dana, title="Diploma films"))
    on = a_video_session(owner=dana, title="Four years on", length_seconds=2880)
    a_grant(on, guest, begins_at=NOON, ends_at=LATER, views_limit=2)

    found = find(token_of(guest), NOON)

    assert (found.user, found.sender, found.sender_name) == (guest, dana, "Dana Lee")
    assert found.standing is Standing.OPEN
    assert found.things == (
        SharedThing("folder", "Diploma films", None, None, None, None, NOON, "Dana Lee"),
        SharedThing("recording", "Four years on", 2880, None, LATER, 2, NOON, "Dana Lee"),
    )
    assert invitations.words_for(found.things) == "a recording and a folder"


def test_only_live_grants_are_shown():
    guest = an_invited_guest()
    a_grant(a_video_session(title="Over"), guest, ends_at=LATER)
    a_grant(a_video_session(title="Taken back"), guest, revoked_at=NOON)

    titles = [thing.title for thing in find(token_of(guest), LATER).things]

    assert "Over" not in titles
    assert "Taken back" not in titles
    assert len(titles) == 1


def test_when_all_that_was_shared_has_ended_the_link_says_so():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana, granted=False)
    a_grant(a_video_session(owner=dana), guest, ends_at=LATER)
    with transaction():
        invitations.mail(guest, by=dana, note="", at=NOON)

    assert find(token_of(guest), LATER - timedelta(seconds=1)).standing is Standing.OPEN
    assert find(token_of(guest), LATER).standing is Standing.NOTHING_SHARED


def test_the_account_itself_goes_first():
    disabled, ended, set_up = an_invited_guest(), an_invited_guest(), an_invited_guest()
    change(disabled, state=UserState.DISABLED)
    change(ended, ends_at=LATER)
    change(set_up, state=UserState.ACTIVE, activated_at=NOON)

    assert find(token_of(disabled), NOON).standing is Standing.DISABLED
    assert find(token_of(ended), LATER).standing is Standing.ENDED
    assert find(token_of(set_up), LATER).standing is Standing.USED


def test_any_older_link_of_someone_set_up_says_that_it_is_set_up():
    guest = an_invited_guest()
    older = token_of(guest)
    with transaction():
        invitations.mail_again_for(guest, at=LATER)
    change(guest, state=UserState.ACTIVE, activated_at=LATER)

    assert find(older, LATER).standing is Standing.USED


def test_a_withdrawn_link_points_to_the_newer_letter_once_there_is_one():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana)
    withdrawn = token_of(guest)
    with transaction():
        invitations.withdraw(guest, by=dana, at=NOON)
    a_grant(a_video_session(owner=dana), guest)
    with transaction():
        invitations.mail(guest, by=dana, note="", at=LATER)

    found = find(withdrawn, LATER)

    assert (found.standing, found.newer_sent_at) == (Standing.REPLACED, LATER)
