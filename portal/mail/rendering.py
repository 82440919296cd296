"""Turns a letter into a subject, a text and an HTML part, each from its own template.

Links are made of the configured base URL and the letter's path, never of a request, whose Host header may be forged.
"""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import escape

from portal.basics import dates
from portal.mail.letters import Letter
from portal.mail.wording import one_line, paragraphs

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LONGEST_SUBJECT = 150  # in characters; titles and names are of any length
BLANK_ADDRESS = "blank-47c1f3a09b@blank-47c1f3a09b.invalid"
BLANK_PATH = "/blank-9d2e60b7c5"
"""Marks that nobody types: of an address and of a path in words that many letters share."""
_WIDTH = 72


@dataclass(frozen=True)
class Rendered:
    """A letter's words: a subject of one line, plain text, and an HTML page that needs nothing from the net."""

    subject: str
    text: str
    html: str


def render(letter: Letter, *, site_name: str, public_url: str) -> Rendered:
    """Write the letter. `public_url` is the configured base URL; ValueError when the letter's path leads elsewhere."""
    unwrapped = _rendered(letter, site_name, public_url)
    return replace(unwrapped, text=_wrapped(unwrapped.text))


def render_alike(letter: Letter, *, site_name: str, public_url: str) -> Rendered:
    """The words that letters to many have in common: `BLANK_ADDRESS` and `BLANK_PATH` stand where each has its own.

    `filled` makes of them what `render` would have written.
    """
    blank: dict[str, Any] = {"to": BLANK_ADDRESS}
    if hasattr(letter, "path"):
        blank["path"] = BLANK_PATH
    return _rendered(replace(letter, **blank), site_name, public_url)


def filled(text: str, html: str, *, to: str, path: str) -> tuple[str, str]:
    """The text and the HTML of one letter, of words by `render_alike`."""
    path = _local(path)
    own_text = text.replace(BLANK_ADDRESS, one_line(to)).replace(BLANK_PATH, path)
    own_html = html.replace(BLANK_ADDRESS, str(escape(one_line(to)))).replace(BLANK_PATH, str(escape(path)))
    return _wrapped(own_text), own_html


def _rendered(letter: Letter, site_name: str, public_url: str) -> Rendered:
    words = _words(letter, site_name, public_url)
    folder = f"email/{letter.kind}"
    return Rendered(
        subject=_shortened(one_line(_plain.get_template(f"{folder}/subject.txt").render(words))),
        text=_plain.get_template(f"{folder}/body.txt").render(words),
        html=_inliner.inline(_html.get_template(f"{folder}/body.html").render(words)),
    )


def _words(letter: Letter, site_name: str, public_url: str) -> dict[str, Any]:
    words = {field.name: getattr(letter, field.name) for field in fields(letter)}
    words |= {"letter": letter, "site_name": site_name, "public_url": public_url.rstrip("/")}
    if "path" in words:
        words["link"] = words["public_url"] + _local(words["path"])
    return words


def _local(path: str) -> str:
    if not path.startswith("/") or path.startswith("//") or path != "".join(path.split()):
        raise ValueError(f"not a path of this site: {path!r}")
    return path


def _shortened(subject: str) -> str:
    if len(subject) <= LONGEST_SUBJECT:
        return subject
    return subject[: LONGEST_SUBJECT - 1].rstrip() + "…"


def _wrapped(text: str) -> str:
    """Lines of at most 72 characters, at most one blank line in a row; a link stays whole however long it is."""
    return _joined(map(_line, text.strip().splitlines()))


def _line(line: str) -> list[str]:
    """A line of a letter as those it is written in; none when it is blank."""
    indent = line[: len(line) - len(line.lstrip())]
    return [line] if line.startswith(">") else _folded(line, _WIDTH, indent)


def _joined(parts: Iterable[list[str]]) -> str:
    lines: list[str] = []
    for part in parts:
        lines += part or ([""] if lines and lines[-1] else [])
    return "\n".join(lines) + "\n"


def _folded(line: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


class _Typed(str):
    """Text that may have several lines."""

    __slots__ = ()


def _plain_words(value: object) -> object:
    """Names and titles cannot add a line or a control character; what went through `quoted`, or is HTML, stays."""
    return one_line(value) if type(value) is str else value


def _quoted(text: str) -> _Typed:
    """Someone's own words, each line marked as theirs."""
    blocks = ([part for line in block for part in _folded(line, _WIDTH - 2)] for block in paragraphs(text))
    return _Typed("\n>\n".join("\n".join(f"> {line}" for line in block) for block in blocks))


@pass_context
def _long_date(context: Context, at: datetime) -> str:
    return dates.long_date(at, context["zone"])


@pass_context
def _day_date(context: Context, at: datetime) -> str:
    return dates.day_date(at, context["zone"])


_FILTERS = {
    "long_date": _long_date,
    "day_date": _day_date,
    "length_words": dates.length_words,
    "paragraphs": paragraphs,
    "quoted": _quoted,
    "one_line": one_line,
}
_plain = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 (plain text: nothing to escape)
    finalize=_plain_words,
    trim_blocks=True,
    lstrip_blocks=True,
)
_html = Environment(
    loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True, finalize=_plain_words
)
for _environment in (_plain, _html):
    _environment.filters |= _FILTERS
_inliner = css_inline.CSSInliner(
    keep_at_rules=True,
    load_remote_stylesheets=False,
    extra_css=(TEMPLATES / "email/_layout/letter.css").read_text(encoding="utf-8"),
)
