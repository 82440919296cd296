"""Routes, forms, pages. Each module owns its Blueprint; here they are listed by audience, and nothing imports back."""

from flask import Blueprint

from portal.web.account import forgotten, invitations, overview, password, policy, reset, sign_in, sign_ins
from portal.web.admin import audit, mail, people, trace_codes
from portal.web.admin import policy as policy_versions
from portal.web.guest import home, media, passwords, players, watch
from portal.web.shared import site
from portal.web.sponsor import folders, grants, guests, new_sessions, seeing_as, today, why
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
    "guest": [home.bp, watch.bp, players.bp, media.bp, passwords.bp],
    "shared": [site.bp],
    "sponsor": [today.bp, new_sessions.bp, folders.bp, sharing.bp, guests.bp, grants.bp, seeing_as.bp, why.bp],
    "admin": [people.bp, mail.bp, policy_versions.bp, audit.bp, trace_codes.bp],
}


def _audience(name: str, modules: list[Blueprint]) -> Blueprint:
    audience = Blueprint(name, __name__)
    for module in modules:
        audience.register_blueprint(module)
    return audience


BLUEPRINTS = [_audience(name, modules) for name, modules in _MODULES.items()]
