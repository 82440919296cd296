"""A sponsor's library: folders and sessions, what is on them, and their end.

Sponsors see and change only what they look after, admins all; anything else is simply not found (security.md, The
answer to a no). A folder holds sessions of its own owner only: naming a guest on it names them on all in it.
"""

from portal.domain.library.changing import change_session, details_of, version_of
from portal.domain.library.checking import (
    LONGEST_DESCRIPTION,
    LONGEST_PRESENTER,
    LONGEST_TAG,
    LONGEST_TITLE,
    NO_TITLE,
    ChangedMeanwhile,
    Details,
    WrongDescription,
    WrongDetail,
    WrongTitle,
    check_description,
    check_presenter,
    check_recorded_on,
    check_tags,
    check_title,
)
from portal.domain.library.counting import WHOLE, counts_at
from portal.domain.library.deleting import delete_session, forget_files
from portal.domain.library.finding import (
    MOST_FOLDERS_LISTED,
    check_owned,
    find_own,
    find_own_folder,
    find_owned,
    folder_page,
    folders_of,
    session_page,
)
from portal.domain.library.folders import delete_folder, make_folder, rename_folder
from portal.domain.library.listing import list_folders, list_sessions, list_tags
from portal.domain.library.making import MadeAlready, add_once, folder_made_by, made_by, session_made_by
from portal.domain.library.rows import (
    NO_FILTERS,
    NO_FOLDER,
    Filters,
    FolderPage,
    FolderRow,
    SessionPage,
    SessionRow,
    Shown,
)

__all__ = [
    "LONGEST_DESCRIPTION",
    "LONGEST_PRESENTER",
    "LONGEST_TAG",
    "LONGEST_TITLE",
    "MOST_FOLDERS_LISTED",
    "NO_FILTERS",
    "NO_FOLDER",
    "NO_TITLE",
    "WHOLE",
    "ChangedMeanwhile",
    "Details",
    "Filters",
    "FolderPage",
    "FolderRow",
    "MadeAlready",
    "SessionPage",
    "SessionRow",
    "Shown",
    "WrongDescription",
    "WrongDetail",
    "WrongTitle",
    "add_once",
    "change_session",
    "check_description",
    "check_owned",
    "check_presenter",
    "check_recorded_on",
    "check_tags",
    "check_title",
    "counts_at",
    "delete_folder",
    "delete_session",
    "details_of",
    "find_own",
    "find_own_folder",
    "find_owned",
    "folder_made_by",
    "folder_page",
    "folders_of",
    "forget_files",
    "list_folders",
    "list_sessions",
    "list_tags",
    "made_by",
    "make_folder",
    "rename_folder",
    "session_made_by",
    "session_page",
    "version_of",
]
