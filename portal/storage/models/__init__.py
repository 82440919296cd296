"""Every model, so that whoever imports this knows the whole schema."""

from portal.storage.models.access_request import AccessRequest, Answer
from portal.storage.models.audit_event import AuditEvent, AuditHead, AuditReach
from portal.storage.models.captions import CaptionTrack, Chapter, SessionTag
from portal.storage.models.event import (
    Assignment,
    ClosedAccount,
    Event,
    EventClosing,
    EventFolder,
    EventMailing,
    EventSession,
    LetterOfEvent,
    OnClosing,
)
from portal.storage.models.folder import Folder
from portal.storage.models.grant import Grant, ViewBudget, WhenItEnds
from portal.storage.models.guest_list import GuestList
from portal.storage.models.invitation import Invitation
from portal.storage.models.job import Job, JobState
from portal.storage.models.judging import BlindLabel, Criterion, Score, ScoreSheet, SheetState
from portal.storage.models.media_file import Attachment, MediaFile, MediaKind, Upload
from portal.storage.models.option import Option
from portal.storage.models.outgoing_email import EmailState, EmailWords, OutgoingEmail
from portal.storage.models.password_reset import PasswordReset, PasswordResetAsk
from portal.storage.models.policy import Policy, PolicyAcceptance
from portal.storage.models.reset_run import ResetOutcome, ResetOutcomeKind, ResetRun
from portal.storage.models.search import SearchDocument, SearchPassage
from portal.storage.models.sign_in import SignIn
from portal.storage.models.throttle import ThrottleCounter
from portal.storage.models.user import User
from portal.storage.models.video_session import CoOwner, PasswordUnlock, VideoSession, VideoState
from portal.storage.models.viewing import Stream, Viewing, WatchRecord

__all__ = [
    "AccessRequest",
    "Answer",
    "Assignment",
    "Attachment",
    "AuditEvent",
    "AuditHead",
    "AuditReach",
    "BlindLabel",
    "CaptionTrack",
    "Chapter",
    "ClosedAccount",
    "CoOwner",
    "Criterion",
    "EmailState",
    "EmailWords",
    "Event",
    "EventClosing",
    "EventFolder",
    "EventMailing",
    "EventSession",
    "Folder",
    "Grant",
    "GuestList",
    "Invitation",
    "Job",
    "JobState",
    "LetterOfEvent",
    "MediaFile",
    "MediaKind",
    "OnClosing",
    "Option",
    "OutgoingEmail",
    "PasswordReset",
    "PasswordResetAsk",
    "PasswordUnlock",
    "Policy",
    "PolicyAcceptance",
    "ResetOutcome",
    "ResetOutcomeKind",
    "ResetRun",
    "Score",
    "ScoreSheet",
    "SearchDocument",
    "SearchPassage",
    "SessionTag",
    "SheetState",
    "SignIn",
    "Stream",
    "ThrottleCounter",
    "Upload",
    "User",
    "VideoSession",
    "VideoState",
    "ViewBudget",
    "Viewing",
    "WatchRecord",
    "WhenItEnds",
]
