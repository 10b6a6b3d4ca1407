"""One person: as a file says it, and as one row of an intake."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import (
    Birth,
    BirthField,
    CountryNameField,
    CountryNamesField,
    LanguageNamesField,
    OtherNamesField,
    text_field,
)
from cases.models import RESTRICTED_NEEDS, BirthPrecision, Diet, Group, NeedCode, Person, Relationship, Sex
from cases.services.children import is_surely_adult
from cases.services.people import Candidate, MemberData, find_duplicates
from cases.words import age_words
from ngo.ui import form_helper

MOST = 25  # People of one intake. A bus is several families.
PREFIX = "members"
NAMES = ("given_names", "first_surname", "second_surname")
COPIED = ("first_surname", "second_surname", "nationality", "speaks", "reads")  # From the first person to the others.
READS_FROM_AGE = 6  # Younger children do not read, whatever their mother reads.
NOT_SAID = "n"  # A radio needs a value: an empty one would look chosen from the start.


class PersonForm(forms.Form):
    """What a file says of one person."""

    given_names = text_field(gettext_lazy("First names"), 120, required=True)
    first_surname = text_field(gettext_lazy("First surname"), 80)
    second_surname = text_field(gettext_lazy("Second surname"), 80)
    birth = BirthField(
        label=gettext_lazy("Date of birth"),
        required=False,
        help_text=gettext_lazy("For example: 27 3 2019. Where they do not know it, the year or the age is enough."),
    )
    birth_unknown = forms.BooleanField(label=gettext_lazy("Nobody knows the age"), required=False)
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex as recorded"),
        required=False,
        choices=[*[choice for choice in Sex.choices if choice[0]], (NOT_SAID, gettext_lazy("They prefer not to say"))],
        widget=forms.RadioSelect,
    )
    nationality = CountryNameField(label=gettext_lazy("Nationality"), required=False)
    speaks = LanguageNamesField(label=gettext_lazy("Languages they speak"), required=False)
    reads = LanguageNamesField(label=gettext_lazy("Languages they read"), required=False)
    preferred_name = text_field(gettext_lazy("What they like to be called"), 80)
    gender = text_field(gettext_lazy("Gender, if they say it"), 60)
    needs = forms.MultipleChoiceField(
        label=gettext_lazy("Specific needs"),
        required=False,
        choices=NeedCode.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only what the house must know to look after them."),
    )
    diets = forms.MultipleChoiceField(
        label=gettext_lazy("What the kitchen cooks for them"),
        required=False,
        choices=Diet.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The kitchen sees it beside the bed, never why."),
    )
    helper = form_helper()
    says_optional = False
    before: Person | None = None  # The file that is corrected.
    unseen_needs: Sequence[str] = ()
    more: Sequence[str] = ()  # Fields that an intake does not ask for.

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["given_names"].error_messages["required"] = _(
            "Write the first names, or at least what they are called."
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "birth" in cleaned and cleaned["birth"] is None and not self.may_lack_birth(cleaned):
            self.add_error("birth", _("Write the date of birth, the year, or the age they seem to have."))
        if cleaned.get("birth") and cleaned.get("birth_unknown"):
            self.add_error("birth_unknown", _("There is a date or an age above. Leave one of the two."))
        if cleaned.get("sex") == NOT_SAID:
            cleaned["sex"] = Sex.UNKNOWN
        return cleaned

    @classmethod
    def of(cls, person: Person, *, sees_all: bool, data: Any = None) -> "PersonForm":
        """The form with what a file says now. Needs that the reader may not see are neither shown nor touched."""
        names = (*NAMES, "preferred_name", "gender", "nationality", "speaks", "reads", "diets", *cls.more)
        codes = list(person.needs.filter(ended_at=None).values_list("code", flat=True))
        birth = Birth(person.born_on, person.birth_precision) if person.born_on else None
        form = cls(
            data,
            initial={name: getattr(person, name) for name in names}
            | {"sex": person.sex or NOT_SAID, "birth": birth, "birth_unknown": birth is None, "needs": codes},
        )
        if not sees_all:
            field: Any = form.fields["needs"]
            field.choices = [(code, word) for code, word in NeedCode.choices if code not in RESTRICTED_NEEDS]
            form.unseen_needs = sorted(set(codes) & RESTRICTED_NEEDS)
        form.before = person
        return form

    def may_lack_birth(self, cleaned: dict[str, Any]) -> bool:
        return bool(cleaned.get("birth_unknown"))

    def correction(self) -> dict[str, Any]:
        """What `correct_person` takes. A birth that was not typed anew keeps its exact date, not the middle of a year."""
        facts = self.facts()
        if "birth" not in self.changed_data and "birth_unknown" not in self.changed_data and self.before:
            facts |= {"born_on": self.before.born_on, "birth_precision": self.before.birth_precision}
        return {"facts": MemberData(**facts | {"needs": [*facts["needs"], *self.unseen_needs]})}

    def facts(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        cleaned = self.cleaned_data
        birth = cleaned.get("birth")
        texts = (*NAMES, "preferred_name", "sex", "gender", "nationality")
        return {name: cleaned.get(name) or "" for name in texts} | {
            "born_on": birth.born_on if birth else None,
            "birth_precision": birth.precision if birth else BirthPrecision.UNKNOWN,
            "speaks": cleaned.get("speaks") or [],
            "reads": cleaned.get("reads") or [],
            "needs": cleaned.get("needs") or [],
            "diets": cleaned.get("diets") or [],
            **{name: cleaned[name] for name in self.more if name in cleaned},
        }


class FileForm(PersonForm):
    """A file as a whole: with what nobody asks at the door."""

    other_names = OtherNamesField(
        label=gettext_lazy("Other names they go by"),
        required=False,
        help_text=gettext_lazy("One in a line: on an older paper, spelled otherwise, or a name that keeps them safe."),
    )
    other_nationalities = CountryNamesField(
        label=gettext_lazy("Other nationalities"),
        required=False,
        help_text=gettext_lazy("With commas between."),
    )
    more = ("other_names", "other_nationalities")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first = cleaned.get("nationality")
        if cleaned.get("other_nationalities") and not first and "nationality" in cleaned:
            self.add_error("nationality", _("Write one nationality here, and the others below."))
        cleaned["other_nationalities"] = [code for code in cleaned.get("other_nationalities") or [] if code != first]
        return cleaned


class MemberForm(PersonForm):
    """One person of the family at the door."""

    person = forms.IntegerField(
        required=False, widget=forms.HiddenInput
    )  # Their existing file, where the desk chose it.
    asked = forms.CharField(
        required=False, max_length=5000, widget=forms.HiddenInput
    )  # Files the desk was asked about.
    other = forms.CharField(
        required=False, max_length=5000, widget=forms.HiddenInput
    )  # Of them, those of somebody else.
    relationship = forms.ChoiceField(
        label=gettext_lazy("What they are to the head of the family"),
        choices=[("", "—"), *Relationship.choices],
        widget=forms.Select({"class": "po-w-m"}),
        error_messages={"required": gettext_lazy("Choose what they are to the head of the family.")},
    )
    group = forms.ChoiceField(
        label=gettext_lazy("Waiting for something else than the family"),
        required=False,
        choices=[("", gettext_lazy("The same as the family")), *Group.choices],
        widget=forms.Select({"class": "po-w-m"}),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.known: Person | None = None
        self.leaves_family = False  # The known person belongs to another family now.
        self.has_lost_file = False
        self.is_complete = False
        self.candidates: list[Candidate] = []
        for name in NAMES:
            self.fields[name].widget.attrs["data-row-name"] = True

    @property
    def is_first(self) -> bool:
        return self.prefix == f"{PREFIX}-0"

    @property
    def place(self) -> str:
        """Which row this is, counted from 0; the row that the page copies keeps Django's placeholder."""
        return str(self.prefix or "").rsplit("-", 1)[-1]

    @property
    def number(self) -> str:
        return str(int(self.place) + 1) if self.place.isdecimal() else "__number__"

    @property
    def typed_name(self) -> str:
        """The whole name, or nothing while only a copied surname stands there."""
        if not str(self["given_names"].value() or "").strip():
            return ""
        return " ".join(filter(None, (str(self[name].value() or "").strip() for name in NAMES)))

    @property
    def summary_name(self) -> str:
        """How the summary of errors calls this person: "Person 4, Mateo"."""
        called = str(self["given_names"].value() or "").strip()[:40]
        if not called:
            return _("Person %(number)s") % {"number": self.number}
        return _("Person %(number)s, %(name)s") % {"number": self.number, "name": called}

    @property
    def in_words(self) -> str:
        """A complete row in one line: "34 years. Woman. Head of the family"."""
        member = self.member()
        facts = [age_words(member.known_person), str(Sex(member.sex).label) if member.sex else ""]
        return ". ".join(filter(None, (*facts, str(Relationship(member.relationship).label))))

    @property
    def has_more_errors(self) -> bool:
        """Whether something is wrong among the fields that are folded away."""
        aside = {"reads", "preferred_name", "needs", "diets", "gender", "group", "birth_unknown"}
        return bool(set(self.errors) & (aside if self.is_first else aside | {"nationality", "speaks"}))

    def has_changed(self) -> bool:
        """A row with nothing but what was copied from the first person is nobody."""
        return bool(set(self.changed_data) - {*COPIED, "asked", "other", "person", "DELETE"})

    def may_lack_birth(self, cleaned: dict[str, Any]) -> bool:
        return super().may_lack_birth(cleaned) or (self.known is not None and self.known.born_on is not None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.has_lost_file:
            self.add_error(
                "given_names", _("The name does not fit the file that was chosen. It was let go: save again to go on.")
            )
        return cleaned

    def copy_from(self, first: "MemberForm") -> None:
        """Fill what was left empty with the first person's; the page says so beside these fields."""
        mine, theirs = self.cleaned_data, first.cleaned_data
        if mine.get("relationship") == Relationship.NOT_RELATED:
            return
        if not mine.get("first_surname") and not mine.get("second_surname"):
            mine["first_surname"], mine["second_surname"] = (
                theirs.get("first_surname", ""),
                theirs.get("second_surname", ""),
            )
        for name in ("nationality", "speaks"):
            mine[name] = mine.get(name) or theirs.get(name)
        age = self.member().known_person.age_on(timezone.localdate())
        if age is None or age >= READS_FROM_AGE:
            mine["reads"] = mine.get("reads") or theirs.get("reads")

    def member(self) -> MemberData:
        """This row as the services take it; `is_carer` is the family's to say."""
        more = {
            "relationship": self.cleaned_data.get("relationship") or "",
            "group": self.cleaned_data.get("group") or "",
        }
        return MemberData(**self.facts(), **more, person=self.known)

    def is_adult(self) -> bool:
        return is_surely_adult(self.member().known_person, timezone.localdate())

    def ids(self, name: str) -> set[int]:
        """The files in a hidden field: "12,15"."""
        return {int(part) for part in str(self[name].value() or "").split(",") if part.isascii() and part.isdigit()}

    def find_candidates(self, staff: Any) -> list[Candidate]:
        """Who this may already be, from what is typed so far, whether or not the row as a whole is in order."""
        names = [str(self[name].value() or "").replace("\x00", "")[:120] for name in NAMES]
        if not names[0].strip():
            return []
        try:
            birth = self.fields["birth"].clean(self["birth"].value())
        except forms.ValidationError:
            birth = None
        born_on, precision = (birth.born_on, birth.precision) if birth else (None, BirthPrecision.UNKNOWN)
        return find_duplicates(staff=staff, names=names, born_on=born_on, precision=precision)


class BaseMemberFormSet(forms.BaseFormSet):
    """Everybody who arrives together."""

    default_error_messages = {
        "missing_management_form": gettext_lazy("This page did not arrive whole. Open the intake again from the list."),
    }

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Take this person off the list")

    @property
    def present(self) -> list[MemberForm]:
        """The rows of people who are there: the first, and all others that are not empty."""
        return [form for place, form in enumerate(self.forms) if place == 0 or form.has_changed()]

    def clean(self) -> None:
        if any(self.errors) or not self.present:
            return
        first, *others = self.present
        for form in others:
            form.copy_from(first)
        self._check_head()

    def _check_head(self) -> None:
        heads = [form for form in self.present if form.cleaned_data.get("relationship") == Relationship.HEAD]
        if not heads:
            self.present[0].add_error("relationship", _("Mark who is the head of the family."))
            return
        for extra in heads[1:]:
            name = heads[0].typed_name
            extra.add_error(
                "relationship", _("A family has one head, and %(name)s is already marked.") % {"name": name}
            )
        is_minor = heads[0].member().known_person.is_minor_on(timezone.localdate())
        if is_minor and any(form.is_adult() for form in self.present if form is not heads[0]):
            heads[0].add_error("relationship", _("This is a minor. Mark an adult as the head of the family."))


MemberFormSet = forms.formset_factory(
    MemberForm,
    formset=BaseMemberFormSet,
    extra=0,
    min_num=1,
    max_num=MOST,
    absolute_max=MOST,
    can_delete=True,
)


class GroupForm(forms.Form):
    group = forms.ChoiceField(
        label=gettext_lazy("Waiting for"),
        choices=Group.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the group.")},
    )
    reason = text_field(gettext_lazy("Reason for the change"), 200)
    helper = form_helper()


class SearchForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Name, file number or phone"),
        max_length=120,
        help_text=gettext_lazy(
            "Accents do not matter, and a part of the name is enough. Phones with + and the country's code."
        ),
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write a name, a file number or a phone.")},
    )
    helper = form_helper()

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].strip()
        if len(text) < 2:
            raise forms.ValidationError(_("Write at least two letters."))
        return text
