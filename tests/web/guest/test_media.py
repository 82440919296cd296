"""What a player finds under its key: qualities, playlists, a storyboard, captions; and the recording as a file."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import pytest
from sqlalchemy import update

from portal.basics import tokens
from portal.domain import playback, watching
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, CaptionTrack, MediaFile, MediaKind, SignIn, Stream, VideoSession, Viewing
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session

NOW = datetime.now(UTC)
HEAD, PART, PARTS = 500, 2000, 30
FILM = bytes(range(250)) * ((HEAD + PART * PARTS) // 250)
LOW = bytes(reversed(FILM))
INDEX = {"head": HEAD, "parts": [[PART, 4000]] * PARTS}
LENGTH = 4.0 * PARTS
SHEET = {"every": 10, "columns": 2, "tile": [160, 90], "first": 0, "count": 12}
ALL_OF_IT = [("GET", {}), ("GET", {"Range": "bytes=0-99"}), ("HEAD", {})]


def add_file(video_session, content, kind=MediaKind.RENDITION, content_type="video/mp4", **facts):
    upload = tools().media.incoming_folder / tokens.new_key()
    upload.write_bytes(content)
    stored = {"store_key": tools().media.adopt(upload), "content_type": content_type, "size_bytes": len(content)}
    with transaction():
        db.session.add(MediaFile(video_session_id=video_session.id, kind=kind, created_at=NOW, **stored, **facts))


@pytest.fixture
def recording(app):
    """Two qualities, a storyboard and captions."""
    owner = a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example")
    recording = a_video_session(owner=owner, title="Meadow: Morning / 1", length_seconds=LENGTH)
    shape = {"index": INDEX, "codecs": "avc1.64001f,mp4a.40.2", "bit_rate": 4000}
    add_file(recording, LOW, name="360p", width=640, height=360, **shape)
    add_file(recording, FILM, name="1080p", width=1920, height=1080, **shape)
    add_file(recording, b"a sheet", MediaKind.STORYBOARD, "image/jpeg", name="0", index=SHEET)
    with transaction():
        facts = {"key": tokens.new_key(), "language": "en", "cues": [[0, 2000, "Welcome"]]}
        db.session.add(CaptionTrack(video_session_id=recording.id, created_at=NOW, changed_at=NOW, **facts))
    return recording


@pytest.fixture
def guest(recording):
    guest = a_guest(name="Imani Okafor")
    a_grant(recording, guest)
    return guest


@pytest.fixture
def browser(client, guest):
    client.sign_in_as(guest)
    return client


@pytest.fixture
def stream(browser, guest, recording):
    """Play was pressed in the browser."""
    sign_in = db.session.scalars(db.select(SignIn).order_by(SignIn.id.desc()).limit(1)).one()
    with transaction():
        stream = playback.start(guest, recording.key, sign_in=sign_in, at=datetime.now(UTC), move_here=True)
    assert isinstance(stream, Stream)
    return stream


@pytest.fixture
def fetch(browser, stream):
    """What there is below the player's key."""

    def fetch(path, method="GET", **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return browser.open(method, f"/media/{stream.key}/{path}", headers=given).response

    return fetch


def addresses(recording):
    """Every address below a player's key."""
    of_version = ["master.m3u8", "360p.m3u8", "360p.mp4", "1080p.mp4", "storyboard.vtt", "storyboard-0.jpg"]
    return ["film", "download", *addresses_of_captions(recording), *(f"1/{name}" for name in of_version)]


def addresses_of_captions(recording):
    query = db.select(CaptionTrack.key).where(CaptionTrack.video_session_id == recording.id)
    return [f"captions/{key}.vtt" for key in db.session.scalars(query)]


def change(row, **values):
    with transaction():
        db.session.execute(update(type(row)).where(type(row).id == row.id).values(**values))


class TestPlaylists:
    def test_lead_to_every_byte_of_the_film(self, fetch, stream):
        """As a player reads them: the master, the best quality's own, then its parts."""
        master = fetch("1/master.m3u8")
        assert master.content_type == "application/vnd.apple.mpegurl"
        best = next(line for line in reversed(master.text.splitlines()) if line)

        lines = fetch(f"1/{best}").text.splitlines()
        ranges = [line.split(":")[1] for line in lines if line.startswith("#EXT-X-BYTERANGE")]
        [start] = [line for line in lines if line.startswith("#EXT-X-MAP")]
        wanted = [start.split('"')[3], *ranges]
        film = b""
        for part in wanted:
            size, first = map(int, part.split("@"))
            address = urljoin("1/", lines[-2])
            film += fetch(address, Range=f"bytes={first}-{first + size - 1}").data

        assert best == "1080p.m3u8"
        assert film == FILM
        assert lines[-1] == "#EXT-X-ENDLIST"
        assert sum(float(line[8:-1]) for line in lines if line.startswith("#EXTINF:")) == LENGTH
        assert stream.key not in master.text

    def test_there_are_none_of_what_was_made_before_there_were_qualities(self, fetch, recording):
        with transaction():
            db.session.execute(update(MediaFile).values(index=None))

        assert fetch("1/master.m3u8").status_code == 404
        assert fetch("1/1080p.m3u8").status_code == 404
        assert fetch("film").status_code == 200

    def test_are_kept_by_nobody(self, fetch, recording):
        for address in addresses(recording):
            change(recording, allows_download=True)
            answer = fetch(address)
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store"), address
            assert "Set-Cookie" not in answer.headers


class TestQualities:
    def test_each_is_a_file_of_its_own_by_ranges(self, fetch):
        assert fetch("1/1080p.mp4").data == FILM
        assert fetch("1/360p.mp4", Range="bytes=10-19").data == LOW[10:20]
        assert fetch("1/720p.mp4").status_code == 404

    def test_a_plain_video_gets_the_best_of_720_lines_or_less(self, fetch, recording):
        assert fetch("film").data == LOW

        add_file(recording, b"middling", name="720p", width=720, height=1280)  # held upright
        assert fetch("film").data == b"middling"

    def test_a_plain_video_gets_the_lowest_where_all_have_more(self, fetch, recording):
        with transaction():
            db.session.execute(update(MediaFile).where(MediaFile.name == "360p").values(width=2560, height=1440))

        assert fetch("film").data == FILM

    def test_what_left_counts_in_whichever_quality(self, fetch, guest, recording, browser, stream):
        fetch("1/360p.mp4", Range=f"bytes={HEAD}-{HEAD + 5 * PART - 1}")  # 20 s
        fetch("1/1080p.mp4", Range=f"bytes={HEAD + 10 * PART}-{HEAD + 15 * PART - 1}")  # 40 s to 60 s

        browser.get(f"/watch/{recording.key}")
        told = {"parts": [[0, LENGTH]], "position": 60.0}
        url, token = f"/players/{stream.key}/report?version=1", browser.current.value("csrf_token")
        browser.open("POST", url, headers={"X-CSRFToken": token}, json=told)

        record = watching.record_of(guest, recording)
        assert record.served == [[0, 200], [400, 600]]
        slack = watching.AROUND_SERVED
        most = [[0, 200 + slack], [400 - slack, 600 + slack]]
        assert all(any(a <= begin and end <= b for a, b in most) for begin, end in record.watched)
        assert record.watched


class TestStoryboardAndCaptions:
    def test_the_storyboard_names_its_sheets(self, fetch):
        board = fetch("1/storyboard.vtt")

        assert board.content_type == "text/vtt; charset=utf-8"
        assert board.text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:10.000\nstoryboard-0.jpg#xywh=0,0,160,90\n")
        sheet = fetch("1/storyboard-0.jpg")
        assert (sheet.content_type, sheet.data) == ("image/jpeg", b"a sheet")

    def test_there_is_none_until_it_is_made(self, fetch):
        with transaction():
            db.session.execute(db.delete(MediaFile).where(MediaFile.kind == MediaKind.STORYBOARD))

        assert fetch("1/storyboard.vtt").status_code == 404

    def test_captions_are_of_this_recording_alone(self, fetch, recording):
        [mine] = addresses_of_captions(recording)
        other = a_video_session()
        with transaction():
            facts = {"key": "another234567abc", "language": "en", "cues": [[0, 2000, "Secret"]]}
            db.session.add(CaptionTrack(video_session_id=other.id, created_at=NOW, changed_at=NOW, **facts))

        found = fetch(mine)
        assert found.content_type == "text/vtt; charset=utf-8"
        assert "Welcome" in found.text
        assert fetch("captions/another234567abc.vtt").status_code == 404

    @pytest.mark.parametrize("what", ["captions", "storyboard"])
    def test_take_the_view_as_the_picture_does(self, fetch, recording, what):
        [captions] = addresses_of_captions(recording)
        address = captions if what == "captions" else "1/storyboard-0.jpg"

        assert fetch(address).status_code == 200

        assert give_back(after=timedelta(minutes=11)) == 0
        assert fetch(address).status_code == 200

    def test_asked_for_by_head_alone_take_none(self, fetch, recording):
        for address in (*addresses_of_captions(recording), "1/storyboard-0.jpg"):
            assert fetch(address, method="HEAD").status_code == 200

        assert give_back(after=timedelta(minutes=11)) == 1

    def test_where_to_find_them_takes_none(self, fetch):
        assert fetch("1/storyboard.vtt").status_code == 200

        assert give_back(after=timedelta(minutes=11)) == 1


def give_back(after):
    with transaction():
        return playback.give_back_failed_starts(at=datetime.now(UTC) + after)


class TestAnotherVersion:
    def test_takes_every_address_of_the_one_before_away(self, fetch, recording, browser, stream):
        change(recording, allows_download=True)
        change(recording, media_version=2)
        shape = {"index": INDEX, "width": 1920, "height": 1080}
        add_file(recording, b"another film", name="1080p", version=2, **shape)

        for address in addresses(recording):
            if address.startswith("1/"):
                assert fetch(address).status_code == 404, address
                assert fetch(address, Range="bytes=0-1").status_code == 404
        assert fetch("film?version=1").status_code == 404
        assert fetch("film?version=2").data == b"another film"

    def test_is_told_and_can_be_gone_on_with(self, fetch, recording, browser, stream):
        state = f"/players/{stream.key}/state"
        assert browser.get(f"{state}?version=1").response.json == {"stopped": False}
        change(recording, media_version=2)
        add_file(recording, b"another film", name="1080p", version=2, index=INDEX)

        told = browser.get(f"{state}?version=1").response.json

        assert (told["why"], told["title"]) == ("replaced", "The recording was replaced")
        assert told["way_on"] == {"label": "Load it again", "url": f"/watch/{recording.key}"}
        assert browser.get(f"{state}?version=2").response.json == {"stopped": False}

    def test_counts_nothing_of_the_one_before(self, fetch, guest, recording, browser, stream):
        fetch("1/360p.mp4")
        change(recording, media_version=2)
        add_file(recording, FILM, name="360p", version=2, index=INDEX)
        fetch("2/360p.mp4")
        browser.get(f"/watch/{recording.key}")
        token = browser.current.value("csrf_token")

        def report(version):
            url = f"/players/{stream.key}/report?version={version}"
            told = {"parts": [[0, 20]], "position": 20.0}
            return browser.open("POST", url, headers={"X-CSRFToken": token}, json=told).response.json

        assert report(1)["why"] == "replaced"
        assert watching.record_of(guest, recording).watched == []
        assert report(2) == {"stopped": False}
        assert watching.record_of(guest, recording).watched == [[0, 200]]


class TestDownload:
    @pytest.fixture
    def allowed(self, recording):
        change(recording, allows_download=True)

    def downloads(self):
        return db.session.scalars(db.select(Viewing.downloads)).one()

    def test_there_is_none_until_the_owner_allows_it(self, fetch):
        for method, headers in ALL_OF_IT:
            refused = fetch("download", method, **headers)
            assert (refused.status_code, refused.data) == (404, b"")
        assert self.downloads() == 0

    def test_is_the_best_quality_under_the_recordings_name(self, allowed, fetch):
        answer = fetch("download")

        assert answer.data == FILM
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="Meadow Morning 1.mp4"')
        assert answer.headers["Cache-Control"] == "private, no-store"

    def test_is_counted_and_on_the_trail_as_it_begins(self, allowed, fetch, guest):
        fetch("download", "HEAD")
        assert self.downloads() == 0

        fetch("download")
        fetch("download", Range=f"bytes=5000-{len(FILM)}")  # the rest of one that was cut off
        assert self.downloads() == 1

        fetch("download", Range="bytes=0-")
        assert self.downloads() == 2
        trail = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "viewing:downloaded")).all()
        assert [(entry.actor_id, entry.facts["size_bytes"]) for entry in trail] == [(guest.id, len(FILM))] * 2

    def test_cannot_be_had_uncounted_by_beginning_in_the_middle(self, allowed, fetch):
        fetch("download", Range="bytes=1-")

        assert self.downloads() == 1

    def test_ends_with_the_switch_and_with_the_right(self, allowed, fetch, recording, guest):
        assert fetch("download").status_code == 200
        change(recording, allows_download=False)
        assert fetch("download").status_code == 404
        change(recording, allows_download=True, is_published=False)
        assert fetch("download").status_code == 404

    def test_shows_nothing_in_the_player(self, allowed, fetch, guest, recording):
        """What is taken away as a file has not been watched here."""
        fetch("download")

        record = watching.record_of(guest, recording)
        assert record is None or record.served == []


@pytest.mark.parametrize(
    "ending",
    [{"is_published": False}, {"closes_at": NOW - timedelta(seconds=1)}, {"binned_at": NOW}, {"state": "processing"}],
    ids=lambda ending: next(iter(ending)),
)
def test_every_address_ends_with_the_right(fetch, recording, ending):
    change(recording, allows_download=True)
    for address in addresses(recording):
        assert fetch(address).status_code == 200, address

    change(db.session.get_one(VideoSession, recording.id), **ending)

    for address in addresses(recording):
        for method, headers in ALL_OF_IT:
            refused = fetch(address, method, **headers)
            assert (refused.status_code, refused.data) == (404, b""), address
            assert refused.headers.get("Content-Length", "0") == "0", address
