from dataclasses import replace
from typing import Any

import pytest

from portal.storage.media_tools import Plan, Probe, Trim, plan
from portal.storage.media_tools.containers import MP4

FITTING = Probe(
    container=MP4,
    duration=60,
    video_index=0,
    video_codec="h264",
    video_profile="High",
    video_duration=60,
    width=1920,
    height=1080,
    pixel_format="yuv420p",
    frames_per_second=25,
    interlaced=False,
    rotation=0,
    audio_index=1,
    audio_codec="aac",
    audio_channels=2,
    audio_profile="LC",
    audio_rate=48_000,
    pixel_aspect=1,
    bits_per_second=5_000_000,
    video_start=0,
    audio_start=0,
    starts_hidden=False,
)
SOUND_ALONE = replace(FITTING, video_index=None, video_codec="", width=0, height=0, video_duration=None)


def _plan(trim: Trim | None = None, **found: Any) -> Plan:
    return plan(replace(FITTING, **found), trim)


class TestRungs:
    @pytest.mark.parametrize(
        ("width", "height", "rungs"),
        [
            (1920, 1080, ["1080p 1920x1080", "720p 1280x720", "360p 640x360"]),
            (1920, 1088, ["1080p 1920x1088", "720p 1270x720", "360p 636x360"]),
            (1280, 720, ["720p 1280x720", "360p 640x360"]),
            (854, 480, ["480p 854x480", "360p 640x360"]),
            (640, 360, ["360p 640x360"]),
            (320, 180, ["180p 320x180"]),
            (1920, 804, ["1080p 1920x804", "720p 1280x536", "360p 640x268"]),
            (1440, 900, ["900p 1440x900", "720p 1152x720", "360p 576x360"]),
            (1024, 768, ["768p 1024x768", "360p 480x360"]),
            (1080, 1920, ["1080p 1080x1920", "720p 720x1280", "360p 360x640"]),
        ],
    )
    def test_are_never_larger_than_the_source(self, width: int, height: int, rungs: list[str]):
        made = _plan(width=width, height=height).rungs

        assert [f"{rung.name} {rung.width}x{rung.height}" for rung in made] == rungs

    @pytest.mark.parametrize(
        ("found", "best"),
        [
            ({"width": 3840, "height": 2160}, "1080p 1920x1080"),
            ({"width": 8192, "height": 16}, "1080p 1920x4"),
            ({"width": 1920, "height": 1080, "rotation": 90}, "1080p 1080x1920"),
            ({"width": 321, "height": 181, "pixel_format": "yuv444p"}, "181p 320x180"),
            ({"width": 720, "height": 576, "pixel_aspect": 64 / 45}, "576p 1024x576"),
            ({"width": 576, "height": 720, "pixel_aspect": 45 / 64, "rotation": 90}, "405p 720x404"),
        ],
    )
    def test_stand_upright_in_square_pixels_and_at_most_1080_lines(self, found: dict[str, Any], best: str):
        rung = _plan(**found).best

        assert f"{rung.name} {rung.width}x{rung.height}" == best

    def test_of_sound_alone_are_one(self):
        made = plan(SOUND_ALONE)

        assert [(rung.name, rung.width, rung.height) for rung in made.rungs] == [("audio", 0, 0)]


class TestFits:
    def test_h264_with_aac(self):
        assert _plan().fits

    @pytest.mark.parametrize(
        "found",
        [
            {"video_codec": "hevc"},
            {"pixel_format": "yuv420p10le"},
            {"video_profile": "High 10"},
            {"interlaced": True},
            {"rotation": 90.0},
            {"pixel_aspect": 1.42},
            {"width": 2560, "height": 1440},
            {"bits_per_second": 50_000_000},
            {"starts_hidden": True},
            {"video_start": 0.5},
        ],
    )
    def test_no_other_picture(self, found: dict[str, Any]):
        assert not _plan(**found).fits

    def test_a_picture_whose_sound_has_to_be_coded(self):
        assert _plan(audio_codec="pcm_s16le").fits
        assert _plan(audio_start=0.5).fits

    def test_sound_alone_in_aac(self):
        assert plan(SOUND_ALONE).fits
        assert not plan(replace(SOUND_ALONE, audio_codec="opus")).fits
        assert not plan(replace(SOUND_ALONE, audio_profile="HE-AAC")).fits
        assert not plan(replace(SOUND_ALONE, audio_channels=6)).fits

    def test_what_is_cut_at_its_end_but_not_at_its_begin(self):
        assert _plan(Trim(end=30)).fits
        assert not _plan(Trim(start=1)).fits


class TestLength:
    def test_is_what_the_trim_leaves(self):
        assert _plan(Trim(start=10, end=25)).length == 15
        assert _plan(Trim(start=10)).length == 50
        assert _plan(Trim(end=90)).length == 60

    def test_of_the_picture_may_be_another(self):
        assert _plan(Trim(start=10, end=50), video_duration=40).picture_length == 30
        assert _plan(Trim(start=50), video_duration=40).picture_length == 0
        assert plan(SOUND_ALONE).picture_length is None
