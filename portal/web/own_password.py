"""Asking for the own password once more, before something that cannot be taken back (security.md, Passwords)."""

from datetime import datetime

from wtforms import PasswordField

from portal.basics.errors import Busy
from portal.domain import passwords
from portal.storage.db import transaction
from portal.storage.models import User
from portal.web.identity import client_network
from portal.web.waits import go_on_at, retry_after

LABEL = "Your password"


def refusal(field: PasswordField, user: User, *, at: datetime) -> tuple[int, dict[str, str]] | None:
    """None when the field holds this person's password; else status and headers, and the reason stands in the field.

    Tries are counted with those on the page that changes it: a browser left open is no way to guess it. Hashes, so it
    is not called inside a transaction; whoever then does what was asked calls `passwords.forgive_tries`.
    """
    if not field.data:
        field.errors = ["Enter your own password"]
        return 422, {}
    with transaction():
        wait = passwords.begin_change(user, network=client_network(), at=at)
    if wait is not None:
        field.errors = [f"Too many tries. Go on at {go_on_at(wait, at)}."]
        return 429, retry_after(wait, at)
    try:
        is_right = passwords.is_current(user, field.data)
    except Busy as busy:
        with transaction():
            passwords.give_back_try(user, network=client_network())
        field.errors = [str(busy)]
        return 429, {"Retry-After": str(busy.retry_after)}
    if not is_right:
        field.errors = ["This is not your password."]
        return 422, {}
    return None
