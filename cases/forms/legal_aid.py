"""Legal aid: providers, their weekly slots, and notes in confidence."""

from typing import Any

from crispy_forms.layout import Div, Field
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.forms.fields import LanguageNamesField, text_field
from cases.models import LegalProvider, WeeklySlot
from cases.services.legal_aid import LONGEST, NOTE_AT_MOST
from ngo.models import City, Organisation
from ngo.ui import DatePartsField, HourField, form_helper

WEEKDAYS = [
    (0, pgettext_lazy("weekday", "Monday")),
    (1, pgettext_lazy("weekday", "Tuesday")),
    (2, pgettext_lazy("weekday", "Wednesday")),
    (3, pgettext_lazy("weekday", "Thursday")),
    (4, pgettext_lazy("weekday", "Friday")),
    (5, pgettext_lazy("weekday", "Saturday")),
    (6, pgettext_lazy("weekday", "Sunday")),
]


class ProviderForm(forms.ModelForm):
    """A lawyer, a paralegal or an organisation that gives consultations."""

    speaks = LanguageNamesField(label=_("Languages they speak"), required=False)

    class Meta:
        model = LegalProvider
        fields = ["name", "licence", "speaks", "is_active"]
        labels = {"name": _("Name"), "licence": _("May practise as"), "is_active": _("Gives consultations now")}
        help_texts = {
            "licence": _("For example: lawyer admitted in Mexico, accredited representative before the U.S. court.")
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in ("name", "licence"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        is_new = self.instance.pk is None
        if is_new:
            del self.fields["is_active"]
        self.helper = form_helper("name", "licence", "speaks", *([] if is_new else ["is_active"]))


class SlotForm(forms.Form):
    """One consultation a week."""

    weekday = forms.TypedChoiceField(label=_("Day of the week"), choices=WEEKDAYS, coerce=int)
    starts_at = HourField(label=_("Begins at"))
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=5,
        max_value=LONGEST,
        initial=45,
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-4", "autocomplete": "off", "maxlength": 3}),
        error_messages={"invalid": _("Write the minutes with a number, for example 45.")},
    )
    zone = forms.ChoiceField(label=_("By the clock of"))
    since = DatePartsField(label=_("From"))
    until = DatePartsField(
        label=_("Until, that day included"), required=False, help_text=_("Leave it empty while it goes on.")
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any):
        super().__init__(*args, **kwargs)
        zones = zone_choices(organisation)
        self.fields["zone"].choices = zones  # type: ignore[attr-defined]
        self.fields["since"].initial = timezone.localdate()
        if len(zones) == 1:
            self.fields["zone"].initial = zones[0][0]
        self.helper = form_helper(
            Field("weekday", css_class="po-w-m"),
            Div("starts_at", "minutes", css_class="po-pair"),
            Field("zone", css_class="po-w-m"),
            "since",
            "until",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day must not be before the first."))
        return cleaned


def zone_choices(organisation: Organisation) -> list[tuple[str, str]]:
    """Clocks to choose from, those of the organisation's houses first, each named by its cities."""
    houses = list(organisation.shelters.order_by("pk").values_list("zone", flat=True))  # type: ignore[attr-defined]
    slots = WeeklySlot.objects.filter(provider__organisation=organisation)
    cities: dict[str, list[str]] = {}
    for zone, name in City.objects.order_by("name").values_list("zone", "name"):
        cities.setdefault(zone, []).append(name)
    zones = dict.fromkeys([*houses, *slots.values_list("zone", flat=True), *sorted(cities), "America/Tijuana"])
    return [(zone, f"{', '.join(cities[zone][:3])} ({zone})" if zone in cities else zone) for zone in zones]


class EndSlotForm(forms.Form):
    """The last day on which a slot takes place."""

    until = DatePartsField(label=_("The last day on which it takes place"))
    helper = form_helper("until")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = timezone.localdate()


class LegalNoteForm(forms.Form):
    text = text_field(_("New legal note"), NOTE_AT_MOST, required=True, help_text=_("It cannot be changed afterwards."))
    helper = form_helper("text")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["text"].widget = forms.Textarea({"rows": 4, "autocomplete": "off"})
        self.fields["text"].error_messages["required"] = _("The note is empty.")
