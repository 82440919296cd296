"""However many press play at once, in however many processes: no view more than there was, and none twice.

The processes are real ones, with apps and connections of their own (`pressing.py`).
"""

import http.client
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from portal.basics import tokens
from portal.basics.roles import UserState
from portal.domain import playback, sign_ins
from portal.domain.access import WhyNot
from portal.storage.db import db, transaction
from portal.storage.models import (
    AuditEvent,
    Grant,
    MediaFile,
    MediaKind,
    SignIn,
    Stream,
    User,
    VideoSession,
    ViewBudget,
    Viewing,
)
from tests.factories import NOON, a_grant, a_guest, a_sponsor, a_video_session
from tests.stack.places import gunicorn
from tests.stack.pressing import Presser, at_once, at_work, pressers

PROCESSES = 4
PRESSES = 200
HOUR = timedelta(hours=1)


@dataclass
class Scene:
    """A guest with two views of one recording and three browsers."""

    guest: User
    recording: VideoSession
    grant: Grant
    browsers: list[int]
    tokens: list[str]

    def told(self, moments: list[datetime], **more: object) -> dict[str, object]:
        """A share of the presses, for one process."""
        facts = {"user": self.guest.id, "key": self.recording.key, "browsers": self.browsers}
        return facts | {"moments": [each.isoformat() for each in moments], "times": len(moments)} | more

    def taken(self) -> int:
        query = db.select(ViewBudget.taken).where(ViewBudget.grant_id == self.grant.id)
        return db.session.scalar(query.execution_options(populate_existing=True)) or 0

    def sittings(self) -> int:
        query = db.select(db.func.count()).select_from(Viewing).where(Viewing.grant_id == self.grant.id)
        return db.session.scalar(query) or 0


def a_scene(*, views: int | None = 2, length: float = 300.0, at: datetime = NOON) -> Scene:
    guest = a_guest(password_hash="v1$none")
    owner = a_sponsor(password_hash="v1$none")
    recording = a_video_session(owner=owner, ready_at=NOON - HOUR, length_seconds=length)
    grant = a_grant(recording, guest, views_limit=views)
    with transaction():
        given = [sign_ins.start(guest, network="127.0.0.1", device=f"device {each}", at=at) for each in range(3)]
        file = MediaFile(video_session_id=recording.id, kind=MediaKind.RENDITION, store_key=tokens.new_key())
        file.content_type, file.size_bytes, file.created_at = "video/mp4", 1000, NOON
        db.session.add(file)
    browsers = list(db.session.scalars(db.select(SignIn.id).where(SignIn.user_id == guest.id).order_by(SignIn.id)))
    return Scene(guest, recording, grant, browsers, given)


def shared_out(moments: list[datetime]) -> list[list[datetime]]:
    return [moments[first::PROCESSES] for first in range(PROCESSES)]


def press(processes: list[Presser], scene: Scene, moments: list[datetime], **more: object) -> Counter[str]:
    """Press play at all these moments at once; how often it ended how."""
    shares = shared_out(moments)
    told = [(each, "start", scene.told(share, **more)) for each, share in zip(processes, shares, strict=True)]
    found = Counter(how for answers in at_once(told) for how, _ in answers)
    db.session.rollback()
    return found


@pytest.fixture(scope="module")
def idle_processes():
    with pressers(PROCESSES) as found:
        yield found


@pytest.fixture
def processes(idle_processes, app, database_uri):
    with at_work(idle_processes, Path(app.instance_path), database_uri):
        yield idle_processes


def test_of_two_hundred_presses_that_each_need_a_sitting_two_get_one(processes):
    """Sittings without any length: none of the presses can join another's."""
    for _ in range(3):
        scene = a_scene(length=0.0)

        found = press(processes, scene, [NOON] * PRESSES, sitting_hours=0)

        assert found == {"stream": 2, "refused": PRESSES - 2}
        assert scene.taken() == scene.sittings() == 2


def test_two_hundred_presses_at_one_moment_are_one_sitting_and_one_view(processes):
    for _ in range(3):
        scene = a_scene()

        found = press(processes, scene, [NOON] * PRESSES)

        assert found == {"stream": PRESSES}
        assert scene.taken() == scene.sittings() == 1
        open_players = db.select(db.func.count()).where(Stream.user_id == scene.guest.id, Stream.ended_at.is_(None))
        assert db.session.scalar(open_players) == 1


def test_day_after_day_each_new_sitting_takes_a_view_and_the_third_is_refused(processes):
    scene = a_scene()
    for day, (most, taken) in enumerate([("stream", 1), ("stream", 2), ("refused", 2)]):
        found = press(processes, scene, [NOON + day * timedelta(hours=5)] * 40)

        assert found == {most: 40}
        assert scene.taken() == scene.sittings() == taken


def test_moments_in_any_order_never_take_more_than_there_is(processes):
    scene = a_scene()

    press(processes, scene, [NOON + (number * 7 % 40) * HOUR for number in range(80)])

    assert 1 <= scene.taken() <= 2
    assert scene.taken() == scene.sittings()


def test_of_fifty_that_take_at_two_left_two_get_one(processes):
    for _ in range(3):
        scene = a_scene(views=5)
        with transaction():
            db.session.add(ViewBudget(grant_id=scene.grant.id, video_session_id=scene.recording.id, taken=3))
        facts = {"grant": scene.grant.id, "session": scene.recording.id, "times": 13}

        found = Counter(one for answers in at_once([(each, "take", facts) for each in processes]) for one in answers)

        db.session.rollback()
        assert found == {True: 2, False: 50}
        assert scene.taken() == 5


def test_a_first_byte_and_the_giving_back_exclude_each_other(processes):
    """Both at the moment when the ten minutes are over, again and again: one of them happens, and never both."""
    for _ in range(20):
        scene = a_scene()
        press(processes, scene, [NOON])
        stream = db.session.scalars(db.select(Stream.key).order_by(Stream.id.desc()).limit(1)).one()
        # whichever browser pressed, the first was the one that was told
        asked = {"stream": stream, "token": scene.tokens[0], "at": (NOON + timedelta(minutes=11)).isoformat()}
        fetching, giving = processes[0], processes[1]

        sent, given_back = at_once([(fetching, "first_byte", asked), (giving, "give_back", {"at": asked["at"]})])

        db.session.rollback()
        assert (sent[0], given_back[0]) in ((True, 0), (False, 1))
        assert scene.taken() == (1 if sent[0] else 0)


@pytest.mark.only_on("postgresql")  # on SQLite writers stand in one line anyway
def test_no_sitting_begins_after_a_revoke(processes):
    for number in range(8):
        scene = a_scene(views=None, length=0.0)
        giver = db.session.get_one(User, scene.grant.granted_by_id)
        revoking = {"grant": scene.grant.id, "by": giver.id, "at": NOON.isoformat(), "after": number * 0.02}
        pressing = [(each, "start", scene.told([NOON] * 25, sitting_hours=0)) for each in processes[1:]]

        [revoked], *answers = at_once([(processes[0], "revoke", revoking), *pressing])

        db.session.rollback()
        late = [how for each in answers for how, begun in each if begun > revoked]
        assert set(late) <= {"refused"}
        kinds = list(db.session.scalars(db.select(AuditEvent.kind).order_by(AuditEvent.sequence)))
        last_revoke = len(kinds) - kinds[::-1].index("grant:revoked")
        assert "viewing:started" not in kinds[last_revoke:]
        assert scene.taken() == scene.sittings()


def test_nothing_starts_for_whoever_was_disabled_while_the_request_was_on_its_way(app):
    scene = a_scene()
    assert scene.guest.state is UserState.ACTIVE  # as the request has read it
    with db.engine.begin() as elsewhere:
        elsewhere.execute(db.update(User).where(User.id == scene.guest.id).values(state=UserState.DISABLED))

    browser = db.session.get_one(SignIn, scene.browsers[0])
    with transaction():
        answer = playback.start(scene.guest, scene.recording.key, sign_in=browser, at=NOON)

    assert answer == playback.Refusal(WhyNot.UNKNOWN)
    assert scene.taken() == 0


@pytest.mark.only_on("postgresql")  # the rule is pressed on both, above
def test_two_hundred_presses_through_the_door_are_one_view(app, database_uri):
    """Over HTTP, by a server of two processes, from three browsers at once."""
    scene = a_scene(at=datetime.now(UTC))
    serializer = app.session_interface.get_signing_serializer(app)
    cookies = [f"portal={serializer.dumps({'sign_in': token, 'csrf_token': '0' * 40})}" for token in scene.tokens]
    db.session.remove()
    with gunicorn(Path(app.instance_path), database_uri, workers=2) as port:
        fields = [form_of(port, scene.recording.key, cookie) for cookie in cookies]

        def press_play(number: int) -> tuple[int, str]:
            browser = number % len(cookies)
            return play(port, scene.recording.key, cookies[browser], fields[browser])

        with ThreadPoolExecutor(20) as people:
            answers = list(people.map(press_play, range(PRESSES)))

    assert set(answers) == {(303, f"/watch/{scene.recording.key}")}
    assert scene.taken() == scene.sittings() == 1


def form_of(port: int, key: str, cookie: str) -> str:
    """What the play button of the page sends, and yes to moving here."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", f"/watch/{key}", headers={"Cookie": cookie})
    page = connection.getresponse().read().decode()
    connection.close()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    return urlencode({"csrf_token": token[1], "move_here": "yes"})


def play(port: int, key: str, cookie: str, form: str) -> tuple[int, str]:
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"/watch/{key}/play", form, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 503:  # busy says to come back
            return answer.status, (answer.getheader("Location") or "").partition("#")[0]
