"""What players read: the words of RFC 8216 and of WebVTT, with addresses that tell nobody's key."""

from typing import Any

from portal.domain import playlists
from portal.domain.media_rights import Quality, Sheet


def a_quality(name: str, height: int | None, **given: Any) -> Quality:
    width = height * 16 // 9 if height else None
    shape = {"width": width, "height": height, "bit_rate": 1_000_000, "codecs": "avc1.64001f,mp4a.40.2"}
    facts: dict[str, Any] = shape | {"media_file_id": 1, "size_bytes": 9, "has_index": True} | given
    return Quality(name=name, **facts)


def test_the_master_lists_the_qualities_the_lowest_first():
    best, low = a_quality("720p", 720, bit_rate=2_500_000), a_quality("360p", 360)

    assert playlists.master([best, low]).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-STREAM-INF:BANDWIDTH=1000000,RESOLUTION=640x360,CODECS="avc1.64001f,mp4a.40.2"',
        "360p.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=2500000,RESOLUTION=1280x720,CODECS="avc1.64001f,mp4a.40.2"',
        "720p.m3u8",
    ]


def test_sound_alone_has_no_resolution():
    sound = a_quality("audio", None, codecs="mp4a.40.2", bit_rate=128_000)

    assert '#EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS="mp4a.40.2"' in playlists.master([sound]).splitlines()


def test_a_film_without_an_index_is_in_no_playlist():
    assert playlists.master([a_quality("film", None, has_index=False)]) is None
    assert playlists.master([]) is None


def test_what_could_break_a_line_is_never_written():
    words = playlists.master([a_quality("720p", 720, codecs='avc1"\n#EXT-X-KEY:URI="//x"'), a_quality("a\nb", 360)])

    assert "EXT-X-KEY" not in words
    assert "a\nb" not in words
    assert "CODECS" not in words


def test_a_storyboard_names_a_place_on_a_sheet_for_as_long_as_it_stands_for():
    sheets = [
        Sheet("0", {"every": 10, "columns": 2, "tile": [160, 90], "first": 0, "count": 3}),
        Sheet("1", {"every": 10, "columns": 2, "tile": [160, 90], "first": 3, "count": 2}),
    ]

    assert playlists.storyboard(43.5, sheets).splitlines() == [
        "WEBVTT",
        "",
        "00:00:00.000 --> 00:00:10.000",
        "storyboard-0.jpg#xywh=0,0,160,90",
        "",
        "00:00:10.000 --> 00:00:20.000",
        "storyboard-0.jpg#xywh=160,0,160,90",
        "",
        "00:00:20.000 --> 00:00:30.000",
        "storyboard-0.jpg#xywh=0,90,160,90",
        "",
        "00:00:30.000 --> 00:00:40.000",
        "storyboard-1.jpg#xywh=0,0,160,90",
        "",
        "00:00:40.000 --> 00:00:43.500",
        "storyboard-1.jpg#xywh=160,0,160,90",
        "",
    ]
