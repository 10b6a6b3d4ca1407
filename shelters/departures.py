"""Departures as they are read: those of a family on its page, and those of a house that can still be undone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from cases.models import Person
from ngo.models import Staff
from shelters.models import Act, ActKind, Departure, Shelter, Stay
from shelters.services.undo import still_undoable

MOST_SHOWN = 20
# Languages of people (ISO 639-3) in which the statement exists, with the code of its catalogue.
PAGE_LANGUAGE = {"spa": "es", "eng": "en", "hat": "ht", "fra": "fr", "por": "pt", "rus": "ru", "ara": "ar"}
DRAFTS = {"ht", "fr", "pt", "ru", "ar"}  # Nobody who grew up with them has read them yet, and the page says so.


@dataclass
class Left:
    """People of a family who left a house together: when, why, where to, what of theirs stays, who wrote it.

    `act` is None for a departure that another system brought: nothing but the end of the stay is known of it.
    """

    stays: list[Stay] = field(default_factory=list)
    facts: Departure | None = None

    @property
    def people(self) -> list[Person]:
        return [stay.person for stay in self.stays]

    @property
    def shelter(self) -> Shelter:
        return self.stays[0].shelter

    @property
    def at(self) -> datetime | None:
        return self.stays[0].departed_at

    @property
    def why(self) -> Any:
        return self.stays[0].get_exit_reason_display()

    @property
    def words(self) -> str:
        return self.stays[0].destination

    @property
    def act(self) -> Act | None:
        return self.facts.act if self.facts else None

    @property
    def by(self) -> Staff | None:
        return self.act.by if self.act else None


def departures_of(family: Any, shelters: Iterable[Shelter]) -> list[Left]:
    """The departures of a family from the houses of a viewer, the latest first. Two queries."""
    stays = Stay.objects.valid().filter(family=family, shelter__in=[shelter.pk for shelter in shelters])
    stays = _with_facts(stays.exclude(departed_at=None)).order_by("-departed_at", "pk")
    return _together(stays[:MOST_SHOWN])


def _with_facts(stays: QuerySet[Stay]) -> QuerySet[Stay]:
    standing = Departure.objects.standing().select_related("act__by", "act__shelter")
    return stays.select_related("person", "shelter").prefetch_related(
        Prefetch("departures", queryset=standing, to_attr="standing_departures")
    )


def _together(stays: Iterable[Stay]) -> list[Left]:
    found: dict[Any, Left] = {}
    for stay in stays:
        facts = next(iter(stay.standing_departures), None)  # type: ignore[attr-defined]
        left = found.setdefault(("act", facts.act_id) if facts else ("stay", stay.pk), Left(facts=facts))
        left.stays.append(stay)
    return list(found.values())


def undoable_departures(shelter: Shelter) -> list[Left]:
    """The departures of a house that can still be undone, the latest first. Three queries."""
    acts = Act.objects.filter(still_undoable(timezone.now()), shelter=shelter, kind=ActKind.CHECK_OUT)
    gone = Departure.objects.standing().filter(act__in=list(acts.values_list("pk", flat=True)))
    stays = _with_facts(Stay.objects.filter(pk__in=gone.values("stay"))).select_related("family")
    return sorted(_together(stays.order_by("pk")), key=lambda left: -(left.act.pk if left.act else 0))


def departure_of(act: Act) -> Left | None:
    """Who left in an act, the eldest first; None where it was undone. Two queries."""
    stays = _with_facts(Stay.objects.filter(departures__act=act, departures__undone_at=None)).select_related("family")
    rows = sorted(stays, key=lambda stay: (stay.person.born_on is None, stay.person.born_on, stay.pk))
    return next(iter(_together(rows)), None)


def statement_language(people: Iterable[Person]) -> tuple[str, str]:
    """In which language the statement is printed, and the language of the guest that we have it not in (or "").

    What the first of them reads counts more than what they speak; where neither is ours, Spanish, to be read aloud.
    """
    known = [code for person in people for code in (*person.reads, *person.speaks)]
    ours = next((code for code in known if code in PAGE_LANGUAGE), "")
    return PAGE_LANGUAGE.get(ours, "es"), "" if ours or not known else known[0]
