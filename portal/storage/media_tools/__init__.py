"""Read and prepare uploaded video with ffmpeg and ffprobe, fenced in: one file in, one result out.

What comes in is hostile until proven otherwise (security.md, Uploads): content decides, never a name; the demuxer and
the protocol are pinned; the tools run without network where the system allows it, with limits on time, memory, output.
`Refused` says why a file is no video for us, `MediaFailed` why a readable one could not be prepared; both carry one
sentence for the person who sent it.
"""

from portal.storage.media_tools.fragments import Index, read_index
from portal.storage.media_tools.pictures import make_poster_of_picture
from portal.storage.media_tools.plans import Plan, Rung, Trim, plan
from portal.storage.media_tools.poster import make_poster
from portal.storage.media_tools.probe import Probe, probe
from portal.storage.media_tools.qualities import RENDITION_TYPE, SOUND_TYPE, Rendition, make_first, make_ladder
from portal.storage.media_tools.reasons import MediaFailed, Refused
from portal.storage.media_tools.storyboard import SHEET_TYPE, Sheet, make_storyboard
from portal.storage.media_tools.tools import Tools, ToolsMissing, find_tools

__all__ = [
    "RENDITION_TYPE",
    "SHEET_TYPE",
    "SOUND_TYPE",
    "Index",
    "MediaFailed",
    "Plan",
    "Probe",
    "Refused",
    "Rendition",
    "Rung",
    "Sheet",
    "Tools",
    "ToolsMissing",
    "Trim",
    "find_tools",
    "make_first",
    "make_ladder",
    "make_poster",
    "make_poster_of_picture",
    "make_storyboard",
    "plan",
    "probe",
    "read_index",
]
