"""Makes an uploaded recording playable, in versions and stages (product.md, Promises; security.md, Uploads and Faults).

A version is prepared by the worker: `begin`, `note_progress`, `keep` and `fail` are called in transactions; `make`,
which takes minutes, in none. `take_in`, `cut`, `retry` and `give_up_next` say what is to be prepared.
"""

from portal.domain.processing.keeping import begin, fail, keep, name_file, note_progress
from portal.domain.processing.leftovers import remove_leftovers, workshop
from portal.domain.processing.making import Made, Stage, Work, discard, find_tools, make
from portal.domain.processing.sentences import (
    NO_ROOM,
    NO_TOOLS,
    ORIGINAL_GONE,
    SOMETHING_WRONG,
    STORE_AWAY,
    WORN_OUT,
)
from portal.domain.processing.showing import Files, files_of
from portal.domain.processing.versions import (
    Original,
    cut,
    file_of,
    forget_files,
    give_up_next,
    is_prepared,
    retry,
    take_in,
    to_prepare,
)

__all__ = [
    "NO_ROOM",
    "NO_TOOLS",
    "ORIGINAL_GONE",
    "SOMETHING_WRONG",
    "STORE_AWAY",
    "WORN_OUT",
    "Files",
    "Made",
    "Original",
    "Stage",
    "Work",
    "begin",
    "cut",
    "discard",
    "fail",
    "file_of",
    "files_of",
    "find_tools",
    "forget_files",
    "give_up_next",
    "is_prepared",
    "keep",
    "make",
    "name_file",
    "note_progress",
    "remove_leftovers",
    "retry",
    "take_in",
    "to_prepare",
    "workshop",
]
