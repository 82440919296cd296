"""Fifty people press Save at once with one invitation: one gets in, and theirs is the password (ASVS 15.4)."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import UTC, datetime
from threading import Barrier

from flask import Flask

from portal.basics.roles import UserState
from portal.domain import invitations
from portal.domain.invitations import RightCode
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Grant, Invitation, PolicyAcceptance, SignIn, User
from tests.domain.invitations.ways import account_of, an_invited_guest, find, letters_to, token_of
from tests.factories import a_sponsor, a_video_session

MANY = 50


def all_at_once(acts):
    """Do all of these in threads of their own that wait for each other at the start; what each gave."""
    gate = Barrier(len(acts))

    def act(number: int):
        gate.wait(timeout=120)
        return Context().run(acts[number])

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, range(len(acts))))


def proof_of(guest: User) -> str:
    now = datetime.now(UTC)
    found = find(token_of(guest), now)
    with transaction():
        invitations.mail_code(found, at=now)
        letter = letters_to(guest, "set_up_code")[-1]
        digits = "".join(part for part in (letter.text or "").split("for 10 minutes")[0] if part.isdigit())[-6:]
        answer = invitations.check_code(found, digits, at=now)
    assert isinstance(answer, RightCode)
    return answer.proof


def test_of_fifty_claims_through_the_door_one_gets_in(app: Flask):
    guest = an_invited_guest(at=datetime.now(UTC))
    token, proof = token_of(guest), proof_of(guest)
    passwords = [f"violet kettle harbour number {number}" for number in range(MANY)]
    browsers = [a_browser(app, token, proof) for _ in range(MANY)]

    def save(number: int):
        http, fields = browsers[number]
        answer = http.post(
            "/invitation/account", data=fields | {"password": passwords[number], "again": passwords[number]}
        )
        return answer.status_code, answer.headers.get("Location", "")

    answers = all_at_once([lambda number=number: save(number) for number in range(MANY)])

    winners = [number for number, (_, location) in enumerate(answers) if location.startswith("/watch/")]
    assert len(winners) == 1
    # the others are told what happened, or to try again when too many were hashing
    assert {status for status, _ in answers} <= {303, 429}
    db.session.expire_all()
    user = account_of(guest.address)
    assert user.state is UserState.ACTIVE
    right = [number for number in range(MANY) if tools().hasher.matches(passwords[number], user.password_hash)]
    assert right == winners
    assert count(SignIn) == count(PolicyAcceptance, PolicyAcceptance.user_id == user.id) == 1
    assert count(AuditEvent, AuditEvent.kind == "password:set") == 1


def a_browser(app: Flask, token: str, proof: str):
    """A browser on the last page, with all it needs to save."""
    http = app.test_client()

    def open_form() -> str:
        with http.session_transaction() as cookie:
            cookie["invitation"], cookie["invitation_proof"] = token, proof
        return http.get("/invitation/account").text

    page = Context().run(open_form)
    hidden = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("csrf_token", "policy_version")}
    return http, hidden | {"name": "Imani Okafor", "accepted": "y"}


def test_of_fifty_claims_in_the_rule_itself_one_is_first(app: Flask):
    """Without the queue for hashing in front: all fifty reach the statement that decides."""
    guest = an_invited_guest(at=datetime.now(UTC))
    token, proof = token_of(guest), proof_of(guest)

    def claim(number: int) -> str | None:
        with app.app_context(), transaction():
            user = invitations.claim(
                token, proof, name=f"Number {number}", password_hash=f"v1$hash {number}", at=datetime.now(UTC)
            )
            return user.password_hash if user else None

    answers = all_at_once([lambda number=number: claim(number) for number in range(MANY)])

    (first,) = [answer for answer in answers if answer is not None]
    db.session.expire_all()
    assert account_of(guest.address).password_hash == first


def test_fifty_wrong_codes_at_once_are_five_tries(app: Flask):
    guest = an_invited_guest(at=datetime.now(UTC))
    token, now = token_of(guest), datetime.now(UTC)
    with transaction():
        invitations.mail_code(find(token, now), at=now)

    def guess(_number: int) -> object:
        with app.app_context():
            found = find(token, now)
            with transaction():
                return type(invitations.check_code(found, "x", at=now)).__name__

    answers = all_at_once([lambda number=number: guess(number) for number in range(MANY)])

    assert sorted(answers) == ["NoCode"] * (MANY - 5) + ["WrongCode"] * 5
    assert count(AuditEvent, AuditEvent.kind == "invitation:code-refused") == 5


def test_sponsors_who_invite_one_address_at_once_share_one_account(app: Flask):
    """One account, every grant, one link that works, and each sponsor's letter names what was shared by then."""
    sponsors = [a_sponsor(name=f"Sponsor {number}") for number in range(8)]
    recordings = [a_video_session(owner=sponsor).id for sponsor in sponsors]
    ids, now = [sponsor.id for sponsor in sponsors], datetime.now(UTC)

    def invite(number: int) -> int:
        with app.app_context(), transaction():
            sponsor = db.session.get_one(User, ids[number])
            guest = invitations.invite_guest("Imani@brightwater.example", sponsor=sponsor, at=now)
            db.session.add(
                Grant(guest_id=guest.id, video_session_id=recordings[number], granted_by_id=sponsor.id, created_at=now)
            )
            db.session.flush()
            invitations.mail(guest, by=sponsor, note="", at=now)
            return guest.id

    answers = all_at_once([lambda number=number: invite(number) for number in range(len(sponsors))])

    db.session.expire_all()
    guest = account_of("imani@brightwater.example")
    assert set(answers) == {guest.id}
    assert count(Grant) == len(sponsors)
    assert len(letters_to(guest, "invitation")) == len(sponsors)
    assert count(Invitation, Invitation.replaced_at.is_(None)) == 1
    assert len(find(token_of(guest), now).things) == len(sponsors)


def count(kind, *where) -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(kind).where(*where)) or 0
