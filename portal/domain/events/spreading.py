"""Sessions spread evenly over judges: no query, no row changed."""

import random
from collections.abc import Collection, Sequence


def spread(
    sessions: Sequence[int],
    judges: Sequence[int],
    each: int,
    *,
    seed: str,
    never: Collection[tuple[int, int]] = (),
) -> set[tuple[int, int]]:
    """Who judges what: pairs of judge and session, `each` judges a session, as even as can be.

    Nobody gets two sessions more than somebody else, unless `never` (pairs that must not be: who stood aside) forces
    it. The same seed gives the same answer; which judges meet at a session is drawn by it. Where there are fewer judges
    than `each`, all of them judge it.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret: a draw that can be repeated
    loads = dict.fromkeys(judges, 0)
    pairs: set[tuple[int, int]] = set()
    order = list(sessions)
    draw.shuffle(order)
    # what few may judge is given out first, while there is a choice
    order.sort(key=lambda session: -sum((judge, session) in never for judge in judges))
    for session in order:
        free = [judge for judge in judges if (judge, session) not in never]
        draw.shuffle(free)
        for judge in sorted(free, key=loads.__getitem__)[:each]:
            pairs.add((judge, session))
            loads[judge] += 1
    return pairs
