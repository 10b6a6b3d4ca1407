"""Placing, moving, holding."""

import re
from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from ngo.ui import DatePartsField, HourField, form_helper
from shelters.forms.moments import EarlierMixin, is_touched, next_time
from shelters.forms.presses import PressMixin
from shelters.models import Bed, Placement, Shelter, Space, Stay
from shelters.nights import ONE_DAY, instant_at, noon_of, tonight
from shelters.services.desk import Place
from shelters.services.houses import House
from shelters.services.limits import limit_day
from shelters.services.suggestions import Option

NOON = time(12)
PLACE = re.compile(r"(\d{1,18})\.(\d{1,18})")  # space.bed, or space.0 for the floor


def place_code(space: Space, bed: Bed | None) -> str:
    return f"{space.pk}.{bed.pk if bed else 0}"


def place_of(code: str) -> Place | None:
    """The place behind a code; None for an empty or malformed one."""
    match = PLACE.fullmatch(code)
    return Place(int(match[1]), int(match[2]) or None) if match else None


def option_code(option: Option) -> str:
    """A whole option in one value, so that one press takes it: person=space.bed;…"""
    return ";".join(f"{row.person.pk}={place_code(row.space, row.bed)}" for row in option.assignments)


def places_of(code: str) -> dict[int, Place]:
    """Person id → place, out of `option_code`; what is malformed is left out."""
    pairs = (part.partition("=") for part in code[:5000].split(";"))
    found = {
        int(person): place_of(place) for person, _equals, place in pairs if person.isdecimal() and len(person) < 19
    }
    return {person: place for person, place in found.items() if place}


def bed_name(bed: Bed) -> str:
    """A bed in a list of choices: its number and its kind."""
    return _now("%(bed)s, %(kind)s") % {"bed": bed.label, "kind": bed.get_kind_display().lower()}


def place_choices(house: House, kept: dict[Bed, str] | None = None) -> list[Any]:
    """Free beds by space, and the floor of each. `kept` are beds that those who choose have now, with the words for it."""
    groups = []
    for space in house.spaces:
        now = [(place_code(space, bed), words) for bed, words in (kept or {}).items() if bed.space_id == space.pk]
        beds = [(place_code(space, bed), bed_name(bed)) for bed in house.free.get(space.pk, [])]
        floor = (place_code(space, None), _now("Without a bed in %(space)s") % {"space": space.name})
        groups.append((space.name, [*now, *beds, floor]))
    return groups


class PlaceField(forms.ChoiceField):
    """A place out of a list. A bed that was taken meanwhile is let through: the service says so, with what is left."""

    def valid_value(self, value: Any) -> bool:
        return PLACE.fullmatch(str(value)) is not None


class ReasonMixin(forms.Form):
    """The reason for going on against a rule that bends."""

    reason = forms.CharField(
        label=_("Why this is right tonight"),
        max_length=200,
        required=False,
        help_text=_("It stays beside the place. No illness and no legal matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PlaceForm(ReasonMixin, EarlierMixin):
    """Beds for a family: one press takes a whole suggestion (`take`), or each person's bed is chosen by hand."""

    take = forms.CharField(required=False, max_length=5000, widget=forms.HiddenInput)
    leaves_on = DatePartsField(
        label=_("Day on which they leave"),
        required=False,
        help_text=_("If it is known: the beds are promised until then."),
    )

    def __init__(
        self, *args: Any, people: Iterable[Person], house: House, option: Option | None, names: bool, **kwargs: Any
    ):
        self.people = list(people)
        super().__init__(*args, **kwargs)
        self.proposed = limit_day(self.shelter, timezone.now())  # What the house's longest stay makes of it.
        self.fields["leaves_on"].initial = self.proposed
        self.says_optional = False
        choices = [("", _("Not now")), *place_choices(house)]
        best = {row.person.pk: place_code(row.space, row.bed) for row in option.assignments} if option else {}
        for person in self.people:
            label = person.called if names else person.initials
            field = PlaceField(label=label, choices=choices, required=False, initial=best.get(person.pk, ""))
            self.fields[f"place_{person.pk}"] = field
        self.by_hand = form_helper(*(f"place_{person.pk}" for person in self.people))
        self.when = form_helper("leaves_on", Div(*self.earlier, css_class="po-pair"))
        self.why = form_helper("reason")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.places:
            raise forms.ValidationError(_("Choose a bed for at least one person."))
        return cleaned

    @property
    def places(self) -> dict[int, Place]:
        """Person id → place, for those who were given one."""
        if self.cleaned_data.get("take"):
            wanted = places_of(self.cleaned_data["take"])
            return {person.pk: wanted[person.pk] for person in self.people if person.pk in wanted}
        chosen = {person.pk: place_of(self.cleaned_data.get(f"place_{person.pk}", "")) for person in self.people}
        return {person: place for person, place in chosen.items() if place}

    @property
    def chosen(self) -> str:
        """What was asked for, in one value: a reason can be added to it without choosing again."""
        return ";".join(f"{person}={place.space_id}.{place.bed_id or 0}" for person, place in self.places.items())

    @property
    def leaving_on(self) -> date | None:
        """The day that was written. One that the page proposed is counted from the moment that the paper says."""
        day, at = self.cleaned_data["leaves_on"], self.happened_at
        return limit_day(self.shelter, at) if at and day is not None and day == self.proposed else day

    @property
    def is_by_hand(self) -> bool:
        return self.is_bound and not self.data.get("take")

    @property
    def has_times(self) -> bool:
        changed = is_touched(self, "leaves_on") and self.cleaned_data.get("leaves_on") != self.proposed
        return self.is_earlier or changed


class MoveForm(ReasonMixin, EarlierMixin):
    """Other places for people who are in the house. Who keeps the place that they have stays where they are."""

    def __init__(
        self,
        *args: Any,
        stays: list[Stay],
        now_in: dict[int, Placement],
        house: House,
        names: bool,
        first: str = "",
        **kwargs: Any,
    ):
        self.stays = stays
        super().__init__(*args, **kwargs)
        self.says_optional = False
        alone = len(stays) == 1
        called = {stay.pk: stay.person.called if names else stay.person.initials for stay in stays}
        theirs = {place.bed: called[stay] for stay, place in now_in.items() if place.bed and not alone}
        kept = {bed: _now("%(bed)s, now %(who)s") % {"bed": bed.label, "who": who} for bed, who in theirs.items()}
        choices = place_choices(house, kept)
        for stay in stays:
            place = now_in.get(stay.pk)
            here = place_code(place.space, place.bed) if place and place.space else ""
            self.fields[f"place_{stay.pk}"] = PlaceField(
                label=_("New place") if alone else called[stay.pk],
                choices=[("", _("Choose a place") if alone or not here else _("Stays there")), *choices],
                required=alone,
                initial=first if alone else here,
                error_messages={"required": _("Choose the new place.")},
            )
        self.to = form_helper(*(f"place_{stay.pk}" for stay in stays))
        self.when = form_helper(Div(*self.earlier, css_class="po-pair"))
        self.why = form_helper("reason")

    @property
    def moves(self) -> dict[Stay, Place]:
        chosen = {stay: place_of(self.cleaned_data.get(f"place_{stay.pk}", "")) for stay in self.stays}
        return {stay: place for stay, place in chosen.items() if place}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.moves:
            raise forms.ValidationError(_("Choose the new place."))
        return cleaned


class LeavesOnForm(forms.Form):
    """The day on which someone is expected to leave, for one person or for everyone of the family in the house."""

    leaves_on = DatePartsField(
        label=_("Day on which they leave"),
        required=False,
        help_text=_("The bed is promised until noon of that day. Leave it empty while it is not known."),
    )
    all_of_them = forms.BooleanField(label=_("For the whole family"), required=False, initial=True)

    def __init__(self, *args: Any, shelter: Shelter, is_family: bool, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        if not is_family:
            del self.fields["all_of_them"]
        self.helper = form_helper(*self.fields)

    def clean_leaves_on(self) -> date | None:
        day = self.cleaned_data["leaves_on"]
        if day and noon_of(self.shelter, day) <= timezone.now():
            raise forms.ValidationError(_("That day is over. To write that someone has left, use the departure."))
        return day


class HoldForm(PressMixin):
    """Beds held for people who are on their way, tonight or on a later night, until an hour."""

    held_for = forms.CharField(
        label=_("For whom"),
        max_length=120,
        help_text=_("In words that name nobody: a family of five from the bridge."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write for whom the beds are held.")},
    )
    until_hour = HourField(
        label=_("Held until"),
        help_text=_("By the shelter's clock. At that hour the beds are free again by themselves."),
        error_messages={
            "invalid": _("Write the hour with numbers, for example 21:30."),
            "required": _("Write until what hour the beds are held."),
        },
    )
    beds = forms.MultipleChoiceField(
        label=_("Which beds"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one bed."),
            "invalid_choice": _("One of these beds has just been taken. Choose again."),
        },
    )

    def __init__(
        self,
        *args: Any,
        shelter: Shelter,
        night: date,
        free: list[tuple[Space, list[Bed]]],
        for_family: bool,
        **kwargs: Any,
    ):
        self.shelter, self.night = shelter, night
        super().__init__(*args, **kwargs)
        self.fields["beds"].choices = [
            (space.name, [(str(bed.pk), bed_name(bed)) for bed in beds]) for space, beds in free if beds
        ]
        if for_family:
            del self.fields["held_for"]
        names = ["until_hour"] if for_family else ["held_for", "until_hour"]
        self.helper = form_helper(*names, "beds", "act")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "until_hour" in cleaned:
            times = self.times
            if times["expires_at"] > times["until"]:
                self.add_error(
                    "until_hour", _("That hour is over. Write a later one, noon of the next day at the latest.")
                )
        return cleaned

    @property
    def times(self) -> dict[str, Any]:
        """`starts_at` (None for now), `until` and `expires_at` of the hold."""
        hour = self.cleaned_data["until_hour"]
        until = noon_of(self.shelter, self.night + ONE_DAY)
        if self.night == tonight(self.shelter):
            return {"starts_at": None, "until": until, "expires_at": next_time(self.shelter, hour, timezone.now())}
        day = self.night + timedelta(days=hour < NOON)
        expires_at = instant_at(self.shelter, day, hour)
        return {"starts_at": noon_of(self.shelter, self.night), "until": until, "expires_at": expires_at}


def _left_in(where: str, places: int | None) -> str:
    if places is None:  # Nobody has confirmed the figures of the house lately.
        return _now("%(where)s: not known how many are left") % {"where": where}
    return _now("%(where)s: %(left)d left") % {"where": where, "left": places}


class HoldPlacesForm(HoldForm):
    """So many places in a space, in a kind of space or anywhere in a house: which beds they will be is open."""

    where = forms.ChoiceField(label=_("Where"))
    count = forms.IntegerField(
        label=_("How many places"),
        min_value=1,
        max_value=500,
        error_messages={"required": _("Write how many places are held."), "invalid": _("Write a whole number.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "class": "po-w-2", "autocomplete": "off", "maxlength": 3}
        ),
    )

    def __init__(self, *args: Any, left: list[tuple[str, str, int | None]], for_family: bool, **kwargs: Any):
        super().__init__(*args, free=[], for_family=for_family, **kwargs)
        del self.fields["beds"]
        self.fields["where"].choices = [(code, _left_in(name, places)) for code, name, places in left]
        names = ["where", "count", "until_hour", "act"]
        self.helper = form_helper(*(names if for_family else ["held_for", *names]))

    @property
    def scope(self) -> tuple[str, str]:
        """("space", its id), ("kind", its code) or ("house", "")."""
        what, _dash, key = self.cleaned_data["where"].partition("-")
        return what, key
