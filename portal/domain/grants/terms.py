"""The terms of a grant: from when, until when, how many views; and the one way to change them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from portal.basics.errors import PortalError
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.storage.models import Grant, User, WhenItEnds

MOST_VIEWS = 99


class WrongTerms(PortalError):
    """Terms that cannot be kept; `field` is the one at fault, the text a sentence to show beside it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Terms:
    """What a grant allows: `begins_at` None: from the start; `ends_at` None: no end; `views` None: no limit."""

    begins_at: datetime | None = None
    ends_at: datetime | None = None
    views: int | None = None
    when_it_ends: WhenItEnds = WhenItEnds.FINISH

    @classmethod
    def of(cls, grant: Grant) -> Self:
        return cls(grant.begins_at, grant.ends_at, grant.views_limit, grant.when_it_ends)

    def check(self) -> None:
        """Raises `WrongTerms` for what no grant can have, whatever was used."""
        if self.views is not None and not 1 <= self.views <= MOST_VIEWS:
            raise WrongTerms("views", f"Views must be a whole number from 1 to {MOST_VIEWS}, or empty")
        if self.begins_at and self.ends_at and self.ends_at <= self.begins_at:
            raise WrongTerms("until", "“Until” must come after “From”")


WITHOUT_LIMITS = Terms()


def as_facts(terms: Terms) -> dict[str, Any]:
    """Terms as the audit trail keeps them."""
    return {
        "begins": _fact(terms.begins_at),
        "until": _fact(terms.ends_at),
        "views": terms.views,
        "when_it_ends": terms.when_it_ends.value,
    }


def set_terms(grant: Grant, terms: Terms, *, person: User, by: User, at: datetime) -> bool:
    """Change what a grant allows and put it on the trail; False when it allows just that already.

    The grant must be held by the transaction (`FOR UPDATE`, or its thing is). Raises `WrongTerms`. Whether the end
    lies ahead and the views cover what was used is for the caller to ask.
    """
    terms.check()
    before = Terms.of(grant)
    if before == terms:
        return False
    if grant.ends_at != terms.ends_at:
        grant.end_set_at = at
    grant.begins_at, grant.ends_at = terms.begins_at, terms.ends_at
    grant.views_limit, grant.when_it_ends = terms.views, terms.when_it_ends
    grant.version += 1
    facts = {"before": as_facts(before), "after": as_facts(terms)}
    audit.record(AuditKind.GRANT_CHANGED, at=at, actor=by, subject=grant, person=person, **facts)
    return True


def _fact(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="minutes") if moment else None
