"""The story the demo tells: six weeks at a university that shares recordings with people outside it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from portal.basics.roles import Role
from portal.demo import films, scenes, spoken
from portal.demo.acts import Recording
from portal.demo.describing import DescribingActs
from portal.demo.films import Film
from portal.demo.people import (
    ABERNATHY,
    CAROLA,
    DANA,
    GERALD,
    HENRIK,
    IMANI,
    LAYLA,
    LE_BICH,
    LONG_NAME,
    MAXIMILIANE,
    NGOC,
    NORA,
    OMAR,
    PETRA,
    PRESS,
    ROSALIND,
    SIOBHAN,
    VIDEO_PASSWORD,
    WIERZBICKI,
    YUKI,
    Person,
)
from portal.demo.sharing import ALL, Parts
from portal.storage.media_tools import Tools
from portal.storage.models import Answer, Folder, User, VideoSession

_AN_HOUR_AND_MORE = 135
"""Minutes: so long a letter has been waiting that its next try is more than an hour away."""

_DRAWN = (
    Film("lecture", scenes.lecture, 24, (196, 247)),
    Film("river", scenes.river_campus, 18, (165, 220)),
    Film("laboratory", scenes.laboratory, 30, (220, 277)),
    Film("mud", scenes.tidal_mud, 22, (147, 196)),
    Film("dunes", scenes.dunes, 26, (175, 262)),
    Film("voices", scenes.two_voices, 16, (131, 165)),
    Film("kestrel", scenes.workshop, 14, (247, 330)),
    Film("observatory", scenes.observatory, 20, (110, 165)),
    Film("rehearsal", scenes.rehearsal, 12, (185, 233)),
    Film("first-take", scenes.rehearsal, 6, (185, 233)),
)


@dataclass
class Reel:
    """The files of the recordings, drawn beside the story as soon as it begins."""

    acts: DescribingActs
    folder: Path
    tools: Tools
    _files: dict[str, Future[Path]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for film in _DRAWN:
            self._files[film.name] = self.acts.workers.submit(films.draw, film, self.folder, self.tools)
        self._files["meadow"] = self.acts.workers.submit(films.excerpt, "meadow", self.folder, self.tools)
        self._files["drone"] = self.acts.workers.submit(films.damaged, "drone", self.folder)

    def recording(self, name: str, title: str, description: str, called: str) -> Recording:
        return Recording(title, description, self._files[name], called)


class Story:
    """Tells the whole story, in the order it happened. `tell` is called once."""

    nora: User
    dana: User
    maximiliane: User
    donors: Folder
    studio: Folder
    field_seasons: Folder
    open_lectures: Folder
    gift: VideoSession
    river: VideoSession
    mud: VideoSession
    laboratory: VideoSession
    dunes: VideoSession
    voices: VideoSession
    meadow: VideoSession
    kestrel: VideoSession

    def __init__(self, acts: DescribingActs, reel: Reel) -> None:
        self.acts, self.reel, self.day = acts, reel, acts.calendar.day
        self.guests: dict[Person, User] = {}
        self.soon = self.day(-2, "18:00")
        self.december = self.day(-12, "18:00")
        self.new_year = self.day(-40, "12:00")

    def tell(self) -> None:
        for part in self._parts():
            part()

    def _parts(self) -> Iterator[Callable[[], None]]:
        yield self._staff_come_in
        yield self._dana_shares_with_donors
        yield self._maximiliane_shares_her_field_seasons
        yield self._they_tell_more_of_them
        yield self._donors_come_and_go
        yield self._policy_changes
        yield self._studio_shows_its_film
        yield self._pitches_begin
        yield self._judges_begin
        yield self._this_week
        yield self._an_evening_is_planned
        yield self._today

    def _staff_come_in(self) -> None:
        self.nora = self.acts.first_admin(NORA, self.day(42, "09:02"))
        self.acts.invite_staff(DANA, Role.SPONSOR, by=self.nora, at=self.day(42, "09:20"))
        self.acts.invite_staff(MAXIMILIANE, Role.SPONSOR, by=self.nora, at=self.day(42, "09:24"))
        self.dana = self.acts.come_in(DANA, self.day(42, "10:11"))
        self.maximiliane = self.acts.come_in(MAXIMILIANE, self.day(41, "16:40"))

    def _dana_shares_with_donors(self) -> None:
        self.donors = self.acts.make_folder("Donors 2026", by=self.dana, at=self.day(38, "09:30"))
        self.gift, self.river = self.acts.upload(
            self.reel.recording(
                "lecture",
                "What your gift built: the Northern Light scholars, four years on",
                "The annual address to donors, with the scholars' own figures.\nRecorded in the Old Hall.",
                "old-hall-final-cut.mp4",
            ),
            self.reel.recording(
                "river",
                "Groundbreaking at the river campus",
                "The first spade, the speeches and the walk along the bank.",
                "river campus 2026-10-14.mp4",
            ),
            folder=self.donors,
            by=self.dana,
            at=self.day(38, "10:05"),
        )
        note = "You made this possible. I would like you to see it before anybody else does.\n\nWarmly, Dana"
        invited = (IMANI, OMAR)
        self.acts.name(*invited, on=self.donors, by=self.dana, at=self.day(37, "11:30"), until=self.december, note=note)
        self._comes_in(IMANI, 37, "18:41")
        self.acts.watch(IMANI, self.guests[IMANI], self.gift, self.day(37, "18:47"), [(0.0, 0.35)])

    def _maximiliane_shares_her_field_seasons(self) -> None:
        by = self.maximiliane
        self.field_seasons = self.acts.make_folder("Field seasons", by=by, at=self.day(36, "08:50"))
        self.open_lectures = self.acts.make_folder("Open lectures", by=by, at=self.day(36, "08:52"))
        self.laboratory, self.mud = self.acts.upload(
            self.reel.recording(
                "laboratory",
                "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk: field notes",
                "Samples, readings and what they mean.",
                "feldnotizen_2026.mp4",
            ),
            self.reel.recording(
                "mud", "Panel on tidal mud", "Four disciplines look at the same metre of ground.", "panel-mud.mp4"
            ),
            folder=self.field_seasons,
            by=by,
            at=self.day(36, "09:00"),
        )
        self.dunes, self.voices = self.acts.upload(
            self.reel.recording(
                "dunes", "مياه الصحراء: محاضرة عامة", "A public lecture on desert water, in Arabic.", "desert-water.mp4"
            ),
            self.reel.recording(
                "voices", "Two voices on salt", "A talk between a chemist and a historian.", "salt talk.mp4"
            ),
            folder=self.open_lectures,
            by=by,
            at=self.day(36, "10:30"),
        )
        self.acts.name(LONG_NAME, on=self.field_seasons, by=by, at=self.day(35, "09:10"))
        self.acts.name(LAYLA, on=self.open_lectures, by=by, at=self.day(35, "09:15"), until=self.new_year)
        self._comes_in(LAYLA, 35, "13:25")
        self.acts.watch(LAYLA, self.guests[LAYLA], self.voices, self.day(35, "13:30"))
        self._comes_in(LONG_NAME, 34, "10:02")
        self.acts.watch(LONG_NAME, self.guests[LONG_NAME], self.mud, self.day(34, "10:09"), [(0.0, 0.3), (0.55, 1.0)])
        self.acts.name(IMANI, on=self.voices, by=by, at=self.day(33, "15:00"), until=self.new_year)
        self.acts.name(IMANI, on=self.mud, by=by, at=self.day(33, "15:02"), until=self.day(11, "12:00"))

    def _they_tell_more_of_them(self) -> None:
        acts, dana, maximiliane = self.acts, self.dana, self.maximiliane
        at, recorded_on = self.day(33, "16:30"), self.day(47, "18:00").date()
        tags = ("donors", "scholars")
        acts.describe(self.gift, presenter=DANA.name, recorded_on=recorded_on, tags=tags, by=dana, at=at)
        acts.caption(self.gift, "en", spoken.GIFT_ENGLISH, by=dana, at=self.day(33, "16:40"))
        acts.caption(self.gift, "de", spoken.GIFT_GERMAN, by=dana, at=self.day(33, "16:42"))
        acts.divide(self.gift, spoken.GIFT_PARTS, by=dana, at=self.day(33, "16:50"))
        slides = "The scholars in figures, slides"
        acts.put_beside(self.gift, slides, "scholars-in-figures.pdf", by=dana, at=self.day(33, "16:55"))
        at, recorded_on = self.day(33, "17:10"), self.day(60, "10:00").date()
        tags = ("field work", "mud")
        acts.describe(self.mud, presenter="Four voices", recorded_on=recorded_on, tags=tags, by=maximiliane, at=at)
        acts.caption(self.mud, "en", spoken.MUD_ENGLISH, by=maximiliane, at=self.day(33, "17:20"))
        acts.divide(self.mud, spoken.MUD_PARTS, by=maximiliane, at=self.day(33, "17:25"))
        acts.allow_download(self.voices, by=maximiliane, at=self.day(33, "17:30"))

    def _donors_come_and_go(self) -> None:
        by, gift = self.dana, self.gift
        self.acts.name(CAROLA, GERALD, on=gift, by=by, at=self.day(32, "09:05"), until=self.day(6, "18:00"))
        preview = self.acts.make_event(
            "Donors’ preview, autumn",
            gift,
            self.river,
            opens=self.day(32, "10:00"),
            closes=self.day(18, "18:00"),
            description="Two films before anybody else sees them.",
            by=by,
            at=self.day(32, "09:20"),
        )
        self.acts.name(CAROLA, IMANI, on=preview, by=by, at=self.day(32, "09:25"))
        self._comes_in(CAROLA, 32, "20:15")
        self.acts.watch(CAROLA, self.guests[CAROLA], gift, self.day(32, "20:20"))
        self._comes_in(GERALD, 31, "07:50")
        self.acts.watch(GERALD, self.guests[GERALD], gift, self.day(31, "07:58"), [(0.0, 0.15)])
        self.acts.name(ABERNATHY, on=self.donors, by=by, at=self.day(30, "14:00"), until=self.december)
        self._comes_in(OMAR, 29, "21:30")  # and never watches
        self.acts.name(ROSALIND, on=self.river, by=by, at=self.day(20, "10:00"), until=self.soon, views=2)
        self._comes_in(ROSALIND, 19, "17:12")
        self.acts.watch(ROSALIND, self.guests[ROSALIND], self.river, self.day(19, "17:20"), [(0.0, 0.45)])
        self.acts.name(PRESS, on=self.river, by=by, at=self.day(13, "11:00"), until=self.soon)
        self.acts.withdraw(PRESS, by=by, at=self.day(12, "09:40"))
        self.acts.add_co_owner(MAXIMILIANE, self.river, by=by, at=self.day(12, "10:05"))
        self.acts.name(IMANI, on=self.laboratory, by=self.maximiliane, at=self.day(11, "15:00"), views=1)

    def _policy_changes(self) -> None:
        self.acts.publish_policy(
            "It now says what happens to recordings of people who took part.",
            "# People who took part\nSome recordings show people who have agreed to be seen by you and nobody else. "
            "Treat them as you would wish to be treated.",
            by=self.nora,
            at=self.day(10, "08:30"),
        )
        staff = ((NORA, self.nora), (DANA, self.dana), (MAXIMILIANE, self.maximiliane))
        guests = [(person, user) for person, user in self.guests.items() if person is not OMAR]
        for minute, (person, user) in enumerate([*staff, *guests]):
            self.acts.accept_policy(person, user, self.day(10, f"09:{10 + minute * 3:02}"))
        reason = "Passed the recording on to his office; he was told by telephone."
        self.acts.disable(self.guests[GERALD], reason, by=self.nora, at=self.day(9, "12:00"))

    def _studio_shows_its_film(self) -> None:
        by = self.dana
        self.studio = self.acts.make_folder("Animation studio", by=by, at=self.day(9, "15:00"))
        description = f"The working cut, without titles. Tell us what you think.\n{films.CREDIT}"
        meadow = "Meadow Morning, diploma film of the animation studio (working cut)"
        (self.meadow,) = self.acts.upload(
            self.reel.recording("meadow", meadow, description, "meadow_morning_v7.mp4"),
            folder=self.studio,
            by=by,
            at=self.day(9, "15:05"),
        )
        self.acts.set_password(VIDEO_PASSWORD, self.meadow, by=by, at=self.day(9, "15:40"))
        note = "Not finished, and already lovely."
        at, until = self.day(8, "10:20"), self.december
        self.acts.name(YUKI, IMANI, on=self.meadow, by=by, at=at, until=until, views=2, note=note)
        self._comes_in(YUKI, 8, "13:57")
        self.acts.watch(YUKI, self.guests[YUKI], self.meadow, self.day(8, "14:02"), [(0.0, 0.62)])

    def _pitches_begin(self) -> None:
        (self.kestrel,) = self.acts.upload(
            self.reel.recording(
                "kestrel",
                "Team Kestrel: cold chain for small pharmacies",
                "The first of the pitches for the final in December.",
                "kestrel_pitch.mp4",
            ),
            by=self.dana,
            at=self.day(7, "16:00"),
        )
        note = "One pitch to begin with; the others follow next week."
        until = self.new_year
        self.acts.name(WIERZBICKI, on=self.kestrel, by=self.dana, at=self.day(6, "09:30"), until=until, note=note)
        self.acts.name(IMANI, on=self.kestrel, by=self.dana, at=self.day(6, "09:40"), until=self.soon, views=2)
        self._watches(IMANI, self.laboratory, 6, "21:05", [(0.0, 0.8)])  # her one view
        by, until = self.maximiliane, self.day(-5, "12:00")
        self.acts.name(NGOC, on=self.mud, by=by, at=self.day(5, "08:15"), until=until, views=1)
        self.acts.warn(self.day(5, "08:30"))
        self._comes_in(NGOC, 5, "09:48")
        self.acts.watch(NGOC, self.guests[NGOC], self.mud, self.day(5, "09:55"), [(0.0, 0.7)])

    def _judges_begin(self) -> None:
        acts, by = self.acts, self.dana
        prize = acts.make_event(
            "Prize for the clearest talk 2026",
            self.gift,
            self.river,
            self.kestrel,
            opens=self.day(5, "15:00"),
            closes=self.day(-3, "18:00"),
            description="Watch what is yours to the end, and note what you would tell a friend about it. "
            "The jury meets by telephone on the day after the closing.",
            by=by,
            at=self.day(5, "14:00"),
        )
        judges = (YUKI, NGOC, LAYLA, PETRA, WIERZBICKI)
        acts.name(*judges, on=prize, by=by, at=self.day(5, "14:10"), note="Thank you for being a judge.")
        acts.spread(prize, 3, by=by, at=self.day(5, "14:20"))
        acts.assign(prize, YUKI, self.gift, self.kestrel, by=by, at=self.day(5, "14:25"))
        acts.assign(prize, NGOC, self.gift, self.river, by=by, at=self.day(5, "14:26"))
        acts.assign(prize, WIERZBICKI, by=by, at=self.day(5, "14:28"))  # until his letter arrives
        self._watches(YUKI, self.gift, 5, "20:10")
        self._watches(YUKI, self.kestrel, 5, "20:30")
        self._watches(NGOC, self.river, 5, "21:05", [(0.0, 0.4)])

    def _an_evening_is_planned(self) -> None:
        evening = self.acts.make_event(
            "Evening of unfinished films",
            self.meadow,
            opens=self.day(-6, "19:00"),
            closes=self.day(-7, "23:00"),
            description="One evening, one film, and everybody may say what is missing.",
            by=self.dana,
            at=self.day(1, "18:00"),
        )
        self.acts.name(IMANI, LONG_NAME, on=evening, by=self.dana, at=self.day(1, "18:05"))

    def _this_week(self) -> None:
        self.acts.sign_in(NGOC, self.guests[NGOC], self.day(4, "08:50"))
        words = "My connection failed before the last third. May I see it once more?"
        asked = self.acts.ask(NGOC, self.guests[NGOC], self.mud, words, self.day(4, "08:52"))
        self.acts.answer(asked, Answer.VIEWS, by=self.maximiliane, at=self.day(4, "11:20"))
        self.acts.mistype(ROSALIND, self.day(4, "19:30"))
        self._watches(ROSALIND, self.river, 4, "19:31", [(0.45, 1.0)])  # the second of her two views
        by, begins = self.maximiliane, self.day(-3, "09:00")
        self.acts.name(IMANI, on=self.dunes, by=by, at=self.day(3, "09:10"), begins=begins, until=self.new_year)
        self.acts.name(SIOBHAN, on=self.river, by=self.dana, at=self.day(3, "10:40"), until=self.december)
        self.acts.name(HENRIK, on=self.donors, by=self.dana, at=self.day(2, "11:00"), until=self.december)
        self._watches(LAYLA, self.voices, 2, "20:10", [(0.0, 0.5)])
        self.acts.sign_in(NGOC, self.guests[NGOC], self.day(2, "21:00"))
        self.acts.give_password(NGOC, self.guests[NGOC], VIDEO_PASSWORD, self.meadow, self.day(2, "21:03"))
        self.acts.watch(NGOC, self.guests[NGOC], self.meadow, self.day(2, "21:04"), [(0.0, 0.25)])
        self._not_yet_to_be_seen()
        self.acts.warn(self.day(1, "08:30"))
        drone = "Campus from the air, third flight"
        self.acts.upload(self.reel.recording("drone", drone, "", "DJI_0043.mp4"), by=self.dana, at=self.day(1, "15:20"))
        self._watches(IMANI, self.meadow, 1, "17:05", [(0.0, 0.4)])  # the first of her two views
        self.acts.watch(IMANI, self.guests[IMANI], self.gift, self.day(1, "17:15"), [(0.5, 1.0)])

    def _not_yet_to_be_seen(self) -> None:
        (rehearsal,) = self.acts.upload(
            self.reel.recording(
                "rehearsal", "Rehearsal for the donors' evening", "To be cut; nobody sees it before that.", "take 2.mp4"
            ),
            by=self.dana,
            at=self.day(2, "22:10"),
        )
        (first_take,) = self.acts.upload(
            self.reel.recording("first-take", "Rehearsal for the donors' evening, first take", "", "take 1.mp4"),
            by=self.dana,
            at=self.day(2, "22:14"),
        )
        self.acts.throw_away(first_take, by=self.dana, at=self.day(2, "22:18"))
        self.acts.name(YUKI, on=rehearsal, by=self.dana, at=self.day(2, "22:22"), until=self.december)
        self.acts.unpublish(rehearsal, by=self.dana, at=self.day(2, "22:25"))

    def _today(self) -> None:
        minutes = self.acts.calendar.minutes
        at = minutes(_AN_HOUR_AND_MORE)
        self.acts.name(LE_BICH, HENRIK, on=self.kestrel, by=self.dana, at=at, until=self.december)
        self._post_until(100)
        self.acts.sign_in(ROSALIND, self.guests[ROSALIND], minutes(100))
        words = "I would like to show the walk along the bank to our board on Thursday, from my own chair."
        self.acts.ask(ROSALIND, self.guests[ROSALIND], self.river, words, minutes(97))
        self._post_until(70)
        self.acts.sign_in(YUKI, self.guests[YUKI], minutes(70))
        self.acts.watch(YUKI, self.guests[YUKI], self.meadow, minutes(68), [(0.62, 0.9)])
        self._post_until(45)
        self.acts.sign_in(IMANI, self.guests[IMANI], minutes(45))
        self.acts.watch(IMANI, self.guests[IMANI], self.voices, minutes(43), [(0.0, 0.5)])
        observatory = "Scholars' evening at the observatory"
        self.acts.begin_slow_upload(
            self.reel.recording(
                "observatory", observatory, "Toasts, telescopes and one comet.", "scholars-evening.mp4"
            ),
            by=self.dana,
            share=0.4,
            goes_on=self.acts.calendar.minutes(-8 * 60),
            at=minutes(12),
        )
        self._post_until(1)

    def _post_until(self, ago: int) -> None:
        """Let the worker's rounds pass, so that the letter that waits is tried ever more rarely."""
        begin = self.acts.calendar.last_minutes_ago
        for minute in range(begin - 1, ago, -1):
            self.acts.post(self.acts.calendar.minutes(minute))

    def _comes_in(self, person: Person, ago: int, clock: str) -> None:
        self.guests[person] = self.acts.come_in(person, self.day(ago, clock))

    def _watches(self, person: Person, video_session: VideoSession, ago: int, clock: str, parts: Parts = ALL) -> None:
        at = self.day(ago, clock)
        self.acts.sign_in(person, self.guests[person], at)
        self.acts.watch(person, self.guests[person], video_session, at, parts)
