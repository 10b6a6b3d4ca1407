"""Rules for notices: what an organisation starts from, and how its coordinator edits them. None is ever removed."""

import json
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.models import (
    TO_A_LIST,
    TO_THE_FAMILY,
    AppointmentKind,
    Audience,
    NoticeCondition,
    NoticeRule,
    NoticeSource,
    Unit,
    Way,
)
from ngo.errors import Refused
from ngo.models import Organisation, Staff

DATA_FILE = Path(__file__).resolve().parent.parent / "data" / "notice_rules.json"
MOST_DAYS = 60  # Before the day: a reminder earlier than that reminds nobody.
NOT_FOR_PHONES = {NoticeSource.CLOCK, NoticeSource.HOLD}  # What a phone that others read must not even hint at.


@dataclass(frozen=True)
class RuleData:
    """What a rule says: so many days (of the calendar, or working ones) before, at a wall time of the house."""

    audience: str
    days_before: int
    at_time: time
    source: str = NoticeSource.APPOINTMENT.value
    unit: str = Unit.CALENDAR.value
    way: str = Way.AS_THEY_WANT.value
    condition: str = NoticeCondition.ALWAYS.value

    @classmethod
    def from_file(cls, row: dict[str, Any]) -> "RuleData":
        """A rule as the data files write it: the hour as HH:MM, what is usual left out."""
        return cls(**row | {"at_time": time.fromisoformat(row["at_time"])})

    def row(self, organisation_id: int, kind: AppointmentKind | None) -> NoticeRule:
        return NoticeRule(organisation_id=organisation_id, kind=kind, **self.__dict__)


# --- What an organisation starts from ----------------------------------------------------------------------------------
@transaction.atomic
def seed_rules(organisation: Organisation, path: Path = DATA_FILE) -> int:
    """Give an organisation the rules of the data file for every source of which it has none; returns how many.

    Safe to repeat: where a rule of a source is there, switched off or not, the organisation has decided for itself.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    there = set(NoticeRule.objects.filter(organisation=organisation, kind=None).values_list("source", flat=True))
    rows = [RuleData.from_file(row) for row in json.loads(path.read_text(encoding="utf-8"))["rules"]]
    fresh = [row.row(organisation.pk, None) for row in rows if row.source not in there]
    return len(NoticeRule.objects.bulk_create(fresh))


def seed_all_rules() -> int:
    """The same for every organisation that is here already."""
    return sum(seed_rules(organisation) for organisation in Organisation.objects.order_by("pk"))


# --- Editing -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def add_rule(
    *, organisation: Organisation, rule: RuleData, by: Staff, kind: AppointmentKind | None = None
) -> NoticeRule:
    """Another moment at which somebody is told; one that was switched off is switched on again. Raises Refused.

    For appointments it holds for what is booked or moved from now on; for everything else from the next sweep on.
    """
    _check(rule, kind)
    said = rule.__dict__ | {"at_time": rule.at_time.replace(second=0, microsecond=0)}
    same = NoticeRule.objects.select_for_update().filter(organisation=organisation, kind=kind, **said)
    if (found := same.first()) is not None:
        if found.is_active:
            raise Refused(_("There is a reminder at that moment already."))
        return switch_rule(rule=found, on=True, by=by)
    try:
        with transaction.atomic():
            return NoticeRule.objects.create(organisation=organisation, kind=kind, **said)
    except IntegrityError as error:
        raise Refused(_("There is a reminder at that moment already.")) from error


def _check(rule: RuleData, kind: AppointmentKind | None) -> None:
    if rule.audience not in Audience.values:
        raise Refused(_("Choose who is reminded."))
    if rule.source not in NoticeSource.values or (rule.source == NoticeSource.APPOINTMENT) != (kind is not None):
        raise Refused(_("Choose what they are told of."))
    if not 0 <= rule.days_before <= MOST_DAYS:
        raise Refused(_("A reminder goes out at most %(days)s days before.") % {"days": MOST_DAYS})
    if rule.unit not in Unit.values or rule.way not in Way.values or rule.condition not in NoticeCondition.values:
        raise Refused(_("Choose how it is counted and on which channel it goes."))
    if rule.audience in TO_A_LIST and rule.way not in {Way.HOUSE, Way.AS_THEY_WANT}:
        raise Refused(_("The front desk and the kitchen read it on the list of the house. Choose that channel."))
    if rule.audience in {Audience.STAFF, Audience.LEGAL} and rule.way not in {Way.EMAIL, Way.AS_THEY_WANT}:
        raise Refused(_("Who works here is told by e-mail. Choose that channel."))
    if rule.audience in TO_THE_FAMILY and rule.source in NOT_FOR_PHONES:
        raise Refused(_("This is not written to a family: somebody tells them. Choose who works here."))
    has_appointment = rule.source in {NoticeSource.APPOINTMENT, NoticeSource.UNCONFIRMED}
    if rule.condition != NoticeCondition.ALWAYS and not has_appointment:
        raise Refused(_("Only an appointment is confirmed or told in person. Choose “always”."))


@transaction.atomic
def switch_rule(*, rule: NoticeRule, on: bool, by: Staff) -> NoticeRule:
    """Switch a rule on or off. It is never removed: each notice that was sent names its rule."""
    rule = NoticeRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    if rule.is_active != on:
        rule.is_active = on
        rule.save(update_fields=["is_active"])
    return rule
