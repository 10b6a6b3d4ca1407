"""Kinds of appointment and when somebody is reminded of them: data that each organisation starts from and then edits."""

import json
from collections.abc import Iterable
from datetime import time
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cases.models import AppointmentKind, Audience, Group, NoticeRule
from ngo.errors import Refused
from ngo.models import Organisation, Staff

DATA_FILE = Path(__file__).resolve().parent.parent / "data" / "appointment_kinds.json"
MOST_DAYS = 60  # Before an appointment: a reminder earlier than that reminds nobody.
FIELDS = (
    *("name_es", "name_en", "group", "is_legal", "bring_es", "bring_en", "missing_es", "missing_en"),
    *("after_missing_es", "after_missing_en", "after_missing_source"),
    *("is_checked_weekly", "source", "is_active", "position"),
)


# --- What an organisation starts from ----------------------------------------------------------------------------------


@transaction.atomic
def seed_kinds(organisation: Organisation, path: Path = DATA_FILE) -> int:
    """Give an organisation the kinds of the data file that it does not have, each with its rules; returns how many.

    Safe to repeat. A kind that is there stays as it is, with whatever was changed or switched off in it.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    there = set(AppointmentKind.objects.filter(organisation=organisation).values_list("code", flat=True))
    fresh = [(place, row) for place, row in enumerate(data["kinds"], start=1) if row["code"] not in there]
    for place, row in fresh:
        kind = AppointmentKind.objects.create(
            organisation=organisation,
            position=place * 10,
            **{name: value for name, value in row.items() if name not in {"notices"}},
        )
        NoticeRule.objects.bulk_create(_rules(kind, data["notices"][row["notices"]]))
    return len(fresh)


def _rules(kind: AppointmentKind, rows: Iterable[dict[str, Any]]) -> list[NoticeRule]:
    return [
        NoticeRule(
            organisation_id=kind.organisation_id,
            kind=kind,
            audience=row["audience"],
            days_before=row["days_before"],
            at_time=time.fromisoformat(row["at_time"]),
        )
        for row in rows
    ]


def seed_all_kinds() -> int:
    """The same for every organisation that is here already."""
    return sum(seed_kinds(organisation) for organisation in Organisation.objects.order_by("pk"))


# --- Editing -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_kind(*, organisation: Organisation, by: Staff, **facts: Any) -> AppointmentKind:
    """A kind of the house's own, at the end of the list, without a rule."""
    facts = _checked(organisation, facts)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    ours = AppointmentKind.objects.filter(organisation=organisation)
    base = slugify(facts["name_en"])[:32].strip("-") or "kind"
    taken = set(ours.values_list("code", flat=True))
    code = next(one for number in range(1, 10_000) if (one := base if number == 1 else f"{base}-{number}") not in taken)
    last = ours.aggregate(last=Max("position"))["last"] or 0
    return AppointmentKind.objects.create(
        organisation=organisation, code=code, **({"position": min(last + 10, 32_000)} | facts)
    )


@transaction.atomic
def change_kind(*, kind: AppointmentKind, by: Staff, **facts: Any) -> AppointmentKind:
    """Correct a kind. Appointments that were booked with it follow: they name it, they do not copy it."""
    kind = AppointmentKind.objects.select_for_update(no_key=True).get(pk=kind.pk)
    facts = _checked(kind.organisation, facts)
    for name, value in facts.items():
        setattr(kind, name, value)
    kind.save(update_fields=list(facts))
    return kind


def _checked(organisation: Organisation, facts: dict[str, Any]) -> dict[str, Any]:
    facts = {name: value.strip() if isinstance(value, str) else value for name, value in facts.items()}
    if set(facts) - set(FIELDS):
        raise TypeError(f"Not a fact of a kind of appointment: {sorted(set(facts) - set(FIELDS))}")
    if not facts.get("name_es") or not facts.get("name_en"):
        raise Refused(_("Write the name in Spanish and in English."))
    if facts.get("group") and facts["group"] not in Group.values:
        raise Refused(_("Choose the group."))
    return facts


@transaction.atomic
def add_notice_rule(*, kind: AppointmentKind, audience: str, days_before: int, at_time: time, by: Staff) -> NoticeRule:
    """Another moment at which somebody is reminded; one that was switched off is switched on again.

    It holds for what is booked or moved from now on.
    """
    if audience not in Audience.values:
        raise Refused(_("Choose who is reminded."))
    if not 0 <= days_before <= MOST_DAYS:
        raise Refused(_("A reminder goes out at most %(days)s days before.") % {"days": MOST_DAYS})
    at_time = at_time.replace(second=0, microsecond=0)
    same = NoticeRule.objects.select_for_update().filter(
        kind=kind, audience=audience, days_before=days_before, at_time=at_time
    )
    if (rule := same.first()) is not None:
        if rule.is_active:
            raise Refused(_("There is a reminder at that moment already."))
        return switch_notice_rule(rule=rule, on=True, by=by)
    try:
        with transaction.atomic():
            return NoticeRule.objects.create(
                organisation_id=kind.organisation_id,
                kind=kind,
                audience=audience,
                days_before=days_before,
                at_time=at_time,
            )
    except IntegrityError as error:
        raise Refused(_("There is a reminder at that moment already.")) from error


@transaction.atomic
def switch_notice_rule(*, rule: NoticeRule, on: bool, by: Staff) -> NoticeRule:
    """Switch a rule on or off. It is never removed: each notice that was sent names its rule."""
    rule = NoticeRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    if rule.is_active != on:
        rule.is_active = on
        rule.save(update_fields=["is_active"])
    return rule
