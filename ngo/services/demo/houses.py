"""The demo's organisations, staff, shelters and beds. Every name is invented; every address ends in .example."""

from dataclasses import dataclass, field

from ngo.permissions import Role
from shelters.models import BedKind, Sleepers, SpaceKind
from shelters.services.places import BedCount

LOWER, UPPER, SINGLE, COT, CRIB, MAT = BedKind


@dataclass(frozen=True)
class SpacePlan:
    name: str
    sleepers: str
    beds: list[BedCount]
    kind: str = SpaceKind.DORMITORY
    prefix: str = ""
    surge: list[BedCount] = field(default_factory=list)
    surge_prefix: str = "C"
    details: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class HousePlan:
    name: str
    address: str
    spaces: list[SpacePlan]
    is_confidential: bool = False
    stay_limit: int | None = None


@dataclass(frozen=True)
class StaffPlan:
    mailbox: str
    name: str
    role: Role
    language: str = "es"


@dataclass(frozen=True)
class OrganisationPlan:
    name: str
    slug: str
    domain: str
    city: str
    staff: list[StaffPlan]
    houses: list[HousePlan]


def bunks(pairs: int) -> list[BedCount]:
    return [BedCount(LOWER, pairs), BedCount(UPPER, pairs)]


def cubicle(number: int, beds: list[BedCount] | None = None) -> SpacePlan:
    return SpacePlan(f"Cubículo {number}", Sleepers.FAMILIES, beds or bunks(2), SpaceKind.CUBICLE)


def team(*names: str) -> list[StaffPlan]:
    """One person per role, in the order of the roles; the coordinator is the first to come."""
    mailboxes = ["voluntariado", "puerta", "casos", "legal", "cocina", "coordinacion", "red"]
    plans = [StaffPlan(mailbox, name, role) for mailbox, name, role in zip(mailboxes, names, Role, strict=True)]
    return sorted(plans, key=lambda plan: plan.role != Role.COORDINATOR)


ROOM_FOR_ADOLESCENTS = SpacePlan(
    "Adolescentes",
    Sleepers.CHILDREN,
    [BedCount(SINGLE, 2)],
    prefix="A",
    details={"is_authorised_for_children_alone": True, "is_step_free": True},
)

TIJUANA = OrganisationPlan(
    name="Red Mezquite",
    slug="red-mezquite",
    domain="mezquite.example",
    city="Tijuana",
    staff=team(
        "Vera Voluntaria",
        "Inés Puerta",
        "Olga Expediente",
        "Elena Amparo",
        "Raúl Cocina",
        "Carmen Mezquite",
        "Marta Municipio",
    ),
    houses=[
        HousePlan(
            "Casa Mezquite",
            "Calle Inventada 12, colonia Ejemplo, Tijuana",
            [
                *(cubicle(number) for number in range(1, 5)),
                SpacePlan("Hombres", Sleepers.MEN, bunks(8), prefix="H"),
                SpacePlan(
                    "Mujeres y niñez",
                    Sleepers.WOMEN,
                    [*bunks(5), BedCount(SINGLE, 2)],
                    prefix="M",
                    surge=[BedCount(MAT, 2)],
                    details={"is_step_free": True},
                ),
                ROOM_FOR_ADOLESCENTS,
            ],
            stay_limit=60,
        ),
        HousePlan(
            "Casa Ocotillo",
            "Avenida Inexistente 340, colonia Muestra, Tijuana",
            [
                cubicle(1, [*bunks(3), BedCount(SINGLE, 2)]),
                cubicle(2, [*bunks(2), BedCount(CRIB, 1)]),
                SpacePlan(
                    "Mujeres y niñez",
                    Sleepers.WOMEN,
                    [*bunks(8), BedCount(SINGLE, 2), BedCount(CRIB, 2)],
                    prefix="M",
                    surge=[BedCount(MAT, 8)],
                ),
                SpacePlan("Hombres", Sleepers.MEN, bunks(10), prefix="H"),
            ],
            is_confidential=True,
        ),
    ],
)

JUAREZ = OrganisationPlan(
    name="Puente Biznaga",
    slug="puente-biznaga",
    domain="biznaga.example",
    city="Ciudad Juárez",
    staff=team(
        "Tomás Voluntario",
        "Luisa Portón",
        "Nora Expediente",
        "Pablo Recurso",
        "Rosa Despensa",
        "Hugo Biznaga",
        "Ciro Ciudad",
    ),
    houses=[
        HousePlan(
            "Casa Biznaga",
            "Calle Supuesta 7, colonia Prueba, Ciudad Juárez",
            [
                SpacePlan("Familias", Sleepers.FAMILIES, [*bunks(6), BedCount(COT, 4), BedCount(CRIB, 2)], prefix="F"),
                SpacePlan("Mujeres", Sleepers.WOMEN, bunks(2), prefix="M", details={"is_step_free": True}),
                SpacePlan("Hombres", Sleepers.MEN, bunks(4), prefix="H"),
            ],
            stay_limit=90,
        ),
        HousePlan(
            "Casa Nopal",
            "Calle Figurada 88, colonia Ensayo, Ciudad Juárez",
            [
                SpacePlan("Dormitorio", Sleepers.ANYONE, [BedCount(SINGLE, 12), BedCount(COT, 4)], prefix="D"),
                cubicle(1),
                cubicle(2),
                ROOM_FOR_ADOLESCENTS,
            ],
        ),
    ],
)

ORGANISATIONS = [TIJUANA, JUAREZ]
ADMINISTRATOR = StaffPlan(
    "instalacion", "Ada Instalación", Role.COORDINATOR
)  # Of the installation: no role in a house.
IN_BOTH = StaffPlan("puente", "Sara Dos Casas", Role.LEGAL)
