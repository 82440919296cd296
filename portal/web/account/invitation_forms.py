"""The two forms of the way in. Shape and wording are here; what is true is the rules' affair."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField, ValidationError

from portal.basics import passwords
from portal.domain import invitations, people


class CodeForm(FlaskForm):
    """Six digits, typed as people type them."""

    code = StringField("Code from the mail")

    def validate_code(self, field: StringField) -> None:
        if invitations.read_code(field.data or "") is None:
            raise ValidationError("Enter the six digits from the mail")

    @property
    def digits(self) -> str:
        return invitations.read_code(self.code.data or "") or ""


class AccountForm(FlaskForm):
    """Name, password twice, policy. `about` are words that must not make up the password."""

    name = StringField("Your name")
    password = PasswordField("Password")
    again = PasswordField("The same password again")
    accepted = BooleanField("I have read the policy and accept it")
    policy_version = HiddenField()

    def __init__(self, *, about: Iterable[str], version: int, **given: Any) -> None:
        super().__init__(**given)
        self._words, self._version = list(about), str(version)

    def validate_name(self, field: StringField) -> None:
        try:
            field.data = people.read_name(field.data or "")
        except people.BadName as fault:
            raise ValidationError(str(fault)) from None

    def validate_password(self, field: PasswordField) -> None:
        fault = passwords.weakness(field.data or "", about=[*self._words, self.name.data or ""])
        if fault:
            raise ValidationError(fault)

    def validate_again(self, field: PasswordField) -> None:
        if not self.password.errors and field.data != self.password.data:
            raise ValidationError("The two passwords differ. Type the same one twice.")

    def validate_accepted(self, field: BooleanField) -> None:
        if field.data and self.policy_version.data != self._version:
            field.data = False
            raise ValidationError("The policy has changed since you opened this page. Read it as it is now.")
        if not field.data:
            raise ValidationError("Accept the policy to set up the account")
