"""Passwords reset in bulk (product.md, Admins: Reset passwords; docs/resets.md)."""

from portal.domain.bulk_resets.choosing import Choice, Concerned, Trial, event_called, everybody, found, trial, words_of
from portal.domain.bulk_resets.following import Became, FollowedRun, OutcomeRow, counted, find, mail_again, outcomes
from portal.domain.bulk_resets.pressing import ChangedMeanwhile, press
from portal.domain.bulk_resets.voiding import void

__all__ = [
    "Became",
    "ChangedMeanwhile",
    "Choice",
    "Concerned",
    "FollowedRun",
    "OutcomeRow",
    "Trial",
    "counted",
    "event_called",
    "everybody",
    "find",
    "found",
    "mail_again",
    "outcomes",
    "press",
    "trial",
    "void",
    "words_of",
]
