"""What is typed of a trip: who leaves, until when, with whom; another hour; how it ended; and how long a house waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crispy_forms.layout import Div, Field
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import text_field
from cases.walltime import about_the_hour
from ngo.models import Staff
from ngo.ui import DatePartsField, HourField, form_helper
from shelters.models import Capacity, Shelter, Trip, TripEnd, TripRules
from shelters.nights import instant_at, local
from shelters.services.trips import Goer, watchers_at

NOT_BACK = "not_back"


class ReturnMixin(forms.Form):
    """The day and the hour at which they are back, on the clock of the house. An hour that the clock skips is read, and said."""

    back_on = DatePartsField(label=gettext_lazy("Back on"))
    back_hour = HourField(label=gettext_lazy("At what time"), help_text=gettext_lazy("By the shelter's clock."))

    def __init__(self, *args: Any, shelter: Shelter, back_at: datetime, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        usual = local(shelter, back_at)
        self.fields["back_on"].initial, self.fields["back_hour"].initial = usual.date(), usual.time()
        self.fields["back_hour"].error_messages["required"] = _("Write the hour at which they are back.")

    @property
    def expected_at(self) -> datetime:
        return instant_at(self.shelter, self.cleaned_data["back_on"], self.cleaned_data["back_hour"])

    @property
    def oddity(self) -> str:
        """What to say of an hour that comes twice or not at all; empty for every other one."""
        return about_the_hour(self.shelter.zone, self.cleaned_data["back_on"], self.cleaned_data["back_hour"])


class CompanyMixin(forms.Form):
    """Where to, and who goes along. Erased a day after they are back."""

    companion = text_field(gettext_lazy("Who goes with them"), 120)
    capacity = forms.ChoiceField(
        label=gettext_lazy("Goes along as"), required=False, choices=[("", gettext_lazy("Nobody goes along"))]
    )
    companion_phone = text_field(
        gettext_lazy("Their telephone"),
        40,
        inputmode="tel",
        help_text=gettext_lazy("To call if they are late. Erased a day after they are back."),
    )
    where_to = text_field(
        gettext_lazy("Where to"),
        200,
        help_text=gettext_lazy("Only what helps to look for them. Erased a day after they are back."),
    )

    def __init__(self, *args: Any, sees_places: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["capacity"].choices = [("", _("Nobody goes along")), *Capacity.choices]
        if not sees_places:
            del self.fields["where_to"]

    @property
    def company(self) -> list[Any]:
        """Its fields as they are drawn."""
        where = ["where_to"] if "where_to" in self.fields else []
        return ["companion", Field("capacity", css_class="po-select"), "companion_phone", *where]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("companion") and not cleaned.get("capacity") and "capacity" not in self.errors:
            self.add_error("capacity", _("Choose as what they go along."))
        if not cleaned.get("companion") and (cleaned.get("capacity") or cleaned.get("companion_phone")):
            self.add_error("companion", _("Write who goes with them."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        names = ("companion", "capacity", "companion_phone", "where_to")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


class WatchersMixin(forms.Form):
    """Who is told first and second where they are not back; then every coordinator is."""

    first = forms.ModelChoiceField(
        label=gettext_lazy("Who is told first if they are late"), queryset=Staff.objects.none(), required=False
    )
    second = forms.ModelChoiceField(
        label=gettext_lazy("Who is told second"), queryset=Staff.objects.none(), required=False
    )

    @property
    def watchers(self) -> list[Any]:
        """Its fields as they are drawn."""
        return [Field(name, css_class="po-select") for name in ("first", "second")]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        for name in ("first", "second"):
            fields[name].queryset = watchers_at(self.shelter)  # type: ignore[attr-defined]
            fields[name].empty_label = _("The coordinators")
            fields[name].error_messages["invalid_choice"] = _("Who is told must work in this house. Choose again.")


class TripForm(WatchersMixin, CompanyMixin, ReturnMixin):
    """Who leaves now, and until when."""

    who = forms.MultipleChoiceField(
        label=gettext_lazy("Who leaves now"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Mark at least one person who leaves.")},
    )

    def __init__(self, *args: Any, goers: Sequence[Goer], names: bool, **kwargs: Any):
        self.goers = {str(goer.person.pk): goer for goer in goers}
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["who"].choices = [
            (pk, goer.person.full_name if names else goer.person.initials) for pk, goer in self.goers.items()
        ]
        fields["who"].error_messages["invalid_choice"] = _(
            "One of these people cannot leave from here. Load the page again."
        )
        hours = Div("back_on", "back_hour", css_class="po-pair")
        self.helper = form_helper("who", hours, *self.company, *self.watchers)

    def trip(self) -> dict[str, Any]:
        """What `open_trip` asks for."""
        watchers = {name: self.cleaned_data[name] for name in ("first", "second")}
        chosen = [self.goers[pk] for pk in self.cleaned_data["who"]]
        return {"goers": chosen, "expected_at": self.expected_at, **watchers, **self.facts()}


class CompanyForm(CompanyMixin):
    """Correct where they go and who goes along."""

    def __init__(self, *args: Any, trip: Trip, **kwargs: Any):
        said = {name: getattr(trip, name) for name in ("companion", "capacity", "companion_phone", "where_to")}
        self.said = said
        super().__init__(*args, initial=said, **kwargs)
        self.helper = form_helper(*self.company)

    def facts(self) -> dict[str, Any]:
        """Everything; what the writer may not read stays as it was."""
        return self.said | super().facts()


class ExtendForm(ReturnMixin):
    """Another hour of return, and why."""

    reason = text_field(
        gettext_lazy("Why, or who said so"),
        200,
        required=True,
        help_text=gettext_lazy("Erased a day after they are back."),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _(
            "Write why they come back at another hour, or who said so."
        )
        self.helper = form_helper(Div("back_on", "back_hour", css_class="po-pair"), "reason")


class CloseForm(forms.Form):
    """How it ended without a return through the door, and how that is known."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("How did it end?"),
        widget=forms.RadioSelect,
        choices=[
            *((value, label) for value, label in TripEnd.choices if value != TripEnd.BACK),
            (NOT_BACK, gettext_lazy("They did not return, and nobody knows where they are")),
        ],
        error_messages={"required": gettext_lazy("Choose how it ended.")},
    )
    reason = text_field(gettext_lazy("How do you know?"), 200, required=True)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write how you know.")
        self.helper = form_helper("outcome", "reason")


class WordsForm(forms.Form):
    """One line that may stay empty: what they said, what is wrong."""

    words = forms.CharField(max_length=200, required=False)


class TripRulesForm(WatchersMixin):
    """How long a house waits, and whom it names where a trip names nobody."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes between one step and the next"),
        min_value=5,
        max_value=720,
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-4", "autocomplete": "off", "maxlength": 3}),
        error_messages={
            "required": gettext_lazy("Write how many minutes."),
            "invalid": gettext_lazy("Write it with numbers."),
            "min_value": gettext_lazy("Write between 5 and 720 minutes."),
            "max_value": gettext_lazy("Write between 5 and 720 minutes."),
        },
    )

    def __init__(self, *args: Any, shelter: Shelter, rules: TripRules, **kwargs: Any):
        self.shelter = shelter
        said = {"minutes": rules.minutes, "first": rules.first_id, "second": rules.second_id}
        super().__init__(*args, initial=said, **kwargs)
        self.helper = form_helper("minutes", *self.watchers)
