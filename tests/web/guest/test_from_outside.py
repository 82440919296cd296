"""From outside: what somebody may not know of answers like nothing at all, and no address plays in another browser.

Every door to a session is knocked at; answers are compared byte for byte, but for the key that was asked for, and what
is another on every page: nonces and the tokens of forms.
"""

import re
from contextvars import Context
from datetime import UTC, datetime, timedelta

import pytest

from portal.basics.roles import UserState
from portal.domain import playback
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, MediaKind, PasswordUnlock, SignIn, VideoState
from tests.factories import a_folder, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session

HOUR = timedelta(hours=1)
MISSING = "nobodyskey234567"
DOORS = [
    ("GET", "/watch/{}"),
    ("HEAD", "/watch/{}"),
    ("GET", "/watch/{}/move"),
    ("POST", "/watch/{}/play"),
    ("POST", "/watch/{}/opened"),
    ("POST", "/watch/{}/password"),
    ("POST", "/watch/{}/ask"),
    ("GET", "/posters/{}"),
]


def now() -> datetime:
    return datetime.now(UTC)


PASSWORD = {"password_hash": "v1$none", "password_version": 1}


def revoked(guest):
    grant = a_grant(to=guest, revoked_at=now() - HOUR)
    return db.session.get_one(type(a_video_session()), grant.video_session_id)


def shelved_late(guest):
    folder = a_folder()
    a_grant(folder, guest, ends_at=now() - 2 * HOUR)
    return a_video_session(folder=folder, ready_at=now() - 9 * HOUR, in_folder_since=now() - HOUR)


def unlocked(guest, **given):
    """Its password was given in the guest's newest browser, and then something changed."""
    video_session = a_video_session(**(PASSWORD | given))
    browser = db.session.scalars(db.select(SignIn.id).where(SignIn.user_id == guest.id).order_by(SignIn.id.desc()))
    row = PasswordUnlock(sign_in_id=browser.first(), video_session_id=video_session.id, password_version=1)
    row.created_at = now()
    keep(row)
    return video_session


def keep(*rows):
    with transaction():
        db.session.add_all(rows)


HIDDEN = {
    "not named": lambda guest: a_video_session(),
    "password, unpublished": lambda guest: a_video_session(**PASSWORD, is_published=False),
    "password, not ready": lambda guest: a_video_session(**PASSWORD, state=VideoState.PROCESSING, ready_at=None),
    "password, opens later": lambda guest: a_video_session(**PASSWORD, opens_at=now() + HOUR),
    "password, closed": lambda guest: a_video_session(**PASSWORD, closes_at=now() - HOUR),
    "revoked": revoked,
    "on the shelf after the end": shelved_late,
    "password given, unpublished since": lambda guest: unlocked(guest, is_published=False),
    "password given, removed since": lambda guest: unlocked(guest, password_hash=None),
}


@pytest.fixture
def guest():
    return a_guest()


@pytest.fixture
def browser(app, guest):
    return a_browser(app, a_sign_in_token(guest))


def a_browser(app, token):
    """Any request of somebody who is signed in; forms come without the page that they stand on."""
    app.config["WTF_CSRF_ENABLED"] = False
    cookie = app.session_interface.get_signing_serializer(app).dumps({"sign_in": token, "csrf_token": "0" * 40})
    http = app.test_client(use_cookies=False)

    def ask(method, path, **headers):
        headers = {"Cookie": f"{app.config['SESSION_COOKIE_NAME']}={cookie}"} | headers
        data = {"password": "wrong", "words": "More"} if method == "POST" else None
        return Context().run(lambda: http.open(path, method=method, headers=headers, data=data))

    return ask


def all_of(answer, key) -> tuple[int, int, str]:
    """Status, number of nonces, and headers with body, without what changes from one answer to the next."""
    headers = [f"{name}: {value}" for name, value in answer.headers.items()]
    whole = "\n".join(headers) + "\n\n" + answer.text
    nonces = set(re.findall(r"'nonce-([^']+)'", whole))
    for each in nonces:
        whole = whole.replace(each, "NONCE")
    whole = re.sub(r'(name="csrf_token" value=")[^"]+', r"\1TOKEN", whole)
    return answer.status_code, len(nonces), whole.replace(key, "THEKEY0123456789")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_is_unknown_to_somebody_answers_like_what_does_not_exist(browser, guest, hidden):
    video_session = HIDDEN[hidden](guest)
    for method, path in DOORS:
        nothing = all_of(browser(method, path.format(MISSING)), MISSING)

        assert all_of(browser(method, path.format(video_session.key)), video_session.key) == nothing, (method, path)
        assert nothing[0] == 404


@pytest.mark.usefixtures("app")
def test_the_page_that_asks_for_a_password_is_the_same_for_every_session(browser, guest):
    one = a_video_session(**PASSWORD, title="What your gift built", description="A long one", length_seconds=5000.0)
    other = a_video_session(owner=a_sponsor(name="Dana Lee"), **PASSWORD)

    pages = [browser("GET", f"/watch/{each.key}") for each in (one, other)]

    assert [page.status_code for page in pages] == [200, 200]
    assert all_of(pages[0], one.key) == all_of(pages[1], other.key)
    assert "What your gift built" not in pages[0].text
    assert "Dana Lee" not in pages[1].text
    for each in (one, other):
        assert browser("GET", f"/posters/{each.key}").status_code == 404


class TestTheAddressOfAFilm:
    @pytest.fixture
    def film(self, app):
        video_session = a_video_session()
        upload = tools().media.incoming_folder / "upload"
        upload.write_bytes(bytes(1000))
        file = MediaFile(video_session_id=video_session.id, kind=MediaKind.RENDITION, content_type="video/mp4")
        file.store_key, file.size_bytes, file.created_at = tools().media.adopt(upload), 1000, now()
        keep(file)
        return video_session

    def playing(self, user, film, token):
        """The address of a player in the browser of this token."""
        sign_in = db.session.scalars(db.select(SignIn).order_by(SignIn.id.desc()).limit(1)).one()
        with transaction():
            stream = playback.start(user, film.key, sign_in=sign_in, at=now(), move_here=True)
        assert not isinstance(stream, playback.Refusal)
        return f"/media/{stream.key}/film"

    def test_is_worthless_in_another_browser_of_the_same_person_and_to_everybody_else(self, app, film, guest):
        a_grant(film, guest)
        elsewhere, token = a_sign_in_token(guest), a_sign_in_token(guest)
        address = self.playing(guest, film, token)
        friend = a_guest()
        a_grant(film, friend)

        assert a_browser(app, token)("GET", address, Range="bytes=0-9").status_code == 206
        nothing = all_of(a_browser(app, token)("GET", f"/media/{MISSING}/film"), MISSING)
        for other in (
            elsewhere,
            a_sign_in_token(friend),
            a_sign_in_token(db.session.get_one(type(guest), film.owner_id)),
        ):
            for method in ("GET", "HEAD"):
                refused = a_browser(app, other)(method, address, Range="bytes=0-9")
                assert all_of(refused, address.split("/")[2]) == nothing
        assert app.test_client().get(address).status_code in (303, 404)

    def test_is_worthless_once_they_watch_in_the_other_browser(self, app, film, guest):
        a_grant(film, guest, views_limit=1)
        first = a_sign_in_token(guest)
        before = self.playing(guest, film, first)
        second = a_sign_in_token(guest)
        after = self.playing(guest, film, second)

        assert a_browser(app, second)("GET", after).status_code == 200
        assert a_browser(app, first)("GET", before).status_code == 404
        assert a_browser(app, second)("GET", before).status_code == 404

    def test_is_worthless_the_moment_they_are_disabled(self, app, film, guest):
        a_grant(film, guest)
        token = a_sign_in_token(guest)
        address = self.playing(guest, film, token)
        assert a_browser(app, token)("GET", address).status_code == 200

        with transaction():
            guest.state = UserState.DISABLED

        assert a_browser(app, token)("GET", address).status_code in (303, 404)
