"""What is made of a video: which qualities, in which sizes, and whether its own coding can stay."""

from dataclasses import dataclass

from portal.storage.media_tools.probe import Probe

SOUND = "audio"
MOST_LINES = 1080
USUAL_RATES = (44_100, 48_000)
_LOWER_LINES = (720, 360)
_STEP = 0.8  # a lower quality is worth making when it has at most this much of the lines of the best
_MOST_BITS = 20_000_000  # a second; more than that stalls on most lines, and is coded anew
LATE = 0.05  # seconds that picture or sound may begin after the other; players do not all wait longer
_PLAYABLE_PROFILES = frozenset({"Baseline", "Constrained Baseline", "Main", "High"})


@dataclass(frozen=True)
class Trim:
    """Which part of the original is shown, in seconds of the original. None: from its start, to its end."""

    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class Rung:
    """One quality: its name ("720p", or "audio") and its size in pixels, upright; 0 by 0 for sound alone."""

    name: str
    width: int
    height: int


@dataclass(frozen=True)
class Plan:
    """What will be made of one original: `rungs`, the best first.

    `fits`: the best of them may be a copy of what the original holds. Whether it really can be one shows while copying.
    """

    probe: Probe
    trim: Trim
    rungs: tuple[Rung, ...]
    fits: bool

    @property
    def best(self) -> Rung:
        return self.rungs[0]

    @property
    def lowest(self) -> Rung:
        return self.rungs[-1]

    @property
    def start(self) -> float:
        """Where the result begins in the original, in seconds."""
        return self.trim.start or 0.0

    @property
    def length(self) -> float:
        """Of the result, in seconds."""
        return self._end_of(self.probe.duration) - self.start

    @property
    def picture_length(self) -> float | None:
        """How long there is a picture, in seconds; None where the original does not say."""
        whole = self.probe.video_duration
        return None if whole is None else max(0.0, self._end_of(whole) - self.start)

    @property
    def is_trimmed(self) -> bool:
        return self.start > 0 or self._end_of(self.probe.duration) < self.probe.duration

    def _end_of(self, whole: float) -> float:
        return whole if self.trim.end is None else min(whole, self.trim.end)


def plan(probe: Probe, trim: Trim | None = None) -> Plan:
    """Which qualities to make of what was found: never larger than the source, 1080p at most, upright."""
    trim = trim or Trim()
    if not probe.has_picture:
        return Plan(probe, trim, (Rung(SOUND, 0, 0),), fits=not trim.start and copies_sound(probe))
    best = _best_rung(probe)
    lines = _lines(best.width, best.height)
    lower = [_scaled(best, fewer, lines) for fewer in _LOWER_LINES if fewer <= lines * _STEP]
    return Plan(probe, trim, (best, *lower), fits=not trim.start and copies_picture(probe))


def copies_picture(probe: Probe) -> bool:
    """Whether the picture is one that browsers play as it is, in a size worth sending, upright and evenly lit."""
    long, short = max(probe.width, probe.height), min(probe.width, probe.height)
    return (
        probe.video_codec == "h264"
        and probe.pixel_format == "yuv420p"
        and probe.video_profile in _PLAYABLE_PROFILES
        and not probe.interlaced
        and probe.rotation == 0
        and probe.pixels_are_square
        and long <= 1920
        and short <= MOST_LINES + 8  # 1088: some cameras keep whole blocks of 16
        and probe.bits_per_second <= _MOST_BITS
        and not probe.starts_hidden
        and probe.video_start <= LATE
    )


def copies_sound(probe: Probe) -> bool:
    """Whether the sound is what every quality has: AAC-LC, in stereo at most, sampled as on a disc or in a film."""
    is_usual = probe.audio_rate in USUAL_RATES and probe.audio_channels in {1, 2} and probe.audio_start <= LATE
    return probe.audio_codec == "aac" and probe.audio_profile == "LC" and is_usual


def _best_rung(probe: Probe) -> Rung:
    width, height = probe.shown_size
    if not probe.pixels_are_square:
        width = round(width * probe.pixel_aspect) if probe.rotation not in {90, 270} else width
        height = round(height * probe.pixel_aspect) if probe.rotation in {90, 270} else height
    lines = _lines(width, height)
    if lines > MOST_LINES and not copies_picture(probe):
        return _scaled(Rung("", width, height), MOST_LINES, lines)
    even = (width, height) if copies_picture(probe) else (_even(width), _even(height))
    return Rung(_name(min(lines, MOST_LINES)), *even)


def _lines(width: int, height: int) -> int:
    """Lines of the smallest screen of 16 to 9, lying or standing, that holds the picture."""
    long, short = max(width, height), min(width, height)
    return max(short, round(long * 9 / 16), 2)


def _scaled(rung: Rung, lines: int, of_lines: int) -> Rung:
    share = lines / of_lines
    return Rung(_name(lines), _even(rung.width * share), _even(rung.height * share))


def _name(lines: int) -> str:
    return f"{lines}p"


def _even(pixels: float) -> int:
    return max(2, round(pixels / 2) * 2)
