"""The last nights of the demo: families who came and went, written in bulk because they are over.

Everything stands where the services would have put it; only the way in is shorter.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from psycopg.types.range import TimestamptzRange

from cases.models import (
    Case,
    Consent,
    ConsentMethod,
    Decision,
    Family,
    FamilyMember,
    Group,
    Person,
    Purpose,
    Relationship,
)
from cases.services.contact import NOTICE
from cases.services.people import MemberData, next_folios
from ngo.models import Organisation, Staff
from ngo.services.demo.people import Families
from shelters.models import Bed, ExitReason, Placement, PlacementState, Shelter, Sleepers, Space, SpaceKind, Stay
from shelters.nights import instant_at, local

NIGHTS = 60
STILL_WITH_US = 0.06  # Families who left the house and whose case goes on.
REASONS = [
    ExitReason.COMPLETED,
    ExitReason.COMPLETED,
    ExitReason.CROSSED,
    ExitReason.OWN_HOUSING,
    ExitReason.OTHER_SHELTER,
    ExitReason.RETURNED,
    ExitReason.UNKNOWN,
]


@dataclass
class Visit:
    """One family in beds of one space, from an evening to a morning."""

    beds: list[Bed]
    members: list[MemberData]
    arrived_at: datetime
    departed_at: datetime
    group: str
    reason: str


def fill_the_past(*, shelter: Shelter, families: Families, by: Staff, today: date) -> int:
    """Give each space visits backwards from its first guest of today; how many people they were."""
    visits = [
        visit
        for space in Space.objects.filter(shelter=shelter).prefetch_related("beds")
        for visit in visits_of(space, families, today)
    ]
    visits.sort(key=lambda visit: visit.arrived_at)
    keep(shelter, visits, by)
    return sum(len(visit.members) for visit in visits)


def visits_of(space: Space, families: Families, today: date) -> list[Visit]:
    """Visits that never meet in a bed: the beds that were free last are filled first, until the nights run out."""
    random, beds = families.random, [bed for bed in space.beds.all() if not bed.is_surge]
    free_until = {bed.pk: today for bed in beds}
    for bed_id, since in Placement.objects.filter(bed__in=beds).values_list("bed_id", "planned"):
        free_until[bed_id] = min(free_until[bed_id], local(space.shelter, since.lower).date())
    visits: list[Visit] = []
    while beds:
        shape = shape_for(space, random, len(beds))
        chosen = sorted(beds, key=lambda bed: (free_until[bed.pk], bed.pk), reverse=True)[: len(shape)]
        last = min(free_until[bed.pk] for bed in chosen) - timedelta(days=random.choice([1, 1, 2, 3, 5]))
        first = last - timedelta(days=random.randint(2, 16))
        if first < today - timedelta(days=NIGHTS):
            return visits
        free_until |= {bed.pk: first for bed in chosen}
        arrived = instant_at(space.shelter, first, time(random.randint(13, 22), random.randint(0, 59)))
        departed = instant_at(space.shelter, last, time(random.randint(8, 11), random.randint(0, 59)))
        visits.append(Visit(chosen, families.of(shape), arrived, departed, families.group(), random.choice(REASONS)))
    return visits


def shape_for(space: Space, random: Random, most: int) -> list[tuple[str, int]]:
    """A family that may sleep in this space, by sex and age."""
    if space.sleepers == Sleepers.CHILDREN:
        return [(random.choice("fm"), random.randint(14, 17))]
    if space.sleepers == Sleepers.MEN or (space.sleepers == Sleepers.ANYONE and random.random() < 0.4):
        return [("m", random.randint(18, 60))]
    children = [(random.choice("fm"), random.randint(2, 14)) for _child in range(random.randint(0, 2))]
    if space.kind == SpaceKind.CUBICLE or space.sleepers == Sleepers.FAMILIES:
        parents = [("f", random.randint(20, 44)), ("m", random.randint(20, 48))][: random.randint(1, 2)]
        return [*parents, *(children or [("f", 5)])][:most]
    return [("f", random.randint(18, 58)), *children][:most]


def keep(shelter: Shelter, visits: list[Visit], by: Staff) -> None:
    organisation = shelter.organisation
    kept = Family.objects.bulk_create(
        Family(organisation=organisation, folio=folio, registered_at=visit.arrived_at, registered_by=by)
        for folio, visit in zip(next_folios(organisation, len(visits)), visits, strict=True)
    )
    people = iter(Person.objects.bulk_create(persons(organisation, visits)))
    rows: dict[type, list] = defaultdict(list)
    stays: list[tuple[Stay, Bed, Visit]] = []
    for family, visit in zip(kept, visits, strict=True):
        goes_on = visit.group != Group.OTHER and hash_of(family) < STILL_WITH_US
        for member, bed in zip(visit.members, visit.beds, strict=True):
            person, is_head = next(people), member.relationship == Relationship.HEAD
            day = visit.arrived_at.date()
            rows[FamilyMember].append(
                FamilyMember(
                    family=family, person=person, relationship=member.relationship, is_head=is_head, joined_on=day
                )
            )
            closed = {} if goes_on else {"closed_at": visit.departed_at, "reason": "Dejó la casa"}
            rows[Case].append(
                Case(person=person, group=visit.group, opened_at=visit.arrived_at, opened_by=by, **closed)
            )
            if is_head:
                rows[Consent].append(consent(family, person, visit, by))
            stays.append((stay_of(shelter, family, person, visit, by), bed, visit))
    Stay.objects.bulk_create(stay for stay, _bed, _visit in stays)
    relations = {member.person_id: member.relationship for member in rows[FamilyMember]}
    rows[Placement] = [placement(stay, bed, by, relations[stay.person_id]) for stay, bed, _visit in stays]
    for model, made in rows.items():
        model.objects.bulk_create(made)  # type: ignore[attr-defined]


def hash_of(family: Family) -> float:
    """The same share for the same file, from 0 to 1."""
    return Random(family.folio).random()  # noqa: S311


def persons(organisation: Organisation, visits: list[Visit]) -> list[Person]:
    return [member.as_person(organisation) for visit in visits for member in visit.members]


def consent(family: Family, person: Person, visit: Visit, by: Staff) -> Consent:
    return Consent(
        family=family,
        person=person,
        purpose=Purpose.RECORD,
        decision=Decision.GIVEN,
        method=ConsentMethod.VERBAL,
        notice_version=NOTICE.version,
        notice_language="spa",
        at=visit.arrived_at,
        by=by,
    )


def stay_of(shelter: Shelter, family: Family, person: Person, visit: Visit, by: Staff) -> Stay:
    return Stay(
        shelter=shelter,
        person=person,
        family=family,
        arrived_at=visit.arrived_at,
        departed_at=visit.departed_at,
        exit_reason=visit.reason,
        recorded_by=by,
    )


def placement(stay: Stay, bed: Bed, by: Staff, relation: str) -> Placement:
    when = TimestamptzRange(stay.arrived_at, stay.departed_at)
    return Placement(
        shelter_id=stay.shelter_id,
        space_id=bed.space_id,
        bed=bed,
        stay=stay,
        person_id=stay.person_id,
        family_id=stay.family_id,
        state=PlacementState.OUT,
        actual=when,
        planned=when,
        sex=stay.person.sex,
        born_on=stay.person.born_on,
        relationship=relation,
        recorded_by=by,
    )
