"""Who goes on apart, who comes to a family, and what each is to it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import text_field
from cases.models import Family, FamilyMember, Person, Relationship
from ngo.ui import form_helper

SEEN = [("", gettext_lazy("Nobody asked")), ("yes", gettext_lazy("Yes, seen")), ("no", gettext_lazy("No paper"))]


class PeopleForm(forms.Form):
    """For each person: whether it is about them, and what they are to the head. Head is offered where there is none yet."""

    helper = form_helper()
    says_optional = False  # Each is needed where the box beside it is ticked.
    nobody = gettext_lazy("Choose at least one person.")

    def __init__(self, *args: Any, people: Iterable[Person], with_head: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.people = list(people)
        relations = [choice for choice in Relationship.choices if with_head or choice[0] != Relationship.HEAD]
        for person in self.people:
            self.fields[f"go-{person.pk}"] = forms.BooleanField(label=person.full_name, required=False)
            self.fields[f"is-{person.pk}"] = forms.ChoiceField(
                label=_("%(name)s is to the head") % {"name": person.called},
                choices=[("", "—"), *relations],
                required=False,
                widget=forms.Select({"class": "po-w-m"}),
            )
        self.fields["reason"] = text_field(
            gettext_lazy("Reason"), 200, required=True, help_text=gettext_lazy("In a few words, for the history.")
        )
        self.fields["reason"].error_messages["required"] = _("Write the reason in a few words.")

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"go-{person.pk}"], self[f"is-{person.pk}"]) for person in self.people]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = [person for person in self.people if cleaned.get(f"go-{person.pk}")]
        if not chosen and self.people:
            self.add_error(f"go-{self.people[0].pk}", str(self.nobody))
        for person in chosen:
            if f"is-{person.pk}" in cleaned and not cleaned[f"is-{person.pk}"]:
                self.add_error(f"is-{person.pk}", _("Choose what they are to the head of the family."))
        return cleaned

    def change(self) -> dict[str, Any]:
        """What the services take."""
        cleaned = self.cleaned_data
        chosen = [person.pk for person in self.people if cleaned[f"go-{person.pk}"]]
        return {"relationships": {pk: cleaned[f"is-{pk}"] for pk in chosen}, "reason": cleaned["reason"]}


class OtherFamilyForm(forms.Form):
    """The family that somebody comes from, by its file number."""

    folio = text_field(
        gettext_lazy("File number of the family they are in now"),
        20,
        required=True,
        help_text=gettext_lazy("For example F-0042. It stands on the family's page."),
    )
    helper = form_helper()

    def __init__(self, *args: Any, staff: Any, family: Family, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.staff, self.family = staff, family
        self.fields["folio"].error_messages["required"] = _("Write the file number of the other family.")

    def clean_folio(self) -> Family:
        text = self.cleaned_data["folio"].strip()
        found = Family.objects.visible_to(self.staff).filter(folio__iexact=text).with_members().first()
        if found is None:
            raise forms.ValidationError(_("No family here has the file number %(folio)s.") % {"folio": text})
        if found.pk == self.family.pk:
            raise forms.ValidationError(_("This is the file of the same family."))
        if not found.current_members:  # type: ignore[attr-defined]
            raise forms.ValidationError(_("Nobody is in that family any more."))
        return found


class RoleForm(forms.Form):
    relationship = forms.ChoiceField(
        label=gettext_lazy("What they are to the head of the family"),
        choices=Relationship.choices,
        widget=forms.Select({"class": "po-w-m"}),
    )
    is_carer = forms.BooleanField(label=gettext_lazy("Answers for the children here"), required=False)
    is_guardian = forms.BooleanField(
        label=gettext_lazy("Is the legal guardian of a child here"),
        required=False,
        help_text=gettext_lazy("By a court or an authority. A mother or a father needs no paper for it."),
    )
    paper_seen = forms.ChoiceField(
        label=gettext_lazy("Did somebody see the paper that says so?"),
        choices=SEEN,
        required=False,
        widget=forms.RadioSelect,
    )
    helper = form_helper()

    @classmethod
    def of(cls, member: FamilyMember, data: Any = None) -> "RoleForm":
        seen = {None: "", True: "yes", False: "no"}[member.guardian_paper_seen]
        names = ("relationship", "is_carer", "is_guardian")
        return cls(data, initial={name: getattr(member, name) for name in names} | {"paper_seen": seen})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("paper_seen") == "yes" and not cleaned.get("is_guardian"):
            self.add_error("is_guardian", _("A paper was seen: then mark that they are the guardian."))
        return cleaned

    def role(self) -> dict[str, Any]:
        """What `set_role` takes."""
        names = ("relationship", "is_carer", "is_guardian")
        seen = {"": None, "yes": True, "no": False}[self.cleaned_data["paper_seen"]]
        return {name: self.cleaned_data[name] for name in names} | {"paper_seen": seen}
