"""What is told of a recording, as it is kept: checked, and refused with the sentence to show."""

from dataclasses import dataclass
from datetime import date

from portal.basics.errors import PortalError
from portal.basics.texts import many_lines, one_line

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 5000
LONGEST_PRESENTER = 200
LONGEST_TAG = 40
MOST_TAGS = 20
FIRST_FILM = date(1888, 1, 1)
NO_TITLE = "Say what it is called"


class WrongTitle(PortalError):
    """A title that cannot be kept; the text says why."""


class WrongDescription(PortalError):
    """A description that cannot be kept; the text says why."""


class WrongDetail(PortalError):
    """Something else told of a recording that cannot be kept; the text says why."""


class ChangedMeanwhile(PortalError):
    """Somebody else saved this thing after it was opened for editing."""


@dataclass(frozen=True)
class Details:
    """What is told of a recording. `tags` are in order; guests never see them, nor find it by them."""

    title: str
    description: str = ""
    presenter: str = ""
    recorded_on: date | None = None
    tags: tuple[str, ...] = ()

    def checked(self, today: date) -> "Details":
        """The same as it is kept. Raises `WrongTitle`, `WrongDescription`, `WrongDetail`."""
        return Details(
            title=check_title(self.title),
            description=check_description(self.description),
            presenter=check_presenter(self.presenter),
            recorded_on=check_recorded_on(self.recorded_on, today),
            tags=check_tags(",".join(self.tags)),
        )


def check_title(title: str) -> str:
    """The title as it is kept: single-spaced, 1 to 200 characters. Raises `WrongTitle` with the sentence to show."""
    tidy = one_line(title)
    if not tidy:
        raise WrongTitle(NO_TITLE)
    if len(tidy) > LONGEST_TITLE:
        raise WrongTitle(f"Titles have at most {LONGEST_TITLE} characters; this one has {len(tidy):,}.")
    return tidy


def check_description(description: str) -> str:
    """The description as it is kept. Raises `WrongDescription` with the sentence to show."""
    tidy = many_lines(description)
    if len(tidy) > LONGEST_DESCRIPTION:
        raise WrongDescription(
            f"Descriptions have at most {LONGEST_DESCRIPTION:,} characters; this one has {len(tidy):,}."
        )
    return tidy


def check_presenter(presenter: str) -> str:
    """Who speaks, as it is kept. Raises `WrongDetail` with the sentence to show."""
    tidy = one_line(presenter)
    if len(tidy) > LONGEST_PRESENTER:
        raise WrongDetail(f"Names of presenters have at most {LONGEST_PRESENTER} characters; these have {len(tidy):,}.")
    return tidy


def check_recorded_on(day: date | None, today: date) -> date | None:
    """The day of the recording. Raises `WrongDetail` with the sentence to show."""
    if day is not None and day > today:
        raise WrongDetail("The day of the recording lies ahead. Leave it empty until it is there.")
    if day is not None and day < FIRST_FILM:
        raise WrongDetail("Nobody could record anything then. Check the year.")
    return day


def check_tags(typed: str) -> tuple[str, ...]:
    """Tags as they are kept, in order: small letters, each once. They are typed with commas between them.

    Raises `WrongDetail` with the sentence to show.
    """
    tags = sorted({one_line(tag).lower() for tag in typed.replace("\n", ",").split(",")} - {""})
    for tag in tags:
        if len(tag) > LONGEST_TAG:
            raise WrongDetail(f"A tag has at most {LONGEST_TAG} characters. Put commas between several.")
    if len(tags) > MOST_TAGS:
        raise WrongDetail(f"A recording has at most {MOST_TAGS} tags; these are {len(tags)}.")
    return tuple(tags)
