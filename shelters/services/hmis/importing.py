"""One import from the folder to the figures: all of it, or nothing."""

from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pghistory
from django.db import transaction
from django.utils import timezone

from ngo.models import Organisation
from shelters.services.hmis.checking import check
from shelters.services.hmis.plan import Plan
from shelters.services.hmis.reading import COLUMNS, Finding, Findings, read_export
from shelters.services.hmis.storing import store


@dataclass(frozen=True)
class Figures:
    """What the export holds that counts: the same at every run, whatever is here already."""

    shelters: int
    people: int
    families: int
    stays: int
    bed_nights: int  # Distinct nights of a person in a shelter.
    contradictions: int
    rejected: int


@dataclass(frozen=True)
class Outcome:
    figures: Figures
    contradictions: list[Finding]  # Kept, in the order of the files.
    rejected: list[Finding]  # Skipped.

    def as_row(self) -> dict[str, int]:
        return asdict(self.figures)


def import_export(folder: Path, *, organisation: str, zone: str, is_dry_run: bool = False) -> Outcome:
    """Read the export in a folder into an organisation, named by its slug and made where it is missing.

    `zone` is where new shelters stand. A dry run does everything and takes it back. Raises Refused, and stores nothing,
    where a file is at fault.
    """
    findings = Findings()
    tables = read_export(folder, findings)
    plan = check(tables, timezone.now().astimezone(ZoneInfo(zone)).date(), findings)
    with transaction.atomic(), pghistory.context(command="import_hmis"):
        store(plan, the_organisation(organisation), zone, findings)
        if is_dry_run:
            transaction.set_rollback(True)
    return outcome(plan, findings)


def the_organisation(slug: str) -> Organisation:
    """The organisation, held until the end of the transaction: two imports into one wait for each other."""
    Organisation.objects.get_or_create(slug=slug, defaults={"name": slug.replace("-", " ").capitalize()})
    return Organisation.objects.select_for_update(no_key=True).get(slug=slug)


def outcome(plan: Plan, findings: Findings) -> Outcome:
    order = list(COLUMNS)

    def place(finding: Finding) -> tuple[int, int]:
        return order.index(finding.file), finding.line

    return Outcome(
        figures=Figures(
            shelters=len(plan.projects),
            people=len(plan.clients),
            families=len(plan.households),
            stays=len(plan.stays),
            bed_nights=len(plan.nights),
            contradictions=len(findings.contradictions),
            rejected=len(findings.rejected),
        ),
        contradictions=sorted(findings.contradictions, key=place),
        rejected=sorted(findings.rejected, key=place),
    )
