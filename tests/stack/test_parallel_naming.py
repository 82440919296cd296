"""Naming, changing, setting up and pressing play, all at once on one guest: each gets an answer, and none a fault."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask

from portal.basics import tables
from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import audit, grants, guest_lists, invitations, playback, sign_ins
from portal.domain.grants import Terms
from portal.storage.db import db, transaction
from portal.storage.models import EmailState, Grant, OutgoingEmail, User, VideoSession, ViewBudget
from tests.domain.invitations.ways import an_invited_guest, token_of
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session

A_DAY = timedelta(days=1)
ROUNDS = 6


def all_at_once(acts):
    """Do all of these in threads of their own that wait for each other at the start; what each gave, or raised."""
    gate = Barrier(len(acts))

    def act(number: int):
        gate.wait(timeout=120)
        try:
            return Context().run(acts[number])
        except Exception as fault:  # noqa: BLE001 - the answer is what is looked at
            return fault

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, range(len(acts))))


@pytest.mark.settings(invitation_code=False)
def test_a_guest_who_sets_up_while_sponsors_name_and_change_gets_in_and_nobody_sees_a_fault(app: Flask):
    for number in range(ROUNDS):
        now = datetime.now(UTC)
        sponsor = a_sponsor()
        on, other = a_video_session(owner=sponsor), a_video_session(owner=sponsor)
        guest = an_invited_guest(at=now, sponsor=sponsor, on=on)
        token, grant = token_of(guest), db.session.scalars(db.select(Grant).where(Grant.guest_id == guest.id)).one()
        ids = {"sponsor": sponsor.id, "on": on.id, "other": other.id, "guest": guest.id, "grant": grant.id}

        def by(ids=ids) -> User:
            return db.session.get_one(User, ids["sponsor"])

        def change(days: int, now=now, ids=ids) -> object:
            with app.app_context():
                found = grants.find_grant(ids["grant"], by(ids))
                with transaction():
                    return grants.change_terms(found, Terms(views=days), version=None, by=by(ids), at=now)

        def name(thing: str, views: int, now=now, ids=ids, address=guest.address) -> object:
            with app.app_context(), transaction():
                thing_ = db.session.get_one(VideoSession, ids[thing])
                named = grants.name(address, thing_, by=by(ids), at=now, terms=Terms(views=views))
                return len(named.left_out)

        def claim(now=now, token=token, number=number) -> object:
            with app.app_context(), transaction():
                return invitations.claim(token, None, name="Imani", password_hash=f"v1${number}", at=now) is not None

        def mail_again(now=now, ids=ids) -> object:
            with app.app_context(), transaction():
                guest_ = db.session.get_one(User, ids["guest"])
                try:
                    return invitations.mail(guest_, by=by(ids), note="", at=now, again=True).id
                except invitations.AlreadyHasAccount:  # the view says so in words
                    return None

        answers = all_at_once(
            [
                claim,
                lambda: change(3),
                lambda: change(4),
                lambda: name("on", 5),
                lambda: name("other", 2),
                lambda: name("other", 2),
                mail_again,
            ]
        )

        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        db.session.rollback()  # what was read before is old news
        waiting = (OutgoingEmail.user_id == guest.id, OutgoingEmail.state == EmailState.WAITING)
        kinds = list(db.session.scalars(db.select(OutgoingEmail.letter).where(*waiting)))
        came_in = db.session.get_one(User, guest.id).state is UserState.ACTIVE
        assert came_in == bool(answers[0])  # not, when a fresh link was mailed a moment before
        assert kinds.count("invitation") == (0 if came_in else 1)
        per_thing = db.select(db.func.count()).where(Grant.guest_id == guest.id).group_by(Grant.video_session_id)
        assert list(db.session.scalars(per_thing)) == [1, 1]
    assert audit.verify().fault is None


def test_a_limit_that_is_lowered_while_play_is_pressed_never_goes_below_what_was_used(app: Flask):
    for _ in range(ROUNDS):
        now = datetime.now(UTC)
        sponsor, guest = a_sponsor(), a_guest()
        on = a_video_session(owner=sponsor)
        grant = a_grant(on, guest, views_limit=3)
        with transaction():
            db.session.add(ViewBudget(grant_id=grant.id, video_session_id=on.id, taken=2))
            sign_ins.start(guest, network="127.0.0.1", device="a test", at=now)
        ids, address, key = (sponsor.id, on.id, guest.id), guest.address, on.key

        def lower(now=now, ids=ids, address=address) -> object:
            with app.app_context(), transaction():
                sponsor_, on_ = db.session.get_one(User, ids[0]), db.session.get_one(VideoSession, ids[1])
                return len(grants.name(address, on_, by=sponsor_, at=now, terms=Terms(views=2)).left_out)

        def change(now=now, ids=ids, grant_id=grant.id) -> object:
            with app.app_context():
                sponsor_ = db.session.get_one(User, ids[0])
                found = grants.find_grant(grant_id, sponsor_)
                try:
                    with transaction():
                        return grants.change_terms(found, Terms(views=2), version=None, by=sponsor_, at=now)
                except (grants.WrongTerms, NotFound):
                    return False

        def play(now=now, ids=ids, key=key) -> object:
            with app.app_context(), transaction():
                guest_ = db.session.get_one(User, ids[2])
                browser = sign_ins.listed_for(guest_, at=now)[0]
                return type(playback.start(guest_, key, sign_in=browser, at=now)).__name__

        answers = all_at_once([lower, change, play, play])

        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        db.session.rollback()  # what was read before is old news
        limit = db.session.get_one(Grant, grant.id).views_limit
        taken = db.session.scalars(db.select(ViewBudget.taken).where(ViewBudget.grant_id == grant.id)).one()
        assert limit is not None
        assert taken <= limit


def test_the_same_list_sent_twice_at_once_invites_everybody_once(app: Flask):
    for number in range(ROUNDS):
        now = datetime.now(UTC)
        sponsor = a_sponsor()
        on, other = a_video_session(owner=sponsor), a_video_session(owner=sponsor)
        text = "Mail\n" + "\n".join(f"g{n}.r{number}@brightwater.example" for n in range(40))
        table = tables.read_text(text, most_rows=100)
        keys = []
        for thing in (on, on, other):
            with transaction():
                keys.append(guest_lists.keep(table, thing, terms=Terms(), note="", by=sponsor, at=now).key)
        sponsor_id = sponsor.id

        def send(key: str, now=now, sponsor_id=sponsor_id) -> object:
            with app.app_context():
                by = db.session.get_one(User, sponsor_id)
                found = guest_lists.find(key, by, at=now)
                try:
                    with transaction():
                        guest_lists.send(found, renew=True, seen_over={}, why=lambda _: "", by=by, at=now)
                except guest_lists.AlreadySent:
                    return "sent already"
                return "sent"

        first, copy, elsewhere = keys
        pressed = (first, first, first, copy, elsewhere)
        answers = all_at_once([lambda key=key: send(key) for key in pressed])

        assert sorted(map(str, answers)) == ["sent", "sent", "sent", "sent already", "sent already"]
        db.session.rollback()  # what was read before is old news
        guests = db.select(User.id).where(User.address.endswith(f".r{number}@brightwater.example"))
        per_guest = db.select(db.func.count()).where(Grant.guest_id.in_(guests)).group_by(Grant.guest_id)
        assert list(db.session.scalars(per_guest)) == [2] * 40  # one on each thing
        waiting = (OutgoingEmail.user_id.in_(guests), OutgoingEmail.state == EmailState.WAITING)
        per_guest = db.select(db.func.count()).where(*waiting).group_by(OutgoingEmail.user_id)
        assert list(db.session.scalars(per_guest)) == [1] * 40
    assert audit.verify().fault is None
