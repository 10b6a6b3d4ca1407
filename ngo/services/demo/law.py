"""The clocks of the demo: families who seek protection, some of them late, and a closure that is plainly invented."""

from datetime import datetime, timedelta

from cases.models import Authority, Case, Family, FamilyMember, Group
from cases.services.clocks import start_clock
from cases.services.closures import enter_closure
from ngo.models import Organisation, Staff

# Rule, and how many days ago it happened: one late, one near, the others with time.
EVENTS = [
    ("mx-claim", 60),
    ("mx-claim", 40),
    ("mx-claim", 12),
    ("mx-decision", 30),
    ("mx-review", 9),
    ("mx-constancia", 2),
]
INVENTED = "Ejemplo inventado para la demostración: no es un cierre real"


def add_clocks(organisation: Organisation, by: Staff, now: datetime) -> None:
    """One clock per event, each for another family that seeks protection in Mexico; then a closure moves some of them."""
    today = now.date()
    waiting = Case.objects.filter(person__organisation=organisation, group=Group.MEXICAN_PROTECTION, closed_at=None)
    members = FamilyMember.objects.filter(person__in=list(waiting.values_list("person", flat=True)), left_on=None)
    families = Family.objects.filter(pk__in=set(members.values_list("family", flat=True))).order_by("pk")
    for family, (rule, days) in zip(families[: len(EVENTS)], EVENTS, strict=False):
        start_clock(family=family, rule=rule, event_on=today - timedelta(days=days), by=by)
    first = today + timedelta(days=7 - today.weekday())  # The next Monday.
    enter_closure(
        organisation=organisation,
        authority=Authority.objects.get(code="comar"),
        by=by,
        first_day=first,
        last_day=first + timedelta(days=1),
        source=INVENTED,
    )
