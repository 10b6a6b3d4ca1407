"""What the pages share and no template should repeat: the words of each state, and how a form is drawn."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class State:
    """One word and one icon for a state, the same on every page (docs/glossary.md)."""

    word: str | Promise
    icon: str


# `data-state` carries the key and sets the colours; what differs from row to row (a count, an hour) comes as the word.
STATES = {
    "free": State(pgettext_lazy("bed", "Free"), "circle"),
    "occ": State(pgettext_lazy("bed", "Occupied"), "user"),
    "held": State(pgettext_lazy("bed", "Held"), "clock"),
    "out": State(pgettext_lazy("bed", "Out of service"), "wrench"),
    "over": State(pgettext_lazy("bed", "Mat"), "chevrons-up"),
    "unknown": State(_("Unknown"), "circle-question-mark"),
    "alert": State(_("Needs someone now"), "triangle-alert"),
    "warn": State(_("Look at this"), "clock"),
    "ok": State(_("Confirmed"), "circle-check"),
    "info": State(_("Note"), "info"),
}


def form_helper(*fields: Any) -> FormHelper:
    """How every form of ours is drawn: the page writes the form tag, the token and the buttons."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.include_media = False
    if fields:
        helper.layout = Layout(*fields)
    return helper


class DatePartsWidget(forms.MultiWidget):
    """Day, month and year as three short fields of digits, never a date picker."""

    template_name = "components/_date_parts.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None):
        digits = {"inputmode": "numeric", "autocomplete": "off"}
        widgets = {
            "day": forms.TextInput({**digits, "class": "form-control po-w-2", "maxlength": 2}),
            "month": forms.TextInput({**digits, "class": "form-control po-w-2", "maxlength": 2}),
            "year": forms.TextInput({**digits, "class": "form-control po-w-4", "maxlength": 4}),
        }
        super().__init__(widgets, attrs)

    def decompress(self, value: date | None) -> list[int | None]:
        return [value.day, value.month, value.year] if value else [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for part, label in zip(context["widget"]["subwidgets"], [_("Day"), _("Month"), _("Year")], strict=True):
            part["label"] = label
        return context


class DatePartsField(forms.MultiValueField):
    """A calendar date typed as day, month and year; gives a `date`, or None where it is optional and empty."""

    widget = DatePartsWidget
    default_error_messages = {
        "incomplete": _("Write the day, the month and the year, with numbers."),
        "invalid": _("There is no such date. Write it with numbers, for example 27 3 2019."),
        "required": _("Write the date."),
    }

    def __init__(self, **kwargs: Any):
        messages = {"invalid": self.default_error_messages["invalid"]}
        parts = [
            forms.IntegerField(min_value=1, max_value=31, error_messages=messages),
            forms.IntegerField(min_value=1, max_value=12, error_messages=messages),
            forms.IntegerField(min_value=1900, max_value=2200, error_messages=messages),
        ]
        super().__init__(fields=parts, require_all_fields=True, **kwargs)

    def clean(self, value: Any) -> date | None:
        filled = [bool(str(part or "").strip()) for part in value or []]
        if any(filled) and not all(filled):
            raise forms.ValidationError(self.error_messages["incomplete"], code="incomplete")
        try:
            return super().clean(value)
        except forms.ValidationError as error:
            if any(filled):  # One sentence for the date as a whole, whichever part is wrong.
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error
            raise

    def compress(self, parts: list[int]) -> date | None:
        if not parts:
            return None
        day, month, year = parts
        try:
            return date(year, month, day)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class HourField(forms.TimeField):
    """An hour of 24, typed: 21:30, 21.30, 2130, 21 or 9."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("error_messages", {"invalid": _("Write the hour with numbers, for example 21:30.")})
        kwargs.setdefault(
            "widget",
            forms.TimeInput(format="%H:%M", attrs={"class": "po-w-4", "autocomplete": "off", "maxlength": 5}),
        )
        super().__init__(input_formats=["%H:%M", "%H.%M", "%H"], **kwargs)
        self.widget.input_type = "text"

    def to_python(self, value: Any) -> Any:
        """Three or four digits are hour and minutes; two are an hour: 17 is not seven past one."""
        typed = value.strip() if isinstance(value, str) else value
        if isinstance(typed, str) and typed.isascii() and typed.isdecimal() and len(typed) in {3, 4}:
            typed = f"{typed[:-2]}:{typed[-2:]}"
        return super().to_python(typed)
