"""What is said in a recording, as a page: for who uses no scripts, and for reading or printing it in one piece."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics import words
from portal.basics.clock import now
from portal.basics.languages import Language
from portal.basics.subtitles import Cue
from portal.domain import access as who_may
from portal.domain import captions, media_rights
from portal.domain.access import Found
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.guest import refused
from portal.web.identity import current_sign_in, signed_in_user
from portal.web.template_tools import Link

bp = Blueprint("transcript", __name__)
_LINES_A_PAGE = 500
_LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Piece:
    """A piece of a line, and whether it is what was looked for."""

    words: str
    found: bool


@dataclass(frozen=True)
class Line:
    """One caption: where it begins in seconds, where that leads, and its words in pieces."""

    seconds: float
    url: str
    pieces: list[Piece]


@dataclass(frozen=True)
class TextPage:
    """Which of the lines are shown: "1 to 500 of 1,204", and the addresses of the neighbours; None at that end."""

    summary: str
    earlier: str | None
    later: str | None


@bp.get("/watch/<key>/transcript")
@access(Access.SIGNED_IN)
def show(key: str) -> str | tuple[str, int] | Response:
    viewer, sign_in, at = signed_in_user(), current_sign_in(), now()
    found = who_may.find(viewer, key, at=at, sign_in=sign_in)
    if not found.decision.allowed:
        return refused.page(found, viewer, sign_in=sign_in, at=at)
    tracks = captions.with_words(found.video_session) if _may_read(found) else []
    if not tracks or not _takes_the_view(found, at):
        return redirect(url_for("guest.watch.show", key=key), 303)
    tags = [track.language.tag for track in tracks]
    # the language that is asked for, else one that the browser says its owner reads
    wanted = (request.args.get("language"), request.accept_languages.best_match(tags), tags[0])
    here = tracks[tags.index(next(tag for tag in wanted if tag in tags))]
    typed = " ".join(request.args.get("words", "").replace("\0", "").split())[:_LONGEST_SEARCH]
    lines = _matching(here.cues, words.sought(typed))
    number = min(_asked_page(), max(1, -(-len(lines) // _LINES_A_PAGE)))
    shown = lines[(number - 1) * _LINES_A_PAGE : number * _LINES_A_PAGE]
    return render_template(
        "guest/watch/transcript.html",
        found=found,
        language=here.language,
        languages=_languages(key, [track.language for track in tracks], here.language, typed),
        typed=typed,
        number=len(lines),
        lines=[_line(key, cue, words.sought(typed)) for cue in shown],
        page=_page(key, here.language, typed, number, len(lines)),
    )


def _may_read(found: Found) -> bool:
    """What is said is the recording's own: as with the picture, reading it takes a view first."""
    right = found.decision.right
    return found.decision.sitting is not None or (right is not None and not right.is_counted)


def _takes_the_view(found: Found, at: datetime) -> bool:
    """Whoever has read it has had something of the recording: the start is not given back any more."""
    sitting = found.decision.sitting
    if sitting is None or sitting.delivered_at is not None or request.method == "HEAD":
        return True
    with transaction():
        return media_rights.note_first(sitting.id, at=at)


def _matching(cues: list[Cue], wanted: tuple[str, ...]) -> list[Cue]:
    return [cue for cue in cues if words.all_begin_in(wanted, cue.words)] if wanted else cues


def _line(key: str, cue: Cue, wanted: tuple[str, ...]) -> Line:
    seconds = cue.begin / 1000
    return Line(seconds, url_for("guest.watch.show", key=key, at=f"{seconds:g}"), _pieces(cue.words, wanted))


def _pieces(text: str, wanted: tuple[str, ...]) -> list[Piece]:
    pieces, done = [], 0
    for begin, end in words.places_in(wanted, text):
        pieces += [Piece(text[done:begin], found=False), Piece(text[begin:end], found=True)]
        done = end
    return [piece for piece in [*pieces, Piece(text[done:], found=False)] if piece.words]


def _languages(key: str, all_of_them: list[Language], here: Language, typed: str) -> list[Link]:
    """Links to the same page in each language; none where there is one alone."""
    if len(all_of_them) < 2:
        return []
    return [Link(one.own_name, _address(key, one, typed), one == here) for one in all_of_them]


def _page(key: str, language: Language, typed: str, number: int, count: int) -> TextPage:
    first, last = (number - 1) * _LINES_A_PAGE + 1, min(count, number * _LINES_A_PAGE)
    return TextPage(
        summary=f"{first:,} to {last:,} of {count:,}",
        earlier=_address(key, language, typed, number - 1) if number > 1 else None,
        later=_address(key, language, typed, number + 1) if last < count else None,
    )


def _address(key: str, language: Language, typed: str, number: int = 1) -> str:
    more: dict[str, Any] = {"words": typed} if typed else {}
    if number > 1:
        more["page"] = str(number)
    return url_for(".show", key=key, language=language.tag, **more)


def _asked_page() -> int:
    text = request.args.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
