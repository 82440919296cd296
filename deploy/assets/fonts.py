"""The fonts of papers (PDF): a paper needs a font whole, where a page loads it in parts. Run by `make assets`.

Atkinson Hyperlegible Next is put together from the parts its package brings; DejaVu Sans stands in for the letters
that it has none for, so that names in Hebrew, Arabic, Greek or Cyrillic can be read.
"""

import shutil
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[2]
PACKAGES, VENDOR = ROOT / "node_modules", ROOT / "static" / "vendor"
NAME = "atkinson-hyperlegible-next"


def main() -> None:
    for weight in (400, 600):
        _put_together(weight)
    dejavu = PACKAGES / "dejavu-fonts-ttf"
    (VENDOR / "dejavu").mkdir(parents=True, exist_ok=True)
    shutil.copy(dejavu / "ttf" / "DejaVuSans.ttf", VENDOR / "dejavu" / "sans.ttf")
    shutil.copy(dejavu / "LICENSE", VENDOR / "dejavu" / "LICENSE")


def _put_together(weight: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for subset in ("latin", "latin-ext"):
            font = TTFont(PACKAGES / "@fontsource" / NAME / "files" / f"{NAME}-{subset}-{weight}-normal.woff")
            font.flavor = None
            parts.append(f"{folder}/{subset}.ttf")
            font.save(parts[-1], reorderTables=None)
        whole = Merger().merge(parts)
        whole["head"].modified = TTFont(parts[0])["head"].modified  # the same file each time
        whole.recalcTimestamp = False
        whole.save(VENDOR / NAME / f"whole-{weight}.ttf")


if __name__ == "__main__":
    main()
