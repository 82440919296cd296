"""What a page costs, in bare Flask pages: processor time of the server, on SQLite and PostgreSQL.

    .venv/bin/python -m bench.pages [sqlite|postgresql] [--profile PATH-NAME]

The page of bare Flask has one template of 20 rows and nothing else. Both are measured twice: called as a server calls
them (the app alone), and behind the gunicorn of `make run` (what the machine pays). Exits with 1 when a goal is missed.
"""

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable

from bench import bare, servers
from bench.measuring import call, cpu_ms, cpu_seconds, environ_of, fetch, in_turns
from bench.portals import Portal, a_portal, databases, silent

ROUNDS = 7
CALLS = 100
FETCHES = 150
OTHERS = 1000
GOALS = {"sqlite": 3.5, "postgresql": 4.0}
GOAL_OF_WATCH = 5.0


def pages_of(portal: Portal) -> dict[str, tuple[str, str]]:
    """The pages measured: whose, and where."""
    return {
        "home, 20 recordings": ("guest", "/"),
        "sessions, 20 rows": ("sponsor", "/sessions"),
        "watch": ("guest", f"/watch/{portal.world.session_key}"),
        "today": ("sponsor", "/today"),
        "people of a session": ("sponsor", f"/sessions/{portal.world.session_key}/people"),
    }


def in_app(portal: Portal) -> dict[str, float]:
    """Milliseconds of processor time of each page and of the bare one, without a server."""
    works: dict[str, Callable[[], float]] = {"bare Flask": lambda: cpu_ms(bare.app, environ_of("/"), CALLS * 3)}
    for name, (who, path) in pages_of(portal).items():
        environ = environ_of(path, portal.cookie(who))
        status, _ = call(portal.app, environ)
        assert status == "200 OK", f"{path} answered {status}"
        works[name] = lambda environ=environ: cpu_ms(portal.app, environ, CALLS)  # type: ignore[misc]
    with silent():
        return in_turns(works, ROUNDS)


def behind_gunicorn(portal: Portal) -> dict[str, float]:
    """The same, as the processes of the servers have used it."""
    with servers.bare() as (bare_server, bare_port), servers.embedded(portal) as (server, port):

        def work(pid: int, to: int, path: str, cookie: str) -> Callable[[], float]:
            headers = {"Cookie": cookie} if cookie else {}

            def fetch_many() -> float:
                begun = cpu_seconds(pid)
                answers = fetch(to, path, headers, FETCHES)
                assert all(status == 200 for _, status, _ in answers)
                return (cpu_seconds(pid) - begun) * 1000 / FETCHES

            return fetch_many

        works = {"bare Flask": work(bare_server.pid, bare_port, "/", "")}
        for name, (who, path) in pages_of(portal).items():
            works[name] = work(server.pid, port, path, portal.cookie(who))
        return in_turns(works, ROUNDS)


def profile(portal: Portal, name: str) -> None:
    who, path = pages_of(portal)[name]
    environ = environ_of(path, portal.cookie(who))
    call(portal.app, environ)
    profiler = cProfile.Profile(time.process_time)
    with silent():
        profiler.enable()
        for _ in range(300):
            call(portal.app, environ)
        profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(35)
    pstats.Stats(profiler).sort_stats("cumtime").print_stats(70)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("database", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--profile", metavar="PAGE", help="where the time of one page goes, by its name below")
    asked = parser.parse_args()
    missed = 0
    with databases(*asked.database) as found:
        for database, cluster in found.items():
            with a_portal(cluster, OTHERS) as portal:
                if asked.profile:
                    profile(portal, asked.profile)
                    continue
                alone, served = in_app(portal), behind_gunicorn(portal)
            print(f"\n{database}: bare Flask {alone['bare Flask']:.3f} ms alone, {served['bare Flask']:.3f} ms served")
            print(f"{'page':24} {'alone':>14} {'served':>14}   goal")
            for name in list(alone)[1:]:
                ratios = [figures[name] / figures["bare Flask"] for figures in (alone, served)]
                goal = GOAL_OF_WATCH if name == "watch" else GOALS[database]
                missed += ratios[1] > goal
                cells = [f"{f[name]:.2f} ms {r:4.1f}×" for f, r in zip((alone, served), ratios, strict=True)]
                print(f"{name:24} {cells[0]:>14} {cells[1]:>14}   {goal} {'met' if ratios[1] <= goal else 'MISSED'}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
