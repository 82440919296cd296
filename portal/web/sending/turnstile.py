"""How many answers with media may be on their way at once."""

import threading
from collections import Counter

MOST_FOR_ONE = 6  # a browser has six connections to one place; the seventh is somebody's download tool


class Turnstile:
    """Lets only so many answers be on their way at once, and a few of them to one person.

    A thread that sends to a slow viewer can do nothing else; while some threads are kept from media, pages and sign-in
    go on whatever the viewers' lines are like. Whoever finds it full asks again in a second: players do by themselves.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside: Counter[int] = Counter()
        self._lock = threading.Lock()

    def enter(self, person: int) -> bool:
        """Go through, if there is room; whoever went through must `leave`."""
        with self._lock:
            if self._inside.total() >= self._most or self._inside[person] >= MOST_FOR_ONE:
                return False
            self._inside[person] += 1
            return True

    def leave(self, person: int) -> None:
        with self._lock:
            self._inside[person] -= 1
            if not self._inside[person]:
                del self._inside[person]
