"""A reset in bulk: old passwords stop at once, every sign-in ends, nobody else is touched (product.md, Admins)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.basics.roles import UserState
from portal.domain import audit, audit_reading, bulk_resets, password_resets, personal_data, sign_ins
from portal.domain.audit import AuditKind
from portal.domain.audit_reading import Wanted
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, EmailState, OutgoingEmail, PasswordReset, ResetRun, SignIn
from tests.domain.bulk_resets.ways import is_stopped, outcomes, void
from tests.domain.grants.ways import statements
from tests.factories import NOON, a_guest, a_sponsor, a_user, an_admin

BEFORE = NOON - timedelta(hours=1)
LATER = NOON + timedelta(hours=1)


def signed_in(user, at=BEFORE) -> SignIn:
    with transaction():
        token = sign_ins.start(user, network="203.0.113.9", device="Firefox", at=at)
    present = sign_ins.find(token, at=at)
    assert present is not None
    return present.sign_in


def letters() -> list[OutgoingEmail]:
    return list(db.session.scalars(select(OutgoingEmail).order_by(OutgoingEmail.id)))


def a_link(user, at=BEFORE) -> str:
    with transaction():
        return password_resets._new_link(user, password_resets.LIFE, at).rpartition("/")[2]


def way_in(letter: OutgoingEmail) -> str:
    return letter.text.partition("/password/reset/")[2].split()[0]


def test_passwords_stop_and_every_sign_in_ends_at_once(app):
    admin, imani, yuki, omar = an_admin(), a_guest(), a_guest(), a_guest()
    ended = [signed_in(imani), signed_in(imani), signed_in(yuki)]
    kept = [signed_in(omar), signed_in(admin)]

    run = void(imani, yuki, by=admin)

    assert [is_stopped(person) for person in (imani, yuki, omar, admin)] == [True, True, False, False]
    assert run.sign_ins_ended == 3
    for sign_in in ended:
        db.session.refresh(sign_in)
        assert (sign_in.ended_at, sign_in.ended_because) == (NOON, "reset-in-bulk")
    for sign_in in kept:
        db.session.refresh(sign_in)
        assert sign_in.ended_at is None
    assert letters() == []


def test_each_who_is_left_as_they_are_has_a_reason(app):
    admin = an_admin()
    left = {
        admin: "yourself",
        an_admin(): "staff",
        a_sponsor(): "staff",
        a_guest(state=UserState.INVITED): "no-password-yet",
        a_guest(password_hash=None): "voided-before",
    }

    run = void(*left, by=admin)

    assert outcomes(run) == {person.id: why for person, why in left.items()}
    assert db.session.scalar(select(func.count()).where(AuditEvent.kind == "password:voided-in-bulk")) == 1


def test_an_account_that_goes_on_one_day_does_not_go_on_with_the_old_password(app):
    disabled, ended = a_guest(state=UserState.DISABLED, password_hash="kept"), a_guest(ends_at=NOON)

    run = void(disabled, ended, by=an_admin(), mails_way_in=True)

    assert set(outcomes(run).values()) == {"voided"}
    assert is_stopped(disabled)
    assert is_stopped(ended)
    assert letters() == [], "nobody is mailed a way in that would lead nowhere"


def test_an_admin_may_name_staff_but_never_themself_and_a_sponsor_never(app):
    admin, dana, kim = an_admin(), a_sponsor(), an_admin()

    by_admin = void(admin, dana, kim, by=admin, spares_staff=False)
    by_sponsor = void(an_admin(), by=a_sponsor(), spares_staff=False)

    assert outcomes(by_admin) == {admin.id: "yourself", dana.id: "voided", kim.id: "voided"}
    assert set(outcomes(by_sponsor).values()) == {"staff"}


def test_every_link_mailed_before_dies_with_the_password(app):
    imani = a_guest()
    token = a_link(imani)

    void(imani, by=an_admin())

    assert password_resets.find(token, at=NOON) is None
    with transaction():
        assert password_resets.save(token, password_hash="new", name=None, network="", at=NOON) is None


def test_a_way_in_is_mailed_only_if_asked_and_works_once_for_14_days(app):
    imani = a_guest()

    run = void(imani, by=an_admin(name="Ruth Ambler"), mails_way_in=True, why="A tablet was left behind")

    (letter,) = letters()
    assert (letter.letter, letter.to_address, letter.state) == ("new_way_in", imani.address, EmailState.WAITING)
    assert "Ruth Ambler" in " ".join((letter.text or "").split())
    assert "A tablet was left behind" in letter.text
    token = way_in(letter)
    assert password_resets.find(token, at=NOON + timedelta(days=14, microseconds=-1)) is not None
    assert password_resets.find(token, at=NOON + timedelta(days=14)) is None
    assert token not in repr([vars(kept) for kept in db.session.scalars(select(PasswordReset))])
    for expected in (imani.id, None):
        with transaction():
            saved = password_resets.save(token, password_hash="new", name=None, network="", at=LATER)
        assert (saved.id if saved else None) == expected
    assert outcomes(run) == {imani.id: "voided"}


def test_each_letter_carries_a_link_of_its_own(app):
    guests = [a_guest() for _ in range(5)]

    void(*guests, by=an_admin(), mails_way_in=True)

    found = {letter.user_id: password_resets.find(way_in(letter), at=NOON) for letter in letters()}
    assert {id_: reset.user.id for id_, reset in found.items()} == {guest.id: guest.id for guest in guests}


def test_whoever_was_stopped_without_a_letter_gets_one_by_a_later_run(app):
    admin, imani = an_admin(), a_guest()
    void(imani, by=admin)

    later = void(imani, by=admin, mails_way_in=True, at=LATER)
    again = void(imani, by=admin, mails_way_in=True, at=LATER + timedelta(minutes=1))

    assert outcomes(later) == outcomes(again) == {imani.id: "voided-before"}
    assert len(letters()) == 1  # nobody is mailed twice while the link works


def test_forgot_it_mails_a_way_in_as_to_anybody(app):
    imani = a_guest()
    void(imani, by=an_admin())

    with transaction():
        password_resets.ask(imani.address, network="203.0.113.9", at=NOON)
        password_resets.answer(1, at=NOON)

    (letter,) = letters()
    assert letter.letter == "password_reset"
    found = password_resets.find(way_in(letter), at=NOON)
    assert found is not None
    assert found.user.id == imani.id


def test_one_form_is_one_run_however_often_it_is_pressed(app):
    admin, imani, yuki = an_admin(), a_guest(), a_guest()

    first = void(imani, by=admin, form_key="a form", mails_way_in=True)
    second = void(imani, yuki, by=admin, form_key="a form", mails_way_in=True, at=LATER)
    of_another = void(yuki, by=an_admin(), form_key="a form")

    assert second.id == first.id != of_another.id
    assert outcomes(first) == {imani.id: "voided"}
    assert len(letters()) == 1
    assert db.session.scalar(select(func.count()).select_from(ResetRun)) == 2


def test_nothing_is_done_when_the_transaction_is_not_kept(app):
    imani = a_guest()
    sign_in = signed_in(imani)

    def void_and_fail() -> None:
        with transaction():
            bulk_resets.void([imani.id], by=None, words="", reach={}, mails_way_in=True, at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        void_and_fail()
    db.session.refresh(sign_in)

    assert not is_stopped(imani)
    assert sign_in.ended_at is None
    assert letters() == []
    assert db.session.scalars(select(ResetRun)).all() == []


def test_the_trail_has_one_entry_with_its_reach_and_everybody_finds_it(app):
    admin, imani, yuki, left = an_admin(), a_guest(), a_guest(), a_guest(password_hash=None)
    signed_in(imani)

    run = void(imani, yuki, left, by=admin, words="Guests of Finals 2025", why="It is over")

    entry = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == AuditKind.PASSWORDS_VOIDED.label)).one()
    assert (entry.actor_id, entry.subject_kind, entry.subject_id) == (admin.id, "reset_run", run.id)
    assert entry.facts == {
        "whom": "Guests of Finals 2025",
        "reason": "It is over",
        "voided": 2,
        "skipped": 1,
        "sign_ins_ended": 1,
        "mails_way_in": False,
        "people": [imani.id, yuki.id],
    }
    kind = AuditKind.PASSWORDS_VOIDED
    for person, finds in ((imani, 1), (yuki, 1), (admin, 1), (left, 0), (a_guest(), 0)):
        assert len(audit_reading.listed(Wanted(kind=kind, person=person.address)).rows) == finds
    assert audit.verify().fault is None


def test_a_person_takes_away_what_was_done_to_them_and_the_presser_nothing_of_others(app):
    admin, imani = an_admin(), a_guest()
    void(imani, by=admin, words="Guests of Finals 2025")

    assert personal_data.collect(imani)["passwords_stopped"] == [
        {"at": NOON.isoformat(timespec="seconds"), "outcome": "voided", "why": ""}
    ]
    assert "Finals 2025" not in repr(personal_data.collect(admin))


def test_the_clock_may_do_it(app):
    guest, sponsor = a_guest(), a_sponsor()

    run = void(guest, sponsor, mails_way_in=True)

    assert run.by_id is None
    assert outcomes(run) == {guest.id: "voided", sponsor.id: "staff"}
    assert "by" not in letters()[0].text.partition("stopped on")[2].partition(".")[0]


def test_thousands_are_as_many_statements_as_a_few(app):
    guests = [a_user(password_hash="some hash", accepted=False) for _ in range(30)]
    for guest in guests:
        signed_in(guest)

    of_three = statements(lambda: void(*guests[:3], by=None))

    assert statements(lambda: void(*guests[3:], by=None)) == of_three
