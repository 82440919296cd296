"""Stands between the outbox and the letters folder while the demo is filled: people read the letters it hands over."""

import re
from dataclasses import dataclass, field

from portal.mail.delivery import Deferred, Outcome, OutgoingMessage, Postman, Refused


@dataclass
class Mailboxes:
    """A postman. What it hands over is delivered by `next_one` too, and can be read here; some mailboxes take nothing.

    `missing` have no mailbox: letters come back. `busy` answer later: letters wait.
    """

    next_one: Postman
    missing: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset()
    _last: dict[str, str] = field(default_factory=dict)

    def deliver(self, message: OutgoingMessage) -> Outcome:
        if message.to in self.missing:
            return Refused(550, "No such mailbox.")
        if message.to in self.busy:
            return Deferred("The mail server is busy.")
        outcome = self.next_one.deliver(message)
        self._last[message.to] = message.text
        return outcome

    def token_for(self, address: str) -> str:
        """The token of the link in the last letter to this person."""
        return self._read(address, r"/invitations/([\w-]{20,})")

    def code_for(self, address: str) -> str:
        """The six digits in the last letter to this person."""
        return self._read(address, r"(?<!\d)(\d{3}\s?\d{3})(?!\d)")

    def _read(self, address: str, pattern: str) -> str:
        found = re.search(pattern, self._last.get(address, ""))
        if found is None:
            raise LookupError(f"no letter to {address} has what is looked for")
        return found[1]
