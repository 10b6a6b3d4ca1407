"""Families and people: registering them, their group, notes about them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    BirthPrecision,
    Case,
    Decision,
    Family,
    FamilyMember,
    Group,
    NeedCode,
    Note,
    Person,
    Process,
    ProcessPerson,
    Purpose,
    Relationship,
    SpecificNeed,
)
from cases.services.children import is_surely_adult, raise_alerts
from cases.services.contact import (
    ConsentData,
    PhoneData,
    add_phone,
    check_consents,
    record_consents,
)
from cases.services.duplicates import Candidate, find_duplicates
from cases.services.tasks import works_here
from ngo.errors import Refused
from ngo.models import Membership, Organisation, Staff

__all__ = [
    "Candidate",
    "ConsentData",
    "MemberData",
    "PhoneData",
    "assign_owner",
    "change_group",
    "correct_person",
    "find_duplicates",
    "next_folios",
    "register_family",
    "write_note",
]

OLDEST = 120
NOTE_AT_MOST = 10_000


@dataclass
class MemberData:
    """One person at the door, as typed. `person` is their existing file, where they have one: only its gaps are filled."""

    given_names: str
    first_surname: str = ""
    second_surname: str = ""
    preferred_name: str = ""
    sex: str = ""
    gender: str = ""
    born_on: date | None = None
    birth_precision: str = BirthPrecision.EXACT
    nationality: str = ""
    speaks: Sequence[str] = ()
    reads: Sequence[str] = ()
    relationship: str = Relationship.HEAD
    diets: Sequence[str] = ()
    is_carer: bool = False  # Answers for children here who are not their own.
    needs: Iterable[str] = ()
    group: str = ""  # Where it is another than the family's.
    other_names: str = ""  # One in a line.
    other_nationalities: Sequence[str] = ()
    person: Person | None = None
    full_name: str = field(init=False)

    def __post_init__(self) -> None:
        if self.born_on is None:
            self.birth_precision = BirthPrecision.UNKNOWN
        self.full_name = " ".join(part for part in (self.given_names, self.first_surname, self.second_surname) if part)

    def as_person(self, organisation: Organisation | None = None) -> Person:
        """An unsaved person with these facts."""
        return Person(
            organisation=organisation,
            given_names=self.given_names,
            first_surname=self.first_surname,
            second_surname=self.second_surname,
            preferred_name=self.preferred_name,
            sex=self.sex,
            gender=self.gender,
            born_on=self.born_on,
            birth_precision=self.birth_precision,
            nationality=self.nationality,
            speaks=list(self.speaks),
            reads=list(self.reads),
            diets=list(self.diets),
            other_names=self.other_names,
            other_nationalities=list(self.other_nationalities),
        )

    @property
    def known_person(self) -> Person:
        """Whose age counts: the existing file where there is one and it knows, or else what was typed."""
        return self.person if self.person is not None and self.person.born_on else self.as_person()


# --- Registering a family ----------------------------------------------------------------------------------------------


@transaction.atomic
def register_family(
    *,
    organisation: Organisation,
    members: list[MemberData],
    by: Staff,
    consents: list[ConsentData],
    group: str,
    phone: PhoneData | None = None,
    wants_to_stay_together: bool = True,
    bed_wish: str = "",
    registered_at: datetime | None = None,
    external_ref: str = "",
) -> Family:
    """Open the file of a family: people, memberships, groups, needs, phone, consents, and alerts for minors without a carer.

    Raises Refused, with a sentence for the desk, and then keeps nothing.
    """
    registered_at = registered_at or timezone.now()
    day = timezone.localdate(registered_at)
    check_members(members, day)
    if group not in Group.values:
        raise Refused(_("Choose what the family is waiting for."))
    check_consents(consents, phone)
    family = Family.objects.create(
        organisation=organisation,
        folio=next_folios(organisation)[0],
        wants_to_stay_together=wants_to_stay_together,
        bed_wish=bed_wish,
        registered_at=registered_at,
        registered_by=by,
        external_ref=external_ref,
    )
    people = _save_people(organisation, members, day)
    left = _leave_families([member.person for member in members if member.person is not None], day)
    _join(family, members, people, day)
    _open_cases(members, people, group, by)
    _note_needs(members, people, by)
    if phone is not None:
        said = {consent.purpose: consent.decision for consent in consents}
        agreed = said.get(Purpose.REMINDERS) == Decision.GIVEN
        add_phone(family=family, phone=phone, by=by, agreed=agreed)
    head = next(
        person for member, person in zip(members, people, strict=True) if member.relationship == Relationship.HEAD
    )
    record_consents(family=family, person=head, consents=consents, by=by)
    for each in [family, *left]:
        raise_alerts(each, by)
    return family


def next_folios(organisation: Organisation, count: int = 1) -> list[str]:
    """The next file numbers of an organisation: F-0042, F-0043. Holds the organisation's row until the transaction ends."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    numbered = Family.objects.filter(organisation=organisation, folio__regex=r"^F-[0-9]{1,9}$")
    last = numbered.order_by(Length("folio").desc(), "-folio").values_list("folio", flat=True).first()
    start = int(last.removeprefix("F-")) if last else 0
    return [f"F-{number:04d}" for number in range(start + 1, start + 1 + count)]


def check_members(members: list[MemberData], day: date) -> None:
    """Refuse what cannot be a family, with the sentence that says whom it is about."""
    if not members:
        raise Refused(_("Write at least one person."))
    for number, member in enumerate(members, start=1):
        _check_member(member, number, day)
    files = Counter(member.person.pk for member in members if member.person is not None)
    if any(count > 1 for count in files.values()):
        raise Refused(_("The same file is used for two people of this family."))
    _check_head(members, day)


def _check_member(member: MemberData, number: int, day: date) -> None:
    if not member.given_names.strip():
        raise Refused(_("Person %(number)s has no name. Write at least what they are called.") % {"number": number})
    person, name = member.known_person, {"name": member.full_name}
    if person.born_on is not None and person.born_on > day:
        raise Refused(_("%(name)s: the date of birth is in the future.") % name)
    age = person.age_on(day)
    if age is not None and age > OLDEST:
        raise Refused(_("%(name)s would be %(age)s years old. Check the date of birth.") % (name | {"age": age}))
    if member.is_carer and not is_surely_adult(person, day):
        raise Refused(_("Only an adult can answer for the children, and %(name)s is not known to be one.") % name)


def _check_head(members: list[MemberData], day: date) -> None:
    heads = [member for member in members if member.relationship == Relationship.HEAD]
    if not heads:
        raise Refused(_("Mark who is the head of the family."))
    if len(heads) > 1:
        raise Refused(
            _("A family has one head: %(one)s and %(other)s are both marked.")
            % {"one": heads[0].full_name, "other": heads[1].full_name}
        )
    others_adult = any(is_surely_adult(member.known_person, day) for member in members if member is not heads[0])
    if heads[0].known_person.is_minor_on(day) and others_adult:
        raise Refused(_("%(name)s is a minor. Mark an adult as the head of the family.") % {"name": heads[0].full_name})


def _save_people(organisation: Organisation, members: list[MemberData], day: date) -> list[Person]:
    """The people of the family in the order given: existing files with their gaps filled, new ones for the rest."""
    known = {member.person.pk for member in members if member.person is not None}
    files = {
        person.pk: person
        for person in Person.objects.select_for_update()
        .filter(pk__in=known, organisation=organisation, merged_into=None)
        .order_by("pk")
    }
    if known - set(files):
        raise Refused(_("One of the files that were chosen does not exist here."))
    new = iter(
        Person.objects.bulk_create(member.as_person(organisation) for member in members if member.person is None)
    )
    return [
        _fill_gaps(files[member.person.pk], member) if member.person is not None else next(new) for member in members
    ]


GAPS = ("first_surname", "second_surname", "preferred_name", "sex", "gender", "nationality", "speaks", "reads", "diets")


def _fill_gaps(person: Person, member: MemberData) -> Person:
    """Keep what the file says; take from what was typed only what the file does not know."""
    filled = [name for name in GAPS if not getattr(person, name) and getattr(member, name)]
    for name in filled:
        value = getattr(member, name)
        setattr(person, name, value if isinstance(value, str) else list(value))
    if person.born_on is None and member.born_on is not None:
        person.born_on, person.birth_precision = member.born_on, member.birth_precision
        filled += ["born_on", "birth_precision"]
    if filled:
        person.compared_at = None
        person.save(update_fields=[*filled, "compared_at"])
    return person


def _leave_families(people: list[Person], day: date) -> list[Family]:
    """Close the memberships of people who come with another family now; a family left without a head gets the next adult.

    Returns the families that were left: a child may have stayed behind in one.
    """
    left = list(
        FamilyMember.objects.select_for_update(of=["self"])
        .filter(person__in=people, left_on=None)
        .select_related("family")
        .order_by("pk")
    )
    for member in left:
        member.left_on = max(day, member.joined_on)
        member.save(update_fields=["left_on"])
        if member.is_head:
            appoint_head(member.family_id, day)
    return list(dict.fromkeys(member.family for member in left))


def appoint_head(family_id: int, day: date) -> None:
    remaining = list(
        FamilyMember.objects.filter(family_id=family_id, left_on=None).select_related("person").order_by("pk")
    )
    adults = [member for member in remaining if is_surely_adult(member.person, day)]
    for member in (adults or remaining)[:1]:
        member.is_head, member.relationship = True, Relationship.HEAD
        member.save(update_fields=["is_head", "relationship"])


def _join(family: Family, members: list[MemberData], people: list[Person], day: date) -> None:
    FamilyMember.objects.bulk_create(
        FamilyMember(
            family=family,
            person=person,
            relationship=member.relationship,
            is_head=member.relationship == Relationship.HEAD,
            is_carer=member.is_carer,
            joined_on=day,
        )
        for member, person in zip(members, people, strict=True)
    )


def _open_cases(members: list[MemberData], people: list[Person], group: str, by: Staff) -> None:
    """Someone who comes back with a main case that is open keeps the group that it says."""
    known = {member.person.pk for member in members if member.person is not None}
    main = ProcessPerson.objects.main().filter(person__in=known) if known else ProcessPerson.objects.none()
    said = dict(main.values_list("person", "process__version__pathway__group"))
    wanted = {
        person.pk: said.get(person.pk) or member.group or group for member, person in zip(members, people, strict=True)
    }
    for each in sorted(set(wanted.values())):
        move_to_group([person for person in people if wanted[person.pk] == each], each, by, "")


def _note_needs(members: list[MemberData], people: list[Person], by: Staff) -> None:
    """Open the needs that were ticked; one that is open already stays as it is."""
    SpecificNeed.objects.bulk_create(
        (
            SpecificNeed(person=person, code=code, noted_by=by)
            for member, person in zip(members, people, strict=True)
            for code in dict.fromkeys(member.needs)
            if code in NeedCode.values
        ),
        ignore_conflicts=True,
    )


# --- Groups and notes --------------------------------------------------------------------------------------------------


@transaction.atomic
def change_group(*, people: Iterable[Person], group: str, by: Staff, reason: str = "") -> list[Case]:
    """Close the open case of each person and open the next, in another group. Those who are in it already are left alone.

    Raises Refused where a main case says in which group somebody is: the group follows it.
    """
    if group not in Group.values:
        raise Refused(_("Choose the group."))
    people = lock_people(people)
    check_main_cases_agree(people, group)
    opened = move_to_group(people, group, by, reason.strip())
    if not opened:
        raise Refused(_("They are already in this group. Nothing was changed."))
    return opened


def check_main_cases_agree(people: Iterable[Person], group: str) -> None:
    """Refused where the main case of one of them says another group."""
    follows = ProcessPerson.objects.main().filter(person__in=list(people))
    others = follows.exclude(process__version__pathway__group=group)
    if (row := others.select_related("person").order_by("pk").first()) is not None:
        raise Refused(
            _("The group of %(name)s follows the main case. Close that case, or make another one the main one.")
            % {"name": row.person.full_name}
        )


def lock_people(people: Iterable[Person]) -> list[Person]:
    """The people, always in one order and before their cases, so that two desks wait for each other and never in a ring."""
    pks = [person.pk for person in people]
    return list(Person.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))


def move_to_group(people: list[Person], group: str, by: Staff | None, reason: str) -> list[Case]:
    """Put people in a group, without asking what their main case says. Whoever is responsible for somebody stays so."""
    now = timezone.now()
    opened: QuerySet[Case] = Case.objects.open().filter(person__in=people)
    there = set(opened.filter(group=group).values_list("person_id", flat=True))
    owners = dict(opened.values_list("person_id", "owner_id"))
    opened.exclude(group=group).update(closed_at=now)
    return Case.objects.bulk_create(
        Case(person=person, group=group, opened_at=now, opened_by=by, reason=reason, owner_id=owners.get(person.pk))
        for person in people
        if person.pk not in there
    )


@transaction.atomic
def assign_owner(*, people: Iterable[Person], owner: Staff | None, by: Staff) -> int:
    """Write who is responsible for these people, or that nobody is; returns for how many it changed.

    Raises Refused where someone does not work in their organisation, or nobody of them is in a group.
    """
    persons = lock_people(people)
    cases = list(
        Case.objects.open()
        .filter(person__in=persons)
        .select_related("person")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    if not cases:
        raise Refused(_("They are in no group. Write first what they are waiting for."))
    houses = {case.person.organisation_id for case in cases}
    works = Membership.objects.in_force().filter(staff=owner).values_list("organisation_id", flat=True)
    if owner is not None and not houses <= set(works):
        raise Refused(_("Who is responsible must work here. Choose somebody else."))
    changed = [case for case in cases if case.owner_id != (owner.pk if owner else None)]
    for case in changed:
        case.owner = owner
        case.save(update_fields=["owner"])
    if owner is None or works_here(owner, persons[0].organisation_id):
        main = ProcessPerson.objects.main().filter(person__in=persons)
        Process.objects.open().filter(pk__in=main.values("process")).update(owner=owner)
    return len(changed)


@transaction.atomic
def write_note(*, family: Family, text: str, by: Staff) -> Note:
    """A dated note in a family's file. It is not changed afterwards, only followed by another."""
    text = text.strip()
    if not text:
        raise Refused(_("The note is empty."))
    if len(text) > NOTE_AT_MOST:
        raise Refused(_("A note holds up to %(limit)s characters. Split this one in two.") % {"limit": NOTE_AT_MOST})
    return Note.objects.create(family=family, text=text, written_by=by)


# --- Corrections -------------------------------------------------------------------------------------------------------

CORRECTED = (
    "given_names",
    "first_surname",
    "second_surname",
    "preferred_name",
    "sex",
    "gender",
    "nationality",
    "speaks",
    "reads",
    "diets",
    "other_names",
    "other_nationalities",
)


@transaction.atomic
def correct_person(*, person: Person, facts: MemberData, by: Staff) -> Person:
    """Correct what a file says of someone; the history keeps what stood there. A new age may raise the child-protection alert."""
    _check_member(facts, 1, timezone.localdate())
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    for name in CORRECTED:
        value = getattr(facts, name)
        setattr(person, name, value if isinstance(value, str) else list(value))
    person.born_on, person.birth_precision = facts.born_on, facts.birth_precision
    person.compared_at = None  # With other facts, it may be someone else's file too.
    person.save(update_fields=[*CORRECTED, "born_on", "birth_precision", "compared_at"])
    _set_needs(person, set(facts.needs), by)
    for membership in person.family_memberships.filter(left_on=None).select_related("family"):
        raise_alerts(membership.family, by)
    return person


def _set_needs(person: Person, codes: set[str], by: Staff) -> None:
    current = person.needs.filter(ended_at=None)
    current.exclude(code__in=codes).update(ended_at=timezone.now())
    SpecificNeed.objects.bulk_create(
        (SpecificNeed(person=person, code=code, noted_by=by) for code in sorted(codes) if code in NeedCode.values),
        ignore_conflicts=True,
    )
