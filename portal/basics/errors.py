"""What a rule says when it cannot do what was asked. The web turns each into an answer a person can use."""


class PortalError(Exception):
    """Anything a rule refuses; its text is a sentence that may be shown."""


class NotFound(PortalError):
    """No such thing, or none that this person may know of: the two look alike (security.md, The answer to a no)."""


class Forbidden(PortalError):
    """A function that is not this person's; answered with 403."""


class Conflict(PortalError):
    """Somebody else changed the same thing first; answered with 409."""


class Busy(PortalError):
    """Too much at once; worth another try after `retry_after` seconds. Answered with 429."""

    def __init__(self, words: str, retry_after: int) -> None:
        super().__init__(words)
        self.retry_after = retry_after
