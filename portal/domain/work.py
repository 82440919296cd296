"""What the rules work with: settings, hasher, media store, the worker's ear. Set once when the app is made."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from portal.basics.passwords import Hasher
from portal.mail.delivery import Postman
from portal.settings import Settings
from portal.storage.media_store import MediaStore


@dataclass
class Tools:
    """One set an app."""

    settings: Settings
    hasher: Hasher
    media: MediaStore
    postman: Postman
    tell_worker: Callable[[str, int], None]
    """Told after the commit what kind of row ("email", "job") waits, and its id; if it is lost, a sweep finds it."""


def tools() -> Tools:
    """The tools of the running app."""
    kept: Tools = current_app.extensions["portal"]
    return kept
