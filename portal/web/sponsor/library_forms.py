"""Forms of the library: what a recording is called, where it stands, and its file."""

from collections.abc import Callable, Sequence

from flask_wtf import FlaskForm
from wtforms import Field, FileField, HiddenField, SelectField, StringField, TextAreaField, ValidationError

from portal.basics.errors import PortalError
from portal.domain import library, uploads
from portal.storage.models import Folder

FOLDER_GONE = "This folder is not there any more. Choose another."
NO_FILE = "Choose a video file"


def _kept_as(rule: Callable[[str], str]) -> Callable[[FlaskForm, Field], None]:
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
