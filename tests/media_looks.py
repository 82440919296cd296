"""Looks at finished media files from outside, with tools that are not fenced in."""

import subprocess
from pathlib import Path

from portal.storage.media_tools import Tools


def size_of_picture(tools: Tools, path: Path) -> tuple[int, int]:
    width, height = ffprobe(tools, path, "-show_entries", "stream=width,height").split("|")
    return int(width), int(height)


def ffprobe(tools: Tools, path: Path, *what: str) -> str:
    line: list[str | Path] = [tools.ffprobe, "-v", "error", *what, "-of", "compact=p=0:nk=1", path]
    return subprocess.run(line, check=True, capture_output=True, text=True, timeout=30).stdout.strip()


def key_frames(tools: Tools, path: Path) -> list[float]:
    """When each key frame of the picture is shown, in seconds."""
    what = ("-select_streams", "v", "-show_entries", "packet=pts_time,flags")
    packets = [line.split("|") for line in ffprobe(tools, path, *what).splitlines()]
    return [float(packet[0]) for packet in packets if packet[1].startswith("K")]


def brightness(tools: Tools, path: Path, crop: str = "null") -> float:
    """Mean luma of the first picture, or of what a filter crops of it, 0 to 255."""
    return brightnesses(tools, path, crop)[0]


def brightnesses(tools: Tools, path: Path, crop: str = "null") -> list[float]:
    """Mean luma of each picture, 0 to 255."""
    line: list[str | Path] = [tools.ffmpeg, "-v", "error", "-i", path, "-fps_mode", "passthrough"]
    line += ["-vf", f"{crop},scale=16:16:flags=area,format=gray", "-f", "rawvideo", "-"]
    pixels = subprocess.run(line, check=True, capture_output=True, timeout=30).stdout
    return [sum(pixels[place : place + 256]) / 256 for place in range(0, len(pixels), 256)]


def colour(tools: Tools, path: Path) -> tuple[int, int, int]:
    """Mean red, green and blue of the first picture, 0 to 255."""
    line: list[str | Path] = [tools.ffmpeg, "-v", "error", "-i", path, "-frames:v", "1"]
    line += ["-vf", "format=rgb24,scale=1:1:flags=area", "-f", "rawvideo", "-"]
    red, green, blue = subprocess.run(line, check=True, capture_output=True, timeout=30).stdout[:3]
    return red, green, blue
