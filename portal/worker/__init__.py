"""The worker: told ids after a commit, and sweeping up what nobody was told of. Rows are the truth.

Letters leave and recordings are prepared here. Any number of workers may run on one database: each row is taken by
lease, so that everything is done once, and taken up again when a worker dies (security.md, Faults).
"""

from portal.worker.consumer import run
from portal.worker.engine import ear

__all__ = ["ear", "run"]
