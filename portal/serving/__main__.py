"""`python -m portal.serving [--demo] [--only web|worker]`"""

import argparse
import os
import sys
from collections.abc import Sequence

from portal.serving import preparing
from portal.serving.preparing import CannotStart
from portal.serving.supervisor import Supervisor


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop. The exit status is 0: stopped as asked; 1: cannot start; 2: bad settings."""
    wanted = _wanted(arguments)
    os.umask(0o077)  # whatever the portal writes is its owner's alone
    try:
        settings = preparing.settings_of(demo=wanted.demo)
        parts = [wanted.only] if wanted.only else ["web", "worker"]
        listener = preparing.listen(settings.bind) if "web" in parts else None
        app = preparing.prepare(settings, demo=wanted.demo)
    except KeyboardInterrupt:
        return 130
    except CannotStart as fault:
        print(fault, file=sys.stderr)
        return fault.status
    return Supervisor(app, settings, parts, listener).run()


def _wanted(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m portal.serving", description="Serve the guest portal.")
    parser.add_argument("--demo", action="store_true", help="a throw-away portal with sample people and recordings")
    parser.add_argument("--only", choices=["web", "worker"], help="just the pages, or just the worker")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
