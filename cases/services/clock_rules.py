"""Lists of days, authorities and rules of clocks: they come from the project's data file, and rules go on in versions."""

import json
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Authority, Cause, ClockRule, DayList
from cases.services import clock_results
from ngo.errors import Refused
from ngo.models import Organisation, Staff

DATA_FILE = Path(__file__).resolve().parent.parent / "data" / "clocks.json"
# What somebody may write anew in a version of the organisation's own; the rest stays as it came.
EDITABLE = (
    *("safe_count", "safe_unit", "safe_start", "likely_count", "likely_unit", "likely_start", "likely_rolls"),
    *("article", "source", "source_url", "quote", "checked_on", "certainty", "note_es", "note_en"),
)
COPIED = (*EDITABLE, "authority_id", "actor", "name_es", "name_en", "event_es", "event_en", "position")


# --- The data file -----------------------------------------------------------------------------------------------------


@dataclass
class LoadedClocks:
    """What one reading of the data file changed, in rows."""

    lists: int = 0
    authorities: int = 0
    rules: int = 0  # New versions.
    counted_again: int = 0  # Clocks whose dates moved because a list of days did.


@transaction.atomic
def load_clocks(path: Path = DATA_FILE) -> LoadedClocks:
    """Bring lists, authorities and rules in. Safe to repeat, with the same file or a newer one.

    Lists and authorities follow the file. A rule that differs from the file's is replaced by a new version; what runs keeps
    the old one, and what an organisation wrote for itself stays. Where a list changed, everything is counted again.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    loaded = LoadedClocks(
        lists=sum(_follow(DayList, _list(row)) for row in data["lists"]),
        authorities=sum(
            _follow(Authority, row | {"position": place}) for place, row in enumerate(data["authorities"], start=1)
        ),
    )
    authorities = dict(Authority.objects.values_list("code", "pk"))
    for place, row in enumerate(data["rules"], start=1):
        facts = _rule(row, authorities, checked_on=data["checked_on"], position=place * 10)
        loaded.rules += _next_version(facts)
    if loaded.lists or loaded.authorities:
        for organisation in Organisation.objects.filter(clocks__isnull=False).distinct().order_by("pk"):
            loaded.counted_again += clock_results.count_again(organisation=organisation, cause=Cause.LIST, by=None)
    return loaded


def _list(row: dict[str, Any]) -> dict[str, Any]:
    package = f"holidays {version('holidays')}" if row.get("country") else ""
    facts = {"days": [], "cycles": [], "country": ""} | row | {"package": package}
    return facts | {"checked_on": date.fromisoformat(row["checked_on"])}


def _follow(model: type[models.Model], facts: dict[str, Any]) -> bool:
    """Make the row of a code say what the file says; whether that changed anything."""
    one = model._default_manager.filter(code=facts["code"]).first()
    if one is None:
        model._default_manager.create(**facts)
        return True
    changed = [name for name, value in facts.items() if getattr(one, name) != value]
    for name in changed:
        setattr(one, name, facts[name])
    if changed:
        one.save(update_fields=changed)
    return bool(changed)


def _rule(row: dict[str, Any], authorities: dict[str, int], *, checked_on: str, position: int) -> dict[str, Any]:
    facts = {name: value for name, value in row.items() if name not in {"authority", "safe", "likely"}}
    for reading in ("safe", "likely"):
        count, unit, start, *rolls = row[reading]
        facts |= {f"{reading}_count": count, f"{reading}_unit": unit, f"{reading}_start": start}
    facts |= {"likely_rolls": bool(rolls and rolls[0]), "authority_id": authorities[row["authority"]]}
    return facts | {"checked_on": date.fromisoformat(row.get("checked_on", checked_on)), "position": position}


def _next_version(facts: dict[str, Any]) -> bool:
    """Put the file's rule in force where the one in force says something else."""
    ours = ClockRule.objects.filter(organisation=None, code=facts["code"]).order_by("-version")
    last = ours.first()
    if last is not None and all(getattr(last, name) == value for name, value in facts.items()):
        return False
    ours.filter(replaced_at=None).update(replaced_at=timezone.now())
    ClockRule.objects.create(version=last.version + 1 if last else 1, **facts)
    return True


# --- An organisation's own versions ------------------------------------------------------------------------------------


@transaction.atomic
def write_rule(*, rule: ClockRule, by: Staff, **facts: Any) -> ClockRule:
    """A version of a rule of the organisation's own, in force from now on: another figure, or the same one checked today.

    Clocks that run keep their version until somebody moves them.
    """
    organisation = _mine(rule, by)
    if set(facts) - set(EDITABLE):
        raise TypeError(f"Not a fact of a rule that can be written anew: {sorted(set(facts) - set(EDITABLE))}")
    if not facts.get("source", rule.source).strip() or not facts.get("article", rule.article).strip():
        raise Refused(_("Write the article and where it was read: a figure without a source is not used."))
    if facts.get("checked_on", rule.checked_on) > timezone.localdate():
        raise Refused(_("The day of checking cannot be in the future."))
    own = ClockRule.objects.filter(organisation=organisation, code=rule.code)
    last = own.order_by("-version").first()
    own.filter(replaced_at=None).update(replaced_at=timezone.now())
    copied = {name: getattr(rule, name) for name in COPIED}
    number = last.version + 1 if last else 1
    return ClockRule.objects.create(
        organisation=organisation, code=rule.code, version=number, made_by=by, **(copied | facts)
    )


@transaction.atomic
def drop_own_rule(*, rule: ClockRule, by: Staff) -> ClockRule:
    """Use the version that came with Posada again, for clocks that begin from now on."""
    organisation = _mine(rule, by)
    shipped = ClockRule.objects.filter(organisation=None, code=rule.code, replaced_at=None).first()
    own = ClockRule.objects.filter(organisation=organisation, code=rule.code, replaced_at=None)
    if shipped is None or not own.update(replaced_at=timezone.now()):
        raise Refused(_("The version that came with Posada is in use already."))
    return shipped


def _mine(rule: ClockRule, by: Staff) -> Organisation:
    """The organisation that writes, held until the transaction ends, so that two people do not both write the next version."""
    if by.organisation is None or rule.organisation_id not in {None, by.organisation.pk}:
        raise Refused(_("This belongs to another organisation."))
    return Organisation.objects.select_for_update(no_key=True).get(pk=by.organisation.pk)
