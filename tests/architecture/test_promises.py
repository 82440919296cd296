"""docs/security.md names the test of each promise: none of them may be gone."""

import re

import pytest

from portal.settings import ROOT

NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", (ROOT / "docs/security.md").read_text(encoding="utf-8"))))


def test_promises_name_tests():
    assert len(NAMED) > 80


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_each_named_test_is_there(file):
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")

    assert [name for where, name in NAMED if where == file and f"def {name}(" not in text] == []
