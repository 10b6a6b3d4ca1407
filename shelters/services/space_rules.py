"""What a space asks of its sleepers, from which night on. Nothing here touches a night that is over: a rule that held one is
closed, and the next one opened. What the space's own fields say holds wherever no rule does."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from cases.models import Family, Person
from ngo.errors import Refused
from ngo.models import Staff
from shelters.models import RULE_FIELDS, Placement, PlacementState, Shelter, Space, SpaceRule
from shelters.nights import tonight
from shelters.services import desk
from shelters.services.rules import Sleeper, makeup_of

KEPT = [*RULE_FIELDS, "note", "set_by", "set_at"]


@transaction.atomic
def set_rule(
    *, space: Space, by: Staff, since: date | None = None, until: date | None = None, note: str = "", **asks: Any
) -> SpaceRule:
    """From a night (tonight) on, or until the first night after (`until`), a space asks something else of its sleepers.

    `asks` are RULE_FIELDS. A rule that ran longer goes on after it; one that began later within these nights gives way.
    Raises Refused for a night that is over, or ages out of order.
    """
    shelter = desk.lock(space.shelter, by)
    first = tonight(shelter)
    since = since or first
    if since < first:
        raise Refused(_("That night is over, and what it asked stays. Choose tonight or a later night."))
    if until is not None and until <= since:
        raise Refused(_("The last night must not be before the first."))
    rule = SpaceRule(space=space, nights=DateRange(since, until), note=note.strip(), set_by=by, **asks)
    try:
        rule.clean_fields(exclude={"nights", "set_by", "withdrawn_by"})
        rule.validate_constraints(exclude={"nights"})
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    _make_room(space, since, until, by)
    rule.save()
    return rule


@transaction.atomic
def end_rule(*, rule: SpaceRule, by: Staff) -> SpaceRule:
    """End a rule with last night; one that has not held a night yet is withdrawn. Raises Refused where it is over."""
    shelter = desk.lock(rule.space.shelter, by)
    first = tonight(shelter)
    rule = SpaceRule.objects.standing().filter(pk=rule.pk).first() or rule
    if rule.withdrawn_at is not None or (rule.nights.upper is not None and rule.nights.upper <= first):
        raise Refused(_("This rule is over already. Look at the list again."))
    _cut(rule, first, by)
    return rule


def _make_room(space: Space, since: date, until: date | None, by: Staff) -> None:
    """Close or withdraw the rules in the way; what is left of one after these nights goes on as it was."""
    for rule in SpaceRule.objects.standing().filter(space=space, nights__overlap=DateRange(since, until)):
        end = rule.nights.upper
        _cut(rule, since, by)
        if until is not None and (end is None or end > until):
            kept = {name: getattr(rule, name) for name in KEPT}
            SpaceRule.objects.create(space=space, nights=DateRange(until, end), **kept)


def _cut(rule: SpaceRule, night: date, by: Staff) -> None:
    """End a rule before a night; where it had not begun by then, it never held."""
    if rule.nights.lower < night:
        rule.nights = DateRange(rule.nights.lower, night)
        rule.save(update_fields=["nights"])
    else:
        rule.withdrawn_at, rule.withdrawn_by = timezone.now(), by
        rule.save(update_fields=["withdrawn_at", "withdrawn_by"])


def against_it(rule: SpaceRule, by: Staff) -> int:
    """How many of those who sleep in the space tonight go against a rule of tonight. The rule moves nobody: a person does."""
    shelter = rule.space.shelter
    if tonight(shelter) not in rule.nights:
        return 0
    space = Space.objects.on_night(rule.nights.lower).get(pk=rule.space_id)
    now = timezone.now()
    others = desk.sleepers(shelter, now)
    rows = Placement.objects.filter(space=space, state=PlacementState.IN).select_related("person", "family")
    together: dict[object, tuple[Family | None, list[Person]]] = {}
    for row in rows:
        if row.person:
            together.setdefault(row.family or row.pk, (row.family, []))[1].append(row.person)
    return sum(_bending(family, people, space, shelter, now, others, by) for family, people in together.values())


def _bending(
    family: Family | None,
    people: list[Person],
    space: Space,
    shelter: Shelter,
    now: datetime,
    others: list[Sleeper],
    by: Staff,
) -> int:
    guests = desk.guests(people, family, now, shelter, by)
    makeup = (
        desk.makeup(family, now, shelter) if family else makeup_of([(one.person, one.age) for one in guests.values()])
    )
    return sum(bool(desk.problems_of(guest, space, None, others, makeup)) for guest in guests.values())


def rules_of(space: Space) -> list[SpaceRule]:
    """Every rule that held or will, the latest first."""
    rules = SpaceRule.objects.standing().filter(space=space).select_related("set_by")
    return list(rules.order_by("-nights", "-pk"))
