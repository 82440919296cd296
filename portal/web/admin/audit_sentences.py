"""What each entry of the audit trail says, as a sentence whose names lead on."""

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal

from portal.domain.audit import AuditKind
from portal.domain.audit_reading import Entry
from portal.web.admin.fact_words import in_words


@dataclass(frozen=True)
class Words:
    """A kind of act: its name in the list of kinds, and its sentence.

    The sentence may hold {actor}, {person}, {on} (the session, folder or event), {changes}, {until},
    {terms}, {by_right}, {given} and every fact its kind carries. `alone` stands in when nobody did it, or they did it
    to themselves.
    """

    name: str
    sentence: str
    alone: str = ""


@dataclass(frozen=True)
class Piece:
    """A few words. `about` is a person or a thing when they are its name; `key` finds it (empty: it is gone)."""

    words: str
    about: Literal["person", "thing", ""] = ""
    key: str = ""


SENTENCES = {
    AuditKind.FIRST_ADMIN_MADE: Words("First admin made", "The portal made {person} its first admin"),
    AuditKind.USER_INVITED: Words("Account made", "{actor} entered {person} as {role}"),
    AuditKind.USER_SET_UP: Words("Account set up", "{person} set up the account"),
    AuditKind.USER_RENEWED: Words("Account renewed", "{actor} renewed the account of {person} {until}"),
    AuditKind.USER_CHANGED: Words("Account changed", "{actor} changed the account of {person}: {changes}"),
    AuditKind.USER_DISABLED: Words("Account disabled", "{actor} disabled {person}: {reason}"),
    AuditKind.USER_HANDED_OVER: Words(
        "Handed over", "{actor} handed what {person} answered for over to {to}: {handed_over}"
    ),
    AuditKind.USER_ENABLED: Words("Account enabled", "{actor} enabled {person} again"),
    AuditKind.INVITATION_SENT: Words(
        "Invitation sent", "{actor} sent {person} an invitation{again}", "{person} had the invitation sent again"
    ),
    AuditKind.INVITATION_WITHDRAWN: Words("Invitation withdrawn", "{actor} withdrew the invitation of {person}"),
    AuditKind.INVITATION_CODE_MAILED: Words("Set-up code mailed", "A set-up code was mailed to {person}"),
    AuditKind.INVITATION_CODE_REFUSED: Words(
        "Set-up code refused", "A wrong set-up code was given for {person}; tries left: {tries_left}"
    ),
    AuditKind.SIGN_IN_STARTED: Words("Signed in", "{actor} signed in with {device}"),
    AuditKind.SIGN_IN_REFUSED: Words("Sign-in refused", "A sign-in for {person} was refused: {why}"),
    AuditKind.SIGN_IN_ENDED: Words(
        "Signed out",
        "{actor} ended a sign-in of {person}: {because}",
        "A sign-in of {person} ended: {because}",
    ),
    AuditKind.PASSWORD_SET: Words("First password set", "{person} set a first password"),
    AuditKind.PASSWORD_CHANGED: Words("Password changed", "{person} changed the password"),
    AuditKind.PASSWORD_RESET_ASKED: Words("New password asked for", "A new password was asked for by {person}"),
    AuditKind.PASSWORD_RESET: Words("Password reset", "{person} set a new password by a mailed link"),
    AuditKind.PASSWORDS_VOIDED: Words("Passwords stopped", "{actor} stopped the passwords of {whom}: {stopped}"),
    AuditKind.WAYS_IN_MAILED: Words("New ways in mailed", "{actor} had new ways in mailed to {whom}: {letters_words}"),
    AuditKind.POLICY_PUBLISHED: Words("Policy published", "{actor} published version {version} of the policy"),
    AuditKind.POLICY_ACCEPTED: Words("Policy accepted", "{person} accepted version {version} of the policy"),
    AuditKind.FOLDER_MADE: Words("Folder made", "{actor} made the folder {on}"),
    AuditKind.FOLDER_CHANGED: Words("Folder changed", "{actor} changed the folder {on}: {changes}"),
    AuditKind.FOLDER_DELETED: Words("Folder deleted", "{actor} deleted the folder {on}"),
    AuditKind.SESSION_UPLOADED: Words("Session uploaded", "{actor} uploaded {on}: {file}, {size_bytes}"),
    AuditKind.SESSION_IMPORTED: Words("Session imported", "{on} was imported for {person}: {file}, {size_bytes}"),
    AuditKind.SESSION_READY: Words("Session ready", "{on} was made ready: {length_seconds}"),
    AuditKind.SESSION_FAILED: Words("Session failed", "{on} could not be prepared: {reason}"),
    AuditKind.SESSION_RETRIED: Words("Session tried again", "{actor} had {on} prepared once more"),
    AuditKind.SESSION_TRIMMED: Words("Session trimmed", "{actor} trimmed {on}: it plays {cut} of its file"),
    AuditKind.SESSION_NEXT_GIVEN_UP: Words(
        "Next video given up", "{actor} gave up what was to take the place of the video of {on}"
    ),
    AuditKind.SESSION_POSTER_CHOSEN: Words("Poster chosen", "{actor} chose the poster of {on}: {of}"),
    AuditKind.SESSION_CHANGED: Words("Session changed", "{actor} changed {on}: {changes}"),
    AuditKind.SESSION_BINNED: Words("Session put in the bin", "{actor} put {on} in the bin"),
    AuditKind.SESSION_RESTORED: Words("Session restored", "{actor} took {on} out of the bin"),
    AuditKind.SESSION_DELETED: Words("Session deleted", "{actor} deleted {on}"),
    AuditKind.SESSION_PUBLISHED: Words("Session published", "{actor} published {on}"),
    AuditKind.SESSION_UNPUBLISHED: Words("Session unpublished", "{actor} took {on} back: it is not published"),
    AuditKind.CAPTIONS_ADDED: Words(
        "Captions added", "{actor} added captions in {language} to {on}: {file}, {captions} of them"
    ),
    AuditKind.CAPTIONS_REPLACED: Words(
        "Captions replaced", "{actor} replaced the captions in {language} of {on}: {file}, {captions} of them"
    ),
    AuditKind.CAPTIONS_REMOVED: Words("Captions removed", "{actor} removed the captions in {language} of {on}"),
    AuditKind.CHAPTERS_CHANGED: Words("Chapters changed", "{actor} changed the chapters of {on}: {chapters} in all"),
    AuditKind.ATTACHMENT_ADDED: Words("Paper added", "{actor} added the paper “{paper}” to {on}: {size_bytes}"),
    AuditKind.ATTACHMENT_REMOVED: Words("Paper removed", "{actor} removed the paper “{paper}” of {on}"),
    AuditKind.SESSION_PASSWORD_SET: Words("Video password set", "{actor} {changed} the password of {on}"),
    AuditKind.SESSION_PASSWORD_REMOVED: Words("Video password removed", "{actor} removed the password of {on}"),
    AuditKind.SESSION_UNLOCKED: Words("Video password given", "{actor} gave the password of {on}"),
    AuditKind.SESSION_UNLOCK_REFUSED: Words("Video password refused", "{actor} gave a wrong password for {on}"),
    AuditKind.CO_OWNER_ADDED: Words("Co-owner added", "{actor} made {person} a co-owner of {on}"),
    AuditKind.CO_OWNER_REMOVED: Words("Co-owner removed", "{person} is no co-owner of {on} any more: {actor} ended it"),
    AuditKind.GRANT_GIVEN: Words("Guest named", "{actor} named {person} on {on} {terms}"),
    AuditKind.LIST_SENT: Words(
        "List of guests sent",
        "{actor} named {named} on {on} from {list}; invitations: {invited}, other letters: {told}",
    ),
    AuditKind.GRANT_CHANGED: Words("Access changed", "{actor} changed the access of {person} to {on}: {changes}"),
    AuditKind.GRANT_REVOKED: Words("Access ended", "{actor} ended the access of {person} to {on}"),
    AuditKind.EVENT_MADE: Words("Event made", "{actor} made the event {on}, from {opens} to {closes}"),
    AuditKind.EVENT_CHANGED: Words("Event changed", "{actor} changed the event {on}: {changes}"),
    AuditKind.EVENT_DELETED: Words("Event deleted", "{actor} deleted the event {on}"),
    AuditKind.EVENT_SHOWS: Words("Event shows more", "{actor} added to {on}: {titles}"),
    AuditKind.EVENT_SHOWS_NO_MORE: Words("Event shows less", "{actor} took out of {on}: {titles}"),
    AuditKind.EVENT_ASSIGNED: Words(
        "Recordings assigned", "{actor} assigned the recordings of {on} {how}: {assignments} to {guests} guests"
    ),
    AuditKind.EVENT_CLOSED: Words(
        "Event closed",
        "{actor} closed {on} {how}: {grants} accesses and {sign_ins} sign-ins ended, {passwords} passwords voided, "
        "{disabled} accounts disabled, {sheets} score sheets frozen",
        "{on} closed {how}: {grants} accesses and {sign_ins} sign-ins ended, {passwords} passwords voided, "
        "{disabled} accounts disabled, {sheets} score sheets frozen",
    ),
    AuditKind.EVENT_REOPENED: Words(
        "Event opened again",
        "{actor} opened {on} again {until}: {grants} accesses, {enabled} accounts and {sheets} score sheets are back",
    ),
    AuditKind.EVENT_MAILED: Words("Event’s guests written to", "{actor} sent the {letter} of {on} to {sent_to} guests"),
    AuditKind.REPORT_EXPORTED: Words("Report exported", "{actor} took the report of {on} away as {format}"),
    AuditKind.CRITERIA_CHANGED: Words(
        "Criteria changed", "{actor} changed what {on} is judged by, “{criterion}”: {changes}"
    ),
    AuditKind.JUDGING_CHANGED: Words("Judging changed", "{actor} changed how {on} is judged: {changes}"),
    AuditKind.SCORES_EXPORTED: Words("Scores exported", "{actor} exported the scores of {on} as {format}"),
    AuditKind.SHEET_FINAL: Words("Score sheet final", "{actor} made the score sheet for {on} final, at “{event}”"),
    AuditKind.SHEET_RECUSED: Words("Judge stood aside", "{actor} stood aside from {on}, at “{event}”: {reason}"),
    AuditKind.SHEET_REOPENED: Words(
        "Score sheet opened again", "{actor} opened the score sheet of {person} for {on} again, at “{event}”"
    ),
    AuditKind.ACCESS_ASKED: Words("More access asked for", "{actor} asked for more of {on}: {why}"),
    AuditKind.ACCESS_ANSWERED: Words("Request answered", "{actor} answered {person}, who asked for {on}: {given}"),
    AuditKind.VIEWING_STARTED: Words("Watching begun", "{actor} started {on}: {by_right}"),
    AuditKind.VIEWING_REFUSED: Words("Watching refused", "{actor} was not let in to {on}: {why}"),
    AuditKind.VIEWING_GIVEN_BACK: Words(
        "View given back", "{person} was given the view of {on} back: nothing was delivered"
    ),
    AuditKind.VIEWING_DOWNLOADED: Words("Downloaded", "{actor} downloaded {on}: {size_bytes}"),
    AuditKind.STREAM_MOVED: Words(
        "Watching moved", "{actor} went on with {on} on {to_device} instead of {from_device}"
    ),
    AuditKind.TRACE_LOOKED_UP: Words(
        "Trace code looked up",
        "{actor} looked up the trace code {code}: {person}, who watched {on}",
        "{actor} looked up the trace code {code}",
    ),
    AuditKind.SEEN_AS_GUEST: Words("Seen as a guest", "{actor} looked at the portal as {person} sees it"),
    AuditKind.DATA_DOWNLOADED: Words("Data downloaded", "{person} downloaded what is kept about them"),
    AuditKind.OPTION_CHANGED: Words("Option changed", "{actor} changed {name}: {changes}"),
    AuditKind.LETTER_REFUSED: Words("Letter came back", "The letter “{letter}” to {person} came back: {reason}"),
    AuditKind.LETTER_SENT_AGAIN: Words(
        "Letter tried again", "{actor} had the letter “{letter}” to {person} tried again"
    ),
}


def name_of(kind: AuditKind) -> str:
    """What this kind of act is called in a list."""
    words = SENTENCES.get(kind)
    return words.name if words else kind.label


def sentence(entry: Entry, zone: str) -> list[Piece]:
    """The entry in words. An entry of a kind that is not known here says its label."""
    words = SENTENCES.get(entry.kind) if entry.kind else None
    if words is None:
        return [Piece(f"{entry.label} by "), _party(entry.actor, "the portal")]
    alone = words.alone and (entry.actor is None or entry.about_oneself)
    return list(_pieces(words.alone if alone else words.sentence, entry, zone))


def _pieces(text: str, entry: Entry, zone: str) -> Iterator[Piece]:
    for literal, name, _spec, _conversion in Formatter().parse(text):
        if literal:
            yield Piece(literal)
        if name:
            yield _piece(name, entry, zone)


def _piece(name: str, entry: Entry, zone: str) -> Piece:
    facts = entry.facts
    match name:
        case "actor":
            return _party(entry.actor, "The portal")
        case "person":
            address = (facts or {}).get("address", "")
            return _party(entry.person or entry.actor, address or "somebody unknown")
        case "on":
            return _thing(entry)
    return Piece(in_words(name, facts, zone) if facts is not None else "(erased)")


def _party(party: Any, otherwise: str) -> Piece:
    return Piece(party.display_name, "person", party.key) if party else Piece(otherwise)


def _thing(entry: Entry) -> Piece:
    if entry.subject:
        return Piece(f"“{entry.subject.title}”", "thing", entry.subject.key)
    title = (entry.facts or {}).get("title")
    return Piece(f"“{title}”", "thing") if title else Piece("something that is gone")
