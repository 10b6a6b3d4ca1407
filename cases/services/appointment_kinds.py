"""Kinds of appointment and when somebody is reminded of them: data that each organisation starts from and then edits."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cases.models import AppointmentKind, Group, MayCome, NoticeRule, Severity
from cases.services.notice_rules import RuleData
from ngo.errors import Refused
from ngo.models import Organisation, Staff

DATA_FILE = Path(__file__).resolve().parent.parent / "data" / "appointment_kinds.json"
FIELDS = (
    *("name_es", "name_en", "group", "is_legal", "bring_es", "bring_en", "missing_es", "missing_en"),
    *("after_missing_es", "after_missing_en", "after_missing_source"),
    *("severity", "companions", "is_checked_weekly", "source", "is_active", "position"),
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
        rules = [RuleData.from_file(rule) for rule in data["notices"][row["notices"]]]
        NoticeRule.objects.bulk_create(rule.row(organisation.pk, kind) for rule in rules)
    return len(fresh)


def seed_all_kinds() -> int:
    """The same for every organisation that is here already."""
    return sum(seed_kinds(organisation) for organisation in Organisation.objects.order_by("pk"))


# --- Editing -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_kind(*, organisation: Organisation, by: Staff, **facts: Any) -> AppointmentKind:
    """A kind of the house's own, at the end of the list, with the usual rules: nobody has to remember to write them."""
    facts = _checked(organisation, facts)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    ours = AppointmentKind.objects.filter(organisation=organisation)
    base = slugify(facts["name_en"])[:32].strip("-") or "kind"
    taken = set(ours.values_list("code", flat=True))
    code = next(one for number in range(1, 10_000) if (one := base if number == 1 else f"{base}-{number}") not in taken)
    last = ours.aggregate(last=Max("position"))["last"] or 0
    kind = AppointmentKind.objects.create(
        organisation=organisation, code=code, **({"position": min(last + 10, 32_000)} | facts)
    )
    usual = json.loads(DATA_FILE.read_text(encoding="utf-8"))["notices"]["usual"]
    NoticeRule.objects.bulk_create(RuleData.from_file(rule).row(organisation.pk, kind) for rule in usual)
    return kind


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
    if facts.get("severity", Severity.ROUTINE) not in Severity.values:
        raise Refused(_("Choose how grave it is to miss it."))
    if facts.get("companions", MayCome.ANYBODY) not in MayCome.values:
        raise Refused(_("Choose who may go along."))
    return facts
