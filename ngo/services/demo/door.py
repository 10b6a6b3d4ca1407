"""The door and the promises of the demo's houses: cards, who is out and how late, leave, places held by number, a dated rule."""

from datetime import datetime, timedelta

from ngo.models import Staff
from shelters.models import RULE_FIELDS, Direction, Shelter, Space, Stay
from shelters.nights import tonight
from shelters.services.cards import issue_cards
from shelters.services.door import grant_leave, pass_door
from shelters.services.holds import hold_places
from shelters.services.space_rules import set_rule

OUT, BACK = Direction.OUT, Direction.IN
# Who went through the door how many hours ago: one has been out since yesterday without word, two are out, one came back.
PASSED = [[(OUT, 26)], [(OUT, 3)], [(OUT, 2)], [(OUT, 7), (BACK, 1)]]


def keep_the_door(house: Shelter, by: Staff, now: datetime) -> None:
    """Everyone has a card; a few were seen at the door, one is away until the day after tomorrow."""
    long_here = Stay.objects.current().filter(shelter=house, arrived_at__lt=now - timedelta(days=3)).order_by("pk")
    guests = [stay for stay in long_here.select_related("person", "family") if not stay.person.is_minor_on(now.date())]
    issue_cards(stays=Stay.objects.current().filter(shelter=house), by=by)
    for stay, passages in zip(guests, PASSED, strict=False):
        for direction, hours in passages:
            pass_door(stay=stay, direction=direction, by=by, happened_at=now - timedelta(hours=hours))
    for stay in guests[len(PASSED) :][:1]:
        grant_leave(stay=stay, expected_back_at=now + timedelta(days=2), reason="Visita a su hermana de prueba", by=by)


def promise_places(house: Shelter, by: Staff, now: datetime) -> None:
    """Two places among the men are promised to another house, whichever beds it will be; from next week on, only adults."""
    men = Space.objects.filter(shelter=house, name="Hombres").first()
    if men is None:
        return
    hold_places(
        shelter=house,
        space=men,
        count=2,
        held_for="Dos hombres que vienen del puente",
        expires_at=now + timedelta(hours=5),
        by=by,
    )
    asks = {name: getattr(men, name) for name in RULE_FIELDS} | {"min_age": 18}
    set_rule(space=men, since=tonight(house, now) + timedelta(days=7), note="Solo adultos", by=by, **asks)
