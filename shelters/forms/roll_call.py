"""What comes back from the roll-call: one tap, or a page of answers, or a sheet of paper with its hours."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ngo.errors import Refused
from shelters.forms.moments import HourField
from shelters.models import Answer, Shelter
from shelters.nights import hour_of_night, tonight
from shelters.services.roll_call import Given
from shelters.services.roll_call_sheet import Row, Sheet

LONGEST_WAIT = 24 * 60 * 60  # Seconds that an answer may have lain in a telephone.


class NightField(forms.Form):
    night = forms.DateField(required=False, input_formats=["%Y-%m-%d"])


def night_asked(data: QueryDict, shelter: Shelter) -> date:
    """The night that a page or form is about; without one, or with nonsense, the shelter's tonight."""
    form = NightField(data)
    form.is_valid()
    return form.cleaned_data.get("night") or tonight(shelter)


class TapForm(forms.Form):
    """One tap, as the page's script sends it. `waited`: seconds since the finger."""

    stay = forms.IntegerField(min_value=1, max_value=2**62)
    answer = forms.ChoiceField(choices=Answer.choices)
    tap = forms.UUIDField()
    night = forms.DateField(input_formats=["%Y-%m-%d"])
    waited = forms.IntegerField(min_value=0, max_value=LONGEST_WAIT, required=False)
    tapper = forms.CharField(max_length=200, required=False)  # Signed: whose page it was.

    @property
    def waited_for(self) -> timedelta:
        """Less than two seconds is now: the way there takes that long."""
        seconds = self.cleaned_data["waited"] or 0
        return timedelta(seconds=seconds if seconds >= 2 else 0)


class BatchForm(forms.Form):
    """A press of "All present": in a space (0: where no space is recorded), or in the house; `batch` makes it one press."""

    space = forms.IntegerField(min_value=0, max_value=2**62, required=False)
    batch = forms.UUIDField(required=False)


@dataclass
class AnswersOfPage:
    """What a page of the roll-call said, read against the list as it stands.

    Only what the person changed counts: an answer that was on the page already may have been corrected elsewhere since.
    """

    sheet: Sheet
    data: QueryDict
    is_paper: bool

    def changed(self) -> list[Row]:
        return [row for row in self.sheet.rows if self._is_changed(row.stay_id)]

    def _is_changed(self, stay: Any) -> bool:
        answer = self.data.get(f"a_{stay}")
        return answer in Answer.values and answer != self.data.get(f"was_{stay}")

    def gone(self) -> int:
        """How many were answered who are not on the list any more."""
        on_list = {str(row.stay_id) for row in self.sheet.rows}
        asked = (name.removeprefix("a_") for name in self.data if name.startswith("a_"))
        return sum(stay not in on_list and self._is_changed(stay) for stay in asked)

    def given(self) -> list[Given]:
        """The answers for the service. Raises Refused for an hour that cannot be read, or is missing on paper."""
        form = _uuid(self.data.get("form_tap", ""))
        found = []
        for row in self.changed():
            answer = Answer(self.data[f"a_{row.stay_id}"])
            at = self._hour(f"hour_{row.stay_id}") or self._hour("hour")
            if self.is_paper and at is None:
                raise Refused(_("Write the hour that stands on the paper."))
            tap = uuid.uuid5(form, f"{row.stay_id} {answer} {at}")
            found.append(Given(row.stay_id, answer, at, tap))
        return found

    def _hour(self, name: str) -> datetime | None:
        typed = self.data.get(name, "").strip()
        if not typed:
            return None
        try:
            hour = HourField().clean(typed)
        except forms.ValidationError as error:
            raise Refused(" ".join(error.messages)) from None
        return hour_of_night(self.sheet.shelter, self.sheet.night, hour)

    def show_typed(self, groups: Iterable[Any]) -> None:
        """Nothing that was typed is lost: put it back on the rows."""
        for group in groups:
            for row in group.rows:
                row.typed = self.data.get(f"a_{row.stay_id}", "")
                row.typed_hour = self.data.get(f"hour_{row.stay_id}", "")[:5]


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()
