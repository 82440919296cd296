"""Naming people on sessions and folders (product.md, The way in 1 and 2; design 08 and 10)."""

import pytest
from sqlalchemy import select

from portal.basics.roles import UserState
from portal.domain import access, audit
from portal.domain.grants import FateKind, Terms, WrongTerms
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Grant, Invitation, OutgoingEmail, User, WhenItEnds
from tests.domain.grants.ways import (
    A_DAY,
    NEW,
    an_invited_guest,
    count,
    fate_of,
    letters_of,
    name,
    statements,
    the_user,
    used,
)
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")


def test_a_new_address_gets_an_account_a_grant_and_an_invitation():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)

    named = name(NEW, on, sponsor, terms={"until": NOON + A_DAY}, note="Here it is.")

    guest = the_user(NEW)
    grant = db.session.scalars(select(Grant)).one()
    assert [fate.address for fate in named.invited] == [NEW]
    assert (guest.state, guest.sponsor_id) == (UserState.INVITED, sponsor.id)
    assert (grant.guest_id, grant.video_session_id, grant.ends_at) == (guest.id, on.id, NOON + A_DAY)
    assert [letter.letter for letter in letters_of(guest)] == ["invitation"]
    assert "Here it is." in (letters_of(guest)[0].text or "")
    kinds = list(db.session.scalars(select(AuditEvent.kind).order_by(AuditEvent.sequence)))
    assert [kind for kind in kinds if kind.split(":")[0] in ("user", "grant", "invitation")] == [
        "user:invited",
        "grant:given",
        "invitation:sent",
    ]


def test_a_pending_invitation_becomes_one_that_names_all_and_the_older_link_dies():
    first, second = a_sponsor(), a_sponsor()
    one, other = a_video_session(owner=first, title="First light"), a_folder(owner=second, title="Donors")
    name(NEW, one, first)

    name(NEW, other, second, at=NOON + A_DAY)

    guest = the_user(NEW)
    older, fresh = db.session.scalars(select(Invitation).order_by(Invitation.id))
    assert guest.sponsor_id == first.id  # who invited first answers for them
    assert older.replaced_at == NOON + A_DAY
    assert fresh.is_open(NOON + A_DAY)
    text = letters_of(guest)[-1].text or ""
    assert "First light" in text
    assert "Donors" in text


def test_who_has_an_account_gets_the_grant_and_one_letter_with_a_plain_link():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)

    named = name(guest.address, on, sponsor)

    (letter,) = letters_of(guest)
    assert [fate.user for fate in named.told] == [guest]
    assert letter.letter == "shared_with_you"
    assert f"/watch/{on.key}" in (letter.text or "")
    assert "/invitations/" not in (letter.text or "")
    assert guest.sponsor_id != sponsor.id


def test_sending_the_same_list_twice_does_nothing_twice():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    text = f"{NEW}\n{guest.address}"
    name(text, on, sponsor, terms={"until": NOON + A_DAY})
    before = [count(model) for model in (User, Grant, OutgoingEmail, AuditEvent)]

    named = name(text, on, sponsor, terms={"until": NOON + A_DAY})

    assert len(named.unchanged) == 2
    assert [count(model) for model in (User, Grant, OutgoingEmail, AuditEvent)] == before


def test_an_ended_grant_is_opened_again_and_not_doubled():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    grant = a_grant(on, guest, ends_at=NOON - A_DAY)

    named = name(guest.address, on, sponsor, terms={"until": NOON + A_DAY})

    assert len(named.told) == 1
    assert count(Grant) == 1
    assert grant.ends_at == NOON + A_DAY


def test_more_time_is_told_and_less_is_not():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    grant = a_grant(on, guest, ends_at=NOON + 2 * A_DAY)

    longer = name(guest.address, on, sponsor, terms={"until": NOON + 3 * A_DAY})
    shorter = name(guest.address, on, sponsor, terms={"until": NOON + A_DAY})

    assert (len(longer.told), len(shorter.lessened)) == (1, 1)
    assert grant.ends_at == NOON + A_DAY
    assert len(letters_of(guest)) == 1


def test_an_ended_account_is_renewed_only_when_that_is_wanted():
    sponsor = a_sponsor()
    on, guest = a_video_session(owner=sponsor), a_guest(sponsor=sponsor, ends_at=NOON - A_DAY)

    without = name(guest.address, on, sponsor, terms={"until": NOON + A_DAY})
    assert [fate.kind for fate in without.left_out] == [FateKind.ENDED]
    assert count(Grant) == 0

    named = name(guest.address, on, sponsor, terms={"until": NOON + A_DAY}, renew=[guest.address])

    db.session.refresh(guest)
    assert len(named.told) == 1
    assert guest.ends_at == NOON + A_DAY
    assert guest.is_live(NOON)


def test_no_sponsor_renews_the_account_of_another_s_guest():
    sponsor, guest = a_sponsor(), a_guest(ends_at=NOON - A_DAY)
    on = a_video_session(owner=sponsor)

    named = name(guest.address, on, sponsor, renew=[guest.address])

    assert [fate.kind for fate in named.left_out] == [FateKind.ENDED_ELSEWHERE]
    assert guest.ends_at == NOON - A_DAY


def test_bad_rows_lose_no_good_row():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)

    named = name(f"nobody\n{NEW}\n{a_sponsor().address}", on, sponsor)

    assert [fate.address for fate in named.invited] == [NEW]
    assert named.left_out[0].typed == "nobody"
    assert count(Grant) == 1


def test_who_sets_up_between_preview_and_send_gets_the_plain_letter():
    sponsor, guest = a_sponsor(), an_invited_guest(a_sponsor())
    on = a_video_session(owner=sponsor)
    assert fate_of(guest.address, on, sponsor).kind is FateKind.PENDING
    with transaction():
        guest.state, guest.activated_at = UserState.ACTIVE, NOON

    named = name(guest.address, on, sponsor)

    assert [fate.kind for fate in named.told] == [FateKind.KNOWN]


def test_a_thousand_addresses_go_through_at_once():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    text = "\n".join(f"guest.{number}@brightwater.example" for number in range(1000))

    named = name(text, on, sponsor, terms={"until": NOON + A_DAY})

    assert len(named.invited) == 1000
    assert count(Grant) == count(OutgoingEmail) == 1000
    assert audit.verify().fault is None


# Terms


def test_what_is_given_begins_ends_and_is_counted_as_it_was_typed():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    begins, until = NOON + A_DAY, NOON + 3 * A_DAY

    name(
        guest.address,
        on,
        sponsor,
        terms={"begins": begins, "until": until, "views": 2, "when_it_ends": WhenItEnds.STOP},
    )

    (grant,) = db.session.scalars(select(Grant))
    assert Terms.of(grant) == Terms(begins, until, 2, WhenItEnds.STOP)
    assert not access.decide(guest, on, at=NOON).allowed
    assert access.decide(guest, on, at=begins).views_left == 2
    given = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "grant:given")).one()
    assert given.facts == {
        "begins": "2026-11-23T12:00+00:00",
        "until": "2026-11-25T12:00+00:00",
        "views": 2,
        "when_it_ends": "stop",
    }


def test_both_letters_say_from_when_until_when_and_how_often():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)

    terms = {"begins": NOON + A_DAY, "until": NOON + 3 * A_DAY, "views": 2}
    name(f"{NEW}\n{guest.address}", on, sponsor, terms=terms)

    for letter in (letters_of(the_user(NEW))[0], letters_of(guest)[0]):
        for part in (letter.text or "", letter.html or ""):
            assert "Monday 23 November 2026, 13:00 CET" in part
            assert "Wednesday 25 November 2026, 13:00 CET" in part
            assert "only a new sitting takes a view" in part


def test_a_letter_about_further_views_says_how_many_are_left():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    used(a_grant(on, guest, views_limit=2), on, 2)

    name(guest.address, on, sponsor, terms={"views": 3})

    assert "3 of 5 left" in (letters_of(guest)[0].text or "")


def test_a_grant_that_is_given_anew_lets_them_watch_again_so_often():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    used(a_grant(on, guest, ends_at=NOON - A_DAY, views_limit=2), on, 2)

    named = name(guest.address, on, sponsor, terms={"until": NOON + A_DAY, "views": 1})

    assert len(named.told) == 1
    assert access.decide(guest, on, at=NOON).views_left == 1


def test_terms_that_somebody_cannot_have_lose_no_one_else():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    grant = a_grant(on, guest, views_limit=5)
    used(grant, on, 3)

    named = name(f"{guest.address}\n{NEW}", on, sponsor, terms={"views": 2})

    assert [fate.kind for fate in named.left_out] == [FateKind.BELOW_USED]
    assert len(named.invited) == 1
    assert grant.views_limit == 5


def test_wrong_terms_name_nobody():
    sponsor = a_sponsor()

    with pytest.raises(WrongTerms):
        name(NEW, a_video_session(owner=sponsor), sponsor, terms={"views": 0})

    assert (count(Grant), count(OutgoingEmail)) == (0, 0)


# A preview, and what was sent of it


def test_the_form_of_a_preview_that_is_sent_twice_gives_further_views_once():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    grant = a_grant(on, guest, views_limit=2)
    used(grant, on, 2)
    fate = fate_of(guest.address, on, sponsor, views=2)
    assert (fate.grant, fate.is_anew) == (grant, True)
    seen = {grant.id: grant.version}

    first = name(guest.address, on, sponsor, terms={"views": 2}, seen_over=seen)
    second = name(guest.address, on, sponsor, terms={"views": 2}, seen_over=seen)

    assert (len(first.told), len(second.unchanged)) == (1, 1)
    assert grant.views_limit == 4
    assert len(letters_of(guest)) == 1


def test_what_came_to_an_end_after_the_preview_is_not_given_anew_unseen():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    grant = a_grant(on, guest, views_limit=2)
    assert fate_of(guest.address, on, sponsor, views=2).kind is FateKind.SAME
    used(grant, on, 2)

    named = name(guest.address, on, sponsor, terms={"views": 2}, seen_over={})

    assert len(named.unchanged) == 1
    assert grant.views_limit == 2


def test_naming_a_thousand_takes_no_more_queries_than_before_views_were_counted():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    guests = [a_guest(sponsor=sponsor) for _ in range(30)]
    few, many = guests[0].address, "\n".join(guest.address for guest in guests)

    def named(text, until):
        return lambda: name(text, on, sponsor, terms={"until": until, "views": 3})

    of_few = statements(named(few, NOON + A_DAY))
    assert statements(named(many, NOON + 2 * A_DAY)) <= of_few
