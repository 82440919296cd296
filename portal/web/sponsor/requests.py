"""Guests who ask for more: the list, and the answer by one press."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.clock import now
from portal.domain import requests
from portal.domain.requests import Answered, NothingToAnswer
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.models import Answer
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.request_rows import given_words, request_rows

bp = Blueprint("requests", __name__)

_BACK = {"today": "sponsor.today.index"}
_ANSWERED = {
    Answer.TIME: "given more time",
    Answer.VIEWS: "given more views",
    Answer.DECLINED: "declined",
}


@bp.get("/requests")
@access(Access.SPONSOR)
def index() -> str:
    at = now()
    rows = request_rows(requests.waiting_for(signed_in_user(), at=at), at)
    return render_template("sponsor/requests/index.html", rows=rows, is_full=len(rows) >= requests.MOST_SHOWN)


@bp.post("/requests/<key>")
@access(Access.SPONSOR)
def answer(key: str) -> Response:
    by, at = signed_in_user(), now()
    requests.find(key, by, at=at)
    given = _answer(request.form.get("answer", ""))
    if given is None:
        abort(422)
    try:
        with transaction():
            answered = requests.answer(key, given, by=by, at=at)
    except NothingToAnswer as fault:
        flash(str(fault), "info")
    else:
        flash(_words(answered, is_own=answered.by is not None and answered.by.id == by.id), _kind(answered))
    return redirect(url_for(_BACK.get(request.form.get("back", ""), ".index")), 303)


def _answer(typed: str) -> Answer | None:
    return Answer(typed) if typed in set(Answer) else None


def _kind(answered: Answered) -> str:
    return "done" if answered.is_new else "info"


def _words(answered: Answered, *, is_own: bool) -> str:
    """What has happened, in a line, and what follows from it in another."""
    guest = answered.waiting.guest.display_name
    if not answered.is_new:
        who = "You have" if is_own else f"{answered.by.display_name if answered.by else 'Somebody'} has"
        return f"{who} {_ANSWERED[answered.answer]} already\nNothing else has changed for {guest}."
    if answered.offer is None or answered.terms is None:
        return f"You have declined\nWe write to {guest}, and a reply comes to you."
    given = given_words(answered.offer, "more ")
    title = f"{guest} has {given}" if given else f"{guest} may begin now"
    until = answered.terms.ends_at
    end = f"until {dates.long_date(until, tools().settings.time_zone)}" if until else "without an end"
    return f"{title}\nThey may watch “{answered.waiting.video_session.title}” {end}. We write to them."
