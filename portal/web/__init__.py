"""Routes, forms, pages. Each module owns its Blueprint; here they are listed by audience, and nothing imports back."""

from flask import Blueprint

from portal.web.account import forgotten, invitations, overview, password, policy, reset, sign_in, sign_ins
from portal.web.admin import audit, handing_over, mail, people, roles, trace_codes
from portal.web.admin import policy as policy_versions
from portal.web.admin import sharing as sharing_rules
from portal.web.guest import (
    attachments,
    home,
    media,
    passwords,
    players,
    score_sheets,
    search,
    transcript,
    watch,
)
from portal.web.guest import events as visits
from portal.web.guest import requests as asking
from portal.web.shared import site
from portal.web.sponsor import attachments as papers
from portal.web.sponsor import bin as the_bin
from portal.web.sponsor import (
    captions,
    chosen,
    co_owners,
    event_assignments,
    event_closing,
    event_letters,
    event_report,
    event_sessions,
    event_takings,
    events,
    folders,
    grants,
    guests,
    judging,
    judging_criteria,
    lists,
    new_sessions,
    requests,
    resets,
    seeing_as,
    session_passwords,
    today,
    tus,
    video,
    watching_rules,
    why,
)
from portal.web.sponsor import people as sharing

_MODULES: dict[str, list[Blueprint]] = {
    "account": [
        invitations.bp,
        sign_in.bp,
        forgotten.bp,
        reset.bp,
        password.bp,
        sign_ins.bp,
        overview.bp,
        policy.bp,
    ],
    "guest": [
        home.bp,
        search.bp,
        watch.bp,
        players.bp,
        media.bp,
        passwords.bp,
        asking.bp,
        attachments.bp,
        transcript.bp,
        score_sheets.bp,
        visits.bp,
    ],
    "shared": [site.bp],
    "sponsor": [
        today.bp,
        requests.bp,
        new_sessions.bp,
        tus.bp,
        folders.bp,
        events.bp,
        event_sessions.bp,
        event_closing.bp,
        event_letters.bp,
        event_report.bp,
        judging.bp,
        judging_criteria.bp,
        event_assignments.bp,
        event_takings.bp,
        sharing.bp,
        lists.bp,
        guests.bp,
        grants.bp,
        chosen.bp,
        resets.bp,
        seeing_as.bp,
        why.bp,
        watching_rules.bp,
        video.bp,
        captions.bp,
        papers.bp,
        the_bin.bp,
        session_passwords.bp,
        co_owners.bp,
    ],
    "admin": [
        people.bp,
        roles.bp,
        handing_over.bp,
        mail.bp,
        policy_versions.bp,
        audit.bp,
        trace_codes.bp,
        sharing_rules.bp,
    ],
}


def _audience(name: str, modules: list[Blueprint]) -> Blueprint:
    audience = Blueprint(name, __name__)
    for module in modules:
        audience.register_blueprint(module)
    return audience


BLUEPRINTS = [_audience(name, modules) for name, modules in _MODULES.items()]
