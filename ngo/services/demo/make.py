"""Making the demo, through the services wherever it happens today; the nights that are over are written in bulk."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from psycopg.types.range import DateRange, TimestamptzRange

from cases.models import Case, ChildAlert, Consent, Decision, Family, NeedCode, Purpose, Relationship
from cases.services.children import record_notice
from cases.services.contact import ConsentData, PhoneData
from cases.services.people import MemberData, register_family, write_note
from ngo.errors import Refused
from ngo.models import City, Organisation, Staff
from ngo.services.catalogue import load_catalogue
from ngo.services.demo.cases import add_cases, refer_to_each_other
from ngo.services.demo.evening import add_the_evening, report_the_nights
from ngo.services.demo.houses import ADMINISTRATOR, IN_BOTH, ORGANISATIONS, HousePlan, OrganisationPlan, StaffPlan
from ngo.services.demo.law import add_clocks
from ngo.services.demo.past import NIGHTS, fill_the_past
from ngo.services.demo.people import Families
from ngo.services.setup import set_up_organisation
from ngo.services.staff import accept_invitation, invite_staff
from shelters.models import PROMISED, TAKEN, Bed, BedKind, BedPeriod, Cleaning, Placement, Shelter, Space
from shelters.nights import instant_at, local
from shelters.services.desk import Place
from shelters.services.holds import hold_beds
from shelters.services.places import add_beds, add_space, block_bed, create_shelter, update_shelter
from shelters.services.stays import check_in_family

SEED = 20_261_122
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # For passwords that are typed from a screen.
COLD_NIGHT = "Noche fría: nadie se queda fuera"
Arrival = tuple[list[tuple[str, int]], int]  # A family by sex and age, head first, and how many days ago it came.


@dataclass(frozen=True)
class SignIn:
    """One account of the demo, with the password that is shown once."""

    organisation: str
    role: str
    email: str
    password: str


def is_there() -> bool:
    return Organisation.objects.filter(slug=ORGANISATIONS[0].slug).exists()


@transaction.atomic
def make_demo(now: datetime | None = None) -> list[SignIn]:
    """Make it all, or nothing. The same people and beds on the same day; the passwords are never the same."""
    load_catalogue()
    now, random = now or timezone.now(), Random(SEED)  # noqa: S311  Families, not secrets.
    with pghistory.context(route="demo"):
        made = [sign_in for plan in ORGANISATIONS for sign_in in make_organisation(plan, random, now)]
        organisations = Organisation.objects.filter(slug__in=[plan.slug for plan in ORGANISATIONS]).order_by("pk")
        report_the_nights(organisations, now)
        refer_to_each_other(list(organisations), [coordinator_of(plan) for plan in ORGANISATIONS])
        return [*made, someone_in_both(), administrator()]


# --- Who works there ---------------------------------------------------------------------------------------------------


def new_password() -> str:
    """About 60 bits, in three groups."""
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(4)) for _group in range(3))


def make_organisation(plan: OrganisationPlan, random: Random, now: datetime) -> list[SignIn]:
    first, *others = plan.staff
    city = City.objects.get(name=plan.city)
    sign_ins = [SignIn(plan.name, str(first.role.label), address(plan, first), new_password())]
    coordinator = set_up_organisation(
        organisation=plan.name,
        slug=plan.slug,
        email=sign_ins[0].email,
        name=first.name,
        password=sign_ins[0].password,
        shelter=plan.houses[0].name,
        city=city,
    )
    for colleague in others:
        sign_ins.append(SignIn(plan.name, str(colleague.role.label), address(plan, colleague), new_password()))
        bring_in(colleague, sign_ins[-1], by=coordinator)
    organisation = Organisation.objects.get(slug=plan.slug)
    for house in plan.houses:
        shelter = make_house(house, organisation, city, coordinator, now)
        fill(shelter, coordinator, random, now)
    number_by_arrival(organisation)
    add_the_evening(organisation, coordinator, now)
    add_clocks(organisation, coordinator, now)
    add_cases(organisation, city, coordinator, now)
    return sign_ins


def address(plan: OrganisationPlan, person: StaffPlan) -> str:
    return f"{person.mailbox}@{plan.domain}"


def first_email() -> str:
    """Who coordinates the first organisation: one of those who can sign in."""
    return address(ORGANISATIONS[0], ORGANISATIONS[0].staff[0])


def bring_in(person: StaffPlan, sign_in: SignIn, *, by: Staff) -> Staff:
    invitation = invite_staff(email=sign_in.email, role=person.role, by=by, language=person.language)
    return accept_invitation(token=invitation.token, name=person.name, password=sign_in.password)


def someone_in_both() -> SignIn:
    """One person of the legal team who works for both organisations, and starts in the first."""
    sign_in = SignIn("Las dos", str(IN_BOTH.role.label), f"{IN_BOTH.mailbox}@{ORGANISATIONS[0].domain}", new_password())
    here, there = (coordinator_of(plan) for plan in ORGANISATIONS)
    sara = bring_in(IN_BOTH, sign_in, by=here)
    invitation = invite_staff(email=sara.email, role=IN_BOTH.role, by=there)
    first = sara.current_membership
    sara = accept_invitation(token=invitation.token, by=sara)
    sara.current_membership = first
    sara.save(update_fields=["current_membership"])
    return sign_in


def coordinator_of(plan: OrganisationPlan) -> Staff:
    return Staff.objects.get(email=address(plan, plan.staff[0]))


def administrator() -> SignIn:
    sign_in = SignIn("La instalación", "", f"{ADMINISTRATOR.mailbox}@posada.example", new_password())
    Staff.objects.create_superuser(sign_in.email, sign_in.password, name=ADMINISTRATOR.name)
    return sign_in


# --- Where they sleep --------------------------------------------------------------------------------------------------


def make_house(plan: HousePlan, organisation: Organisation, city: City, by: Staff, now: datetime) -> Shelter:
    """The house with its spaces and beds, in service since before the first night that the demo tells of."""
    shelter = Shelter.objects.filter(organisation=organisation, name=plan.name).first()
    if shelter is None:
        shelter = create_shelter(organisation=organisation, name=plan.name, city=city, by=by)
    shelter = update_shelter(
        shelter=shelter,
        by=by,
        address=plan.address,
        is_confidential=plan.is_confidential,
        stay_limit=plan.stay_limit,
        curfew_at=time(22),
    )
    for space_plan in plan.spaces:
        details: dict[str, Any] = {"kind": space_plan.kind, "sleepers": space_plan.sleepers, **space_plan.details}
        space = add_space(
            shelter=shelter, by=by, name=space_plan.name, beds=space_plan.beds, prefix=space_plan.prefix, **details
        )
        surge = [type(one)(one.kind, one.count, is_surge=True) for one in space_plan.surge]
        add_beds(space=space, by=by, beds=surge, prefix=space_plan.surge_prefix)
    since = local(shelter, now).date() - timedelta(days=NIGHTS + 30)
    BedPeriod.objects.filter(bed__space__shelter=shelter).update(nights=DateRange(since, None))
    return shelter


def fill(shelter: Shelter, by: Staff, random: Random, now: datetime) -> None:
    """Tonight's families, what is held and broken, and the nights before."""
    today = local(shelter, now).date()
    families = Families(random, today, shelter.organisation)
    for space_name, arrivals in TONIGHT[shelter.name].items():
        space = Space.objects.get(shelter=shelter, name=space_name)
        for shape, days in arrivals:
            take_in(families, space, shape, arrival(shelter, today, days, random, now), by)
    fill_the_past(shelter=shelter, families=families, by=by, today=today)
    INCIDENTS[shelter.name](shelter, families, by, now)


def arrival(shelter: Shelter, today: date, days: int, random: Random, now: datetime) -> datetime:
    """An afternoon or evening so many days ago; never later than a while ago."""
    at = instant_at(shelter, today - timedelta(days=days), time(random.randint(13, 22), random.randint(0, 59)))
    return min(at, now - timedelta(minutes=random.randint(20, 90)))


def take_in(families: Families, space: Space, shape: list[tuple[str, int]], at: datetime, by: Staff) -> Family:
    """Through intake and check-in, as at the door."""
    family = register(families, families.of(shape), at, by)
    places = places_in(space, family)
    try:
        with transaction.atomic():
            check_in_family(family=family, shelter=space.shelter, places=places, by=by, happened_at=at)
    except Refused as refused:
        if not refused.overridable:
            raise
        check_in_family(family=family, shelter=space.shelter, places=places, by=by, happened_at=at, reason=COLD_NIGHT)
    return family


def register(families: Families, members: list[MemberData], at: datetime, by: Staff) -> Family:
    """A family with its consents and, for one in three, a phone from the numbers that are kept free for fiction."""
    random = families.random
    phone, consents = None, [ConsentData(Purpose.RECORD, Decision.GIVEN)]
    if random.random() < 0.35:
        shared = random.choice(["", "", "su hermana", "la familia del cuarto de al lado"])
        phone = PhoneData(f"+1 202 555 01{random.randint(0, 99):02d}", "US", shared)
        consents.append(ConsentData(Purpose.REMINDERS, random.choice([Decision.GIVEN, Decision.REFUSED])))
    family = register_family(
        organisation=families.organisation,
        members=members,
        by=by,
        consents=consents,
        group=families.group(),
        phone=phone,
        registered_at=at,
    )
    Case.objects.filter(person__family_memberships__family=family).update(opened_at=at)
    Consent.objects.filter(family=family).update(at=at)
    return family


def places_in(space: Space, family: Family) -> dict[int, Place]:
    """Small and old people in the lower beds, babies in cribs, surge places last; then the floor."""
    since = TimestamptzRange(family.registered_at, None)
    busy = Q(state__in=PROMISED) | Q(state__in=TAKEN, actual__overlap=since)
    taken = Placement.objects.filter(busy, space=space, bed__isnull=False).values("bed")
    free = list(Bed.objects.filter(space=space).exclude(pk__in=taken).order_by("is_surge", "position", "pk"))
    members = family.members.select_related("person").prefetch_related("person__needs")
    today, places = family.registered_at.date(), {}
    for member in sorted(members, key=lambda one: one.person.born_on or today, reverse=True):
        age = member.person.age_on(today) or 0
        low = age < 6 or bool(
            {need.code for need in member.person.needs.all()} & {NeedCode.LOWER_BUNK, NeedCode.PREGNANT}
        )
        bed = next((bed for bed in sorted(free, key=lambda bed: bed_order(bed, age, low))), None)
        if bed is not None:
            free.remove(bed)
        places[member.person_id] = Place(space.pk, bed.pk if bed else None)
    return places


def bed_order(bed: Bed, age: int, low: bool) -> tuple:
    is_crib = bed.kind == BedKind.CRIB
    return (bed.is_surge, is_crib != (age < 2), bed.kind == BedKind.UPPER if low else False, bed.position, bed.pk)


# --- What is true tonight ----------------------------------------------------------------------------------------------


def women(*ages: int) -> list[tuple[str, int]]:
    return [("f", age) for age in ages]


def alone(sex: str, ages: Iterable[int], days: Iterable[int]) -> list[Arrival]:
    return [([(sex, age)], since) for age, since in zip(ages, days, strict=True)]


TONIGHT: dict[str, dict[str, list[Arrival]]] = {
    "Casa Mezquite": {
        "Cubículo 1": [([("f", 34), ("m", 37), ("f", 12), ("m", 7)], 18)],
        "Cubículo 2": [([("f", 29), ("f", 9), ("m", 6), ("f", 1)], 9)],
        "Cubículo 3": [([("m", 41), ("m", 15), ("f", 11)], 4)],
        "Hombres": alone("m", (19, 23, 28, 31, 35, 42, 47, 55, 64), (25, 21, 16, 12, 11, 7, 3, 1, 0)),
        "Mujeres y niñez": [
            (women(26, 4), 14),
            (women(31), 8),
            ([("f", 38), ("m", 10), ("f", 8)], 6),
            (women(66), 2),
        ],
        "Adolescentes": [],
    },
    "Casa Ocotillo": {
        "Cubículo 1": [([("f", 39), ("m", 43), ("m", 16), ("f", 13), ("m", 10), ("f", 7), ("m", 3)], 11)],
        "Cubículo 2": [([("f", 24), ("m", 26), ("m", 0)], 5)],
        "Mujeres y niñez": [
            (women(22), 20),
            ([("f", 33), ("f", 5), ("m", 2)], 17),
            (women(45, 17), 15),
            ([("f", 28), ("m", 8), ("f", 6)], 13),
            (women(30, 1), 10),
            (women(51), 9),
            ([("f", 36), ("f", 14), ("m", 11), ("f", 9)], 6),
            (women(19), 4),
            ([("f", 27), ("m", 3)], 2),
            ([("f", 35), ("f", 12), ("f", 7), ("m", 4)], 1),
            (women(23, 0), 0),
        ],
        "Hombres": alone("m", (20, 26, 33, 38, 50), (19, 14, 8, 3, 0)),
    },
    "Casa Biznaga": {
        "Familias": [
            ([("f", 32), ("m", 34), ("m", 9), ("f", 5)], 22),
            ([("f", 27), ("f", 4), ("m", 1)], 10),
            ([("m", 44), ("m", 13)], 3),
        ],
        "Mujeres": [(women(29), 12), (women(58), 1)],
        "Hombres": alone("m", (21, 30, 39, 46), (15, 9, 5, 0)),
    },
    "Casa Nopal": {
        "Dormitorio": [
            ([("m", 25)], 17),
            (women(48), 8),
            ([("f", 31), ("m", 12)], 5),
            ([("m", 36)], 2),
        ],
        "Cubículo 1": [([("f", 26), ("m", 28), ("f", 3)], 7)],
        "Adolescentes": [],
    },
}


def at_mezquite(shelter: Shelter, families: Families, by: Staff, now: datetime) -> None:
    """A cubicle held for a family on its way, a broken bed in it, another among the men's and one to clean, and an
    adolescent alone."""
    held = list(Bed.objects.filter(space__shelter=shelter, space__name="Cubículo 4").order_by("position"))
    block_bed(bed=held.pop(), reason="Tabla rota", by=by)
    hold_beds(
        shelter=shelter, beds=held, by=by, expires_at=now + timedelta(hours=6), held_for="Familia que viene de Tecate"
    )
    block_bed(bed=(broken := last_free_bed(shelter, "Hombres")), reason="Colchón en lavado", by=by)
    left = Bed.objects.filter(space=broken.space, position__lt=broken.position).order_by("-position").first() or broken
    Cleaning.objects.create(bed=left, since=now - timedelta(hours=2))
    room = Space.objects.get(shelter=shelter, name="Adolescentes")
    adolescent = take_in(families, room, [("m", 16)], now - timedelta(days=2), by)
    record_notice(
        alert=ChildAlert.objects.get(family=adolescent),
        by=by,
        office="Procuraduría de Protección",
        told_to="Guardia de la tarde",
        folio="EJEMPLO-0001",
        notified_at=now - timedelta(days=2, minutes=-20),
    )
    register(families, families.of([("f", 15)]), now - timedelta(minutes=25), by)  # At the door: nobody was told yet.
    note(shelter, by, "Espera la constancia de COMAR. Quiere hablar con el equipo legal esta semana.")


def at_ocotillo(shelter: Shelter, families: Families, by: Staff, now: datetime) -> None:
    note(shelter, by, "La niña más chica no duerme bien: mejor lejos de la puerta.")


def at_biznaga(shelter: Shelter, families: Families, by: Staff, now: datetime) -> None:
    block_bed(bed=last_free_bed(shelter, "Hombres"), reason="Litera sin escalera", by=by)
    note(shelter, by, "Tienen familia en Chihuahua y piensan en quedarse.")


def at_nopal(shelter: Shelter, families: Families, by: Staff, now: datetime) -> None:
    """A family who just came and has no bed yet: the next step at the desk."""
    family = families.of([("f", 40), ("m", 17), ("f", 2)])
    family[2].relationship = Relationship.GRANDCHILD
    family[0].is_carer = True
    register(families, family, now - timedelta(minutes=10), by)


INCIDENTS = {
    "Casa Mezquite": at_mezquite,
    "Casa Ocotillo": at_ocotillo,
    "Casa Biznaga": at_biznaga,
    "Casa Nopal": at_nopal,
}


def last_free_bed(shelter: Shelter, space: str) -> Bed:
    beds = Bed.objects.filter(space__shelter=shelter, space__name=space, is_surge=False)
    taken = Placement.objects.filter(state="in", bed__isnull=False).values("bed")
    return beds.exclude(pk__in=taken).order_by("-position").first() or beds[0]


def number_by_arrival(organisation: Organisation) -> None:
    """Give the files the numbers that they would have got, had the past been typed when it happened."""
    families = Family.objects.filter(organisation=organisation)
    families.update(folio=Concat(Value("was "), "folio"))
    rows = list(families.order_by("registered_at", "pk"))
    for number, family in enumerate(rows, start=1):
        family.folio = f"F-{number:04d}"
    Family.objects.bulk_update(rows, ["folio"])


def note(shelter: Shelter, by: Staff, text: str) -> None:
    """A note in the file of the family that has been here longest."""
    family = Family.objects.filter(stays__shelter=shelter, stays__departed_at=None).order_by("registered_at").first()
    if family is not None:
        write_note(family=family, text=text, by=by)
