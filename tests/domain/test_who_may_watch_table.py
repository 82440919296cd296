"""Who may watch, as a table to read: one line a case, and each line is tried (product.md, Who may watch 3 to 6).

The recording is ready and published. "given here": its password was given in this browser; "given, changed": and the
owner has changed it since; "given elsewhere": in another browser of the same person.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from portal.basics.errors import NotFound
from portal.domain import access, playback, sign_ins
from portal.domain.access import Decision, Right, WhyNot
from portal.storage.db import db, transaction
from portal.storage.models import PasswordUnlock, SignIn, Stream, User, VideoSession, ViewBudget
from tests.factories import NOON, a_folder, a_grant, a_guest, a_video_session

HOUR = timedelta(hours=1)

TABLE = """
    named      | on       | video password     | what happens               | start page
    -----------+----------+--------------------+----------------------------+-----------
    no         | -        | none               | like what does not exist   | -
    no         | -        | not given          | asked for the password     | -
    no         | -        | given here         | watches by the password    | -
    no         | -        | given, changed     | asked for the password     | -
    no         | -        | given elsewhere    | asked for the password     | -
    live       | session  | none               | watches by name            | open
    live       | session  | not given          | watches by name            | open
    live       | session  | given here         | watches by name            | open
    live       | session  | given, changed     | watches by name            | open
    live       | session  | given elsewhere    | watches by name            | open
    live       | folder   | none               | watches by name            | open
    live       | folder   | not given          | watches by name            | open
    live       | folder   | given here         | watches by name            | open
    live       | folder   | given, changed     | watches by name            | open
    live       | folder   | given elsewhere    | watches by name            | open
    not begun  | session  | none               | refused: not begun         | coming
    not begun  | session  | not given          | refused: not begun         | coming
    not begun  | session  | given here         | refused: not begun         | coming
    not begun  | session  | given, changed     | refused: not begun         | coming
    not begun  | session  | given elsewhere    | refused: not begun         | coming
    not begun  | folder   | none               | refused: not begun         | coming
    not begun  | folder   | not given          | refused: not begun         | coming
    not begun  | folder   | given here         | refused: not begun         | coming
    not begun  | folder   | given, changed     | refused: not begun         | coming
    not begun  | folder   | given elsewhere    | refused: not begun         | coming
    used up    | session  | none               | refused: used up           | over
    used up    | session  | not given          | refused: used up           | over
    used up    | session  | given here         | refused: used up           | over
    used up    | session  | given, changed     | refused: used up           | over
    used up    | session  | given elsewhere    | refused: used up           | over
    used up    | folder   | none               | refused: used up           | over
    used up    | folder   | not given          | refused: used up           | over
    used up    | folder   | given here         | refused: used up           | over
    used up    | folder   | given, changed     | refused: used up           | over
    used up    | folder   | given elsewhere    | refused: used up           | over
    ended      | session  | none               | refused: ended             | over
    ended      | session  | not given          | refused: ended             | over
    ended      | session  | given here         | refused: ended             | over
    ended      | session  | given, changed     | refused: ended             | over
    ended      | session  | given elsewhere    | refused: ended             | over
    ended      | folder   | none               | refused: ended             | over
    ended      | folder   | not given          | refused: ended             | over
    ended      | folder   | given here         | refused: ended             | over
    ended      | folder   | given, changed     | refused: ended             | over
    ended      | folder   | given elsewhere    | refused: ended             | over
    revoked    | session  | none               | like what does not exist   | -
    revoked    | session  | not given          | asked for the password     | -
    revoked    | session  | given here         | watches by the password    | -
    revoked    | session  | given, changed     | asked for the password     | -
    revoked    | session  | given elsewhere    | asked for the password     | -
    revoked    | folder   | none               | like what does not exist   | -
    revoked    | folder   | not given          | asked for the password     | -
    revoked    | folder   | given here         | watches by the password    | -
    revoked    | folder   | given, changed     | asked for the password     | -
    revoked    | folder   | given elsewhere    | asked for the password     | -
"""


@dataclass(frozen=True)
class Case:
    """One line of the table."""

    named: str
    on: str
    password: str
    happens: str
    start_page: str


def cases() -> list[Case]:
    lines = TABLE.strip().splitlines()[2:]
    return [Case(*(word.strip() for word in line.split("|"))) for line in lines]


TERMS: dict[str, dict[str, Any]] = {
    "live": {"begins_at": NOON - HOUR, "ends_at": NOON + HOUR, "views_limit": 1},
    "not begun": {"begins_at": NOON + HOUR},
    "ended": {"ends_at": NOON},
    "used up": {"views_limit": 1},
    "revoked": {"revoked_at": NOON - HOUR},
}
HAPPENS = {
    "like what does not exist": (False, None, WhyNot.UNKNOWN),
    "asked for the password": (False, None, WhyNot.PASSWORD),
    "watches by the password": (True, Right.PASSWORD, None),
    "watches by name": (True, Right.GRANT, None),
    "refused: not begun": (False, Right.GRANT, WhyNot.NOT_BEGUN),
    "refused: used up": (False, Right.GRANT, WhyNot.USED_UP),
    "refused: ended": (False, Right.GRANT, WhyNot.ENDED),
}


@dataclass(frozen=True)
class Scene:
    """A guest at one browser, and the recording of the case."""

    guest: User
    browser: SignIn
    recording: VideoSession

    def decision(self) -> Decision:
        return access.decide(self.guest, self.recording, at=NOON, sign_in=self.browser)


def set_up(case: Case) -> Scene:
    guest, folder = a_guest(), a_folder()
    password: dict[str, Any] = {} if case.password == "none" else {"password_hash": "v1$none", "password_version": 2}
    shelved: dict[str, Any] = {"folder": folder, "in_folder_since": NOON - 3 * HOUR} if case.on == "folder" else {}
    recording = a_video_session(ready_at=NOON - 3 * HOUR, **shelved, **password)
    if case.named != "no":
        grant = a_grant(folder if case.on == "folder" else recording, guest, **TERMS[case.named])
        if case.named == "used up":
            keep(ViewBudget(grant_id=grant.id, video_session_id=recording.id, taken=1))
    here, elsewhere = a_browser_of(guest), a_browser_of(guest)
    if case.password.startswith("given"):
        browser = elsewhere if case.password == "given elsewhere" else here
        version = 1 if case.password == "given, changed" else 2
        unlock = PasswordUnlock(sign_in_id=browser.id, video_session_id=recording.id)
        unlock.password_version, unlock.created_at = version, NOON
        keep(unlock)
    return Scene(guest, here, recording)


def a_browser_of(guest: User) -> SignIn:
    with transaction():
        sign_ins.start(guest, network="127.0.0.1", device="a test", at=NOON)
    return db.session.scalars(db.select(SignIn).order_by(SignIn.id.desc()).limit(1)).one()


def keep(row: object) -> None:
    with transaction():
        db.session.add(row)


def test_the_table_has_every_case():
    seen = [(case.named, case.on, case.password) for case in cases()]
    passwords = {case.password for case in cases()}

    assert len(seen) == len(set(seen)) == (1 + len(TERMS) * 2) * len(passwords)
    assert {case.named for case in cases()} == {"no", *TERMS}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.named} on {case.on}, password {case.password}")
def test_the_line_holds(case):
    scene = set_up(case)
    allowed, right, why = HAPPENS[case.happens]

    decision = scene.decision()

    assert (decision.allowed, decision.right, decision.why) == (allowed, right, why)
    assert on_the_start_page(scene) == case.start_page
    if why is WhyNot.UNKNOWN:
        with pytest.raises(NotFound):
            access.find(scene.guest, scene.recording.key, at=NOON, sign_in=scene.browser)
    with transaction():
        pressed = playback.start(scene.guest, scene.recording.key, sign_in=scene.browser, at=NOON)
    assert isinstance(pressed, Stream) == allowed
    assert taken_views(scene) == (1 if case.named in ("live", "used up") else 0)


def on_the_start_page(scene: Scene) -> str:
    listing = access.listed_for(scene.guest, at=NOON)
    shelves = {"open": listing.live, "coming": listing.coming, "over": listing.over}
    return next((name for name, shelf in shelves.items() if shelf), "-")


def taken_views(scene: Scene) -> int:
    query = db.select(db.func.sum(ViewBudget.taken)).where(ViewBudget.video_session_id == scene.recording.id)
    return db.session.scalar(query) or 0
