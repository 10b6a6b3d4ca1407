"""The houses of the demo at scale: organisations of one size, more of them the larger the scale, in several zones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

from django.utils import timezone
from psycopg.types.range import DateRange

from ngo.models import City, Membership, Organisation, Staff
from ngo.permissions import Role
from ngo.services.demo.make import SignIn, new_password
from ngo.services.setup import set_up_organisation
from shelters.models import Bed, BedBlock, BedKind, BedPeriod, Shelter, Sleepers, Space, SpaceKind

SLUG = "escala"
BEDS_OF_A_PAIR = 500
# Two organisations share 500 beds: one with a large house and a small one, one with three small ones.
PAIR = [("A", 250), ("A", 60), ("B", 80), ("B", 60), ("B", 50)]
# In every 5,000 beds there is one house such as no city has, to see how the pages bear it, and one for some 300 people.
BEDS_OF_A_CITY = 5000
LARGE = [("C", 2500), ("D", 375), ("D", 125)]
CITIES = ["Tijuana", "Ciudad Juárez", "Matamoros", "Nogales", "Mexicali", "Nuevo Laredo", "Reynosa", "Piedras Negras"]
PLANTS = ["Encino", "Palo Verde", "Gobernadora", "Sotol", "Huizache", "Cardón", "Jojoba"]
# Name, whom it is for, what it is, how many beds: in this order until the house is full, then again.
ROOMS = [
    ("Cubículo", Sleepers.FAMILIES, SpaceKind.CUBICLE, 5),
    ("Hombres", Sleepers.MEN, SpaceKind.DORMITORY, 16),
    ("Mujeres y niñez", Sleepers.WOMEN, SpaceKind.DORMITORY, 16),
    ("Cubículo", Sleepers.FAMILIES, SpaceKind.CUBICLE, 7),
    ("Familias", Sleepers.FAMILIES, SpaceKind.DORMITORY, 20),
    ("Cubículo", Sleepers.FAMILIES, SpaceKind.CUBICLE, 4),
    ("Dormitorio", Sleepers.ANYONE, SpaceKind.DORMITORY, 24),
]
NIGHTS_IN_SERVICE = 1100  # Longer ago than the first visit.
ONE_IN = 90  # So many beds for one that is broken.


@dataclass(frozen=True)
class Room:
    """A space with its beds, as the families need it."""

    space: Space
    beds: list[Bed]
    by: Staff

    @property
    def shelter(self) -> Shelter:
        return self.space.shelter


def house_sizes(beds: int) -> Iterator[tuple[int, str, int]]:
    """How many beds each house has, as (number of its group, the organisation in it, beds), for any number of beds in all."""
    number = 0
    for _city in range(beds // BEDS_OF_A_CITY):
        number += 1
        yield from ((number, part, size) for part, size in LARGE)
        beds -= sum(size for _part, size in LARGE)
    while beds:
        number += 1
        here, before, edge = min(beds, BEDS_OF_A_PAIR), 0, 0
        for part, size in PAIR:
            edge += size
            until = round(edge * here / BEDS_OF_A_PAIR)
            if until > before:
                yield number, part, until - before
            before = until
        beds -= here


def make_houses(beds: int, sign_ins: list[SignIn]) -> list[Room]:
    """Every organisation with its coordinator, added to `sign_ins`, and every house with its spaces and beds, empty."""
    cities = cycle(City.objects.get(name=name) for name in CITIES)
    coordinators: dict[str, Staff] = {}
    homes: dict[str, City] = {}
    rooms: list[Room] = []
    for place, (number, part, size) in enumerate(house_sizes(beds)):
        key = f"{SLUG}-{number:02d}{part.lower()}"
        name = f"Casa {PLANTS[place % len(PLANTS)]} {place + 1:02d}"
        if key not in coordinators:
            homes[key] = next(cities)
            coordinators[key] = first_of(key, name, homes[key], sign_ins)
        by = coordinators[key]
        organisation = Organisation.objects.get(slug=key)
        shelter = Shelter.objects.filter(organisation=organisation, name=name).first() or Shelter.objects.create(
            organisation=organisation, name=name, slug=f"{SLUG}-{place + 1}", city=homes[key], zone=homes[key].zone
        )
        rooms += furnish(shelter, size, by)
    return rooms


def first_of(key: str, shelter: str, city: City, sign_ins: list[SignIn]) -> Staff:
    """The organisation, set up as every other is, and one person for each role; the coordinator can sign in."""
    name = f"Red de prueba {key.removeprefix(SLUG + '-').upper()}"
    sign_ins.append(SignIn(name, str(Role.COORDINATOR.label), f"coordinacion@{key}.example", new_password()))
    coordinator = set_up_organisation(
        organisation=name,
        slug=key,
        email=sign_ins[-1].email,
        name=f"Coordinación {key}",
        password=sign_ins[-1].password,
        shelter=shelter,
        city=city,
    )
    organisation = Organisation.objects.get(slug=key)
    for role in Role:
        if role != Role.COORDINATOR:
            colleague = Staff.objects.create_user(f"{role}@{key}.example", name=f"Personal {role} {key}", language="es")
            Membership.objects.create(
                staff=colleague,
                organisation=organisation,
                role=role,
                invited_by=coordinator,
                accepted_at=timezone.now(),
            )
    return coordinator


def furnish(shelter: Shelter, size: int, by: Staff) -> list[Room]:
    """Spaces and beds of one house, in service since before the first visit; one in ninety beds is broken."""
    since = timezone.now().date() - timedelta(days=NIGHTS_IN_SERVICE)
    spaces: list[Space] = []
    counts: list[int] = []
    for position, (name, sleepers, kind, beds) in enumerate(cycle(ROOMS)):
        if sum(counts) >= size:
            break
        counts.append(min(beds, size - sum(counts)))
        spaces.append(
            Space(
                shelter=shelter,
                name=f"{name} {position + 1}",
                sleepers=sleepers,
                kind=kind,
                position=position,
                is_step_free=position % 3 == 0,
            )
        )
    Space.objects.bulk_create(spaces)
    rooms = [
        Room(space, [bed(space, number) for number in range(count)], by)
        for space, count in zip(spaces, counts, strict=True)
    ]
    made = Bed.objects.bulk_create(bed for room in rooms for bed in room.beds)
    BedPeriod.objects.bulk_create(
        BedPeriod(bed=one, space_id=one.space_id, nights=DateRange(since, None)) for one in made
    )
    return rooms


def bed(space: Space, number: int) -> Bed:
    kind = BedKind.LOWER if number % 2 == 0 else BedKind.UPPER
    return Bed(space=space, label=f"{space.name[0]}{space.position + 1}-{number + 1}", kind=kind, position=number)


def block_some(free: list[int], today: date, by_bed: dict[int, Staff]) -> None:
    """Some of the beds that nobody is in are broken."""
    BedBlock.objects.bulk_create(
        BedBlock(bed_id=pk, nights=DateRange(today, None), reason="Tabla rota", set_by=by_bed[pk]) for pk in free[::8]
    )


def organisations() -> list[Organisation]:
    return list(Organisation.objects.filter(slug__startswith=f"{SLUG}-").order_by("slug"))
