"""How much memory an idle portal takes: pages and worker together, shared pages counted once (PSS).

    .venv/bin/python bench/memory.py [the first process's id]

Without an id it starts a portal of its own in a throw-away folder, waits until it is idle, measures, and ends it. Exits
with 1 when the sum is over the limit. Linux only: the figures come from /proc/*/smaps_rollup.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_MEBIBYTES = 250
SETTLE_SECONDS = 15


def descendants(pid: int) -> list[int]:
    """A process and all that it has started, and they in turn."""
    found = [pid]
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listed.read_text().split():
            found += descendants(int(child))
    return found


def pss_mebibytes(pid: int) -> float:
    """What one process takes, its share of shared pages included."""
    match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert match is not None
    return int(match[1]) / 1024


def report(pid: int) -> float:
    total = 0.0
    for each in descendants(pid):
        size = pss_mebibytes(each)
        total += size
        print(f"{each:>8}  {size:7.1f} MiB")
    print(f"   total  {total:7.1f} MiB (limit {LIMIT_MEBIBYTES})")
    return total


def measure_own() -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | {
            "PORTAL_INSTANCE_PATH": folder,
            "PORTAL_BIND": "127.0.0.1:0",
        }
        portal = subprocess.Popen([sys.executable, "-m", "portal.serving"], env=environment, stdout=subprocess.DEVNULL)
        try:
            time.sleep(SETTLE_SECONDS)  # past its first sweep
            return report(portal.pid)
        finally:
            portal.send_signal(signal.SIGINT)
            portal.wait(20)


if __name__ == "__main__":
    size = report(int(sys.argv[1])) if len(sys.argv) > 1 else measure_own()
    sys.exit(size > LIMIT_MEBIBYTES)
