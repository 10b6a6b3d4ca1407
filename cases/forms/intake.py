"""Intake: everybody who arrives together, on one screen (design: mock/intake.html)."""

from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy

from cases.forms.families import FamilyForm
from cases.forms.people import COPIED, MOST, PREFIX, MemberForm, MemberFormSet
from cases.models import FamilyMember, Person, Relationship
from cases.services.children import alert_kind
from cases.services.ways import ways_to_choose
from ngo.ui import form_helper


class StartForm(forms.Form):
    people = forms.IntegerField(
        label=gettext_lazy("How many people arrive together?"),
        min_value=1,
        max_value=MOST,
        help_text=gettext_lazy("One who travels alone is 1. You can add or take off people later."),
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "off", "class": "po-w-2", "maxlength": 2, "autofocus": True}
        ),
        error_messages={
            "invalid": gettext_lazy("Write how many they are, with a number."),
            "required": gettext_lazy("Write how many they are."),
            "min_value": gettext_lazy("Write at least 1."),
            "max_value": gettext_lazy(
                "One intake holds up to %(limit_value)s people: write one family, then the next."
            ),
        },
    )
    helper = form_helper()

    def fields_of_draft(self) -> dict[str, list[str]]:
        """What stands in an intake before anything is typed."""
        return {
            f"{PREFIX}-TOTAL_FORMS": [str(self.cleaned_data["people"])],
            f"{PREFIX}-INITIAL_FORMS": ["0"],
            f"{PREFIX}-0-relationship": [Relationship.HEAD.value],
            "together": ["yes"],
            "notice_language": ["spa"],
        }


class Intake:
    """The whole screen: the people, the family, and two questions that are asked only where they arise: who answers for
    the children, and whether we know someone already.

    `data` is what the browser sent or what the draft kept; with `quiet` nothing is shown to be wrong yet.
    """

    def __init__(self, data: QueryDict, staff: Any, *, quiet: bool = False):
        self.data, self.staff, self.quiet = data, staff, quiet
        self.formset = MemberFormSet(data, prefix=PREFIX)
        self.family = FamilyForm(data)
        self.family.offer_ways(ways_to_choose(staff.organisation))
        self.people: list[MemberForm] = []
        self.has_looked = False
        self._use_chosen_files()
        self.is_valid = self._check()
        for form in self.people:
            form.is_complete = not form.errors
        if quiet:
            self._hush()

    def _use_chosen_files(self) -> None:
        """The file that a row names counts only where the desk was shown it: of this organisation, and fitting the name."""
        chosen = {form: form.ids("person") for form in self.formset.forms}
        files = Person.objects.visible_to(self.staff).in_bulk(
            {pk for ids in chosen.values() for pk in ids if pk < 2**63}
        )
        for form, ids in chosen.items():
            offered = {one.person.pk: one for one in form.find_candidates(self.staff)} if ids else {}
            form.known = next((files[pk] for pk in ids if pk in files and pk in offered), None)
            form.leaves_family = form.known is not None and offered[form.known.pk].has_family
            form.has_lost_file = bool(ids) and form.known is None
            if form.has_lost_file:
                self.data[form.add_prefix("person")] = ""

    def _check(self) -> bool:
        is_whole = self.formset.is_valid()
        self.people = self.formset.present
        self._ask_for_carer(is_whole)
        return self.family.is_valid() and is_whole

    def begin_at(self, place: int) -> None:
        """Put the cursor into a person's first field."""
        for form in self.formset.forms[place : place + 1]:
            form.fields["given_names"].widget.attrs["autofocus"] = True

    def _hush(self) -> None:
        for form in [*self.formset.forms, self.family]:
            form._errors = ErrorDict(renderer=form.renderer)
        self.formset._errors = []
        self.formset._non_form_errors = self.formset.error_class(renderer=self.formset.renderer)

    # --- Who answers for the children --------------------------------------------------------------------------------

    def _ask_for_carer(self, is_whole: bool) -> None:
        """Adults are here, and a child is nobody's son or daughter among them: ask, before an alert is raised."""
        adults = [form for form in self.people if form.is_adult()] if is_whole else []
        child = self._child_without_parent() if adults else None
        self.asks_for_carer = child is not None
        if child is None:
            del self.family.fields["carer"]
        else:
            self.family.offer_carers([(form.place, form.typed_name) for form in adults], child.typed_name)

    def _child_without_parent(self) -> MemberForm | None:
        members = [form.member() for form in self.people]
        rows = [
            FamilyMember(
                person=member.known_person,
                relationship=member.relationship,
                is_head=member.relationship == Relationship.HEAD,
            )
            for member in members
        ]
        today = timezone.localdate()
        alone = (form for form, row in zip(self.people, rows, strict=True) if alert_kind(row, rows, today))
        return next(alone, None)

    # --- People we may already know ----------------------------------------------------------------------------------

    def look_for_known_people(self) -> None:
        """Candidates for each person without a file, but for those that the desk already called someone else."""
        if self.has_looked:
            return
        self.has_looked = True
        for form in self.people:
            if form.known is None:
                other = form.ids("other")
                form.candidates = [one for one in form.find_candidates(self.staff) if one.person.pk not in other]

    @property
    def questions(self) -> list[MemberForm]:
        """People who may be known and about whom the desk was not asked yet."""
        return [form for form in self.people if {one.person.pk for one in form.candidates} - form.ids("asked")]

    def mark_as_asked(self) -> None:
        """The page that is drawn now asks about these candidates; sent once more, it goes through."""
        for form in self.people:
            if form.candidates:
                ids = sorted(form.ids("asked") | {one.person.pk for one in form.candidates})
                self.data[form.add_prefix("asked")] = ",".join(map(str, ids))

    # --- For the service ---------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        """What `finish_intake` needs."""
        carer = self.family.cleaned_data.get("carer", "")
        members = [form.member() for form in self.people]
        for form, member in zip(self.people, members, strict=True):
            member.is_carer = form.place == carer
        return self.family.facts() | {"members": members}


# --- What a button changes in the fields ------------------------------------------------------------------------------


def as_query(fields: dict[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values)
    return data


def rows_of(data: QueryDict) -> int:
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    return min(int(total), MOST) if total.isascii() and total.isdigit() else 0


def with_one_more(data: QueryDict) -> None:
    """Add a row, with the surname, nationality and languages of the first person."""
    number = rows_of(data)
    if number >= MOST:
        return
    for name in COPIED:
        data[f"{PREFIX}-{number}-{name}"] = data.get(f"{PREFIX}-0-{name}", "")
    data[f"{PREFIX}-TOTAL_FORMS"] = str(number + 1)


def without_removed(posted: QueryDict) -> QueryDict:
    """The fields without the rows that were ticked to be taken off, the others numbered anew."""
    total = rows_of(posted)
    kept = [row for row in range(total) if not posted.get(f"{PREFIX}-{row}-DELETE")] or [0]
    places = {f"{PREFIX}-{old}-": f"{PREFIX}-{new}-" for new, old in enumerate(kept)}
    data = QueryDict(mutable=True)
    for name, values in posted.lists():
        head, _, row = name.partition("-")
        number, _, rest = row.partition("-")
        if head != PREFIX or not number.isdigit():
            data.setlist(name, values)
        elif f"{PREFIX}-{number}-" in places and rest != "DELETE":
            data.setlist(f"{places[f'{PREFIX}-{number}-']}{rest}", values)
    if total:
        data[f"{PREFIX}-TOTAL_FORMS"] = str(len(kept))
    return data
