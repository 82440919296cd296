"""How long after a right has ended do bytes still leave? One end after the other, for a client that asks all the time.

    .venv/bin/python -m bench.cut_off [sqlite|postgresql]

The portal is served as always; what ends the right is done beside it, by the rule that does it. Exits with 1 when a
range that was asked for afterwards was sent, when the first refusal came a second later or more, or when a sitting that
may finish was cut short or went on for too long.
"""

import http.client
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text

from bench import servers
from bench.portals import Portal, a_portal, databases
from bench.world import cookie_for
from portal.basics import tokens
from portal.basics.clock import now
from portal.domain import disabling, grants, passwords, playback, policies, publishing, session_passwords, sign_ins
from portal.domain.playback import Stream
from portal.domain.work import tools
from portal.storage import schema
from portal.storage.db import db, transaction
from portal.storage.models import (
    Grant,
    MediaFile,
    MediaKind,
    PasswordUnlock,
    SignIn,
    User,
    VideoSession,
    Viewing,
    WhenItEnds,
)
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session

MOST_SECONDS = 1.0
WARM_RANGES = 20
LONGEST = 8.0  # a client that is still sent to by then will be for ever
RANGE_BYTES = 4096
FILM = bytes(64 * RANGE_BYTES)


@dataclass
class Scene:
    """A guest who watches, in one of two browsers."""

    guest: User
    by: User
    admin: User
    recording: VideoSession
    grant: Grant | None
    sign_in: SignIn
    token: str
    stream: Stream


@dataclass
class Client:
    """Asks for range after range until one is refused: when each was asked for, and whether it came."""

    port: int
    path: str
    cookie: str
    seen: list[tuple[float, bool]] = field(default_factory=list)
    refused_at: float | None = None

    def run(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        until, first = time.monotonic() + LONGEST, 0
        try:
            while time.monotonic() < until or len(self.seen) < WARM_RANGES:
                asked = time.monotonic()
                headers = {"Cookie": self.cookie, "Range": f"bytes={first}-{first + RANGE_BYTES - 1}"}
                line.request("GET", self.path, headers=headers)
                answer = line.getresponse()
                came = answer.status == 206 and len(answer.read()) == RANGE_BYTES
                self.seen.append((asked, came))
                if not came:
                    self.refused_at = time.monotonic()
                    return
                first = (first + RANGE_BYTES) % len(FILM)
        finally:
            line.close()


End = Callable[[Scene], datetime | None]
"""Ends the right: at once, or by the clock at the moment that it gives."""


def revoked(scene: Scene) -> None:
    assert scene.grant
    grants.revoke(grants.find_grant(scene.grant.id, scene.by), by=scene.by, at=now())


def disabled(scene: Scene) -> None:
    disabling.disable(scene.guest, by=scene.admin, reason="A measurement", at=now())


def password_set_anew(scene: Scene) -> None:
    other = db.session.scalars(db.select(SignIn).where(SignIn.user_id == scene.guest.id).order_by(SignIn.id)).first()
    assert other
    assert passwords.change(scene.guest, "v1$new", network="127.0.0.1", keep=other, at=now())


def signed_out(scene: Scene) -> None:
    sign_ins.end(scene.sign_in, by=scene.guest, because="signed-out", at=now())


def unpublished(scene: Scene) -> None:
    publishing.unpublish(scene.recording, by=scene.by, at=now())


def video_password_changed(scene: Scene) -> None:
    session_passwords.set_password(scene.recording, "v1$new", version=None, by=scene.by, at=now())


def off_the_shelf(scene: Scene) -> None:
    scene.recording.folder_id = scene.recording.in_folder_since = None


def policy_published(scene: Scene) -> None:
    policies.publish("Be kind", "Be kind to each other.", "Measured", by=scene.admin, at=now())


def account_ended(scene: Scene) -> datetime:
    scene.guest.ends_at = soon()
    return scene.guest.ends_at


def window_closed(scene: Scene) -> datetime:
    scene.recording.closes_at = soon()
    return scene.recording.closes_at


def grant_ended_with_stop(scene: Scene) -> datetime:
    assert scene.grant
    scene.grant.ends_at, scene.grant.when_it_ends = soon(), WhenItEnds.STOP
    return scene.grant.ends_at


def sitting_over(scene: Scene) -> datetime:
    """The grant ends first and lets it finish: the sitting's own end is what counts."""
    assert scene.grant
    scene.grant.ends_at, scene.grant.when_it_ends = soon(), WhenItEnds.FINISH
    viewing = db.session.get_one(Viewing, scene.stream.viewing_id)
    viewing.ends_at = scene.grant.ends_at + timedelta(seconds=0.7)
    return viewing.ends_at


def soon() -> datetime:
    return now() + timedelta(seconds=0.3)


ENDS: dict[str, tuple[End, str]] = {
    "revoked": (revoked, "grant"),
    "account disabled": (disabled, "grant"),
    "password set anew": (password_set_anew, "grant"),
    "signed out": (signed_out, "grant"),
    "account ended by the clock": (account_ended, "grant"),
    "unpublished": (unpublished, "grant"),
    "its window closed by the clock": (window_closed, "grant"),
    "recording taken off the shelf": (off_the_shelf, "folder"),
    "video's password changed": (video_password_changed, "password"),
    "grant ended by the clock, stop": (grant_ended_with_stop, "grant"),
    "grant ended, finish: the sitting's end": (sitting_over, "grant"),
    "new policy published": (policy_published, "grant"),  # last: it stops everybody
}


def a_scene(right: str) -> Scene:
    """Somebody who has pressed play, by a grant on the recording, by one on its folder, or by its password."""
    by = a_sponsor(password_hash="v1$none")
    guest, admin = a_guest(password_hash="v1$none", sponsor=by), db.session.get_one(User, 2)
    at = now() - timedelta(minutes=1)
    given = {"folder": a_folder(owner=by), "in_folder_since": at} if right == "folder" else {}
    recording = a_video_session(owner=by, ready_at=at, created_at=at, **given)
    upload = tools().media.incoming_folder / tokens.new_key()
    upload.write_bytes(FILM)
    with transaction():
        file = MediaFile(video_session_id=recording.id, kind=MediaKind.RENDITION, content_type="video/mp4")
        file.store_key, file.size_bytes, file.created_at = tools().media.adopt(upload), len(FILM), at
        db.session.add(file)
        sign_ins.start(guest, network="127.0.0.1", device="another", at=at)
        token = sign_ins.start(guest, network="127.0.0.1", device="a measurement", at=at)
    sign_in = db.session.scalars(db.select(SignIn).order_by(SignIn.id.desc()).limit(1)).one()
    grant = None
    if right == "password":
        with transaction():
            recording.password_hash, recording.password_version = "v1$none", 1
            unlock = PasswordUnlock(sign_in_id=sign_in.id, video_session_id=recording.id, password_version=1)
            unlock.created_at = at
            db.session.add(unlock)
    else:
        thing = given["folder"] if right == "folder" else recording
        grant = a_grant(thing, guest, created_at=at)  # type: ignore[arg-type]
    with transaction():
        stream = playback.start(guest, recording.key, sign_in=sign_in, at=now())
    assert isinstance(stream, Stream)
    return Scene(guest, by, admin, recording, grant, sign_in, token, stream)


def cut_off(portal: Portal, port: int, end: End, right: str) -> tuple[int, float]:
    """How many ranges were sent that had been asked for after the end, and the seconds until the first refusal."""
    scene = a_scene(right)
    cookie = cookie_for(portal.app, scene.token)
    client = Client(port, f"/media/{scene.stream.key}/film", cookie)
    asking = threading.Thread(target=client.run)
    asking.start()
    while asking.is_alive() and len(client.seen) < WARM_RANGES:
        time.sleep(0.01)
    with transaction():
        by_the_clock = end(scene)
    ended = time.monotonic() + ((by_the_clock - now()).total_seconds() if by_the_clock else 0.0)
    asking.join()
    db.session.remove()
    assert any(came for _, came in client.seen), "nothing was sent at all"
    late = sum(came for asked, came in client.seen if asked > ended)
    return late, (client.refused_at or float("inf")) - ended


def measure(portal: Portal, port: int) -> int:
    """Try every end, print what came of it, and give how many failed."""
    missed, longest = 0, 0.0
    for name, (end, right) in ENDS.items():
        late, took = cut_off(portal, port, end, right)
        fits = not late and 0 <= took < MOST_SECONDS
        missed += not fits
        longest = max(longest, took)
        print(f"  {took * 1000:7.1f} ms  {late} sent late  {name}{'' if fits else ': MISSED'}")
    print(f"  longest {longest * 1000:.1f} ms; goal none sent late, under 1 s: {'met' if not missed else 'MISSED'}")
    return missed


def _count_on() -> None:
    """The world came with its numbers: let PostgreSQL go on from there."""
    if db.engine.dialect.name != "postgresql":
        return
    with transaction():
        for table in (User.__table__, VideoSession.__table__):
            whole = f"(SELECT max(id) FROM {table.name})"
            db.session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {whole})"))


def main() -> int:
    missed = 0
    with databases(*(sys.argv[1:] or ["sqlite", "postgresql"])) as found:
        for database, cluster in found.items():
            with a_portal(cluster, 10) as portal, servers.embedded(portal) as (_, port), portal.app.app_context():
                _count_on()
                print(f"{database}: from the end of the right to the first range that is refused")
                missed += measure(portal, port)
                schema.forget_connections()
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
