"""Cases and what hangs on them, opened by the services, so that what stands in a test could stand in a house."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from cases.models import (
    OF_MINORS,
    Check,
    Claim,
    ClaimState,
    Family,
    Pathway,
    Person,
    Process,
    ReturnPlan,
)
from cases.services import protection, returns
from cases.services.pathways import seed_pathways
from cases.services.processes import open_process
from ngo.models import Organisation, Staff

NEEDS_WORDS = {Check.DESTINATION, *OF_MINORS}


def pathway_of(organisation: Organisation, code: str) -> Pathway:
    """A shipped pathway of an organisation; they are seeded where there are none."""
    if not Pathway.objects.filter(organisation=organisation).exists():
        seed_pathways(organisation)
    return Pathway.objects.get(organisation=organisation, code=code)


def case_of(family: Family, code: str, by: Staff, **more: Any) -> Process:
    """An open case of a whole family, or of `people=`."""
    people = more.pop("people", None) or list(Person.objects.in_family(family))
    return open_process(people=people, pathway=pathway_of(family.organisation, code), by=by, **more)


def claim_of(
    family: Family, by: Staff, *, filed_on: date | None = None, state: str = "Baja California", **more: Any
) -> Claim:
    """A claim of a whole family; with `filed_on` it is filed, and has its constancia."""
    claim = protection.open_claim(process=case_of(family, "mx-protection", by, **more), by=by)
    if filed_on is not None:
        claim = protection.change_claim(claim=claim, state=ClaimState.FILED, on=filed_on, filed_in=state, by=by)
        claim = protection.change_claim(claim=claim, state=ClaimState.CONSTANCIA, on=filed_on, paper_seen=True, by=by)
    return claim


def return_of(family: Family, by: Staff, kind: str = "iom", **more: Any) -> ReturnPlan:
    return returns.open_return(process=case_of(family, "return", by, **more), kind=kind, by=by)


def answer(plan: ReturnPlan, person: Person, what: str, by: Staff, said: bool | None = True, **more: Any) -> Any:
    """One answer of a check, with the words that it needs."""
    if what == Check.FEAR:
        more = {"language": "spa", "in_private": True} | more
    if what in NEEDS_WORDS:
        more = {"details": "Persona de prueba"} | more
    return returns.record_check(plan=plan, person=person, what=what, answer=said, by=by, **more)


def answer_everything(plan: ReturnPlan, asks: Staff, agrees: Staff, *, leave_out: str = "") -> None:
    """Every check of every person: `asks` asks about fear and the rest, `agrees` takes the consent."""
    for sheet in returns.sheets_of(plan):
        wanted = [line.what for line in sheet.lines if line.what not in {Check.CLAIM, Check.COUNSEL, leave_out}]
        for what in wanted:
            answer(plan, sheet.person, what, agrees if what == Check.CONSENT else asks, said=what != Check.FEAR)


def today() -> date:
    return timezone.localdate()


def in_days(days: int) -> date:
    return today() + timedelta(days=days)
