"""A clock as somebody begins, corrects and ends it; a closure; a rule written anew."""

from typing import Any

from crispy_forms.layout import Div, Field
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.forms.fields import text_field
from cases.models import Authority, Certainty, Clock, ClockRule, ClockState, ClosureKind, Family, Person, Start, Unit
from cases.services.clock_rules import EDITABLE
from ngo.models import Office, Staff
from ngo.ui import DatePartsField, form_helper

HOW_IT_ENDED = [(value, label) for value, label in ClockState.choices if value != ClockState.RUNNING]


class EventForm(forms.Form):
    """When it happened, and why this day where that is not plain."""

    event_on = DatePartsField(label=_("Day of the event"))
    after_hours = forms.BooleanField(
        label=_("It was done when the office had shut"),
        required=False,
        help_text=_(
            "Offices take papers from 8:00 to 18:00 (LFPA 30). By the likely count it is the next working day."
        ),
    )
    event_note = text_field(
        _("Why this day"), 200, help_text=_("For example: from then on it was materially possible to apply.")
    )
    helper = form_helper("event_on", "after_hours", "event_note")


class ClockForm(EventForm):
    """A clock that begins, for one person or the whole family."""

    rule = forms.ModelChoiceField(ClockRule.objects.none(), label=_("What must be done"), empty_label=_("Choose…"))
    person = forms.ModelChoiceField(
        Person.objects.none(), label=_("For whom"), required=False, empty_label=_("The whole family")
    )
    office = forms.ModelChoiceField(
        Office.objects.none(),
        label=_("At which office"),
        required=False,
        empty_label=_("Not known"),
        help_text=_("An office may close by itself: then only its own clocks are moved."),
    )

    def __init__(self, *args: Any, staff: Staff, family: Family, **kwargs: Any):
        super().__init__(*args, **kwargs)
        codes = ClockRule.objects.visible_to(staff).in_force().values("pk")
        rules = ClockRule.objects.filter(pk__in=codes).order_by("position", "code")
        kinds = Authority.objects.exclude(office_kind="").values("office_kind")
        offices = Office.objects.visible_to(staff).filter(kind__in=kinds, is_active=True)
        self.fields["rule"].queryset = rules  # type: ignore[attr-defined]
        self.fields["rule"].label_from_instance = _rule_label  # type: ignore[attr-defined]
        self.fields["rule"].error_messages["required"] = _("Choose what must be done.")
        self.fields["person"].queryset = Person.objects.in_family(family)  # type: ignore[attr-defined]
        self.fields["office"].queryset = offices.order_by("kind", "name")  # type: ignore[attr-defined]
        self.helper = form_helper("rule", "person", "event_on", "event_note", "office", "after_hours")


def _rule_label(rule: ClockRule) -> str:
    return _("%(name)s (from %(event)s)") % {"name": rule.name, "event": rule.event}


class EndForm(forms.Form):
    """How a clock ended, and on which day."""

    outcome = forms.ChoiceField(
        label=_("How it ended"),
        choices=HOW_IT_ENDED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it ended.")},
    )
    on = DatePartsField(label=_("On which day"))
    note = text_field(_("Note"), 200)
    helper = form_helper("outcome", "on", "note")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate()


class ToldForm(forms.Form):
    whom = text_field(_("Who was told"), 120, required=True)


# --- Closures ----------------------------------------------------------------------------------------------------------


class ClosureForm(forms.Form):
    """Days on which an authority, or one of its offices, did not work."""

    where = forms.ChoiceField(label=_("Who did not work"), error_messages={"required": _("Choose the authority.")})
    first_day = DatePartsField(label=_("First day"))
    last_day = DatePartsField(label=_("Last day, that day included"))
    kind = forms.ChoiceField(label=_("What it is"), choices=ClosureKind.choices, initial=ClosureKind.CLOSED)
    source = text_field(
        _("Source"),
        300,
        required=True,
        help_text=_("The DOF of which day, or who said so and when. A lawyer will read it beside the dates."),
    )
    source_url = forms.URLField(label=_("Address of the source"), required=False, max_length=300, assume_scheme="https")
    takes_no_sign_in = forms.BooleanField(label=_("No sign-in is taken on these days"), required=False, initial=True)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["kind"].widget = forms.RadioSelect(choices=ClosureKind.choices)
        self.fields["source"].error_messages["required"] = _(
            "Write the source: the DOF of which day, or who said so and when."
        )
        self._authorities = list(Authority.objects.visible_to(staff))
        kinds = {one.office_kind: one for one in self._authorities if one.office_kind}
        self._offices = list(
            Office.objects.visible_to(staff).filter(kind__in=kinds, is_active=True).order_by("kind", "name")
        )
        self._authority_of = kinds
        choices = [(f"authority-{one.pk}", one.name) for one in self._authorities]
        offices = [(f"office-{one.pk}", one.name) for one in self._offices]
        self.fields["where"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose…")),
            (_("The whole authority"), choices),
            (_("Only one office"), offices),
        ]
        self.helper = form_helper(
            Field("where", css_class="po-select"), "first_day", "last_day", "kind", "source", "source_url",
            "takes_no_sign_in",
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """What the service asks for."""
        cleaned = dict(self.cleaned_data)
        kind, _dash, number = cleaned.pop("where").partition("-")
        if kind == "office":
            office = next(one for one in self._offices if one.pk == int(number))
            return cleaned | {"authority": self._authority_of[office.kind], "office": office}
        return cleaned | {"authority": next(one for one in self._authorities if one.pk == int(number)), "office": None}


class WithdrawForm(forms.Form):
    reason = text_field(_("Why it is withdrawn"), 300, required=True)
    helper = form_helper("reason")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why it is withdrawn.")


# --- Rules -------------------------------------------------------------------------------------------------------------


def _days_field(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=1000,
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-4", "autocomplete": "off", "maxlength": 4}),
        error_messages={"invalid": _("Write it with numbers.")},
    )


class RuleVersionForm(forms.Form):
    """A version of a rule: how it counts, where that stands, and when somebody checked it."""

    safe_count = _days_field(_("Safe: how many days"))
    safe_unit = forms.ChoiceField(label=_("Safe: which days"), choices=Unit.choices)
    safe_start = forms.ChoiceField(label=_("Safe: day 1 is looked for from"), choices=Start.choices)
    likely_count = _days_field(_("Likely: how many days"))
    likely_unit = forms.ChoiceField(label=_("Likely: which days"), choices=Unit.choices)
    likely_start = forms.ChoiceField(label=_("Likely: day 1 is looked for from"), choices=Start.choices)
    likely_rolls = forms.BooleanField(
        label=_("A last day on which nobody works becomes the next working day"), required=False
    )
    article = text_field(_("Article"), 120, required=True)
    quote = text_field(_("The words of the law"), 300)
    source = text_field(_("Where it was read"), 300, required=True)
    source_url = forms.URLField(label=_("Address of the source"), required=False, max_length=300, assume_scheme="https")
    checked_on = DatePartsField(label=_("Checked on"))
    certainty = forms.ChoiceField(label=_("How sure we are"), choices=Certainty.choices)
    note_es = text_field(_("Note in Spanish"), 500)
    note_en = text_field(_("Note in English"), 500)

    def __init__(self, *args: Any, rule: ClockRule, **kwargs: Any):
        written = {name: getattr(rule, name) for name in EDITABLE}
        super().__init__(*args, initial=written | {"checked_on": timezone.localdate()}, **kwargs)
        self.helper = form_helper(
            Div("safe_count", "safe_unit", css_class="po-pair"), "safe_start",
            Div("likely_count", "likely_unit", css_class="po-pair"), "likely_start", "likely_rolls",
            "article", "quote", "source", "source_url", "checked_on", "certainty", "note_es", "note_en",
        )  # fmt: skip


def event_initial(clock: Clock) -> dict[str, Any]:
    return {"event_on": clock.event_on, "after_hours": clock.after_hours, "event_note": clock.event_note}
