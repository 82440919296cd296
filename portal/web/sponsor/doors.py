"""Where one comes from: a session, a folder or an event, and the addresses of its people."""

from dataclasses import dataclass

from flask import url_for

from portal.domain.grants import Thing
from portal.storage.models import Event, VideoSession


@dataclass(frozen=True)
class ChosenUrls:
    """Where the people go that are ticked in its list."""

    change: str
    check: str
    end: str


@dataclass(frozen=True)
class Door:
    """The session, folder or event, and the addresses of its people."""

    thing: Thing
    kind: str
    url: str
    people_url: str
    check_url: str
    send_url: str
    list_url: str
    chosen: ChosenUrls


def door_of(thing: Thing) -> Door:
    is_session = isinstance(thing, VideoSession)
    kind = "session" if is_session else "event" if isinstance(thing, Event) else "folder"
    people_url = url_for(f"sponsor.people.of_{kind}", key=thing.key)
    return Door(
        thing=thing,
        kind="recording" if is_session else kind,
        url=url_for("sponsor.sessions.show", key=thing.key) if is_session else people_url,
        people_url=people_url,
        check_url=url_for(f"sponsor.people.check_for_{kind}", key=thing.key),
        send_url=url_for(f"sponsor.people.send_for_{kind}", key=thing.key),
        list_url=url_for(f"sponsor.lists.new_for_{kind}", key=thing.key),
        chosen=ChosenUrls(
            change=url_for(f"sponsor.chosen.change_for_{kind}", key=thing.key),
            check=url_for(f"sponsor.chosen.check_for_{kind}", key=thing.key),
            end=url_for(f"sponsor.chosen.ask_end_for_{kind}", key=thing.key),
        ),
    )
