"""The way in: what a mailed link shows, the set-up code, the first password (product.md, The way in)."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from portal.basics import addresses, dates
from portal.basics.clock import now
from portal.basics.devices import device_words
from portal.basics.errors import Busy, Conflict
from portal.domain import invitations, policies, sign_ins, throttle
from portal.domain.invitations import FoundInvitation, MailedCode, NotYet, RightCode, Standing, WrongCode
from portal.domain.throttle import Door
from portal.domain.work import tools
from portal.mail.wording import views_words
from portal.storage.db import transaction
from portal.storage.models import User
from portal.web.access import Access, access
from portal.web.account.invitation_forms import AccountForm, CodeForm
from portal.web.identity import client_network, forget, present, remember
from portal.web.known_devices import remember_device
from portal.web.zones import reading_zone

bp = Blueprint("invitations", __name__)

_TOKEN, _PROOF = "invitation", "invitation_proof"
_LONGEST_TOKEN = 100
_Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@bp.get("/invitations/<token>")
@access(Access.PUBLIC, before_policy=True)
def open_link(token: str) -> Response:
    """Take the token out of the address bar into this browser's cookie. Nothing else happens, whoever opens it."""
    token = token[:_LONGEST_TOKEN]
    if session.get(_TOKEN) != token:
        session.pop(_PROOF, None)
        session[_TOKEN] = token
    answer = redirect(url_for(".show"), 303)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@bp.get("/invitation")
@access(Access.PUBLIC, before_policy=True)
def show() -> _Answer:
    """What is shared and by whom; or why the link leads nowhere, and what to do."""
    at, here = now(), present()
    found = _found(at)
    if found is None:
        return render_template("account/invitations/unknown.html"), 404
    if here is not None and here.user.id == found.user.id:
        return redirect(invitations.landing(here.user, at=at), 303)
    if here is not None:
        return render_template("account/invitations/someone_else.html", found=found)
    if found.standing is not Standing.OPEN:
        return render_template("account/invitations/dead_end.html", found=found, masked=_masked(found)), 410
    return _invitation_page(found, at)


@bp.post("/invitation/sign-out")
@access(Access.PUBLIC, before_policy=True)
def sign_out() -> Response:
    """Signed in as someone else: end that and go on with the invitation."""
    here, token = present(), _token()
    if here is not None:
        with transaction():
            sign_ins.end(here.sign_in, by=here.user, because="signed-out", at=now())
        forget()
        session[_TOKEN] = token
    return redirect(url_for(".show"), 303)


@bp.post("/invitation/again")
@access(Access.PUBLIC, before_policy=True)
def mail_again() -> Response:
    """The link has expired: mail a fresh one to the same address and to no other."""
    with transaction():
        invitations.mail_again_from(_token(), at=now())
    return redirect(url_for(".show"), 303)


@bp.post("/invitation/code")
@access(Access.PUBLIC, before_policy=True)
def mail_code() -> _Answer:
    at = now()
    found = _open(at)
    with transaction():
        mailed = invitations.mail_code(found, at=at)
    match mailed:
        case MailedCode():
            return redirect(url_for(".show_code"), 303)
        case NotYet(next_at=next_at):
            notice = f"The next code can be mailed at {_clock(next_at)}"
            page = _code_page(_open(at), CodeForm(formdata=None), at, notice=notice)
            return page, 429, {"Retry-After": _seconds_to(next_at, at)}
        case None:
            return redirect(url_for(".show"), 303)


@bp.get("/invitation/code")
@access(Access.PUBLIC, before_policy=True)
def show_code() -> _Answer:
    at = now()
    found = _open(at)
    if not tools().settings.invitation_code or found.invitation.code_ends_at is None:
        return redirect(url_for(".show"), 303)
    return _code_page(found, CodeForm(), at)


@bp.post("/invitation/code/check")
@access(Access.PUBLIC, before_policy=True)
def check_code() -> _Answer:
    at = now()
    found = _open(at)
    form = CodeForm()
    if not form.validate():
        return _code_page(found, form, at), 422
    with transaction():
        wait = throttle.take(Door.SET_UP_CODE, account=found.user.address, network=client_network(), at=at)
    if wait is not None:
        form.code.errors = [f"Too many tries. Go on at {_clock(wait.until)}."]
        return _code_page(found, form, at), 429, {"Retry-After": str(wait.seconds(at))}
    with transaction():
        outcome = invitations.check_code(found, form.digits, at=at)
        if isinstance(outcome, RightCode):
            throttle.forgive(Door.SET_UP_CODE, account=found.user.address, network=client_network())
    if isinstance(outcome, RightCode):
        session[_PROOF] = outcome.proof
        return redirect(url_for(".show_account"), 303)
    left = outcome.tries_left if isinstance(outcome, WrongCode) else 0
    if left:
        tries = "1 try" if left == 1 else f"{left} tries"
        form.code.errors = [f"These are not the six digits we mailed last. You have {tries} left."]
    return _code_page(_open(at), form, at), 422


@bp.get("/invitation/account")
@access(Access.PUBLIC, before_policy=True)
def show_account() -> _Answer:
    at = now()
    found = _proven(at)
    return _account_page(found, _account_form(found, name=found.user.name))


@bp.post("/invitation/account")
@access(Access.PUBLIC, before_policy=True)
def claim() -> _Answer:
    at = now()
    found = _proven(at)  # also keeps whoever has no proof from making us hash
    form = _account_form(found)
    if not form.validate():
        return _account_page(found, form), 422
    try:
        hashed = tools().hasher.hash(form.password.data or "")
    except Busy as busy:
        form.form_errors.append(str(busy))
        return _account_page(found, form), 429, {"Retry-After": str(busy.retry_after)}
    try:
        with transaction():
            user = invitations.claim(
                _token(),
                session.get(_PROOF),
                name=form.name.data or "",
                password_hash=hashed,
                policy_version=int(form.policy_version.data or 0),
                at=at,
            )
            sign_in = _sign_in(user, at) if user else None
    except Conflict as conflict:
        form.form_errors.append(str(conflict))
        form.accepted.data = False
        return _account_page(found, form), 409
    if user is None or sign_in is None:
        return redirect(url_for(".show"), 303)
    remember(sign_in)
    remember_device(user.address)
    return redirect(invitations.landing(user, at=at), 303)


def _sign_in(user: User, at: datetime) -> str:
    device = device_words(request.user_agent.string)
    return sign_ins.start(user, network=client_network(), device=device, at=at)


def _token() -> str:
    token = session.get(_TOKEN)
    return token if isinstance(token, str) else ""


def _found(at: datetime) -> FoundInvitation | None:
    token = _token()
    return invitations.find(token, at) if token else None


def _open(at: datetime) -> FoundInvitation:
    """The open invitation of this browser; else on to the page that says what is wrong."""
    found = None if present() else _found(at)
    if found is None or found.standing is not Standing.OPEN:
        abort(redirect(url_for(".show"), 303))
    return found


def _proven(at: datetime) -> FoundInvitation:
    """The same, once this browser has given the code; else back to where a code is asked for."""
    found = _open(at)
    if not invitations.holds_proof(found.invitation, session.get(_PROOF), at=at):
        if session.pop(_PROOF, None):
            flash("The code has to be checked again\nIt counts for half an hour, in one browser.", "time")
        abort(redirect(url_for(".show"), 303))
    return found


def _invitation_page(found: FoundInvitation, at: datetime) -> str:
    givers = sorted({thing.from_name for thing in found.things} - {found.sender_name})
    return render_template(
        "account/invitations/show.html",
        found=found,
        masked=_masked(found),
        shared=invitations.words_for(found.things),
        told=_terms_for_all(found, at),
        givers=givers,
        sharers=" and ".join([found.sender_name, *(givers if len(givers) < 2 else ["others"])]),
        asks_code=tools().settings.invitation_code,
        note_day=dates.day_date(found.invitation.created_at, reading_zone()),
    )


@dataclass(frozen=True)
class SharedTerms:
    """The terms of all that is shared, where they are the same for all; what differs is told with each thing."""

    one_begin: bool
    begins_at: datetime | None
    one_end: bool
    ends_at: datetime | None
    until_note: str
    one_number: bool
    views: int | None
    views_words: str
    is_counted: bool


def _terms_for_all(found: FoundInvitation, at: datetime) -> SharedTerms:
    begins = {thing.begins_at for thing in found.things}
    ends = {thing.ends_at for thing in found.things}
    numbers = {thing.views for thing in found.things}
    views = next(iter(numbers), None)
    each = len(found.things) > 1 or any(thing.kind != "recording" for thing in found.things)
    return SharedTerms(
        one_begin=len(begins) <= 1,
        begins_at=next(iter(begins), None),
        one_end=len(ends) <= 1,
        ends_at=next(iter(ends), None),
        until_note=_days_ahead(next(iter(ends), None), at),
        one_number=len(numbers) <= 1,
        views=views,
        views_words=views_words(views, each=each),
        is_counted=numbers != {None},
    )


def _code_page(found: FoundInvitation, form: CodeForm, at: datetime, notice: str = "") -> str:
    invitation = found.invitation
    ends_at = invitation.code_ends_at or at
    return render_template(
        "account/invitations/code.html",
        form=form,
        masked=_masked(found),
        is_live=invitation.code_hash is not None and ends_at > at and invitation.code_tries_left > 0,
        is_used_up=ends_at > at and invitation.code_tries_left == 0,
        mailed_words=_clock(ends_at - invitations.CODE_LIFE),
        until_words=_clock(ends_at),
        mails_from=tools().settings.mail_default_sender,
        notice_words=notice,
    )


def _account_form(found: FoundInvitation, **given: Any) -> AccountForm:
    policy = policies.current()
    about = [found.user.address, tools().settings.site_name, found.sender_name]
    return AccountForm(about=about, version=policy.version, data=given)


def _account_page(found: FoundInvitation, form: AccountForm) -> str:
    policy = policies.current()
    form.policy_version.data = str(policy.version)
    return render_template(
        "account/invitations/account.html",
        form=form,
        found=found,
        policy_lines=policies.summary_lines(policy),
        policy_day=dates.day_date(policy.published_at, reading_zone()),
        policy_minutes=policies.reading_minutes(policy),
        asks_code=tools().settings.invitation_code,
        shared=_shared_briefly(found),
    )


def _shared_briefly(found: FoundInvitation) -> str:
    kinds = [thing.kind for thing in found.things]
    if not kinds or set(kinds) != {"recording"}:
        return "see what is shared" if kinds else "go in"
    return "see the recording" if len(kinds) == 1 else "see the recordings"


def _masked(found: FoundInvitation) -> str:
    return addresses.masked(found.user.address)


def _clock(at: datetime) -> str:
    return f"{dates.in_zone(at, reading_zone()):%H:%M}"


def _days_ahead(at: datetime | None, today: datetime) -> str:
    if at is None:
        return ""
    zone = reading_zone()
    days = (dates.in_zone(at, zone).date() - dates.in_zone(today, zone).date()).days
    return f"{days} days from today" if days > 1 else dates.until_words(at, zone, today)


def _seconds_to(then: datetime, at: datetime) -> str:
    return str(max(1, ceil((then - at).total_seconds())))
