"""What is written of a departure beside the end of the stay, and taking it back. The stays themselves: see stays.check_out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.models import AlertKind, ChildAlert, Family
from cases.services.children import is_surely_adult
from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import (
    Act,
    Answer,
    Belongings,
    Departure,
    Destination,
    Direction,
    Passage,
    RollCallMark,
    Shelter,
    Stay,
)
from shelters.services import desk


@dataclass(frozen=True)
class Facts:
    """Where they went and what of theirs stays. What nobody asked is empty."""

    went_to: str = Destination.NOT_ASKED
    belongings: str = Belongings.NOT_ASKED
    kept_until: date | None = None
    kept_where: str = ""


def check(facts: Facts, shelter: Shelter, at: datetime) -> None:
    """Refuse a day that makes no sense for what is kept."""
    if facts.kept_until is None:
        return
    if facts.belongings != Belongings.STORED:
        raise Refused(_("Only what stays in storage is kept until a day. Choose that something stays."))
    if facts.kept_until < nights.local(shelter, at).date():
        raise Refused(_("What stays in storage must be kept until the day they leave, or a later one."))


def ask_if_seen_since(stays: Iterable[Stay], shelter: Shelter, at: datetime, by: Staff) -> None:
    """Raise Refused (overridable) where the roll-call or the door saw one of them after the moment that is written."""
    by_id = {stay.pk: stay for stay in stays}
    marks = RollCallMark.objects.current().filter(answer=Answer.PRESENT, stay__in=by_id, happened_at__gt=at)
    passages = Passage.objects.standing().filter(direction=Direction.IN, stay__in=by_id, happened_at__gt=at)
    seen = [*marks.values_list("happened_at", "stay"), *passages.values_list("happened_at", "stay")]
    if not seen:
        return
    last, stay_id = max(seen)
    person, family = by_id[stay_id].person, by_id[stay_id].family
    raise Refused(
        _(
            "%(name)s was seen in the house on %(when)s, after that moment. Correct the hour, or tick that they had left."
        )
        % {"name": desk.word_for(person, family, by), "when": date_format(nights.local(shelter, last), "d M H:i")},
        overridable=True,
    )


def write(act: Act, stays: Iterable[Stay], facts: Facts) -> None:
    """One row for each person who leaves in this act."""
    kept_where = facts.kept_where.strip() if facts.belongings == Belongings.STORED else ""
    Departure.objects.bulk_create(
        Departure(
            stay=stay,
            act=act,
            went_to=facts.went_to,
            belongings=facts.belongings,
            kept_until=facts.kept_until,
            kept_where=kept_where,
        )
        for stay in stays
    )


def take_back(act: Act, by: Staff, now: datetime) -> None:
    """The departures of an act never were, nor is a child alone whom it had left alone; a notice that was given stands."""
    Departure.objects.standing().filter(act=act).update(undone_at=now)
    alerts = ChildAlert.objects.open().filter(pk__in=act.changed.get("alerts", []), notified_at=None)
    alerts.order_by().update(closed_at=now, closed_by=by, closing_reason=_("The departure of the adults was undone."))


def raise_alerts_for_children_left(family: Family | None, shelter: Shelter, at: datetime, by: Staff) -> list[int]:
    """Where the last adult of a family has left the house and a child of it stays, the child is alone from now on.

    The ids of the alerts that this raised; one that is open already stays as it is.
    """
    staying = children_left_alone([family], shelter, at).get(family.pk, []) if family else []
    if not staying:
        return []
    today = nights.local(shelter, at).date()
    known = set(
        ChildAlert.objects.open().filter(person__in=[one.person_id for one in staying]).values_list("person", flat=True)
    )
    alerts = [
        ChildAlert(
            person_id=one.person_id,
            family=family,
            kind=AlertKind.UNACCOMPANIED if one.person.is_minor_on(today) else AlertKind.AGE_IN_DOUBT,
            raised_by=by,
        )
        for one in staying
        if one.person_id not in known
    ]
    return [alert.pk for alert in ChildAlert.objects.bulk_create(alerts)]


def children_left_alone(
    families: Iterable[Family | None], shelter: Shelter, at: datetime, leaving: Iterable[int] = ()
) -> dict[int, list[Stay]]:
    """Family id → the stays of its children who are in the house without an adult of it, once `leaving` (ids of stays) have left.

    Whose age is in doubt is one of them, unless somebody has settled that doubt. One query, whatever the number of families.
    """
    today = nights.local(shelter, at).date()
    ids = [family.pk for family in families if family is not None]
    rest = Stay.objects.current().filter(shelter=shelter, family__in=ids).exclude(pk__in=list(leaving))
    staying: dict[int, list[Stay]] = {}
    settled = ChildAlert.objects.filter(person=OuterRef("person"), kind=AlertKind.AGE_IN_DOUBT, closed_at__isnull=False)
    for stay in rest.select_related("person").annotate(is_settled=Exists(settled)).order_by("pk"):
        staying.setdefault(stay.family_id or 0, []).append(stay)
    return {
        family: [stay for stay in stays if not _is_adult(stay, today)]
        for family, stays in staying.items()
        if not any(_is_adult(stay, today) for stay in stays)
    }


def _is_adult(stay: Any, day: date) -> bool:
    """Surely of age, or taken for it by whoever closed an alert about their age. A minor by their date of birth never is."""
    return is_surely_adult(stay.person, day) or (stay.is_settled and stay.person.is_minor_on(day) is not True)
