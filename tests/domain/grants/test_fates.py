"""What naming each address would do, and what it says of people who are named already (product.md, The way in 1)."""

from datetime import timedelta

import pytest

from portal.basics.roles import UserState
from portal.domain import grants
from portal.domain.grants import Change, FateKind, Terms, WrongTerms
from portal.storage.db import db
from portal.storage.models import AuditEvent, Grant, Invitation, OutgoingEmail, User, WhenItEnds
from tests.domain.grants.ways import A_DAY, NEW, an_invited_guest, count, fate_of, statements, used
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")


def fates_of(text, on, by):
    return [fate.kind for fate in grants.fates(text, on, by=by, at=NOON)]


def test_each_address_has_its_fate():
    sponsor, other = a_sponsor(), a_sponsor()
    on = a_video_session(owner=sponsor)
    known, pending, here = a_guest(), an_invited_guest(other), a_guest()
    a_grant(on, here)
    ended = a_guest(sponsor=sponsor, ends_at=NOON - A_DAY)
    elsewhere = a_guest(sponsor=other, ends_at=NOON - A_DAY)
    disabled = a_guest(state=UserState.DISABLED)
    people = [known, pending, here, ended, elsewhere, disabled, other, sponsor]
    text = f"{NEW}\nnot(at)northgate.example\n" + "\n".join(person.address for person in people)

    assert fates_of(text, on, sponsor) == [
        FateKind.NEW,
        FateKind.UNREADABLE,
        FateKind.KNOWN,
        FateKind.PENDING,
        FateKind.SAME,
        FateKind.ENDED,
        FateKind.ENDED_ELSEWHERE,
        FateKind.DISABLED,
        FateKind.STAFF,
        FateKind.YOURSELF,
    ]


def test_asking_for_fates_changes_nothing():
    on = a_video_session(owner=a_sponsor())
    before = [count(model) for model in (User, Grant, Invitation, OutgoingEmail, AuditEvent)]

    grants.fates(f"{NEW}, {a_guest().address}", on, by=a_sponsor(), at=NOON)

    db.session.rollback()
    assert [count(model) for model in (Grant, Invitation, OutgoingEmail)] == before[1:4]


def test_an_address_that_is_written_twice_or_otherwise_is_one():
    on = a_video_session()
    guest = a_guest(address="imani.okafor@brightwater.example")

    found = grants.fates(
        "Imani <Imani.Okafor@Brightwater.EXAMPLE>; imani.okafor@brightwater.example", on, by=a_sponsor(), at=NOON
    )

    assert [fate.user for fate in found] == [guest]


def test_a_revoked_grant_counts_as_never_given():
    on, guest = a_video_session(), a_guest()
    a_grant(on, guest, revoked_at=NOON - A_DAY)

    assert fates_of(guest.address, on, a_sponsor()) == [FateKind.KNOWN]


def test_more_than_a_thousand_addresses_are_refused_with_their_number():
    text = "\n".join(f"g{number}@brightwater.example" for number in range(1001))

    with pytest.raises(grants.TooMany, match="At most 1,000 addresses at a time; these are 1,001"):
        grants.fates(text, a_video_session(), by=a_sponsor(), at=NOON)


def test_fates_of_many_take_no_more_queries_than_of_few():
    on, sponsor = a_video_session(), a_sponsor()
    few = f"{a_guest().address}\n{NEW}"
    many = "\n".join([few, *(f"g{number}@brightwater.example" for number in range(400))])

    assert statements(lambda: grants.fates(many, on, by=sponsor, at=NOON)) == statements(
        lambda: grants.fates(few, on, by=sponsor, at=NOON)
    )


def test_the_queries_do_not_grow_with_the_views_that_were_taken():
    on, sponsor = a_folder(), a_sponsor()
    guests = [a_guest() for _ in range(20)]
    for guest in guests:
        used(a_grant(on, guest, views_limit=3), a_video_session(folder=on), 2)
    many, few = "\n".join(guest.address for guest in guests), guests[0].address

    assert statements(lambda: grants.fates(many, on, by=sponsor, at=NOON)) == statements(
        lambda: grants.fates(few, on, by=sponsor, at=NOON)
    )


# People who are named here already


@pytest.fixture
def sponsor():
    return a_sponsor()


@pytest.fixture(params=["recording", "folder"])
def on(request, sponsor):
    return a_video_session(owner=sponsor) if request.param == "recording" else a_folder(owner=sponsor)


IN_A_WEEK = NOON + 7 * A_DAY


@pytest.mark.parametrize(
    ("has", "typed", "kind", "changes"),
    [
        ({"ends_at": IN_A_WEEK}, {"until": IN_A_WEEK + A_DAY}, FateKind.MORE, {Change.LONGER}),
        ({"ends_at": IN_A_WEEK}, {"until": IN_A_WEEK - A_DAY}, FateKind.LESS, {Change.SHORTER}),
        ({"ends_at": IN_A_WEEK}, {"until": IN_A_WEEK}, FateKind.SAME, set()),
        ({"ends_at": IN_A_WEEK}, {}, FateKind.SAME, set()),
        ({}, {"until": IN_A_WEEK}, FateKind.LESS, {Change.SHORTER}),
        ({"views_limit": 2}, {"views": 3}, FateKind.MORE, {Change.MORE_VIEWS}),
        ({"views_limit": 2}, {"views": 1}, FateKind.LESS, {Change.FEWER_VIEWS}),
        ({"views_limit": 2}, {"views": 2}, FateKind.SAME, set()),
        ({"views_limit": 2}, {}, FateKind.SAME, set()),
        ({}, {"views": 2}, FateKind.LESS, {Change.FEWER_VIEWS}),
        ({"begins_at": IN_A_WEEK}, {"begins": NOON + A_DAY}, FateKind.MORE, {Change.EARLIER}),
        ({"begins_at": IN_A_WEEK}, {"begins": NOON - timedelta(hours=12)}, FateKind.MORE, {Change.EARLIER}),
        ({"begins_at": IN_A_WEEK}, {"begins": IN_A_WEEK + A_DAY}, FateKind.LESS, {Change.LATER}),
        ({"begins_at": IN_A_WEEK}, {}, FateKind.SAME, set()),
        ({}, {"begins": IN_A_WEEK}, FateKind.LESS, {Change.LATER}),
        ({}, {"when_it_ends": WhenItEnds.STOP}, FateKind.LESS, {Change.STOPS_AT_ONCE}),
        ({"when_it_ends": WhenItEnds.STOP}, {}, FateKind.SAME, set()),
        (
            {"ends_at": IN_A_WEEK, "views_limit": 5},
            {"until": IN_A_WEEK + A_DAY, "views": 2},
            FateKind.MORE,
            {Change.LONGER, Change.FEWER_VIEWS},
        ),
    ],
)
def test_who_is_named_here_gets_more_or_less_or_keeps_what_they_have(on, sponsor, has, typed, kind, changes):
    guest = a_guest()
    a_grant(on, guest, **has)

    fate = fate_of(guest.address, on, sponsor, **typed)

    assert (fate.kind, fate.changes) == (kind, changes)
    assert fate.gets_letter == (kind is FateKind.MORE)


def test_what_is_left_empty_stays_as_it_is(on, sponsor):
    guest = a_guest()
    has = {"begins_at": NOON + A_DAY, "ends_at": IN_A_WEEK, "views_limit": 2, "when_it_ends": WhenItEnds.STOP}
    a_grant(on, guest, **has)

    assert fate_of(guest.address, on, sponsor, views=3).terms == Terms(NOON + A_DAY, IN_A_WEEK, 3, WhenItEnds.STOP)


def test_what_has_ended_is_given_anew_as_if_it_had_never_been(on, sponsor):
    guest = a_guest()
    a_grant(on, guest, begins_at=NOON - 9 * A_DAY, ends_at=NOON - A_DAY, views_limit=2, when_it_ends=WhenItEnds.STOP)

    fate = fate_of(guest.address, on, sponsor)

    assert (fate.kind, fate.terms, fate.is_anew) == (FateKind.AGAIN, Terms(), True)
    assert fate_of(guest.address, on, sponsor, until=IN_A_WEEK).terms == Terms(ends_at=IN_A_WEEK)


def test_views_typed_for_what_has_ended_or_is_used_up_are_further_ones(sponsor):
    folder = a_folder(owner=sponsor)
    seen, ended, used_up = a_video_session(folder=folder), a_guest(), a_guest()
    used(a_grant(folder, ended, ends_at=NOON - A_DAY, views_limit=3), seen, 2)
    used(a_grant(folder, used_up, ends_at=IN_A_WEEK, views_limit=3), seen, 3)

    assert fate_of(ended.address, folder, sponsor, views=2).terms == Terms(views=4)
    assert fate_of(used_up.address, folder, sponsor, views=2).terms == Terms(ends_at=IN_A_WEEK, views=5)
    assert fate_of(used_up.address, folder, sponsor, views=2).kind is FateKind.AGAIN


def test_more_time_alone_opens_nothing_where_the_views_are_used_up(sponsor):
    on, guest = a_video_session(owner=sponsor), a_guest()
    used(a_grant(on, guest, ends_at=IN_A_WEEK, views_limit=2), on, 2)

    assert fate_of(guest.address, on, sponsor).kind is FateKind.SAME
    assert fate_of(guest.address, on, sponsor, until=IN_A_WEEK + A_DAY).kind is FateKind.MORE


def test_of_a_folder_the_recording_of_which_most_views_were_taken_counts(sponsor):
    folder, guest = a_folder(owner=sponsor), a_guest()
    grant = a_grant(folder, guest, views_limit=5)
    used(grant, a_video_session(folder=folder), 1)
    used(grant, a_video_session(folder=folder), 4)

    assert fate_of(guest.address, folder, sponsor, views=4).kind is FateKind.LESS
    fate = fate_of(guest.address, folder, sponsor, views=3)
    assert (fate.kind, fate.taken) == (FateKind.BELOW_USED, 4)


def test_no_limit_goes_below_what_was_used(sponsor):
    on, guest, other = a_video_session(owner=sponsor), a_guest(), a_guest()
    used(a_grant(on, guest), on, 3)  # no limit, and three sittings

    assert fate_of(guest.address, on, sponsor, views=2).kind is FateKind.BELOW_USED
    assert fate_of(guest.address, on, sponsor, views=2).is_left_out
    assert fate_of(guest.address, on, sponsor, views=3).kind is FateKind.LESS
    assert fate_of(other.address, on, sponsor, views=2).kind is FateKind.KNOWN


def test_more_views_than_are_counted_cannot_be_given_on_top(sponsor):
    on, guest = a_video_session(owner=sponsor), a_guest()
    used(a_grant(on, guest, views_limit=98), on, 98)

    assert fate_of(guest.address, on, sponsor, views=1).kind is FateKind.AGAIN
    assert fate_of(guest.address, on, sponsor, views=2).kind is FateKind.TOO_MANY_VIEWS


def test_what_would_end_before_it_begins_for_somebody_is_not_given(on, sponsor):
    guest = a_guest()
    a_grant(on, guest, begins_at=IN_A_WEEK)

    assert fate_of(guest.address, on, sponsor, until=IN_A_WEEK).kind is FateKind.NEVER_BEGINS
    assert fate_of(guest.address, on, sponsor, until=IN_A_WEEK + A_DAY).kind is FateKind.LESS


# The account's own end


def test_an_account_that_ends_before_what_is_given_is_told_of(on, sponsor):
    guest = a_guest(ends_at=IN_A_WEEK)

    assert fate_of(guest.address, on, sponsor).account_ends_at == IN_A_WEEK
    assert fate_of(guest.address, on, sponsor, until=IN_A_WEEK + A_DAY).account_ends_at == IN_A_WEEK
    assert fate_of(guest.address, on, sponsor, until=IN_A_WEEK).account_ends_at is None
    assert fate_of(a_guest().address, on, sponsor).account_ends_at is None


def test_what_begins_only_after_the_account_has_ended_is_not_given(on, sponsor):
    guest = a_guest(ends_at=IN_A_WEEK)

    assert fate_of(guest.address, on, sponsor, begins=IN_A_WEEK).kind is FateKind.NEVER_BEGINS
    assert fate_of(guest.address, on, sponsor, begins=IN_A_WEEK - A_DAY).kind is FateKind.KNOWN


def test_an_account_that_has_ended_and_would_be_renewed_is_told_of_impossible_terms_too(on, sponsor):
    guest = a_guest(sponsor=sponsor, ends_at=NOON - A_DAY)
    a_grant(on, guest, begins_at=IN_A_WEEK)

    assert fate_of(guest.address, on, sponsor, until=IN_A_WEEK).kind is FateKind.NEVER_BEGINS
    assert fate_of(guest.address, on, sponsor, until=IN_A_WEEK + A_DAY).kind is FateKind.ENDED


# Terms that nobody can have


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"views": 0}, "views", "Views must be a whole number from 1 to 99, or empty"),
        ({"views": -1}, "views", "Views must be a whole number"),
        ({"views": 100}, "views", "Views must be a whole number"),
        ({"begins": IN_A_WEEK, "until": IN_A_WEEK}, "until", "“Until” must come after “From”"),
        ({"begins": IN_A_WEEK, "until": NOON + A_DAY}, "until", "“Until” must come after “From”"),
    ],
)
def test_terms_that_nobody_can_have_are_refused_with_the_field_at_fault(on, sponsor, typed, field, words):
    with pytest.raises(WrongTerms, match=words) as refused:
        fate_of(NEW, on, sponsor, **typed)

    assert refused.value.field == field
