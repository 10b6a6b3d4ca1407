"""What a new house means for those who have a claim in Mexico or a case before a U.S. court."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from cases.models import Claim, Person
from cases.services.protection import bound_to_a_state, note_other_state
from cases.services.tasks import Made, as_made
from cases.services.us_matters import note_new_address
from ngo.models import Staff
from shelters.models import Shelter, Stay
from shelters.nights import zone
from shelters.services.rules import Problem


def state_of(shelter: Shelter) -> str:
    """The state of the Republic in which a house stands; empty where nobody wrote its city."""
    return shelter.city.state if shelter.city and shelter.city.country == "MX" else ""


def claims_elsewhere(people: Iterable[Person], shelter: Shelter) -> list[Claim]:
    """Open claims that oblige one of these people to stay in another state than that of a house. Asked once per arrival."""
    return bound_to_a_state(people, state_of(shelter))


def problems_of_arriving(elsewhere: list[Claim]) -> list[Problem]:
    """Whoever must not move to this state yet. It bends with a reason, and says nothing of why: the desk need not know."""
    if not elsewhere:
        return []
    words = _(
        "Somebody of this family should not stay in another state for now. Call the legal team first. To take them in anyway, "
        "write the reason."
    )
    return [Problem(words)]


def follow_arrival(
    people: list[Person], shelter: Shelter, elsewhere: list[Claim], at: datetime, by: Staff
) -> list[Made]:
    """Tasks that a new house makes: an open claim in another state, and the address that a U.S. court must know.

    Returns what was made, as the act keeps it.
    """
    day = at.astimezone(zone(shelter)).date()
    made = note_other_state(claims=elsewhere, by=by, day=day)
    made += note_new_address(people=_who_changed_house(people, shelter, at), day=day, by=by)
    return [as_made(task) for task in made]


def _who_changed_house(people: list[Person], shelter: Shelter, at: datetime) -> list[Person]:
    """Those who did not sleep last in this very house."""
    last = Stay.objects.filter(person=OuterRef("pk"), voided_at=None, arrived_at__lt=at).order_by("-arrived_at", "-pk")
    rows = Person.objects.filter(pk__in=[person.pk for person in people])
    before = dict(rows.annotate(house=Subquery(last.values("shelter")[:1])).values_list("pk", "house"))
    return [person for person in people if before.get(person.pk) != shelter.pk]
