"""The projects of an export as shelters, and its inventory as spaces and beds with their periods."""

from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.utils.text import slugify
from django.utils.translation import gettext as _

from ngo.models import Organisation
from shelters import nights
from shelters.models import (
    Bed,
    BedKind,
    BedPeriod,
    CountingMethod,
    Opening,
    Shelter,
    ShelterState,
    Sleepers,
    Space,
)
from shelters.services.hmis.common import BATCH, add, day_after, known
from shelters.services.hmis.plan import Inventory, Plan

FOR_WHOM = {"3": Sleepers.FAMILIES, "4": Sleepers.CHILDREN}  # 2.07.4; households without children: anyone.


def store_shelters(plan: Plan, organisation: Organisation, zone: str) -> dict[str, Shelter]:
    """Every shelter of the plan, by ProjectID."""
    shelters = known(Shelter.objects.filter(organisation=organisation))
    names = set(Shelter.objects.filter(organisation=organisation).values_list("name", flat=True))
    slugs = set(Shelter.objects.values_list("slug", flat=True))
    new = []
    for ref, project in plan.projects.items():
        if ref in shelters:
            continue
        name = untaken(project.name, names, [ref], most=120, join=lambda name, more: f"{name} ({more})")
        slug = slugify(name) or "refugio"
        slug = untaken(slug, slugs, [organisation.slug], most=80, join=lambda slug, more: f"{slug}-{more}")
        counting = CountingMethod.NIGHT_BY_NIGHT if project.counts_nights else CountingMethod.ENTRY_EXIT
        new.append(
            Shelter(organisation=organisation, name=name, slug=slug, zone=zone, counting=counting, external_ref=ref)
        )
    added = {shelter.external_ref: shelter for shelter in add(new)}
    close_shelters(plan, added)
    return {ref: shelter for ref, shelter in (shelters | added).items() if ref in plan.projects}


def untaken(text: str, taken: set[str], more: list[str], most: int, join: Any) -> str:
    """A text that is not taken yet, no longer than `most`: with the first of `more` behind it, or else with a number."""
    for addition in ["", *more, *map(str, range(2, len(taken) + 3))]:
        candidate = join(text[: most - len(addition) - 3], addition) if addition else text[:most]
        if candidate not in taken:
            taken.add(candidate)
            return candidate
    raise AssertionError("there are more numbers than taken texts")


def close_shelters(plan: Plan, shelters: dict[str, Shelter]) -> None:
    """A project that has stopped operating is a closed shelter from the day after its last one."""
    add(
        [
            ShelterState(
                shelter=shelter, state=Opening.CLOSED, period=DateTimeTZRange(day_after(shelter, ends_on), None)
            )
            for ref, shelter in shelters.items()
            if (ends_on := plan.projects[ref].ends_on)
        ]
    )


def store_places(inventory: dict[str, Inventory], shelters: dict[str, Shelter]) -> None:
    """One space for each inventory row, with as many beds, in service from its first day to its last."""
    spaces = known(Space.objects.filter(shelter__in=shelters.values()))
    new = {ref: row for ref, row in inventory.items() if ref not in spaces and row.beds}
    added = {space.external_ref: space for space in add([space_of(ref, row, shelters) for ref, row in new.items()])}
    beds = add(
        [
            Bed(space=added[ref], label=str(number), kind=BedKind.SINGLE, is_surge=row.is_overflow, position=number)
            for ref, row in new.items()
            for number in range(1, row.beds + 1)
        ]
    )
    add([BedPeriod(bed=bed, space=bed.space, nights=nights_of(new[bed.space.external_ref])) for bed in beds])
    close_places({spaces[ref].pk: row for ref, row in inventory.items() if ref in spaces and row.ends_on})


def space_of(ref: str, row: Inventory, shelters: dict[str, Shelter]) -> Space:
    households = {"1": _("Without children"), "3": _("Families"), "4": _("Only children")}
    name = f"{households.get(row.household_type, _('Everyone'))} · {ref}"[:80]
    sleepers = FOR_WHOM.get(row.household_type, Sleepers.ANYONE)
    return Space(shelter=shelters[row.project], name=name, sleepers=sleepers, external_ref=ref)


def nights_of(row: Inventory) -> DateRange:
    """The export's dates are both inclusive; our ranges end with the first night that is not in them."""
    return DateRange(row.starts_on, row.ends_on + nights.ONE_DAY if row.ends_on else None)


def close_places(ended: dict[int, Inventory]) -> None:
    """Beds that an earlier import left in service without an end, and that the export has withdrawn since."""
    still_open = BedPeriod.objects.filter(space__in=ended, nights__upper_inf=True)
    closing = []
    for period in still_open:
        end = nights_of(ended[period.space_id]).upper
        if period.nights.lower < end:
            period.nights = DateRange(period.nights.lower, end)
            closing.append(period)
    BedPeriod.objects.bulk_update(closing, ["nights"], batch_size=BATCH)
