"""What the journeys through a case stand on: a house as the set-up leaves it, who works there, and a desk with a clock."""

from datetime import datetime
from types import SimpleNamespace

import pytest
import time_machine

from cases.services.appointment_kinds import seed_kinds
from cases.services.clock_rules import load_clocks
from cases.services.pathways import seed_pathways
from ngo.permissions import Role
from shelters.models import Sleepers
from tests.factories import OrganisationFactory, ShelterFactory, SpaceFactory, StaffFactory
from tests.journeys.desk import HOUSE, Desk


@pytest.fixture
def traveller():
    """The clock of the whole process, the live server's too. It ticks: what is done later is later."""
    with time_machine.travel(datetime(2026, 11, 24, 9, tzinfo=HOUSE), tick=True) as moving:
        yield moving


@pytest.fixture
def house(traveller):
    """Two shelters of one organisation in Tijuana, with the pathways, the kinds of appointment and the rules of law."""
    organisation = OrganisationFactory(name="Organización Ensayo", slug="ensayo")
    load_clocks()
    seed_kinds(organisation)
    seed_pathways(organisation)
    first, second = (
        ShelterFactory(organisation=organisation, name=name, slug=slug)
        for name, slug in (("Casa Ensayo", "casa-ensayo"), ("Casa Muestra", "casa-muestra"))
    )
    for shelter in (first, second):
        SpaceFactory(shelter=shelter, name="Familias", sleepers=Sleepers.FAMILIES, beds=6)
        SpaceFactory(shelter=shelter, name="Hombres", sleepers=Sleepers.MEN, beds=2)

    def works(role, name):
        return StaffFactory(organisation=organisation, role=role, name=name, language="es")

    return SimpleNamespace(
        organisation=organisation,
        first=first,
        second=second,
        caseworker=works(Role.CASEWORKER, "Inés Prueba"),
        second_caseworker=works(Role.CASEWORKER, "Saúl Prueba"),
        lawyer=works(Role.LEGAL, "Elena Ensayo"),
    )


@pytest.fixture
def desk(page, live_server, sign_in, house, traveller):
    return Desk(page, live_server, sign_in, traveller)
