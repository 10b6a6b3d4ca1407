"""What an authority did, as it is typed once for everybody whom it reaches."""

from typing import Any

from crispy_forms.layout import Div, Field
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.date_rules import ClosedDay, ShiftUnit
from cases.forms.appointments import office_choices
from cases.forms.fields import text_field
from cases.forms.processes import pathway_choices
from cases.models import Appointment, AppointmentKind, Authority, Pathway
from ngo.models import Office, Staff
from ngo.ui import DatePartsField, HourField, form_helper
from shelters.models import LONGEST_KEPT, WhatHappened

USUAL = 14  # Days for which beds are kept, unless somebody says otherwise.


class AuthorityEventForm(forms.Form):
    """Who did what, to which dates and cases, since when; and how long beds are kept. `seen` is what was looked at."""

    authority = text_field(
        gettext_lazy("Which authority"), 120, required=True, help_text=gettext_lazy("For example: CBP, COMAR.")
    )
    what = forms.ChoiceField(
        label=gettext_lazy("What did it do?"),
        choices=WhatHappened.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the authority did.")},
    )
    kind = forms.ModelChoiceField(
        label=gettext_lazy("Which appointments"),
        queryset=AppointmentKind.objects.none(),
        required=False,
        empty_label=gettext_lazy("None: only cases"),
    )
    where = forms.ChoiceField(label=gettext_lazy("At which place"), required=False)
    from_on = DatePartsField(label=gettext_lazy("From which day on"))
    until_on = DatePartsField(
        label=gettext_lazy("Until which day, that day included"),
        required=False,
        help_text=gettext_lazy("Leave it empty where it has no end."),
    )
    new_on = DatePartsField(
        label=gettext_lazy("The new day, if everything is moved to one"),
        required=False,
        help_text=gettext_lazy("They leave the house as long before as they would have."),
    )
    new_time = HourField(
        label=gettext_lazy("The new hour"),
        required=False,
        help_text=gettext_lazy("By the clock of the place. Leave it empty where each keeps its own."),
    )
    shift = forms.IntegerField(
        label=gettext_lazy("Each moved by a rule: by how many"),
        required=False,
        min_value=1,
        max_value=731,
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-4", "autocomplete": "off", "maxlength": 3}),
        error_messages={"invalid": gettext_lazy("Write it with numbers.")},
    )
    shift_unit = forms.ChoiceField(
        label=gettext_lazy("Days or months"),
        choices=[("", gettext_lazy("Choose…")), *ShiftUnit.choices],
        required=False,
        help_text=gettext_lazy("A month later is the same day of that month, or its last one."),
    )
    closed_day = forms.ChoiceField(
        label=gettext_lazy("If nobody works on the new day"),
        choices=ClosedDay.choices,
        initial=ClosedDay.KEEP,
        required=False,
        widget=forms.RadioSelect,
    )
    days_of = forms.ModelChoiceField(
        label=gettext_lazy("Whose working days"),
        queryset=Authority.objects.none(),
        required=False,
        empty_label=gettext_lazy("Only where the next working day counts"),
    )
    pathway = forms.ChoiceField(
        label=gettext_lazy("Cases that end with it"),
        required=False,
        help_text=gettext_lazy(
            "Only where this way is closed for good. With a place: the cases of those whose date it is; without: all of them."
        ),
    )
    keep_days = forms.IntegerField(
        label=gettext_lazy("For how many days their beds are kept"),
        min_value=0,
        max_value=LONGEST_KEPT,
        initial=USUAL,
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-4", "autocomplete": "off", "maxlength": 3}),
        help_text=gettext_lazy("From that day, from today or from the new day, whichever is last. 0: as it is."),
        error_messages={
            "invalid": gettext_lazy("Write it with numbers."),
            "max_value": gettext_lazy("Beds are kept for up to %(limit_value)s days."),
        },
    )
    source = text_field(
        gettext_lazy("Source"),
        300,
        required=True,
        help_text=gettext_lazy("Where it was announced, or who said so and when."),
    )
    note = text_field(gettext_lazy("Note"), 300, help_text=gettext_lazy("It stands in the history of each of them."))
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: Staff, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.by = by
        fields: Any = self.fields
        fields["kind"].queryset = AppointmentKind.objects.visible_to(by).filter(is_legal=False)
        fields["where"].choices = [("", _("Everywhere")), *self._places(), *self._offices()]
        fields["days_of"].queryset = Authority.objects.visible_to(by)
        fields["pathway"].choices = [("", _("No case ends")), *pathway_choices(by.organisation)]
        fields["authority"].error_messages["required"] = _("Write which authority did it.")
        fields["source"].error_messages["required"] = _(
            "Write the source: where it was announced, or who said so and when."
        )
        fields["keep_days"].error_messages["required"] = _("Write for how many days; 0 where none are kept.")
        self.helper = form_helper(
            "authority", "what", Field("kind", css_class="po-select"), Field("where", css_class="po-select"), "from_on",
            "until_on", "new_on", "new_time", Div("shift", "shift_unit", css_class="po-pair"), "closed_day",
            Field("days_of", css_class="po-select"), Field("pathway", css_class="po-select"), "keep_days", "source", "note",
        )  # fmt: skip

    def _offices(self) -> list[Any]:
        """The offices in use, by city."""
        return [(city, [(f"office-{pk}", name) for pk, name in rows]) for city, rows in office_choices(self.by)[1:]]

    def _places(self) -> list[Any]:
        """The places that stand in appointments to come and are no office."""
        rows = Appointment.objects.visible_to(self.by).still_on().filter(office=None).exclude(place="")
        places = rows.order_by("place").values_list("place", flat=True).distinct()
        return [(_("Written by hand"), [(f"place-{place}", place) for place in places])] if places else []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("what") == WhatHappened.MOVED and "new_on" in cleaned and cleaned["new_on"] is None:
            self.add_error("new_on", _("Write the new day, or choose that it is still to be told."))
        cleaned["closed_day"] = cleaned.get("closed_day") or ClosedDay.KEEP
        if cleaned.get("what") == WhatHappened.BY_RULE:
            if cleaned.get("shift") is None and "shift" not in self.errors:
                self.add_error("shift", _("Write by how many days or months each is moved."))
            if not cleaned.get("shift_unit") and "shift_unit" not in self.errors:
                self.add_error("shift_unit", _("Choose days or months."))
        if cleaned["closed_day"] == ClosedDay.WORKING and not cleaned.get("days_of") and "days_of" not in self.errors:
            self.add_error("days_of", _("Choose the authority whose working days count."))
        if "kind" in cleaned and "pathway" in cleaned and not (cleaned["kind"] or cleaned["pathway"]):
            self.add_error("kind", _("Choose the kind of appointment, the pathway, or both."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What `enter_event` asks for."""
        cleaned = dict(self.cleaned_data)
        cleaned.pop("seen")
        kind, _dash, rest = cleaned.pop("where").partition("-")
        office = Office.objects.visible_to(self.by).get(pk=rest) if kind == "office" else None
        pathway = cleaned["pathway"]
        ways = Pathway.objects.visible_to(self.by)
        return cleaned | {
            "office": office,
            "place": rest if kind == "place" else "",
            "pathway": ways.get(pk=pathway) if pathway else None,
        }


class UndoForm(forms.Form):
    reason = text_field(gettext_lazy("Why it is undone"), 200, required=True)
    helper = form_helper("reason")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why it is undone: it stays in the history.")
