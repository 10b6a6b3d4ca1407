"""What the calendar shows: the filters that are chosen on its page, and what stands in its address alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.appointment_calendar import EARLIEST, LATEST, MONTH, VIEWS
from cases.forms.appointments import can_be_responsible
from cases.models import CalendarFeed
from ngo.models import Staff
from ngo.ui import DatePartsField, form_helper


@dataclass(frozen=True)
class Address:
    """What the links of the calendar say. `sentences` tell what of it could not be read; the rest holds."""

    view: str
    on: date | None
    person: int | None
    family: int | None
    owner: int | None
    sentences: list[str]


def read_address(given: Mapping[str, Any]) -> Address:
    """`?view=week&on=2026-12-01&person=7`: whatever is not written so becomes a sentence, never a fault."""
    sentences: list[str] = []
    view = given.get("view") or MONTH
    if view not in VIEWS:
        sentences.append(_("The calendar shows a month, a week or a day. This is the month."))
        view = MONTH
    ids = {}
    for name in ("person", "family", "owner"):
        ids[name], is_right = _number(given.get(name))
        if not is_right:
            sentences.append(_("The address names nobody that can be found. Everything is shown."))
    on = _date(given.get("on"))
    if on is None and given.get("on"):
        sentences.append(_("There is no such date in the calendar. Today is shown; a date is written like 2026-12-01."))
    return Address(view, on, **ids, sentences=list(dict.fromkeys(sentences)))


def _number(text: str | None) -> tuple[int | None, bool]:
    if not text:
        return None, True
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text), True
    return None, False


def _date(text: str | None) -> date | None:
    """Ten characters, as the links write them: 2026-12-01."""
    try:
        day = date.fromisoformat(text) if text and len(text) == 10 else None
    except ValueError:
        return None
    return day if day and EARLIEST <= day <= LATEST else None


class CalendarFilter(forms.Form):
    """A GET form. What it offers are the places of the days that are shown, and who can be responsible here."""

    day = DatePartsField(label=gettext_lazy("Go to a day"), required=False)
    place = forms.CharField(label=gettext_lazy("Place"), required=False, widget=forms.Select, max_length=40)
    owner = forms.CharField(label=gettext_lazy("Responsible"), required=False, widget=forms.Select, max_length=20)
    off = forms.BooleanField(label=gettext_lazy("Also what was cancelled or moved"), required=False)
    says_optional = False

    def __init__(self, *args: Any, by: Staff, places: dict[str, str], owner: Staff | None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        people = {str(pk): name for pk, name in can_be_responsible(by.organisation).values_list("pk", "name")}
        if owner:
            people.setdefault(str(owner.pk), owner.name)
        self.fields["place"].widget.choices = [("", _("All places")), *places.items()]
        self.fields["owner"].widget.choices = [("", _("Everybody")), *people.items()]
        self.helper = form_helper(Div("place", "owner", css_class="po-pair"), "day", "off")

    def clean_day(self) -> date | None:
        day = self.cleaned_data["day"]
        if day and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(_("There is no such date in the calendar."))
        return day


class FeedForm(forms.ModelForm):
    """Which appointments a feed holds."""

    class Meta:
        model = CalendarFeed
        fields = ["scope"]
        widgets = {"scope": forms.RadioSelect}

    helper = form_helper("scope")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = CalendarFeed._meta.get_field("scope").choices
