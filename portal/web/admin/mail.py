"""Outgoing mail for admins: what waits, went out or came back; letters can be read only where no mail server is set."""

import re
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectChoice, SelectField, StringField  # type: ignore[attr-defined]  # missing in its stubs

from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.domain import links, outbox
from portal.domain.outbox import MailWanted
from portal.mail.reading import KeptLetter
from portal.storage.db import transaction
from portal.storage.models import EmailState
from portal.web.access import Access, access
from portal.web.identity import safe_next, signed_in_user
from portal.web.lists import asked_place, page_links

bp = Blueprint("mail", __name__)

TAGS = {
    EmailState.WAITING: ("time", "clock"),
    EmailState.SENT: ("done", "check"),
    EmailState.FAILED: ("stop", "stop"),
    EmailState.KEPT_BACK: ("plain", "cross"),
}
STATES = {
    EmailState.WAITING: "Waiting",
    EmailState.SENT: "Sent",
    EmailState.FAILED: "Came back",
    EmailState.KEPT_BACK: "Kept back",
}
KINDS = {
    "invitation": "Invitation",
    "staff_invitation": "Invitation of a sponsor or admin",
    "set_up_code": "Code for setting up",
    "shared_with_you": "What is newly shared",
    "guest_set_up": "A guest has set up the account",
    "invitation_refused": "An invitation came back",
    "password_reset": "Link to a new password",
    "new_way_in": "A new way in after a reset",
    "password_changed": "A password was changed",
    "access_asked": "A guest asks for more",
    "access_given": "A sponsor gave more",
    "access_declined": "A sponsor declined to give more",
    "event_closed": "An event has closed",
    "event_reminder": "Reminder of an event",
    "event_thanks": "Thank-you after an event",
    "ending_soon": "Access ends soon",
    "guests_ending_soon": "Guests whose access ends soon",
}
"""What each kind of letter is about."""
# A letter is ours, but the words in it are anybody's: it may show its styles and nothing else, not even as this site.
_LETTER_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_UP_TO_SPACE = re.compile(r"\S*")


@dataclass(frozen=True)
class Bit:
    """A few words of a letter's text, or a link of this portal in it."""

    words: str
    path: str = ""


class FilterForm(FlaskForm):
    """Sent by GET: what is asked for stands in the address."""

    class Meta:
        csrf = False

    address = StringField("To (mail address)")
    state = SelectField(
        "State", choices=[SelectChoice("", "All letters"), *(SelectChoice(s.value, STATES[s]) for s in EmailState)]
    )

    def wanted(self) -> MailWanted:
        """What is asked for; a state that does not exist asks for nothing."""
        state = EmailState(self.state.data) if self.state.data in set(EmailState) else None
        return MailWanted(state, (self.address.data or "").strip()[:254])


@bp.get("/admin/mail")
@access(Access.ADMIN)
def index() -> str:
    form = FilterForm(request.args)
    wanted = form.wanted()
    page = outbox.listed(wanted, asked_place())
    return render_template(
        "admin/mail/index.html",
        form=form,
        is_filtered=wanted != MailWanted(),
        letters=page.rows,
        pages=page_links(page),
        waiting=outbox.long_waiting(at=now()),
        goes_to_folder=outbox.goes_to_folder(),
        tags=TAGS,
        states=STATES,
        kinds=KINDS,
    )


@bp.get("/admin/mail/<int(max=9223372036854775807):email_id>")
@access(Access.ADMIN)
def show(email_id: int) -> str:
    facts = outbox.find(email_id)
    kept = outbox.read(facts.email)
    return render_template(
        "admin/mail/show.html",
        email=facts.email,
        to=facts.to,
        kept=kept,
        bits=_bits(kept) if kept else [],
        goes_to_folder=outbox.goes_to_folder(),
        tag=TAGS[facts.email.state],
        state=STATES[facts.email.state],
    )


@bp.get("/admin/mail/<int(max=9223372036854775807):email_id>/html")
@access(Access.ADMIN, bytes_only=True)
def html(email_id: int) -> Response:
    kept = outbox.read(outbox.find(email_id).email)
    if kept is None or not kept.html:
        raise NotFound("There is no such letter to read")
    headers = {
        "Content-Security-Policy": _LETTER_POLICY,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Response(kept.html, mimetype="text/html", headers=headers)


@bp.post("/admin/mail/<int(max=9223372036854775807):email_id>/try")
@access(Access.ADMIN)
def try_now(email_id: int) -> BaseResponse:
    with transaction():
        moved = outbox.try_now(outbox.find(email_id).email, by=signed_in_user(), at=now())
    if moved:
        flash("The letter is tried now\nOpen this page again in a moment to see how it went.", "done")
    else:
        flash("This letter does not wait, or is on its way at this moment", "info")
    return redirect(url_for(".show", email_id=email_id), 303)


def _bits(kept: KeptLetter) -> list[Bit]:
    """The text with the portal's own links to press."""
    own = links.absolute("/")
    bits: list[Bit] = []
    for line in kept.text.splitlines(keepends=True):
        words, found, rest = line.partition(own)
        if not found:
            bits.append(Bit(line))
            continue
        path = "/" + _UP_TO_SPACE.match(rest)[0]  # type: ignore[index]  # it matches nothing, too
        leads_home = safe_next(path, "")  # a sponsor's note may hold “…portal.example//evil.example”
        bits += [Bit(words), Bit(own + path[1:], leads_home), Bit(rest[len(path) - 1 :])]
    return bits
