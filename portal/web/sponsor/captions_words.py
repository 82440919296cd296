"""What is said of captions and chapters that were saved."""

from collections.abc import Sequence

from portal.basics.subtitles import LeftOut
from portal.domain.captions import Added

_LINES_NAMED = 10
_REASONS_NAMED = 4


def added(it: Added) -> str:
    """How many captions were taken, and which were not, as the title and the lines of a notice."""
    return "\n".join([_taken(it), *filter(None, [_left_out(it.left_out), _after_the_end(it)])])


def chapters_saved(number: int) -> str:
    if number == 0:
        return "It has no chapters now"
    return "1 chapter is saved" if number == 1 else f"{number} chapters are saved"


def _taken(it: Added) -> str:
    number = "1 caption" if it.captions == 1 else f"{it.captions:,} captions"
    verb = "is" if it.captions == 1 else "are"
    again = ", in the place of the older ones" if it.replaced else ""
    return f"{number} in {it.language.name} {verb} kept{again}"


def _left_out(faults: Sequence[LeftOut]) -> str:
    if not faults:
        return ""
    lines_by_reason: dict[str, list[int]] = {}
    for fault in faults:
        lines_by_reason.setdefault(fault.why, []).append(fault.line)
    reasons = [f"{_lines(lines)}: {why}" for why, lines in list(lines_by_reason.items())[:_REASONS_NAMED]]
    number = "1 caption was" if len(faults) == 1 else f"{len(faults):,} captions were"
    return f"{number} left out. {'. '.join(reasons)}."


def _lines(lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"Line {lines[0]}"
    named = ", ".join(str(line) for line in lines[:_LINES_NAMED])
    return f"Lines {named}" + (f" and {len(lines) - _LINES_NAMED:,} more" if len(lines) > _LINES_NAMED else "")


def _after_the_end(it: Added) -> str:
    if not it.after_the_end:
        return ""
    number = "1 of them begins" if it.after_the_end == 1 else f"{it.after_the_end:,} of them begin"
    return f"{number} after the recording is over. Is it the file of this recording?"
