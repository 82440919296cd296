"""Guests who ask for more, and what the sponsor answers by one press (product.md, Viewings).

One request for each need: one state of one grant, for one session. docs/who-may-watch.md, "Asking the sponsor, and
warnings", tells the rules where product.md is silent.
"""

from portal.domain.requests.answering import Answered, NothingToAnswer, answer, find
from portal.domain.requests.asking import LONGEST_WORDS, NothingToAsk, WordsTooLong, ask, asked
from portal.domain.requests.offers import Offer, offers_for
from portal.domain.requests.waiting import MOST_SHOWN, Waiting, facts, waiting_for, waiting_ids, waiting_in, with_facts

__all__ = [
    "LONGEST_WORDS",
    "MOST_SHOWN",
    "Answered",
    "NothingToAnswer",
    "NothingToAsk",
    "Offer",
    "Waiting",
    "WordsTooLong",
    "answer",
    "ask",
    "asked",
    "facts",
    "find",
    "offers_for",
    "waiting_for",
    "waiting_ids",
    "waiting_in",
    "with_facts",
]
