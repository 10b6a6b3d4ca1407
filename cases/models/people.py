"""People and families. A single traveller is a family of one: there is no second way through the code."""

from datetime import date, datetime
from typing import Any, NamedTuple, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked

ADULT_AT = 18  # Age of majority in Mexico: Constitution, article 34-I; LGDNNA, article 5.


def whole_years(born_on: date | None, day: date) -> int | None:
    """How old someone is on a date, or None where no birth date is known."""
    if born_on is None:
        return None
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


class Sex(models.TextChoices):
    FEMALE = "f", _("Woman")
    MALE = "m", _("Man")
    OTHER = "x", _("Other")
    UNKNOWN = "", _("Not recorded")


class BirthPrecision(models.TextChoices):
    EXACT = "exact", _("Exact date")
    YEAR = "year", _("Year only")
    ESTIMATED = "estimated", _("Estimated age")
    UNKNOWN = "unknown", _("Unknown")


class Group(models.TextChoices):
    """The three groups of the mission, and what stands beside them."""

    US_APPOINTMENT = "us_appointment", _("Awaiting a U.S. appointment")
    MEXICAN_PROTECTION = "mexican_protection", _("Seeking protection in Mexico")
    RETURN = "return", _("Awaiting return")
    UNDECIDED = "undecided", _("Undecided")
    OTHER = "other", _("Other")


class Relationship(models.TextChoices):
    """What someone is to the head of the family."""

    HEAD = "head", _("Head of the family")
    PARTNER = "partner", _("Partner")
    CHILD = "child", _("Son or daughter")
    PARENT = "parent", _("Father or mother")
    SIBLING = "sibling", _("Brother or sister")
    GRANDPARENT = "grandparent", _("Grandparent")
    GRANDCHILD = "grandchild", _("Grandchild")
    OTHER_RELATIVE = "relative", _("Other relative")
    NOT_RELATED = "unrelated", _("Not related")


class NeedCode(models.TextChoices):
    """Our short list of specific needs. The last four are shown to those who need to know, and to nobody else."""

    PREGNANT = "pregnant", _("Pregnant or breastfeeding")
    INFANT = "infant", _("Baby: crib or formula")
    LOWER_BUNK = "lower_bunk", _("Needs a lower bunk")
    STEP_FREE = "step_free", _("Wheelchair or no steps")
    OLDER = "older", _("Older person who needs help")
    DIET = "diet", _("Special diet")
    MEDICATION = "medication", _("Daily medicine")
    MEDICAL = "medical", _("Serious illness")
    VIOLENCE = "violence", _("Has suffered violence")
    TORTURE = "torture", _("Has suffered torture")
    LGBTQ = "lgbtq", _("LGBTQ+, wishes a safe space")


class Diet(models.TextChoices):
    """What the kitchen cooks apart. Never why: no diagnosis and no faith stands on a kitchen's list."""

    INFANT_FORMULA = "formula", _("Infant formula")
    BABY_FOOD = "baby", _("Baby food, 6 to 23 months")
    SOFT = "soft", _("Soft food")
    NO_MEAT = "no_meat", _("No meat")
    NO_PORK = "no_pork", _("No pork")
    NO_SUGAR = "no_sugar", _("Without sugar")
    NO_GLUTEN = "no_gluten", _("Without gluten")
    NO_MILK = "no_milk", _("Without milk")
    ALLERGY = "allergy", _("Allergy: ask before serving")


RESTRICTED_NEEDS = {NeedCode.MEDICAL, NeedCode.VIOLENCE, NeedCode.TORTURE, NeedCode.LGBTQ}


class FamilyQuerySet(OrganisationQuerySet):
    def with_members(self) -> Self:
        """Each family with `.current_members`: its open memberships with the people, head first."""
        members = FamilyMember.objects.filter(left_on=None).select_related("person").order_by("-is_head", "pk")
        return self.prefetch_related(models.Prefetch("members", queryset=members, to_attr="current_members"))

    def with_member(self, person: "Person") -> Self:
        """Families that a person belongs to now, the latest first."""
        return self.filter(members__person=person, members__left_on=None).order_by("-members__pk")

    def matching(self, text: str, phone_hash: str = "") -> Self:
        """Families with this file number, or with the phone that has this hash."""
        by_phone = Q(phones__number_hash=phone_hash, phones__removed_at=None) if phone_hash else Q()
        return self.filter(Q(folio__iexact=text.strip()) | by_phone).distinct().order_by("-registered_at", "-pk")


class Family(models.Model):
    """A travel group: who arrived together and wants to stay together."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="families")
    folio = models.CharField(_("file number"), max_length=20)
    wants_to_stay_together = models.BooleanField(default=True)
    bed_wish = models.CharField(_("something the bed must have"), max_length=200, blank=True)
    registered_at = models.DateTimeField(default=timezone.now)  # When they stood at the door.
    recorded_at = models.DateTimeField(auto_now_add=True)  # When it was typed.
    registered_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    # The household in an imported system, or the intake that it was typed in (cases/services/drafts.py).
    external_ref = models.CharField(max_length=80, blank=True, db_index=True)

    objects = FamilyQuerySet.as_manager()

    class Meta:
        verbose_name = _("family")
        verbose_name_plural = _("families")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "folio"], name="one_family_per_folio"),
            models.UniqueConstraint(
                fields=["organisation", "external_ref"],
                condition=~Q(external_ref=""),
                name="one_family_per_imported_household",
            ),
        ]

    def __str__(self) -> str:
        return self.folio


class PersonQuerySet(OrganisationQuerySet):
    def visible_to(self, staff: Any) -> Self:
        """The files of the own organisation; one that was joined to another is not there any more."""
        return super().visible_to(staff).filter(merged_into=None)

    def named_like(self, text: str) -> Self:
        """People whose name resembles a text, most alike first; accents, case and word order do not matter."""
        needle = Func(models.Value(text), function="posada_normalise", output_field=models.TextField())
        return (
            self.annotate(
                likeness=Func(needle, F("name_key"), function="word_similarity", output_field=models.FloatField())
            )
            .filter(Q(name_key__trigram_word_similar=needle) | Q(name_key__contains=needle))
            .order_by("-likeness", "name_key", "pk")
        )

    def in_group(self, group: str) -> Self:
        """People whose open case is in one group."""
        return self.filter(cases__group=group, cases__closed_at=None)

    def in_family(self, family: "Family") -> Self:
        """The people of a family now, the head first."""
        memberships = Q(family_memberships__family=family, family_memberships__left_on=None)
        return self.filter(memberships).order_by("-family_memberships__is_head", "family_memberships__pk")

    def with_family(self) -> Self:
        """Each person with `.memberships`: the families they are and were in, the latest last."""
        rows = FamilyMember.objects.select_related("family").order_by("joined_on", "pk")
        return self.prefetch_related(models.Prefetch("family_memberships", queryset=rows, to_attr="memberships"))

    def with_case(self) -> Self:
        """Each person with `.open_cases`: their open case, in a list of one or none."""
        return self.prefetch_related(
            models.Prefetch("cases", queryset=Case.objects.filter(closed_at=None), to_attr="open_cases")
        )


def age_on(born_on: date | None, day: date) -> int | None:
    """Whole years of someone on a date, or None where no birth date is known."""
    return None if born_on is None else day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


class Named:
    """What someone is called, and how old they are, from the parts of a name and a date of birth."""

    __slots__ = ()
    given_names: str
    first_surname: str
    second_surname: str
    preferred_name: str
    born_on: date | None

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.given_names, self.first_surname, self.second_surname) if part)

    @property
    def called(self) -> str:
        """What to call them at the door: the preferred name, or the first given name."""
        return self.preferred_name or self.given_names.split(" ")[0]

    @property
    def initials(self) -> str:
        parts = [*self.given_names.split()[:1], self.first_surname, self.second_surname]
        return " ".join(f"{part[0].upper()}." for part in parts if part)

    def age_on(self, day: date) -> int | None:
        """Whole years on a date, or None where no birth date is known."""
        return age_on(self.born_on, day)

    def is_minor_on(self, day: date) -> bool | None:
        """Under age on a date; None where no birth date is known (age in doubt: ask, and treat as a minor)."""
        age = self.age_on(day)
        return None if age is None else age < ADULT_AT


class Person(Named, models.Model):
    """Someone on the move. No document is demanded; what is not known stays unknown."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="people")
    given_names = models.CharField(_("first names"), max_length=120)
    first_surname = models.CharField(_("first surname"), max_length=80, blank=True)
    second_surname = models.CharField(_("second surname"), max_length=80, blank=True)
    preferred_name = models.CharField(_("called"), max_length=80, blank=True)
    # Every other name they go by, one in a line: of an earlier paper, another spelling, a name that keeps them safe.
    other_names = models.TextField(_("other names"), blank=True, default="", db_default="")
    name_key = models.GeneratedField(
        expression=Func(
            "given_names",
            "first_surname",
            "second_surname",
            Func("preferred_name", "other_names", template="(%(expressions)s)", arg_joiner=" || ' ' || "),
            function="posada_name_key",
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    sex = models.CharField(_("sex as recorded"), max_length=1, choices=Sex, blank=True, default=Sex.UNKNOWN)
    gender = models.CharField(_("gender, if they say it"), max_length=60, blank=True)
    born_on = models.DateField(_("date of birth"), null=True, blank=True)  # The middle of what is known: see precision.
    birth_precision = models.CharField(max_length=10, choices=BirthPrecision, default=BirthPrecision.EXACT)
    nationality = CountryField(_("nationality"), blank=True)  # XXA stateless, XXX unknown, empty not asked.
    other_nationalities = ArrayField(
        models.CharField(max_length=3), verbose_name=_("other nationalities"), default=list, db_default=[], blank=True
    )
    speaks = ArrayField(models.CharField(max_length=3), verbose_name=_("speaks"), default=list, blank=True)  # ISO 639-3
    reads = ArrayField(models.CharField(max_length=3), verbose_name=_("reads"), default=list, blank=True)
    diets = ArrayField(models.CharField(max_length=10, choices=Diet), verbose_name=_("diet"), default=list, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    external_ref = models.CharField(max_length=80, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True)  # With everybody else; empty where a fact changed since.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_files")

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="person_name_trigrams"),
            models.Index(fields=["organisation", "name_key"], name="person_by_name"),
            models.Index(fields=["organisation", "born_on"], name="person_by_birth"),
            models.Index(fields=["recorded_at"], condition=Q(compared_at=None), name="people_not_compared"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "external_ref"],
                condition=~Q(external_ref=""),
                name="one_person_per_imported_client",
            ),
            models.CheckConstraint(
                condition=Q(born_on=None, birth_precision=BirthPrecision.UNKNOWN)
                | (Q(born_on__isnull=False) & ~Q(birth_precision=BirthPrecision.UNKNOWN)),
                name="birth_date_and_precision_agree",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("pk")), name="no_file_is_joined_to_itself"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def goes_on(self) -> "Person":
        """The file in which this one goes on, where it was joined to another; else itself."""
        return self if self.merged_into is None else self.merged_into.goes_on

    @property
    def aliases(self) -> list[str]:
        """The other names, each by itself."""
        return [name for name in self.other_names.split("\n") if name]

    @property
    def nationalities(self) -> list[str]:
        """Every nationality that is known, the first one first."""
        return list(dict.fromkeys(filter(None, [str(self.nationality), *self.other_nationalities])))


class FamilyMember(models.Model):
    """One person in one family, for a time. Leaving closes the row; a return opens another."""

    family = models.ForeignKey(Family, models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, models.PROTECT, related_name="family_memberships")
    relationship = models.CharField(_("relation to the head"), max_length=12, choices=Relationship)
    is_head = models.BooleanField(default=False)
    is_carer = models.BooleanField(default=False)  # An adult who was named to answer for children not their own.
    is_guardian = models.BooleanField(_("legal guardian"), default=False, db_default=False)
    # Whether somebody here saw the paper that says so; empty: nobody asked.
    guardian_paper_seen = models.BooleanField(_("the paper was seen"), null=True, blank=True)
    joined_on = models.DateField(default=timezone.localdate)
    left_on = models.DateField(null=True, blank=True)
    is_imported = models.BooleanField(default=False)  # Imported households overlap; our own never do.

    class Meta:
        verbose_name = _("family member")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(left_on=None, is_imported=False), name="one_family_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["family"], condition=Q(left_on=None, is_head=True), name="one_head_per_family"
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")), name="membership_ends_after_it_starts"
            ),
        ]


class GroupCount(NamedTuple):
    group: Group
    people: int
    since: datetime | None
    next_at: datetime | None  # The first appointment that somebody of it has ahead.


class CaseQuerySet(OrganisationQuerySet):
    organisation_path = "person__organisation"

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def waiting(self) -> Self:
        """Open cases of people who have not left: they are in a house now, or never slept in one."""
        stays = Person._meta.get_field("stays").related_model._default_manager.filter(voided_at=None)
        here = stays.filter(person=OuterRef("person"), departed_at=None)
        # One question per open case, by index: as a list of everyone who ever left it would grow with the years.
        gone = stays.filter(~Exists(here), person=OuterRef("person"), departed_at__isnull=False)
        return self.open().filter(~Exists(gone))

    def by_group(self, now: datetime) -> "list[GroupCount]":
        """How many people wait in each group, since when the first of them, and their next date. Two queries."""
        waiting = self.waiting().order_by()
        rows = waiting.values_list("group").annotate(models.Count("pk"), models.Min("opened_at"))
        counted = {group: (count, since) for group, count, since in rows}
        ahead = self.model._meta.apps.get_model("cases", "Appointment").objects.upcoming(now).order_by()
        dates = waiting.filter(person__appointment_rows__appointment__in=ahead).values_list("group")
        first = dict(dates.annotate(models.Min("person__appointment_rows__appointment__starts_at")))
        return [GroupCount(group, *counted.get(group, (0, None)), first.get(group)) for group in Group]

    def longest_first(self) -> Self:
        """Who waits longest first."""
        return self.order_by("opened_at", "pk")

    def with_people(self) -> Self:
        """The cases with their people, their families and who is responsible."""
        people = Person.objects.with_family()
        return self.select_related("owner").prefetch_related(models.Prefetch("person", queryset=people))

    def with_next_date(self, now: datetime) -> Self:
        """Each case with the next appointment of its person: `.next_appointment` (id), `.next_at`, `.next_zone` and
        `.next_precision`, or None.
        """
        rows = self.model._meta.apps.get_model("cases", "Appointment").objects.upcoming(now)
        rows = rows.filter(people__person=OuterRef("person"))
        return self.annotate(
            next_appointment=Subquery(rows.values("pk")[:1]),
            next_at=Subquery(rows.values("starts_at")[:1]),
            next_zone=Subquery(rows.values("home_zone")[:1]),
            next_precision=Subquery(rows.values("precision")[:1]),
        )

    def next_date_first(self) -> Self:
        """Who has the next date first, who has none last."""
        return self.order_by(F("next_at").asc(nulls_last=True), "opened_at", "pk")


class Case(models.Model):
    """The group that a person is in, for a time: the main way they are going. Changing it closes one and opens the next."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="cases")
    group = models.CharField(_("group"), max_length=20, choices=Group)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason for the change"), max_length=200, blank=True)
    owner = models.ForeignKey(
        "ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible")
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(closed_at=None), name="one_main_case_per_person"),
        ]
        indexes = [models.Index(fields=["group", "opened_at"], condition=Q(closed_at=None), name="open_cases_by_group")]


class SpecificNeed(models.Model):
    """A need with its dates and who noted it."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="needs")
    code = models.CharField(_("need"), max_length=20, choices=NeedCode)
    noted_at = models.DateTimeField(default=timezone.now)
    noted_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("specific need")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "code"], condition=Q(ended_at=None), name="one_open_need_per_code"
            )
        ]

    @property
    def is_restricted(self) -> bool:
        return self.code in RESTRICTED_NEEDS


class Note(models.Model):
    """A dated note about a family. Encrypted; never changed, only followed by another."""

    family = models.ForeignKey(Family, models.PROTECT, related_name="notes")
    text = EncryptedTextField(_("note"))
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("note")
        ordering = ["-written_at", "-pk"]


for model, hidden in [
    (Family, ()),
    (Person, ("name_key", "compared_at")),
    (FamilyMember, ()),
    (Case, ()),
    (SpecificNeed, ()),
    (Note, ()),
]:
    tracked(exclude=hidden)(model)
