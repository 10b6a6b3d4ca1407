"""What a new house means for those who have a claim in Mexico or a case before a U.S. court."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from cases.models import Person
from cases.services.protection import bound_to_a_state, note_other_state, rows_bound_elsewhere
from cases.services.tasks import Made, as_made
from cases.services.us_matters import hearings_ahead, in_us_cases, note_new_address
from ngo.models import Staff
from shelters.models import Shelter, Stay
from shelters.nights import zone
from shelters.services.rules import Problem


@dataclass(frozen=True)
class Ties:
    """What is known of people before they arrive in a house."""

    are_bound: bool  # A claim obliges one of them to stay in another state.
    newly_here: list[Person]  # Those with a matter in the United States who did not sleep last in this very house.


def state_of(shelter: Shelter) -> str:
    """The state of the Republic in which a house stands; empty where nobody wrote its city."""
    return shelter.city.state if shelter.city and shelter.city.country == "MX" else ""


def ties_of(people: Iterable[Person], shelter: Shelter, at: datetime) -> Ties:
    """Ask for it before they have their beds. One query, and after it none for those of whom nothing is to be said."""
    known = {person.pk: person for person in people}
    last = Stay.objects.filter(person=OuterRef("pk"), voided_at=None, arrived_at__lt=at).order_by("-arrived_at", "-pk")
    rows = Person.objects.filter(pk__in=known).annotate(
        is_bound=Exists(rows_bound_elsewhere(state_of(shelter)).filter(person=OuterRef("pk"))),
        goes_to_us=Exists(in_us_cases().filter(person=OuterRef("pk")))
        | Exists(hearings_ahead().filter(people__person=OuterRef("pk"))),
        last_house=Subquery(last.values("shelter")[:1]),
    )
    found = list(rows.order_by().values_list("pk", "is_bound", "goes_to_us", "last_house"))
    return Ties(
        are_bound=any(is_bound for _pk, is_bound, _goes, _house in found),
        newly_here=[known[pk] for pk, _bound, goes, house in found if goes and house != shelter.pk],
    )


def problems_of_arriving(ties: Ties) -> list[Problem]:
    """Whoever must not move to this state yet. It bends with a reason, and says nothing of why: the desk need not know."""
    if not ties.are_bound:
        return []
    words = _(
        "Somebody of this family should not stay in another state for now. Call the legal team first. To take them in anyway, "
        "write the reason."
    )
    return [Problem(words)]


def follow_arrival(ties: Ties, people: list[Person], shelter: Shelter, at: datetime, by: Staff) -> list[Made]:
    """Tasks that a new house makes: an open claim in another state, and the address that a U.S. court must know.

    Returns what was made, as the act keeps it.
    """
    day, made = at.astimezone(zone(shelter)).date(), []
    if ties.are_bound:
        made += note_other_state(claims=bound_to_a_state(people, state_of(shelter)), by=by, day=day)
    if ties.newly_here:
        made += note_new_address(people=ties.newly_here, day=day, by=by)
    return [as_made(task) for task in made]
