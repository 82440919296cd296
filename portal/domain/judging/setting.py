"""How an event is judged: whether at all, blind, and in an order of each judge's own."""

from dataclasses import asdict, dataclass
from datetime import datetime

from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.judging import labels
from portal.domain.judging.criteria import hold_open
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import db
from portal.storage.models import Event, User


@dataclass(frozen=True)
class Setting:
    """How an event is judged."""

    is_judged: bool
    is_blind: bool
    is_shuffled: bool

    @classmethod
    def of(cls, event: Event) -> "Setting":
        return cls(event.is_judged, event.is_blind, event.is_shuffled)


def change(event: Event, wanted: Setting, *, version: int | None, by: User, at: datetime) -> bool:
    """Have it judged so. False: it is so already. What is shown gets its numbers as soon as it is blind.

    Ending blindness tells the judges what every entry is: it is possible after the event, too. Else raises `EventOver`
    when it is over, and `ChangedMeanwhile` when the event is not of that `version` any more (None: whatever it is).
    """
    db.session.refresh(event, with_for_update=True)
    before = Setting.of(event)
    if before == wanted:
        return False
    if version is not None and version != event.version:
        raise ChangedMeanwhile("Somebody saved this event after you opened this page.")
    if wanted != Setting(before.is_judged, False, before.is_shuffled):
        hold_open(event, at=at)
    event.is_judged, event.is_blind, event.is_shuffled = wanted.is_judged, wanted.is_blind, wanted.is_shuffled
    event.version += 1
    db.session.flush()
    labels.give(event)
    old, new = _told(before), _told(wanted)
    changed = [name for name in old if old[name] != new[name]]
    audit.record(
        AuditKind.JUDGING_CHANGED,
        actor=by,
        subject=event,
        at=at,
        title=event.title,
        before={name: old[name] for name in changed},
        after={name: new[name] for name in changed},
    )
    return True


def _told(setting: Setting) -> dict[str, str]:
    """As the audit trail keeps it."""
    return {name.removeprefix("is_"): "yes" if value else "no" for name, value in asdict(setting).items()}
