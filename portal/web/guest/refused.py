"""The pages that say no: which limit it is, since or from when, and the way on (product.md, Who may watch; design 05).

Every stop has a sentence and a way on. A recording whose password would let somebody in says nothing but that.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from flask import render_template, url_for
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from portal.basics import dates
from portal.domain import requests, watching
from portal.domain.access import Found, Held, WhyNot
from portal.storage.models import AccessRequest, Answer, SignIn, User
from portal.web.guest import passwords, refused_words
from portal.web.guest.refused_words import on_day
from portal.web.zones import reading_zone


class AskForm(FlaskForm):
    """A line to the one who shares; it may be empty. How long it may be is for `requests.ask` to say."""

    words = TextAreaField("Your words")


@dataclass(frozen=True)
class Limits:
    """The terms, and which of them ran out. `begins` empty: from the moment it was given; `views` None: no limit."""

    begins: str
    begins_note: str
    until: str
    until_note: str
    views: tuple[int, int] | None
    views_words: str
    views_note: str


@dataclass(frozen=True)
class Asked:
    """What became of asking, in place of the form."""

    kind: str
    title: str
    text: str


def page(found: Found, viewer: User, *, sign_in: SignIn, at: datetime, form: AskForm | None = None) -> tuple[str, int]:
    """The page of a session that this person may not play now, and its status. Not for decisions that allow.

    `form`: what was typed to the sponsor and could not be taken.
    """
    match found.decision.why:
        case WhyNot.PASSWORD:
            return passwords.page(found.video_session.key), 200
        case WhyNot.NOT_READY:
            url = url_for("guest.watch.show", key=found.video_session.key)
            return render_template("guest/watch/not_ready.html", found=found, url=url), 200
    return _named(found, viewer, at, form), 422 if form else 403


def _named(found: Found, viewer: User, at: datetime, form: AskForm | None) -> str:
    held, length = found.decision.held, found.video_session.length_seconds
    assert held is not None
    share = watching.share(found.record, length)
    asked = requests.asked(viewer, found.decision, found.video_session)
    return render_template(
        "guest/watch/refused.html",
        found=found,
        words=refused_words.words(found, share, at),
        limits=_limits(found, held, at),
        share=share,
        parts=watching.parts_of(found.record, length),
        form=_ask_form(found, form),
        asked=_asked(asked, found.owner, at) if asked else None,
        write_to=f"mailto:{quote(found.owner.address, safe='@')}?subject={quote(found.face.title)}",
    )


def _ask_form(found: Found, typed: AskForm | None) -> AskForm | None:
    """Where the sponsor could let them in; None where nobody but time or the owner can."""
    why = found.decision.why
    if why is None or not why.is_for_the_sponsor:
        return None
    form = typed or AskForm(formdata=None)
    form.words.label.text = f"A line to {found.owner.display_name}"
    return form


def _limits(found: Found, held: Held, at: datetime) -> Limits:
    grant, why, zone = held.grant, found.decision.why, reading_zone()
    begins = grant.begins_at if grant.begins_at and grant.begins_at > at else None
    over = why is WhyNot.ENDED
    return Limits(
        begins=dates.long_date(begins, zone) if begins else "",
        begins_note=dates.until_words(begins, zone, at) if begins else "",
        until=dates.long_date(grant.ends_at, zone) if grant.ends_at else "No end",
        until_note=_until_note(grant.ends_at, why, at),
        views=None if held.left is None or grant.views_limit is None else (held.left, grant.views_limit),
        views_words="As often as you liked" if over else "As often as you like",
        views_note=_views_note(held, over=over),
    )


def _until_note(ends_at: datetime | None, why: WhyNot | None, at: datetime) -> str:
    zone = reading_zone()
    if ends_at is None:
        return ""
    if why is WhyNot.USED_UP:
        return "The time has not run out; the views have"
    if ends_at <= at:
        return f"ended {dates.ago_words(ends_at, zone, at)}"
    soon = dates.until_words(ends_at, zone, at)
    return f"ends {soon}" if soon else ""


def _views_note(held: Held, *, over: bool) -> str:
    if held.left:
        return "The views have not run out; the time has" if over else ""
    if held.left is None and held.taken:
        return f"You watched it {'once' if held.taken == 1 else f'{held.taken} times'}"
    return ""


def _asked(request: AccessRequest, owner: User, at: datetime) -> Asked:
    if request.answered_at is None:
        text = f"Sent {on_day(request.created_at, at)}. We write to you as soon as there is an answer."
        return Asked("done", f"We have asked {owner.display_name}", text)
    when = f"You asked {on_day(request.created_at, at)}; the answer came {on_day(request.answered_at, at)}."
    if request.answer is Answer.DECLINED:
        return Asked("info", f"{owner.display_name} has said no", when)
    return Asked("done", f"{owner.display_name} has given you more", when)
