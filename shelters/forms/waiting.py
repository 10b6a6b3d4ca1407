"""Putting someone on the waiting list, correcting it, and the rules of its order."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ngo.ui import form_helper
from shelters.forms.presses import PressMixin
from shelters.models import Factor, Shelter, WaitingEntry
from shelters.models.waiting import MOST_POINTS


class WaitingForm(PressMixin):
    """A party in words, or (`for_family`) a family with a file; `corrects` an entry, which needs a reason."""

    party = forms.CharField(
        label=_("Who waits"),
        max_length=120,
        help_text=_("In words that name nobody: a family of five from the bridge."),
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Write who waits, in words that name nobody.")},
    )
    people = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=500,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "class": "po-w-2", "maxlength": 3}),
        error_messages={
            "required": _("Write how many they are."),
            "invalid": _("Write how many they are, with a number."),
            "min_value": _("Write at least 1."),
            "max_value": _("Write at most 500, and the others as another party."),
        },
    )
    factors = forms.MultipleChoiceField(
        label=_("What you know of them"),
        choices=Factor.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("It moves them up the list. What stands in a file counts by itself."),
    )
    shelter = forms.ChoiceField(label=_("For which house"), required=False)
    contact = forms.CharField(
        label=_("How to reach them"),
        max_length=200,
        required=False,
        help_text=_("Where they are, or what they answer to. No telephone of somebody who did not agree."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Write why this is changed: it may move them on the list.")},
    )

    def __init__(
        self, *args: Any, shelters: Iterable[Shelter], for_family: bool, corrects: bool = False, **kwargs: Any
    ):
        self.shelters = {str(shelter.pk): shelter for shelter in shelters}
        super().__init__(*args, **kwargs)
        self.fields["shelter"].choices = [
            ("", _("Any house")),
            *((pk, shelter.name) for pk, shelter in self.shelters.items()),
        ]
        if for_family:
            del self.fields["party"], self.fields["people"]
        self.fields["reason"].required = corrects
        self.helper = form_helper(*self.fields)

    @property
    def asked(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        typed = {name: value for name, value in self.cleaned_data.items() if name != "act"}
        return typed | {"shelter": self.shelters.get(typed["shelter"])}


def initial_of(entry: WaitingEntry) -> dict[str, Any]:
    """What an entry says now, for the form that corrects it."""
    return {
        "party": entry.party,
        "people": entry.people,
        "factors": entry.factors,
        "shelter": str(entry.shelter_id or ""),
        "contact": entry.contact,
    }


class StepForm(forms.Form):
    """What happened to an entry, and why; drawn by hand on its page, where each step is a button."""

    step = forms.ChoiceField(
        choices=[(name, name) for name in ("offer", "again", "gone", "remove", "undo")],
        error_messages={"required": _("Choose what happened."), "invalid_choice": _("Choose what happened.")},
    )
    reason = forms.CharField(max_length=200, required=False)
    shelter = forms.SlugField(max_length=80, required=False)


class LinkForm(forms.Form):
    """The file of a party that has come: one that was chosen, or the words to look for."""

    family = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    text = forms.CharField(max_length=80, required=False)


class RulesForm(forms.Form):
    """How many points each factor gives: one short field each."""

    def __init__(self, *args: Any, points: dict[Factor, int], **kwargs: Any):
        super().__init__(*args, **kwargs)
        for factor in Factor:
            self.fields[factor.value] = forms.IntegerField(
                label=factor.label,
                min_value=0,
                max_value=MOST_POINTS,
                initial=points[factor],
                widget=forms.TextInput(
                    {"inputmode": "numeric", "autocomplete": "off", "class": "po-w-2", "maxlength": 2}
                ),
                error_messages={
                    "required": _("Write the points; 0 where it does not count."),
                    "invalid": _("Write the points with a number, for example 3."),
                    "min_value": _("Write 0 or more."),
                    "max_value": _("Write 20 at most."),
                },
            )
        self.helper = form_helper(*self.fields)

    @property
    def points(self) -> dict[Factor, int]:
        return {factor: self.cleaned_data[factor.value] for factor in Factor}
