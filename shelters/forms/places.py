"""Shelters, their state, spaces and beds."""

from datetime import datetime, time
from typing import Any

from crispy_forms.layout import Div, Field, Fieldset
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.ui import DatePartsField, form_helper
from shelters.forms.moments import HourField, is_touched
from shelters.forms.presses import PressMixin
from shelters.models import RULE_FIELDS, BedKind, Opening, Shelter, Space
from shelters.nights import instant_at, tonight
from shelters.services.places import BedCount

MOST_OF_A_KIND = 300
NOON = time(12)
STALE_AFTER = 18  # Hours.


class CountField(forms.IntegerField):
    """A small whole number, typed; empty is none."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("required", False)
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("error_messages", {"invalid": _("Write a whole number, for example 12.")})
        attrs = {"inputmode": "numeric", "class": "po-w-2", "autocomplete": "off", "maxlength": 4}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)


class ShelterForm(forms.ModelForm):
    """What is known of a house. `zone` is asked only because a house may stand outside the cities of the catalogue."""

    evening_at = HourField(
        label=_("The night starts at"), help_text=_("From this hour on, Today and the board speak of the new night.")
    )
    morning_at = HourField(
        label=_("The night is counted at"), help_text=_("Whoever is here at this hour counts for the night before.")
    )
    report_at = HourField(label=_("The report is drafted at"), help_text=_("In the evening, for a person to confirm."))
    send_at = HourField(label=_("The report is sent at"), help_text=_("The morning after."))
    curfew_at = HourField(
        label=_("The door closes at"), required=False, help_text=_("Leave it empty where it does not close.")
    )
    stay_limit = CountField(
        label=_("Longest stay, in nights"),
        min_value=1,
        max_value=3650,
        help_text=_("Leave it empty where there is no limit."),
    )

    stale_after = CountField(
        label=_("Its figures are unknown after, in hours"),
        min_value=1,
        max_value=168,
        required=False,
        help_text=_("Since somebody last wrote or confirmed something. Leave it empty for 18."),
    )
    absent_nights = CountField(
        label=_("Nights absent without word before a departure is proposed"),
        min_value=1,
        max_value=60,
        help_text=_("Nobody leaves by themselves: the house proposes, a person decides. Empty means 3."),
    )

    class Meta:
        model = Shelter
        fields = [
            "name",
            "city",
            "zone",
            "address",
            "is_confidential",
            "evening_at",
            "morning_at",
            "report_at",
            "send_at",
            "curfew_at",
            "stay_limit",
            "cleans_beds",
            "stale_after",
            "contact_email",
            "absent_nights",
        ]
        labels = {
            "name": _("Name of the shelter"),
            "city": _("City"),
            "zone": _("Time zone, if it is not the city's"),
            "address": _("Address"),
            "is_confidential": _("The address is confidential"),
            "contact_email": _("E-mail of who answers for the figures"),
            "cleans_beds": _("A bed is cleaned after each departure"),
        }
        help_texts = {
            "city": _("The clocks of the shelter follow its city."),
            "zone": _("Written like America/Tijuana."),
            "address": _("Kept encrypted, and shown on this page only."),
            "contact_email": _(
                "When nobody has confirmed them in that time, one message goes there, without a name in it."
            ),
            "cleans_beds": _("It stands on the cleaning list until somebody says that it is clean."),
            "is_confidential": _("It stays out of every list, report and message."),
        }
        widgets = {"address": forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("instance", Shelter())
        super().__init__(*args, **kwargs)
        self.fields["zone"].required = False
        self.fields["city"].empty_label = _("Choose")
        self.fields["city"].required = not self.data.get("zone")
        self.fields["city"].error_messages["required"] = _(
            "Choose the city, or write the time zone: the night follows that clock."
        )
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        city = self.instance.city if self.instance.pk else None
        if city and self.instance.zone == city.zone:
            self.initial["zone"] = ""
        self.helper = form_helper(
            Fieldset(str(_("The house")), "name", Field("city", css_class="po-w-m"), "address", "is_confidential"),
            Fieldset(
                str(_("Its night")),
                Div("evening_at", "morning_at", css_class="po-pair"),
                Div("report_at", "send_at", css_class="po-pair"),
                Field("zone", css_class="po-w-m"),
            ),
            Fieldset(
                str(_("Its rules")),
                Div("curfew_at", "stay_limit", css_class="po-pair"),
                "absent_nights",
                "cleans_beds",
            ),
            Fieldset(str(_("How fresh its figures are")), "stale_after", "contact_email"),
        )

    def clean_absent_nights(self) -> int:
        return self.cleaned_data["absent_nights"] or Shelter._meta.get_field("absent_nights").default

    def clean_evening_at(self) -> time:
        if self.cleaned_data["evening_at"] < NOON:
            raise forms.ValidationError(_("The night starts after noon, for example at 18:00."))
        return self.cleaned_data["evening_at"]

    def clean_stale_after(self) -> int:
        return self.cleaned_data["stale_after"] or STALE_AFTER

    def clean_morning_at(self) -> time:
        if self.cleaned_data["morning_at"] > NOON:
            raise forms.ValidationError(_("The night is counted before noon, for example at 07:00."))
        return self.cleaned_data["morning_at"]


class StateForm(forms.Form):
    """Open, intake paused or closed; from now or from a moment, without end or until another."""

    state = forms.ChoiceField(label=_("From then on the shelter is"), choices=Opening.choices, widget=forms.RadioSelect)
    from_on = DatePartsField(label=_("From which day"), required=False, help_text=_("Leave it empty for now."))
    from_hour = HourField(label=_("From what time"), required=False)
    until_on = DatePartsField(
        label=_("Until which day"), required=False, help_text=_("Leave it empty while it is not known.")
    )
    until_hour = HourField(label=_("Until what time"), required=False)
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        required=False,
        help_text=_("For the colleagues who ask. No names."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, shelter: Shelter, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        self.helper = form_helper("state", "reason")
        self.when = form_helper(
            Div("from_on", "from_hour", css_class="po-pair"), Div("until_on", "until_hour", css_class="po-pair")
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("from", "until"):
            day, hour = cleaned.get(f"{name}_on"), cleaned.get(f"{name}_hour")
            if hour is not None and day is None and f"{name}_on" not in self.errors:
                self.add_error(f"{name}_on", _("Write the day too."))
        return cleaned

    def moment(self, name: str) -> datetime | None:
        """The instant of "from" or "until"; a day without an hour begins at midnight."""
        day = self.cleaned_data.get(f"{name}_on")
        return instant_at(self.shelter, day, self.cleaned_data.get(f"{name}_hour") or time(0)) if day else None

    @property
    def has_times(self) -> bool:
        return is_touched(self, "from_on", "from_hour", "until_on", "until_hour")


class SpaceForm(forms.ModelForm):
    """A room, cubicle, tent or yard, and who may sleep there."""

    min_age = CountField(label=_("From age"), max_value=120)
    max_age = CountField(label=_("To age"), max_value=120)
    fire_limit = CountField(
        label=_("Fire limit, in persons"), min_value=1, max_value=5000, help_text=_("Nobody can be placed past it.")
    )
    floor_area = forms.DecimalField(
        label=_("Floor area in m²"),
        required=False,
        min_value=0,
        max_digits=6,
        decimal_places=1,
        localize=True,
        error_messages={"invalid": _("Write the square metres with numbers, for example 42.5.")},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "po-w-4", "autocomplete": "off"}),
    )

    class Meta:
        model = Space
        fields = [
            "name",
            "kind",
            "sleepers",
            "min_age",
            "max_age",
            "is_step_free",
            "is_authorised_for_children_alone",
            "isolates",
            "floor_area",
            "fire_limit",
        ]
        labels = {
            "name": _("Name of the space"),
            "kind": _("What it is"),
            "sleepers": _("Who may sleep here"),
            "is_step_free": _("There are no steps on the way"),
            "is_authorised_for_children_alone": _(
                "Authorised by the child-protection office for unaccompanied children"
            ),
            "isolates": _("Only for who must sleep apart from the others (isolation)"),
        }
        help_texts = {
            "name": _("As the house says it: Women, Cubicle 3, Yard."),
            "kind": _("In a family cubicle the free beds belong to the family that is in it."),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        if self.instance.pk:  # What it asks of its sleepers is changed from a night on: on the page of its rules.
            for name in RULE_FIELDS:
                del self.fields[name]
            self.basics = form_helper("name", Field("kind", css_class="po-w-m"))
            self.more = form_helper(Div("floor_area", "fire_limit", css_class="po-pair"), "is_step_free")
            return
        self.basics = form_helper("name", Field("kind", css_class="po-w-m"), Field("sleepers", css_class="po-w-m"))
        self.more = form_helper(
            Div("min_age", "max_age", css_class="po-pair"),
            Div("floor_area", "fire_limit", css_class="po-pair"),
            "is_step_free",
            "is_authorised_for_children_alone",
            "isolates",
        )

    @property
    def has_more(self) -> bool:
        aside = ("name", "kind", "sleepers")
        return is_touched(self, *(name for name in self.fields if name not in aside))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        lowest, highest = cleaned.get("min_age"), cleaned.get("max_age")
        if lowest is not None and highest is not None and lowest > highest:
            self.add_error("max_age", _("The upper age must not be below the lower age."))
        return cleaned


PLURAL_KINDS = {
    BedKind.LOWER: _("Lower bunks"),
    BedKind.UPPER: _("Upper bunks"),
    BedKind.SINGLE: _("Single beds"),
    BedKind.COT: _("Cots"),
    BedKind.CRIB: _("Cribs"),
    BedKind.MAT: _("Mats"),
}


class BedsForm(PressMixin):
    """How many places of each kind, and how many more when the house is over capacity."""

    prefix_letters = forms.CharField(
        label=_("Letters before the number"),
        required=False,
        max_length=6,
        help_text=_("M gives M-01, M-02… Leave it empty and they are chosen from the name."),
        widget=forms.TextInput(attrs={"class": "po-w-4", "autocomplete": "off"}),
    )
    from_night = DatePartsField(
        label=_("In service from the night of"), required=False, help_text=_("Leave it empty for tonight.")
    )

    def __init__(self, *args: Any, shelter: Shelter, needs_one: bool = False, **kwargs: Any):
        self.shelter, self.needs_one = shelter, needs_one
        super().__init__(*args, **kwargs)
        for kind, label in PLURAL_KINDS.items():
            self.fields[f"count_{kind}"] = CountField(label=label, max_value=MOST_OF_A_KIND)
        for kind, label in PLURAL_KINDS.items():
            self.fields[f"surge_{kind}"] = CountField(label=label, max_value=MOST_OF_A_KIND)
        self.says_optional = False
        self.helper = form_helper(Div(*(f"count_{kind}" for kind in PLURAL_KINDS), css_class="po-counts"))
        self.surge = form_helper(Div(*(f"surge_{kind}" for kind in PLURAL_KINDS), css_class="po-counts"))
        self.labels = form_helper(Div("prefix_letters", "from_night", css_class="po-pair"))

    def clean_from_night(self) -> Any:
        night = self.cleaned_data["from_night"]
        if night and night < tonight(self.shelter):
            raise forms.ValidationError(_("That night is over. Choose tonight or a later night."))
        return night

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.needs_one and not self.errors and not self.bed_counts:
            self.add_error(f"count_{BedKind.LOWER}", _("Write how many beds there are, of at least one kind."))
        return cleaned

    @property
    def bed_counts(self) -> list[BedCount]:
        return [
            BedCount(kind, number, is_surge=start == "surge")
            for start in ("count", "surge")
            for kind in PLURAL_KINDS
            if (number := self.cleaned_data.get(f"{start}_{kind}"))
        ]

    @property
    def has_surge(self) -> bool:
        return is_touched(self, *(f"surge_{kind}" for kind in PLURAL_KINDS))

    @property
    def has_labels(self) -> bool:
        return is_touched(self, "prefix_letters", "from_night")


class BlockForm(forms.Form):
    """Out of service from tonight or another night, for a while or until someone says otherwise."""

    reason = forms.CharField(
        label=_("What is wrong with it"),
        max_length=200,
        help_text=_("For example: broken slat, being cleaned, quarantine. No names."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    first_night = DatePartsField(
        label=_("Out of service from the night of"), required=False, help_text=_("Leave it empty for tonight.")
    )
    last_night = DatePartsField(
        label=_("Last night out of service"), required=False, help_text=_("Leave it empty while it is not known.")
    )

    def __init__(self, *args: Any, shelter: Shelter, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        self.helper = form_helper("reason")
        self.when = form_helper("first_night", "last_night")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_night") or tonight(self.shelter), cleaned.get("last_night")
        if first < tonight(self.shelter):
            self.add_error("first_night", _("That night is over. Choose tonight or a later night."))
        if last and last < first:
            self.add_error("last_night", _("The last night must not be before the first."))
        return cleaned

    @property
    def has_nights(self) -> bool:
        return is_touched(self, "first_night", "last_night")


class NightForm(forms.Form):
    """From which night on; empty for tonight."""

    from_night = DatePartsField(
        label=_("From the night of"), required=False, help_text=_("Leave it empty for tonight.")
    )

    def __init__(self, *args: Any, shelter: Shelter, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        self.helper = form_helper("from_night")

    def clean_from_night(self) -> Any:
        night = self.cleaned_data["from_night"]
        if night and night < tonight(self.shelter):
            raise forms.ValidationError(_("That night is over. Choose tonight or a later night."))
        return night


class BoardFilter(forms.Form):
    """What to look for on the board; a wrong value is the same as none."""

    STATES = [
        ("", _("All beds")),
        ("free", pgettext_lazy("beds", "Free")),
        ("occ", pgettext_lazy("beds", "Occupied")),
        ("held", pgettext_lazy("beds", "Held")),
        ("out", pgettext_lazy("beds", "Out of service")),
        ("clean", pgettext_lazy("beds", "To clean")),
        ("over", pgettext_lazy("beds", "Over capacity")),
    ]
    state = forms.ChoiceField(label=_("Which beds"), choices=STATES, required=False)
    space = forms.ChoiceField(label=_("Where"), required=False)
    text = forms.CharField(
        label=_("Bed or initials"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, spaces: list[Space], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.says_optional = False
        self.fields["space"].choices = [("", _("The whole house"))] + [(str(space.pk), space.name) for space in spaces]
        self.helper = form_helper("state", "space", "text")
