"""The layers of the house, and what each may not do (docs/architecture.md)."""

import ast
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]


def calls_in(folder: Path) -> list[tuple[str, str]]:
    """Every call under a folder: where it stands, and the last part of what is called."""
    return [
        (f"{file.relative_to(ROOT)}:{node.lineno}", _last_name(node.func))
        for file in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


def _last_name(called: ast.expr) -> str:
    match called:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def test_imports_point_down_only(capsys):
    outcome = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)

    assert outcome == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_rules_never_commit():
    ending = {"commit", "rollback", "transaction"}

    assert [f"{where} {name}" for where, name in calls_in(ROOT / "portal/domain") if name in ending] == []


def test_rules_are_told_the_time():
    """They take `at`, and the web passes `now()`: so a test can choose the moment."""
    asking = {"now", "utcnow", "today"}

    assert [f"{where} {name}" for where, name in calls_in(ROOT / "portal/domain") if name in asking] == []
