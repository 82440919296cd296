"""Forms of the library: what a recording is called, where it stands, and its file."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Self

from flask_wtf import FlaskForm
from wtforms import Field, FileField, HiddenField, SelectField, StringField, TextAreaField, ValidationError

from portal.basics import dates
from portal.basics.clock import now
from portal.basics.errors import PortalError
from portal.basics.typed_dates import NotADate, read_past_day, typed_day
from portal.domain import library, uploads
from portal.domain.library import Details, SessionPage
from portal.domain.work import tools
from portal.storage.models import Folder

FOLDER_GONE = "This folder is not there any more. Choose another."
NO_FILE = "Choose a video file"


def _kept_as(rule: Callable[[str], object]) -> Callable[[FlaskForm, Field], None]:
    """Have a field say what the rule says about its text."""

    def check(_form: FlaskForm, field: Field) -> None:
        try:
            rule(field.data or "")
        except PortalError as fault:
            raise ValidationError(str(fault)) from None

    return check


class FolderForm(FlaskForm):
    """A shelf's name. `form_key`: sent twice, it makes one shelf."""

    form_key = HiddenField()
    title = StringField("Name of the folder", [_kept_as(library.check_title)])


class _AboutForm(FlaskForm):
    title = StringField("Title", [_kept_as(library.check_title)])
    description = TextAreaField("Description", [_kept_as(library.check_description)])
    folder = SelectField("Folder", validate_choice=False)

    def offer(self, folders: Sequence[Folder]) -> None:
        """Which shelves can be chosen."""
        self._folders = {folder.key: folder for folder in folders}
        self.folder.choices = [("", "No folder"), *((folder.key, folder.title) for folder in folders)]

    @property
    def chosen_folder(self) -> Folder | None:
        return self._folders.get(self.folder.data or "")

    def validate_folder(self, field: Field) -> None:
        if field.data and field.data not in self._folders:
            raise ValidationError(FOLDER_GONE)


class SettingsForm(_AboutForm):
    """What can be changed of a recording. `version` tells whether somebody else changed it meanwhile."""

    version = HiddenField()
    presenter = StringField("Presenter", [_kept_as(library.check_presenter)])
    recorded_on = StringField("Recorded on")
    tags = StringField("Tags", [_kept_as(library.check_tags)])
    _recorded_on: date | None = None

    @classmethod
    def of(cls, shown: SessionPage) -> Self:
        """The form as it is kept now."""
        it = shown.video_session
        return cls(
            formdata=None,
            title=it.title,
            description=it.description,
            presenter=it.presenter,
            recorded_on=typed_day(it.recorded_on),
            tags=", ".join(shown.tags),
            folder=shown.folder.key if shown.folder else "",
            version=library.version_of(it, shown.tags),
        )

    def validate_recorded_on(self, field: Field) -> None:
        at, zone = now(), tools().settings.time_zone
        try:
            day = read_past_day(field.data or "", zone, at)
            self._recorded_on = library.check_recorded_on(day, dates.in_zone(at, zone).date())
        except (NotADate, PortalError) as fault:
            raise ValidationError(str(fault)) from None

    @property
    def details(self) -> Details:
        """What was typed; of a form that is right."""
        return Details(
            title=self.title.data or "",
            description=self.description.data or "",
            presenter=self.presenter.data or "",
            recorded_on=self._recorded_on,
            tags=library.check_tags(self.tags.data or ""),
        )


class UploadForm(_AboutForm):
    """A new recording. `kept_name`: what the file is called that came with an earlier try of this form."""

    form_key = HiddenField()
    kept_name = HiddenField()
    file = FileField("Video file")

    @property
    def checked_key(self) -> str:
        """The key this form goes by, also when it came without a usable one."""
        self.form_key.data = uploads.checked_form_key(self.form_key.data)
        return str(self.form_key.data)


class FileForm(FlaskForm):
    """Another file for a recording that could not be prepared."""

    file = FileField("Video file")
