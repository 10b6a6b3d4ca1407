"""One of the two databases while it is measured: who looks, at which house, for which families."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.db import connections
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.db.utils import load_backend
from django.test import RequestFactory
from django.utils import timezone

from cases.models import Appointment, Family, FamilyMember, Process
from ngo.models import Staff
from ngo.permissions import Role
from shelters.models import Bed, Shelter, Stay
from shelters.nights import instant_at, tonight

USUAL, COUNTED, LARGE = 250, 375, 2500  # Beds of the houses that are looked at: the second has some 300 people.
SUBJECTS = 24  # So many families are looked for and opened, one after the other.


@dataclass
class Site:
    """A database by its name. Inside `using()` Django works on it; `by_hand` is a connection of its own, without Django."""

    database: str

    @cached_property
    def wrapper(self) -> Any:
        settings = {**connections["default"].settings_dict, "NAME": self.database}
        return load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")

    @contextmanager
    def using(self) -> Iterator[None]:
        before = connections["default"]
        connections["default"] = self.wrapper
        try:
            yield
        finally:
            connections["default"] = before

    @cached_property
    def by_hand(self) -> psycopg.Connection:
        parameters = self.wrapper.get_connection_params()
        # As the application's own connections: no prepared statements, so that a pooler may stand before the database.
        names = ("host", "port", "user", "password", "dbname", "prepare_threshold")
        return psycopg.connect(**{name: parameters[name] for name in names if name in parameters}, autocommit=True)

    def look(self) -> None:
        """Find out who and what is looked at: the largest house, and families from all its years."""
        with self.using():
            houses = sorted(Shelter.objects.select_related("city"), key=lambda one: (count_of_beds(one), one.pk))
            self.usual, self.counted, self.large = (self._desk_at(houses, beds) for beds in (USUAL, COUNTED, LARGE))
            self.shelter = self.usual.shelter
            self.organisation = self.shelter.organisation
            self.coordinator = self.usual.staff
            ids = list(
                Family.objects.filter(organisation=self.organisation).order_by("pk").values_list("pk", flat=True)
            )
            self.families = [ids[len(ids) * place // SUBJECTS] for place in range(SUBJECTS)]
            here = Stay.objects.current().values("family")
            away = Family.objects.filter(organisation=self.organisation).exclude(pk__in=here).order_by("pk")
            self.unplaced = list(away[:SUBJECTS])
            self.busy_day = self._busiest_day()
            membership = self.organisation.memberships.get(role=Role.CASEWORKER)
            self.caseworker = Desk(self.shelter, Staff.objects.get(pk=membership.staff_id), membership.pk)
            cases = Process.objects.filter(organisation=self.organisation).order_by("pk")
            ids = list(cases.values_list("pk", flat=True))
            self.cases = [ids[len(ids) * place // SUBJECTS] for place in range(SUBJECTS)]
            self.longest = (
                cases.annotate(lines=Count("changes")).order_by("-lines")[0].pk
            )  # The case with most history.
            self.texts = [text for pk in self.families for text in texts_for(pk)][: SUBJECTS * 2]

    @staticmethod
    def _desk_at(houses: list[Shelter], beds: int) -> "Desk":
        """At the house whose number of beds comes nearest; where the load is small, one house may stand for several."""
        shelter = min(houses, key=lambda one: abs(count_of_beds(one) - beds))
        membership = shelter.organisation.memberships.get(role=Role.COORDINATOR)
        return Desk(shelter, Staff.objects.get(pk=membership.staff_id), membership.pk)

    def _busiest_day(self) -> date:
        """Of the coming weeks, the date on which most people leave: a full list at any size and at any hour of measuring."""
        day = TruncDate("leave_shelter_at", tzinfo=ZoneInfo(self.shelter.zone))
        coming = Appointment.objects.filter(organisation=self.organisation, leave_shelter_at__gt=self.end_of_tomorrow)
        days = coming.still_on().annotate(day=day).values("day").annotate(people=Count("people"))
        return max(days, key=lambda row: (row["people"], row["day"]))["day"]

    def request(self, method: str = "GET", desk: "Desk | None" = None, **data: Any) -> Any:
        """A request as it reaches the view: signed in, after the middleware."""
        request = RequestFactory().get("/", data) if method == "GET" else RequestFactory().post("/", data)
        request.user, request.session, request.htmx = (desk or self.usual).staff, {}, False
        return request

    @property
    def end_of_tomorrow(self) -> datetime:
        return instant_at(self.shelter, tonight(self.shelter) + timedelta(days=2), time())

    def instants_of(self, day: date) -> dict[str, datetime]:
        """A date from midnight to midnight by the house's clock, for the SQL by hand."""
        first, after = (instant_at(self.shelter, one, time()) for one in (day, day + timedelta(days=1)))
        return {"now": first, "end": after}

    def facts(self, desk: "Desk | None" = None, **more: Any) -> dict[str, Any]:
        """What the SQL by hand needs to know of them."""
        desk = desk or self.usual
        return {
            "now": timezone.now(),
            "organisation": desk.shelter.organisation_id,
            "membership": desk.membership,
            "staff": desk.staff.pk,
            "shelter": desk.shelter.pk,
            "slug": desk.shelter.slug,
            "night": tonight(desk.shelter),
            **more,
        }


@dataclass(frozen=True)
class Desk:
    """A house, and who coordinates it: the person and the id of their membership."""

    shelter: Shelter
    staff: Staff
    membership: int


def count_of_beds(shelter: Shelter) -> int:
    return Bed.objects.filter(space__shelter=shelter).count()


def texts_for(family: int) -> list[str]:
    """What somebody types to find a family: the head's name, without accents, or the file's number."""
    head = FamilyMember.objects.select_related("person", "family").get(family=family, is_head=True)
    return [head.person.full_name.lower() if family % 3 else head.family.folio, head.person.full_name]
