"""The two fields for a new password, wherever one is chosen."""

from collections.abc import Callable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, ValidationError

from portal.domain import passwords
from portal.storage.models import User


class NewPasswordForm(FlaskForm):
    """A new password of `owner`, twice. `name` gives the name they are about to have, when that is asked, too."""

    password = PasswordField("New password")
    again = PasswordField("The same password again")

    def __init__(self, *, owner: User, name: Callable[[], str] = str, **given: Any) -> None:
        super().__init__(**given)
        self._owner, self._name = owner, name

    def validate_password(self, field: PasswordField) -> None:
        fault = passwords.fault_in(field.data or "", of=self._owner, named=self._name())
        if fault:
            raise ValidationError(fault)

    def validate_again(self, field: PasswordField) -> None:
        if not self.password.errors and field.data != self.password.data:
            raise ValidationError("The two passwords differ. Type the same one twice.")
