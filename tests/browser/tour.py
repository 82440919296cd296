"""Every page of the portal: who opens it, where, and what is done on it before it is looked at."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from portal.demo import people as cast
from portal.demo.people import Person
from portal.domain import beside
from portal.storage.models import VideoState
from tests.browser.world import World

Where = Callable[[World], str]
Act = Callable[[Page, World], None]

# Not pages that a person looks at: bytes, one number for a script, or a redirect that takes a token out of sight.
NO_PAGES = {
    "static",
    "shared.site.alive",
    "guest.media.film",
    "guest.media.poster",
    "guest.media.captions",
    "guest.media.download",
    "guest.media.master",
    "guest.media.playlist",
    "guest.media.quality",
    "guest.media.sheet",
    "guest.media.storyboard",
    "guest.players.state",
    "sponsor.video.progress",
    "sponsor.video.frames",
    "sponsor.captions.file",
    "sponsor.lists.left_out",
    "guest.events.calendar",
    "guest.players.farewell",
    "guest.attachments.file",
    "sponsor.tus.show",
    "account.invitations.open_link",
    "account.reset.open",
    "admin.mail.html",  # the letter itself, as a mail program draws it: letters have tests of their own
}


@dataclass(frozen=True)
class Stop:
    """One look at a page. `who` None: nobody is signed in. `endpoint`: which of the app’s pages; empty: none."""

    name: str
    who: Person | None
    endpoint: str
    where: Where
    act: Act | None = None
    empty: bool = False  # in a portal where nothing has happened yet


def at(path: str) -> Where:
    return lambda _world: path


def press(button: str, **fields: str) -> Act:
    """Fill in fields by their label and press a button."""

    def act(page: Page, _world: World) -> None:
        for label, text in fields.items():
            page.get_by_label(label.replace("_", " ")).first.fill(text)
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).first.click()

    return act


def session(words: str, rest: str = "", door: str = "sessions") -> Where:
    return lambda world: f"/{door}/{world.recording(words).key}{rest}"


def spoken(rest: str, door: str = "sessions") -> Where:
    """A recording with captions, chapters and a paper; `{track}` and `{paper}` stand for one of each."""

    def where(world: World) -> str:
        it = world.spoken_in("Meadow")
        beside_it = beside.of(it)
        return f"/{door}/{it.key}" + rest.format(track=beside_it.tracks[0].key, paper=beside_it.papers[0].key)

    return where


def session_that_is(state: VideoState, rest: str = "", door: str = "sessions") -> Where:
    return lambda world: f"/{door}/{world.recording_that_is(state).key}{rest}"


def of_a_failed_version(words: str, rest: str) -> Where:
    """A recording that plays, and whose next video could not be prepared."""
    return lambda world: f"/sessions/{world.with_a_failed_version(words).key}{rest}"


def with_unfinished(path: str) -> Where:
    """With an upload that was cut off and one that was not taken, whose names are long."""
    return lambda world: path.format(key=world.unfinished_upload(LONG).key)


def folder(rest: str = "") -> Where:
    return lambda world: f"/folders/{world.folder('Open lectures').key}{rest}"


def of_an_event(rest: str) -> Where:
    return lambda world: f"/events/{world.event_of(DANA).key}{rest}"


def of_a_contest(rest: str) -> Where:
    """Of a judged event; `{criterion}` and `{session}` stand for one of each."""

    def where(world: World) -> str:
        it = world.contest_of(DANA)
        keys = {"criterion": it.criteria[0].key, "session": it.sessions[1].key}
        return f"/events/{it.event.key}/judging" + rest.format(**keys)

    return where


def sheet_of_a_contest(rest: str, recording: int = 0) -> Where:
    """Where Imani judges; `{event}` stands for the event."""

    def where(world: World) -> str:
        it = world.contest_of(DANA)
        return f"/watch/{it.sessions[recording].key}" + rest.format(event=it.event.key)

    return where


def binned(path: str) -> Where:
    """The bin with something in it."""
    return lambda world: path.format(key=world.put_in_the_bin(DANA).key)


def co_owner_of(words: str, person: Person) -> Where:
    return lambda world: f"/sessions/{world.recording(words).key}/co-owners/{world.user(person).key}/remove"


def grant(rest: str = "") -> Where:
    return lambda world: f"/grants/{world.grant_of(cast.IMANI).id}{rest}"


def stopped_passwords(by: Person, rest: str = "", *, mails_way_in: bool = True) -> Where:
    return lambda world: f"/resets/{world.stopped_passwords(by, mails_way_in=mails_way_in).key}{rest}"


def why(person: Person, words: str) -> Where:
    return lambda world: f"/guests/{world.user(person).key}/why/{world.recording(words).key}"


def closing_soon(page: Page, world: World) -> None:
    press("Save", Closes=f"{datetime.now(UTC) + timedelta(hours=12):%d.%m.%Y %H:%M}")(page, world)


def event(title: str, rest: str = "", door: str = "events") -> Where:
    """An event of Dana's whose title begins like this."""
    return lambda world: f"/{door}/{world.event(title).key}{rest}"


def chosen_of_event(act: str) -> Where:
    def where(world: World) -> str:
        prize = world.event("Prize")
        return f"/events/{prize.key}/people/chosen/{act}?grant={world.grant_on(prize, world.user(LAYLA)).id}"

    return where


def part_of(person: Person) -> Where:
    return lambda world: f"/events/{world.event('Prize').key}/assignments/{world.user(person).key}"


def empty_event(world: World) -> str:
    return f"/events/{world.event_without(0).key}"


def event_without_guests(rest: str = "") -> Where:
    return lambda world: f"/events/{world.event_without(1).key}{rest}"


def event_closed_by_hand(world: World) -> str:
    return f"/events/{world.event_closed_by_hand().key}/closing"


def chosen(act: str, *persons: Person, on: str = "Meadow") -> Where:
    """Some of those who can watch, ticked in the list."""

    def where(world: World) -> str:
        recording = world.recording(on)
        ids = [world.grant_on(recording, world.user(person)).id for person in persons]
        return f"/sessions/{recording.key}/people/chosen/{act}?" + "&".join(f"grant={id_}" for id_ in ids)

    return where


def chosen_of_folder(act: str) -> Where:
    def where(world: World) -> str:
        shelf = world.folder("Open lectures")
        return f"/folders/{shelf.key}/people/chosen/{act}?grant={world.grant_on(shelf, world.user(LAYLA)).id}"

    return where


def move_here(person: Person, words: str) -> Where:
    """The question that is asked while the same guest watches on another device."""

    def where(world: World) -> str:
        world.watches_elsewhere(person, "Donau")
        return f"/watch/{world.recording(words).key}/move"

    return where


def guest(person: Person, rest: str = "", door: str = "guests") -> Where:
    return lambda world: f"/{door}/{world.user(person).key}{rest}"


def letter(person: Person) -> Where:
    return lambda world: f"/admin/mail/{world.letter_to(person).id}"


def invitation(address: str) -> Where:
    return lambda world: world.invitation_of(world.new_guest(address))


def withdrawn_invitation(world: World) -> str:
    return world.withdrawn_invitation("withdrawn@quill.example")


def used_invitation(world: World) -> str:
    return world.used_invitation("used@quill.example")


def expired_invitation(world: World) -> str:
    return world.expired_invitation("expired@quill.example")


def replaced_invitation(world: World) -> str:
    newcomer = world.new_guest("replaced@quill.example")
    older = world.invitation_of(newcomer)
    world.invitation_of(newcomer)
    return older


def to_the_code(page: Page, _world: World) -> None:
    page.get_by_role("button", name="Email me the code").click()
    page.get_by_label("Code from the mail").wait_for()


def to_a_wrong_code(page: Page, world: World) -> None:
    to_the_code(page, world)
    page.get_by_label("Code from the mail").fill("12 34")
    press("Continue")(page, world)


def to_the_account(address: str) -> Act:
    def act(page: Page, world: World) -> None:
        to_the_code(page, world)
        page.get_by_label("Code from the mail").fill(world.code_of(world.user(Person(address))))
        press("Continue")(page, world)

    return act


def to_faults_of_the_account(address: str) -> Act:
    def act(page: Page, world: World) -> None:
        to_the_account(address)(page, world)
        press("Save and see the recording", Your_name="", The_same_password_again="short")(page, world)

    return act


def after_play(page: Page, _world: World) -> None:
    page.get_by_role("button", name=re.compile("^(Play|Go on from)")).first.click()
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.5")
    page.evaluate("document.querySelector('video').pause()")


def to_the_transcript(page: Page, world: World) -> None:
    after_play(page, world)
    page.get_by_role("tab", name="Transcript").click()
    page.get_by_role("searchbox", name="Search in the transcript").fill("breakfast")
    page.get_by_text("1 of 1").wait_for()


def to_the_end_of_the_film(page: Page, world: World) -> None:
    after_play(page, world)
    page.evaluate(
        "(video => { video.currentTime = video.duration - 0.1; video.play() })(document.querySelector('video'))"
    )
    page.get_by_role("alertdialog").wait_for()


def to_a_dialog(link: str) -> Act:
    def act(page: Page, _world: World) -> None:
        page.get_by_role("link", name=link, exact=True).first.click()
        page.get_by_role("dialog").wait_for()

    return act


def to_the_preview(addresses: str) -> Act:
    def act(page: Page, world: World) -> None:
        page.get_by_label("A note to them").fill("Here is what we spoke about on the train.")
        press("Check the addresses", Mail_addresses=addresses, Until="4.12.2030")(page, world)

    return act


def to_a_list(*buttons: str) -> Act:
    """Bring a list with all kinds of rows, and press these one after the other."""

    def act(page: Page, world: World) -> None:
        rows = ["Name;E-mail;Until;Views", *LISTED, f"Imani;{world.user(cast.IMANI).address};;"]
        page.get_by_label("Or paste it").fill("\n".join(rows))
        page.get_by_label("A note to them").fill("Thank you for judging with us.\nAsk me anything.")
        for button in ("Look at the list", *buttons):
            with page.expect_navigation():
                page.get_by_text(button, exact=True).first.click()

    return act


LISTED = (
    "Tomasz Wierzbicki-Arlt;t.wierzbicki(at)northgate.example;4.12.2030;2",
    "Petra Novotná;petra@novotna.example;;",
    "Petra Novotná;PETRA@novotna.example;;",
    "Donaudampfschifffahrtsgesellschaftskapitän;donaudampfschifffahrtskapitän@" + "lang" * 12 + ".example;;",
    "Somebody;;;",
    "Ruth Ambler;ruth@ambler.example;yesterday;",
    *(f"Guest {number};g{number}@brightwater.example;;" for number in range(60)),
)


def to_a_refused_file(page: Page, _world: World) -> None:
    page.get_by_label("Title").fill("A title")
    page.get_by_role("button", name="Upload the recording").click()
    page.get_by_text("Choose a video file").wait_for()


def to_the_policy_preview(page: Page, world: World) -> None:
    press("See what it means…", What_is_new="It now names the archive.")(page, world)


def menu(page: Page, _world: World) -> None:
    page.locator("summary").filter(has_text="Account of").click()


IMANI, OMAR, LAYLA, DANA, NORA = cast.IMANI, cast.OMAR, cast.LAYLA, cast.DANA, cast.NORA
LONG = cast.MAXIMILIANE
ADDRESSES = ("new.person@quill.example", IMANI.address, "not an address", DANA.address, cast.GERALD.address)
MANY = "\n".join(ADDRESSES)

WAY_IN = [
    Stop("sign-in", None, "account.sign_in.show", at("/sign-in")),
    Stop(
        "sign-in-wrong",
        None,
        "account.sign_in.show",
        at("/sign-in"),
        press("Sign in", Mail_address="a@b.example", Password="no"),
    ),
    Stop("sign-in-empty-fields", None, "account.sign_in.show", at("/sign-in"), press("Sign in")),
    Stop("forgotten", None, "account.forgotten.show", at("/password/forgotten")),
    Stop("forgotten-wrong", None, "account.forgotten.show", at("/password/forgotten"), press("Mail me the link")),
    Stop("forgotten-sent", None, "account.forgotten.sent", at("/password/forgotten/sent")),
    Stop("reset", None, "account.reset.show", lambda world: world.reset_of(cast.YUKI)),
    Stop(
        "reset-wrong",
        None,
        "account.reset.show",
        lambda world: world.reset_of(cast.ROSALIND),
        press("Save the new password", New_password="short"),
    ),
    Stop("reset-ended", None, "account.reset.show", at("/password/reset")),
    Stop("invitation", None, "account.invitations.show", invitation("first@quill.example")),
    Stop("invitation-code", None, "account.invitations.show_code", invitation("second@quill.example"), to_the_code),
    Stop(
        "invitation-code-wrong",
        None,
        "account.invitations.show_code",
        invitation("third@quill.example"),
        to_a_wrong_code,
    ),
    Stop(
        "invitation-account",
        None,
        "account.invitations.show_account",
        invitation("fourth@quill.example"),
        to_the_account("fourth@quill.example"),
    ),
    Stop(
        "invitation-account-wrong",
        None,
        "account.invitations.show_account",
        invitation("fifth@quill.example"),
        to_faults_of_the_account("fifth@quill.example"),
    ),
    Stop("invitation-unknown", None, "account.invitations.show", at("/invitation")),
    Stop("invitation-withdrawn", None, "account.invitations.show", withdrawn_invitation),
    Stop("invitation-used", None, "account.invitations.show", used_invitation),
    Stop("invitation-expired", None, "account.invitations.show", expired_invitation),
    Stop("invitation-replaced", None, "account.invitations.show", replaced_invitation),
    Stop("invitation-of-somebody-else", IMANI, "account.invitations.show", invitation("sixth@quill.example")),
    Stop("policy", None, "account.policy.show", at("/policy")),
    Stop("privacy", None, "shared.site.privacy", at("/privacy")),
    Stop("help", None, "shared.site.help_page", at("/help")),
    Stop("no-such-way", None, "", at("/sign-out")),  # 405
    Stop("how-to-tell", None, "shared.site.how_to_tell", at("/how-to-tell")),
]
GUESTS = [
    Stop("home", IMANI, "guest.home.index", at("/")),
    Stop("home-menu", IMANI, "guest.home.index", at("/"), menu),
    Stop("home-of-judge", cast.YUKI, "guest.home.index", at("/")),
    Stop("home-empty", IMANI, "guest.home.index", at("/"), empty=True),
    Stop("home-all-ended", cast.CAROLA, "guest.home.index", at("/")),
    Stop("search", IMANI, "guest.search.index", at("/search?words=gift")),
    Stop("search-nothing", IMANI, "guest.search.index", at("/search?words=zeppelin")),
    Stop("home-right-to-left", LAYLA, "guest.home.index", at("/")),
    Stop("watch", IMANI, "guest.watch.show", session("Meadow", door="watch")),
    Stop("watch-playing", IMANI, "guest.watch.show", session("What your gift", door="watch"), after_play),
    Stop("watch-stopped", LAYLA, "guest.watch.show", session("Two voices", door="watch"), to_the_end_of_the_film),
    Stop("watch-ended", cast.CAROLA, "guest.watch.show", lambda world: f"/watch/{world.recording_of(cast.CAROLA).key}"),
    Stop("watch-used-up", IMANI, "guest.watch.show", session("Donau", door="watch")),
    Stop("watch-asked", cast.ROSALIND, "guest.watch.show", session("Groundbreaking", door="watch")),
    Stop("watch-not-begun", IMANI, "guest.watch.show", session("مياه", door="watch")),
    Stop("watch-password", cast.CAROLA, "guest.watch.show", session("Meadow", door="watch")),
    Stop(
        "watch-password-wrong",
        cast.CAROLA,
        "guest.watch.show",
        session("Meadow", door="watch"),
        press("Open the video", Password="no"),
    ),
    Stop("not-found", IMANI, "guest.watch.show", at("/watch/nothing")),
    Stop("forbidden", IMANI, "sponsor.today.index", at("/today")),
    Stop("account", IMANI, "account.overview.index", at("/account")),
    Stop("account-staff", DANA, "account.overview.index", at("/account")),
    Stop("account-all-over", cast.CAROLA, "account.overview.index", at("/account")),
    Stop("sign-ins", IMANI, "account.sign_ins.index", at("/account/sign-ins")),
    Stop("password", IMANI, "account.password.show", at("/account/password")),
    Stop("password-wrong", IMANI, "account.password.show", at("/account/password"), press("Change the password")),
    Stop("policy-asked", OMAR, "account.policy.show_acceptance", at("/policy/accept")),
    Stop("policy-asked-wrong", OMAR, "account.policy.show_acceptance", at("/policy/accept"), press("Accept and go on")),
]
GUESTS += [
    Stop("watch-named-password-not-asked", cast.YUKI, "guest.watch.show", session("Meadow", door="watch")),
    Stop("watch-not-published", cast.YUKI, "guest.watch.show", session("Rehearsal", door="watch")),
    Stop("watch-move-here", cast.LONG_NAME, "guest.watch.ask_move", move_here(cast.LONG_NAME, "Panel on tidal")),
]
SPONSORS = [
    Stop("today", DANA, "sponsor.today.index", at("/today")),
    Stop("today-long-names", LONG, "sponsor.today.index", at("/today")),
    Stop("today-empty", DANA, "sponsor.today.index", at("/today"), empty=True),
    Stop("sessions", DANA, "sponsor.sessions.index", at("/sessions")),
    Stop("sessions-empty", DANA, "sponsor.sessions.index", at("/sessions"), empty=True),
    Stop("sessions-none-found", DANA, "sponsor.sessions.index", at("/sessions?words=zebra")),
    Stop("session-new", DANA, "sponsor.sessions.new", at("/sessions/new")),
    Stop("session-new-wrong", DANA, "sponsor.sessions.new", at("/sessions/new"), to_a_refused_file),
    Stop("session-new-unfinished", LONG, "sponsor.sessions.new", with_unfinished("/sessions/new")),
    Stop("today-unfinished", LONG, "sponsor.today.index", with_unfinished("/today")),
    Stop("upload-give-up", LONG, "sponsor.tus.ask_give_up", with_unfinished("/uploads/{key}/give-up")),
    Stop("session-replace-ready", DANA, "sponsor.sessions.show_replacing", session("Meadow", "/upload")),
    Stop("session", DANA, "sponsor.sessions.show", session("Meadow")),
    Stop("session-long-title", LONG, "sponsor.sessions.show", session("Donaudampf")),
    Stop("session-processing", DANA, "sponsor.sessions.show", session_that_is(VideoState.PROCESSING)),
    Stop("session-failed", DANA, "sponsor.sessions.show", session_that_is(VideoState.FAILED)),
    Stop("session-people", DANA, "sponsor.people.of_session", session("Meadow", "/people")),
    Stop(
        "session-people-wrong",
        DANA,
        "sponsor.sessions.show",
        session("Meadow"),
        press("Check the addresses", Until="soon"),
    ),
    Stop("judging-none", DANA, "sponsor.judging.show", of_an_event("/judging")),
    Stop("judging-ranking", DANA, "sponsor.judging.show", of_a_contest("")),
    Stop("judging-judges", DANA, "sponsor.judging.judges", of_a_contest("/judges")),
    Stop("judging-entry", DANA, "sponsor.judging.entry", of_a_contest("/sessions/{session}")),
    Stop("judging-criteria-none", DANA, "sponsor.judging_criteria.show", of_an_event("/judging/criteria")),
    Stop("judging-criteria", DANA, "sponsor.judging_criteria.show", of_a_contest("/criteria")),
    Stop("judging-criterion-new", DANA, "sponsor.judging_criteria.new", of_a_contest("/criteria/new")),
    Stop(
        "judging-criterion-wrong",
        DANA,
        "",
        of_a_contest("/criteria/new"),
        press("Add it", Fewest_points="ten", Weight="0"),
    ),
    Stop("judging-criterion", DANA, "sponsor.judging_criteria.edit", of_a_contest("/criteria/{criterion}")),
    Stop(
        "judging-criterion-remove",
        DANA,
        "sponsor.judging_criteria.ask_remove",
        of_a_contest("/criteria/{criterion}/remove"),
    ),
    Stop("score-sheet-beside", cast.IMANI, "guest.watch.show", sheet_of_a_contest("")),
    Stop("score-sheet", cast.IMANI, "guest.score_sheets.show", sheet_of_a_contest("/score-sheets/{event}")),
    Stop(
        "score-sheet-wrong",
        cast.IMANI,
        "",
        sheet_of_a_contest("/score-sheets/{event}", 1),
        press("Make it final", Remark="A long one. " * 9),
    ),
    Stop("list-new", DANA, "sponsor.lists.new_for_session", session("Meadow", "/list")),
    Stop("list-new-folder", LONG, "sponsor.lists.new_for_folder", folder("/list")),
    Stop("list-new-event", DANA, "sponsor.lists.new_for_event", of_an_event("/list")),
    Stop("list-wrong", DANA, "sponsor.lists.new_for_session", session("Meadow", "/list"), press("Look at the list")),
    Stop("list-preview", DANA, "sponsor.lists.show", session("Meadow", "/list"), to_a_list()),
    Stop("list-all", DANA, "sponsor.lists.show", session("Meadow", "/list"), to_a_list("All (67)")),
    Stop("list-columns", DANA, "sponsor.lists.columns", session("Meadow", "/list"), to_a_list("Correct the columns")),
    Stop("event-report", DANA, "sponsor.event_report.show", of_an_event("/report")),
    Stop("event-report-of-many", DANA, "sponsor.event_report.show", event("Prize", "/report")),
    Stop("event-report-closed", DANA, "sponsor.event_report.show", event("Donors’", "/report")),
    Stop("list-sent", DANA, "", of_an_event("/list"), to_a_list("Invite 63 people")),
    Stop("people-preview", DANA, "sponsor.sessions.show", session("Meadow"), to_the_preview(MANY)),
    Stop("session-video", DANA, "sponsor.video.show", session("Meadow", "/video")),
    Stop(
        "session-video-wrong",
        DANA,
        "sponsor.video.show",
        session("Meadow", "/video"),
        press("Prepare this cut", **{"Begins at": "9:00:00", "Ends at": "soon"}),
    ),
    Stop("session-video-processing", DANA, "sponsor.video.show", session_that_is(VideoState.PROCESSING, "/video")),
    Stop("session-video-failed", LONG, "sponsor.video.show", of_a_failed_version("Donaudampf", "/video")),
    Stop(
        "session-video-give-up", LONG, "sponsor.video.ask_give_up", of_a_failed_version("Donaudampf", "/video/give-up")
    ),
    Stop("session-settings", DANA, "sponsor.sessions.settings", session("Meadow", "/settings")),
    Stop(
        "session-settings-wrong",
        DANA,
        "sponsor.sessions.settings",
        session("Meadow", "/settings"),
        press("Save the settings", Title=""),
    ),
    Stop("session-captions", DANA, "sponsor.captions.show", spoken("/captions")),
    Stop(
        "session-captions-wrong",
        DANA,
        "sponsor.captions.show",
        spoken("/captions"),
        press("Save the chapters", Begins="soon"),
    ),
    Stop("session-captions-remove", DANA, "sponsor.captions.ask_remove", spoken("/captions/{track}/remove")),
    Stop("session-paper-remove", DANA, "sponsor.attachments.ask_remove", spoken("/attachments/{paper}/remove")),
    Stop("watch-transcript", DANA, "guest.watch.show", spoken("", "watch"), to_the_transcript),
    Stop("transcript", DANA, "guest.transcript.show", spoken("/transcript?language=en&words=breakfast", "watch")),
    Stop("session-rules", DANA, "sponsor.watching_rules.show", session("Meadow", "/watching")),
    Stop(
        "session-rules-wrong",
        DANA,
        "sponsor.watching_rules.show",
        session("Meadow", "/watching"),
        press("Save these rules", Opens="soon", Closes="1.1.2020"),
    ),
    Stop(
        "session-password-wrong",
        DANA,
        "sponsor.watching_rules.show",
        session("Meadow", "/watching"),
        press("Change the password", New_password="password"),
    ),
    Stop("session-not-published", DANA, "sponsor.watching_rules.show", session("Rehearsal", "/watching")),
    Stop("session-rules-of-owner", DANA, "sponsor.watching_rules.show", session("Groundbreaking", "/watching")),
    Stop("session-rules-beside", LONG, "sponsor.watching_rules.show", session("Groundbreaking", "/watching")),
    Stop("session-take-back", DANA, "sponsor.watching_rules.ask_unpublish", session("Meadow", "/unpublish")),
    Stop(
        "session-password-remove",
        DANA,
        "sponsor.session_passwords.ask_remove",
        session("Meadow", "/password/remove"),
    ),
    Stop("co-owner-remove", DANA, "sponsor.co_owners.ask_remove", co_owner_of("Groundbreaking", LONG)),
    Stop("session-delete", DANA, "sponsor.sessions.ask_delete", session("Meadow", "/delete")),
    Stop(
        "session-delete-dialog",
        DANA,
        "sponsor.sessions.settings",
        session("Meadow", "/settings"),
        to_a_dialog("Delete this recording…"),
    ),
    Stop("bin", DANA, "sponsor.bin.index", binned("/bin")),
    Stop("bin-empty", DANA, "sponsor.bin.index", at("/bin"), empty=True),
    Stop("bin-delete", DANA, "sponsor.bin.ask_delete", binned("/bin/{key}/delete")),
    Stop("session-replace", DANA, "sponsor.sessions.show_replacing", session_that_is(VideoState.FAILED, "/upload")),
    Stop("watch-own-not-ready", DANA, "guest.watch.show", session_that_is(VideoState.PROCESSING, door="watch")),
    Stop("watch-own-failed", DANA, "guest.watch.show", session_that_is(VideoState.FAILED, door="watch")),
    Stop("folder", LONG, "sponsor.folders.show", folder()),
    Stop("folder-new", LONG, "sponsor.folders.new", at("/folders/new")),
    Stop("folder-new-wrong", LONG, "sponsor.folders.new", at("/folders/new"), press("Make the folder")),
    Stop("folder-people", LONG, "sponsor.people.of_folder", folder("/people")),
    Stop("folder-settings", LONG, "sponsor.folders.settings", folder("/settings")),
    Stop("folder-delete", LONG, "sponsor.folders.ask_delete", folder("/delete")),
    Stop("grant", NORA, "sponsor.grants.show", grant()),
    Stop("grant-wrong", NORA, "sponsor.grants.show", grant(), press("Save the terms", Until="1.1.2020")),
    Stop("grant-revoke", NORA, "sponsor.grants.ask_revoke", grant("/revoke")),
    Stop("guests", DANA, "sponsor.guests.index", at("/guests")),
    Stop("guests-long-names", LONG, "sponsor.guests.index", at("/guests")),
    Stop("guests-empty", LONG, "sponsor.guests.index", at("/guests?search=zebra")),
    Stop("guests-none-yet", NORA, "sponsor.guests.index", at("/guests"), empty=True),
    Stop("guest", DANA, "sponsor.guests.show", guest(IMANI)),
    Stop("guest-letter-came-back", DANA, "sponsor.guests.show", guest(cast.WIERZBICKI)),
    Stop("guest-address", DANA, "sponsor.guests.show_address", guest(cast.WIERZBICKI, "/address")),
    Stop(
        "guest-address-wrong",
        DANA,
        "sponsor.guests.show_address",
        guest(cast.WIERZBICKI, "/address"),
        press("Send a fresh invitation", Mail_address="no"),
    ),
    Stop("guest-end", DANA, "sponsor.guests.show_end", guest(cast.CAROLA, "/end")),
    Stop(
        "guest-end-wrong",
        DANA,
        "sponsor.guests.show_end",
        guest(IMANI, "/end"),
        press("Save the end", Account_until="4 Dec 2020"),
    ),
    Stop("guest-withdraw", DANA, "sponsor.guests.ask_withdraw", guest(cast.SIOBHAN, "/invitation/withdraw")),
]
EVENTS = [
    Stop("events", DANA, "sponsor.events.index", at("/events")),
    Stop("events-empty", DANA, "sponsor.events.index", at("/events"), empty=True),
    Stop("event-new", DANA, "sponsor.events.new", at("/events/new")),
    Stop("event-new-wrong", DANA, "sponsor.events.new", at("/events/new"), press("Make the event", Opens="soon")),
    Stop("event-board", DANA, "sponsor.events.show", event("Prize")),
    Stop("event-board-none-found", DANA, "sponsor.events.show", event("Evening", "?show=finished")),
    Stop("event-board-closed", DANA, "sponsor.events.show", event("Donors’")),
    Stop("event-board-empty", DANA, "sponsor.events.show", empty_event),
    Stop("event-board-nobody", DANA, "sponsor.events.show", event_without_guests()),
    Stop("event-letters", DANA, "sponsor.event_letters.show", event("Prize", "/letters")),
    Stop("event-letters-closed", DANA, "sponsor.event_letters.show", event("Donors’", "/letters")),
    Stop("event-letters-coming", DANA, "sponsor.event_letters.show", event("Evening", "/letters")),
    Stop("event-closing", DANA, "sponsor.event_closing.show", event("Prize", "/closing")),
    Stop(
        "event-closing-wrong",
        DANA,
        "sponsor.event_closing.show",
        event("Prize", "/closing"),
        press("Close the event now", **{"Your password": "not the right one"}),
    ),
    Stop("event-closing-over", DANA, "sponsor.event_closing.show", event("Donors’", "/closing")),
    Stop("event-closing-closed", DANA, "sponsor.event_closing.show", event_closed_by_hand),
    Stop(
        "event-reopening-wrong",
        DANA,
        "sponsor.event_closing.show",
        event_closed_by_hand,
        press("Open the event again", Open_until="1 Jan 2099", Your_password="not the right one"),
    ),
    Stop("event-sessions", DANA, "sponsor.event_sessions.show", event("Prize", "/sessions")),
    Stop("event-people", DANA, "sponsor.people.of_event", event("Prize", "/people")),
    Stop("event-people-closed", DANA, "sponsor.people.of_event", event("Donors’", "/people")),
    Stop(
        "event-people-wrong",
        DANA,
        "sponsor.people.of_event",
        event("Prize", "/people"),
        press("Check the addresses", Mail_addresses=IMANI.address, Until="1.1.2100"),
    ),
    Stop("event-chosen-change", DANA, "sponsor.chosen.change_for_event", chosen_of_event("change")),
    Stop("event-chosen-end", DANA, "sponsor.chosen.ask_end_for_event", chosen_of_event("end")),
    Stop("event-assignments", DANA, "sponsor.event_assignments.show", event("Prize", "/assignments")),
    Stop("event-assignments-nobody", DANA, "sponsor.event_assignments.show", event_without_guests("/assignments")),
    Stop("event-part", DANA, "sponsor.event_assignments.show_guest", part_of(cast.YUKI)),
    Stop("event-spread", DANA, "sponsor.event_assignments.ask_spread", event("Prize", "/assignments/spread?each=3")),
    Stop(
        "event-spread-wrong",
        DANA,
        "sponsor.event_assignments.ask_spread",
        event("Prize", "/assignments/spread?each=99"),
    ),
    Stop("event-settings", DANA, "sponsor.events.settings", event("Prize", "/settings")),
    Stop("event-settings-new", DANA, "sponsor.events.settings", event_without_guests("/settings")),
    Stop("event-delete", DANA, "sponsor.events.ask_delete", event_without_guests("/delete")),
    Stop("event-settings-soon", DANA, "sponsor.events.settings", event("Prize", "/settings"), closing_soon),
    Stop("visit", cast.YUKI, "guest.events.show", event("Prize", door="watch/events")),
    Stop("visit-coming", IMANI, "guest.events.show", event("Evening", door="watch/events")),
    Stop("visit-closed", cast.CAROLA, "guest.events.show", event("Donors’", door="watch/events")),
]
ADMINS = [
    Stop("people", NORA, "admin.people.index", at("/admin/people")),
    Stop("people-none-found", NORA, "admin.people.index", at("/admin/people?search=zebra")),
    Stop("person", NORA, "admin.people.show", guest(IMANI, door="admin/people")),
    Stop("person-disabled", NORA, "admin.people.show", guest(cast.GERALD, door="admin/people")),
    Stop("person-long-name", NORA, "admin.people.show", guest(cast.LONG_NAME, door="admin/people")),
    Stop("person-disable", NORA, "admin.people.ask_disable", guest(IMANI, "/disable", "admin/people")),
    Stop("person-disable-myself", NORA, "admin.people.ask_disable", guest(NORA, "/disable", "admin/people")),
    Stop("person-role", NORA, "admin.roles.show", guest(DANA, "/role", "admin/people")),
    Stop("person-role-own", NORA, "admin.roles.show", guest(NORA, "/role", "admin/people")),
    Stop(
        "person-role-wrong",
        NORA,
        "admin.roles.show",
        guest(DANA, "/role", "admin/people"),
        press("Save the role", Your_own_password="not it"),
    ),
    Stop("person-hand-over", NORA, "admin.handing_over.ask", guest(DANA, "/hand-over", "admin/people")),
    Stop("person-hand-over-nothing", NORA, "admin.handing_over.ask", guest(NORA, "/hand-over", "admin/people")),
    Stop(
        "person-hand-over-wrong",
        NORA,
        "admin.handing_over.ask",
        guest(LONG, "/hand-over", "admin/people"),
        press("Hand it over", Mail_address_of_who_goes_on="nobody"),
    ),
    Stop("person-withdraw", NORA, "admin.people.ask_withdraw", guest(cast.SIOBHAN, "/withdraw", "admin/people")),
    Stop("reset-trial", NORA, "sponsor.resets.new", at("/resets/new?role=guest")),
    Stop("reset-of-one", DANA, "sponsor.resets.new", lambda world: f"/resets/new?person={world.user(IMANI).key}"),
    Stop("reset-of-nobody", NORA, "sponsor.resets.new", at("/resets/new?search=zebra")),
    Stop("reset-of-myself", NORA, "sponsor.resets.new", lambda world: f"/resets/new?person={world.user(NORA).key}"),
    Stop(
        "reset-press-wrong",
        NORA,
        "sponsor.resets.new",
        at("/resets/new?role=guest&search=Imani"),
        press("Reset the password"),
    ),
    Stop("reset-outcome", NORA, "sponsor.resets.show", stopped_passwords(NORA)),
    Stop("reset-outcome-of-all", NORA, "sponsor.resets.show", stopped_passwords(NORA, "?show=all")),
    Stop("reset-without-letters", DANA, "sponsor.resets.show", stopped_passwords(DANA, mails_way_in=False)),
    Stop("staff-invite", NORA, "admin.people.invite", at("/admin/people/invite")),
    Stop(
        "staff-invite-wrong",
        NORA,
        "admin.people.invite",
        at("/admin/people/invite"),
        press("Send the invitation", Mail_address="no"),
    ),
    Stop("mail", NORA, "admin.mail.index", at("/admin/mail")),
    Stop("mail-empty", NORA, "admin.mail.index", at("/admin/mail"), empty=True),
    Stop("mail-none-found", NORA, "admin.mail.index", at("/admin/mail?address=zebra@quill.example")),
    Stop("mail-sent", NORA, "admin.mail.show", letter(IMANI)),
    Stop("mail-waiting", NORA, "admin.mail.show", letter(cast.LE_BICH)),
    Stop("mail-failed", NORA, "admin.mail.show", letter(cast.WIERZBICKI)),
    Stop("policies", NORA, "admin.policy.index", at("/admin/policy")),
    Stop("policy-version", NORA, "admin.policy.show", at("/admin/policy/1")),
    Stop("policy-new", NORA, "admin.policy.new", at("/admin/policy/new")),
    Stop("policy-new-wrong", NORA, "admin.policy.new", at("/admin/policy/new"), press("See what it means…")),
    Stop("policy-preview", NORA, "admin.policy.new", at("/admin/policy/new"), to_the_policy_preview),
    Stop("audit", NORA, "admin.audit.index", at("/admin/audit")),
    Stop("audit-checked", NORA, "admin.audit.index", at("/admin/audit"), press("Check the trail")),
    Stop("audit-none-found", NORA, "admin.audit.index", at("/admin/audit?person=zebra@quill.example")),
    Stop("audit-wrong", NORA, "admin.audit.index", at("/admin/audit?since=soon")),
]
WHY = [
    Stop("seen-as-guest-begin", DANA, "sponsor.seeing_as.show", guest(IMANI, "/seen")),
    Stop("seen-as-guest", DANA, "sponsor.seeing_as.show", guest(IMANI, "/seen"), press("See what they see")),
    Stop("seen-as-guest-long", LONG, "sponsor.seeing_as.show", guest(LAYLA, "/seen"), press("See what they see")),
    Stop("seen-as-nobody", NORA, "sponsor.seeing_as.show", guest(cast.GERALD, "/seen"), press("See what they see")),
    Stop("seen-before-policy", NORA, "sponsor.seeing_as.show", guest(OMAR, "/seen"), press("See what they see")),
    Stop("why-which", DANA, "sponsor.why.index", guest(IMANI, "/why")),
    Stop("why-which-none", DANA, "sponsor.why.index", guest(IMANI, "/why?words=zebra")),
    Stop("why-may", DANA, "sponsor.why.show", why(IMANI, "Meadow")),
    Stop("why-sitting", DANA, "sponsor.why.show", why(cast.YUKI, "Meadow")),
    Stop("why-used-up", LONG, "sponsor.why.show", why(IMANI, "Donau")),
    Stop("why-not-begun", NORA, "sponsor.why.show", why(IMANI, "مياه")),
    Stop("why-ended", NORA, "sponsor.why.show", why(IMANI, "Panel on tidal")),
    Stop("why-password", NORA, "sponsor.why.show", why(LAYLA, "Meadow")),
    Stop("why-disabled", NORA, "sponsor.why.show", why(cast.GERALD, "What your gift")),
    Stop("trace", NORA, "admin.trace_codes.show", at("/admin/trace")),
    Stop(
        "trace-unknown",
        NORA,
        "admin.trace_codes.show",
        at("/admin/trace"),
        press("Look it up", Trace_code="zzz zzzz"),
    ),
    Stop("trace-found", NORA, "admin.trace_codes.found", lambda world: f"/admin/trace/{world.player_of(IMANI).key}"),
]
SHARING = [
    Stop("requests", DANA, "sponsor.requests.index", at("/requests")),
    Stop("requests-of-co-owner", LONG, "sponsor.requests.index", at("/requests")),
    Stop("requests-none", DANA, "sponsor.requests.index", at("/requests"), empty=True),
    Stop("chosen-change", DANA, "sponsor.chosen.change_for_session", chosen("change", IMANI, cast.YUKI)),
    Stop(
        "chosen-preview",
        DANA,
        "sponsor.chosen.change_for_session",
        chosen("change", IMANI, cast.YUKI),
        press("See what changes…", Until="4 dec 2030"),
    ),
    Stop(
        "chosen-wrong",
        DANA,
        "sponsor.chosen.change_for_session",
        chosen("change", IMANI, cast.YUKI),
        press("See what changes…", Until="1.1.2020", Views="0"),
    ),
    Stop("chosen-none", DANA, "sponsor.chosen.change_for_session", chosen("change")),
    Stop("chosen-end", DANA, "sponsor.chosen.ask_end_for_session", chosen("end", IMANI, cast.YUKI)),
    Stop("chosen-change-folder", LONG, "sponsor.chosen.change_for_folder", chosen_of_folder("change")),
    Stop("chosen-end-folder", LONG, "sponsor.chosen.ask_end_for_folder", chosen_of_folder("end")),
    Stop("sharing", NORA, "admin.sharing.show", at("/admin/sharing")),
    Stop(
        "sharing-wrong",
        NORA,
        "admin.sharing.show",
        at("/admin/sharing"),
        press("Save", Days_that_one_press_gives="31", Most_views="none"),
    ),
]
STOPS = [*WAY_IN, *GUESTS, *SPONSORS, *EVENTS, *ADMINS, *WHY, *SHARING]
