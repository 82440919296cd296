"""Forms about how an event is judged, and by what."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from portal.domain.judging import criteria, weight_words
from portal.domain.judging.criteria import Wanted, WrongCriterion
from portal.domain.judging.setting import Setting
from portal.storage.models import Criterion, Event

_LONGEST_NUMBER = 12


class SettingForm(FlaskForm):
    """How an event is judged; `version` is the event's."""

    version = HiddenField()
    is_judged = BooleanField("The guests of this event are its judges")
    is_blind = BooleanField("Blind: judges see “Entry 7” in place of titles and presenters")
    is_shuffled = BooleanField("Each judge has an order of their own")

    @classmethod
    def of(cls, event: Event) -> "SettingForm":
        values = {"is_judged": event.is_judged, "is_blind": event.is_blind, "is_shuffled": event.is_shuffled}
        return cls(formdata=None, data=values | {"version": event.version})

    @property
    def wanted(self) -> Setting:
        return Setting(bool(self.is_judged.data), bool(self.is_blind.data), bool(self.is_shuffled.data))

    @property
    def known_version(self) -> int:
        """Which one it was made from; one that is no number is none that could be kept."""
        given = self.version.data or ""
        return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else -1


class CriterionForm(FlaskForm):
    """One criterion. `wanted` once it is valid; `version`: see `criteria.version_of`."""

    version = HiddenField()
    title = StringField("What points are given for")
    help = TextAreaField("What judges read beside it")
    lowest = StringField("Fewest points", default="1")
    highest = StringField("Most points", default="10")
    weight = StringField("Weight", default="1")

    @classmethod
    def of(cls, criterion: Criterion) -> "CriterionForm":
        """The form as it stands before anybody types."""
        values = {
            "version": criteria.version_of(criterion),
            "title": criterion.title,
            "help": criterion.help,
            "lowest": str(criterion.lowest),
            "highest": str(criterion.highest),
            "weight": weight_words(criterion.weight),
        }
        return cls(formdata=None, data=values)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        lowest, highest, weight = self._whole(self.lowest), self._whole(self.highest), self._weight()
        if not is_valid or lowest is None or highest is None or weight is None:
            return False
        try:
            self.wanted = Wanted(self.title.data or "", lowest, highest, weight, self.help.data or "").checked()
        except WrongCriterion as fault:
            self.say(fault)
            return False
        return True

    def say(self, fault: WrongCriterion) -> None:
        """Put a sentence beside the field that it concerns."""
        self[fault.field].errors = [str(fault)]

    def _whole(self, field: StringField) -> int | None:
        text = (field.data or "").strip().replace("−", "-")
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < _LONGEST_NUMBER:
            return int(text)
        field.errors = ["Give a whole number, such as 10"]
        return None

    def _weight(self) -> float | None:
        text = (self.weight.data or "").strip().replace(",", ".")
        digits = text.replace(".", "", 1)
        if digits.isascii() and digits.isdigit() and len(text) < _LONGEST_NUMBER:
            return float(text)
        self.weight.errors = ["Give a number, such as 1 or 2.5"]
        return None
