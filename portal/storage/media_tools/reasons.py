"""Why a file cannot become a video here, in sentences for the person who sent it (design, Words)."""

NOT_A_VIDEO = "This file is not a video we can read. MP4, MOV and WebM work."
EMPTY = "This file is empty. Choose the video again."
CUT = "This file is cut off: its end is missing. Upload it again."
NOTHING_TO_PLAY = "There is neither picture nor sound in this file."
UNKNOWN_CODING = "This video is coded in a way we cannot read. Export it as H.264 with AAC sound and upload it again."
TAKES_TOO_LONG = "Preparing this video took too long and was stopped."
STOOD_STILL = "Preparing this video came to a standstill and was stopped."
TOO_DEMANDING = "This video needs more memory or room than one video gets. Export it at 1080p and upload it again."
NO_ROOM = "There is no room left to prepare this video. It can be tried again when space is free."
NOT_PREPARED = "This video could not be prepared. Export it as H.264 with AAC sound and upload it again."
NOT_A_PICTURE = "This file is not a picture we can read. JPEG, PNG and WebP work."
NOT_READ_HERE = "This picture is of a kind that cannot be read here. Save it as JPEG and upload it again."
STOPPED = "Preparing this video was stopped from outside. It can be tried again."

# What a tool says when it cannot get at a file at all: that lies with this machine, never with the video.
UNREACHABLE = ("Permission denied", "No such file or directory")

NO_DECODER = ("Function not implemented", "Decoder not found", "no decoder found")


class Refused(Exception):
    """This file is no video we take. The message is a sentence to show; trying again changes nothing."""

    @property
    def sentence(self) -> str:
        return str(self)


class MediaFailed(Exception):
    """A readable file could not be prepared. The message is a sentence to show.

    `worth_retrying` tells what lay with this machine (time, room, a kill) from what lies in the file.
    """

    def __init__(self, sentence: str, *, worth_retrying: bool = False) -> None:
        super().__init__(sentence)
        self.worth_retrying = worth_retrying

    @property
    def sentence(self) -> str:
        return str(self)


def length_in_words(seconds: float) -> str:
    """A length as the pages write it: "5 seconds", "48 minutes", "1 h 06"."""
    whole = round(seconds)
    if whole < 60:
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = round(seconds / 60)
    if minutes < 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"{minutes // 60} h {minutes % 60:02}"


def position(seconds: float) -> str:
    """A place in a video as the player writes it: "12:40", "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def stops_early(present: float, whole: float) -> str:
    """The sentence for a file that ends before its own length, both in seconds."""
    if whole >= 120:
        return f"The file stops at {int(present // 60)} of {round(whole / 60)} minutes. Upload it again."
    return f"The file stops at {int(present)} of {round(whole)} seconds. Upload it again."


def damaged_near(present: float, whole: float) -> str:
    return f"The file is damaged near {position(present)} of {position(whole)}. Upload it again, or export it anew."
