"""Families and their beds: where one sleeps tonight, who still waits at the door, which beds can be held for one."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from cases.models import Family, FamilyMember, Person
from shelters.models import (
    PROMISED,
    TAKEN,
    Act,
    Bed,
    Placement,
    PlacementState,
    Shelter,
    Space,
    Stay,
)
from shelters.nights import night_of, noon_of
from shelters.services.undo import still_undoable

ONE_DAY = timedelta(days=1)
MOST_AT_THE_DOOR = 8


def families_at_the_door(families: Any, text: str = "") -> list[Family]:
    """Families that nobody has placed yet: the last day's, or those that a name or file number finds."""
    waiting = families.filter(~Exists(Stay.objects.current().filter(family=OuterRef("pk"))))
    if text:
        people = Person.objects.filter(family_memberships__family__in=waiting, family_memberships__left_on=None)
        found = people.named_like(text).values("pk")
        waiting = waiting.filter(
            Q(folio__iexact=text)
            | Exists(FamilyMember.objects.filter(family=OuterRef("pk"), left_on=None, person__in=found))
        )
    else:
        waiting = waiting.filter(recorded_at__gt=timezone.now() - ONE_DAY)
    return list(waiting.with_members().order_by("-recorded_at")[:MOST_AT_THE_DOOR])


@dataclass(frozen=True)
class MemberBed:
    """Where one member of a family sleeps tonight; `stay` is None for someone who has no place.

    Of someone in a house that the viewer may not see there is only that: they are in another house.
    """

    person: Person
    stay: Stay | None = None
    placement: Placement | None = None
    in_another_house: bool = False


@dataclass(frozen=True)
class FamilyBeds:
    members: list[MemberBed]
    holds: list[Placement]
    acts: list[Act]

    @property
    def placed(self) -> list[MemberBed]:
        return [row for row in self.members if row.stay]

    @property
    def waiting(self) -> list[MemberBed]:
        return [row for row in self.members if not row.stay and not row.in_another_house]

    @property
    def elsewhere(self) -> list[MemberBed]:
        return [row for row in self.members if row.in_another_house]

    @property
    def shelters(self) -> list[Shelter]:
        return list({row.stay.shelter_id: row.stay.shelter for row in self.placed if row.stay}.values())


def beds_to_hold(shelter: Shelter, night: date) -> list[tuple[Space, list[Bed]]]:
    """The beds of each space that nobody has or was promised on a night, tonight or later.

    A bed in which someone is today is among them for a later night, where they are to leave before it.
    """
    now = timezone.now()
    later = night > night_of(shelter, now)
    span = TimestamptzRange(noon_of(shelter, night) if later else now, noon_of(shelter, night + ONE_DAY))
    in_the_way = Q(state__in=PROMISED, planned__overlap=span)
    if not later:
        in_the_way |= Q(state__in=TAKEN, actual__contains=now)
    busy = Placement.objects.filter(in_the_way, shelter=shelter, bed__isnull=False)
    busy = busy.exclude(state=PlacementState.HELD, hold_expires_at__lte=now).values("bed")
    free = defaultdict(list)
    for bed in Bed.objects.filter(space__shelter=shelter).usable(night).exclude(pk__in=busy).order_by("position", "pk"):
        free[bed.space_id].append(bed)
    return [(space, free[space.pk]) for space in shelter.spaces.on_night(night)]


def family_beds(family: Family, shelters: Any, at: datetime | None = None) -> FamilyBeds:
    """Tonight's places of a family, what is held for it, and what can still be undone, in the shelters of a viewer.

    Of what happens in other houses only one thing is told: who is in one. Five queries.
    """
    at = at or timezone.now()
    seen = {shelter.pk for shelter in shelters}
    members = [
        row.person for row in family.members.filter(left_on=None).select_related("person").order_by("-is_head", "pk")
    ]
    stays = Stay.objects.current().filter(Q(family=family) | Q(person__in=members)).select_related("shelter", "person")
    stays = {stay.person_id: stay for stay in stays.order_by("arrived_at")}
    here = {person: stay for person, stay in stays.items() if stay.shelter_id in seen}
    rows = Placement.objects.filter(Q(family=family) | Q(stay__in=list(here.values())), shelter__in=seen)
    rows = list(rows.filter(state__in=PROMISED).select_related("space", "bed", "shelter"))
    places = {row.stay_id: row for row in rows if row.state == PlacementState.IN}
    people = {person.pk: person for person in [*members, *(stay.person for stay in stays.values())]}
    return FamilyBeds(
        members=[
            MemberBed(
                person,
                here.get(person.pk),
                places.get(here[person.pk].pk) if person.pk in here else None,
                in_another_house=person.pk in stays and person.pk not in here,
            )
            for person in people.values()
        ],
        holds=[row for row in rows if row.state == PlacementState.HELD and row.hold_expires_at > at],
        acts=list(
            Act.objects.filter(still_undoable(at), family=family, shelter__in=seen).select_related("by", "shelter")
        ),
    )
