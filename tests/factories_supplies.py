"""Test data of the store and of legal aid, by name (see tests/factories.py)."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from cases.models import Appointment, AppointmentKind, AppointmentPerson, LegalProvider, Person, WeeklySlot
from shelters.models import Item
from tests.factories import ALWAYS, FamilyFactory, OrganisationFactory, ShelterFactory


class ItemFactory(DjangoModelFactory):
    """Rice in kilograms, a staple without a plan; `daily_per_head=` gives it one."""

    class Meta:
        model = Item

    shelter = factory.SubFactory(ShelterFactory)
    name = factory.Sequence(lambda n: f"Arroz de prueba {n}")
    unit = "kg"
    is_staple = True


class LegalProviderFactory(DjangoModelFactory):
    class Meta:
        model = LegalProvider

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Abogada de prueba {n}")


class WeeklySlotFactory(DjangoModelFactory):
    """A slot on Mondays at ten, Tijuana's clock, since 2020."""

    class Meta:
        model = WeeklySlot

    provider = factory.SubFactory(LegalProviderFactory)
    weekday = 0
    starts_at = time(10)
    zone = "America/Tijuana"
    since = ALWAYS


class LegalAppointmentFactory(DjangoModelFactory):
    """An appointment of a family, `people=` of it (all), at a wall time of Tijuana: `local_date=`, `local_time=` (10:00).
    They leave the house an hour before, or `leaves_at=`; `food=` what the kitchen gives them."""

    class Meta:
        model = Appointment

    zone = "America/Tijuana"
    home_zone = "America/Tijuana"
    local_time = time(10)

    @classmethod
    def _create(cls, model_class: type[Appointment], *args: Any, **kwargs: Any) -> Appointment:
        people, leaves_at = kwargs.pop("people", None), kwargs.pop("leaves_at", None)
        family = kwargs.setdefault("family", None) or FamilyFactory()
        kwargs |= {"family": family, "organisation": family.organisation}
        kind, _is_new = AppointmentKind.objects.get_or_create(
            organisation=family.organisation,
            code="consulta-legal-de-prueba",
            defaults={"name_es": "Consulta de prueba", "name_en": "Test consultation", "is_legal": True},
        )
        kwargs.setdefault("kind", kind)
        starts_at = datetime.combine(kwargs["local_date"], kwargs["local_time"], ZoneInfo(kwargs["zone"]))
        kwargs |= {"starts_at": starts_at, "report_at": starts_at}
        kwargs["leave_shelter_at"] = leaves_at or starts_at - timedelta(hours=1)
        appointment = super()._create(model_class, *args, **kwargs)
        goers = people if people is not None else Person.objects.in_family(family)
        AppointmentPerson.objects.bulk_create(AppointmentPerson(appointment=appointment, person=one) for one in goers)
        return appointment
