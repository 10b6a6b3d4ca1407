"""Pathways: what an organisation starts from, and how its coordinator changes one, as a new version."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cases.models import Group, Pathway, PathwayVersion, Process, Step, StepKind
from ngo.errors import Refused
from ngo.models import Organisation, Staff
from ngo.permissions import Role

DATA_FILE = Path(__file__).resolve().parent.parent / "data" / "pathways.json"
MOST_STEPS = 30
MOST_DAYS = 365


# --- What an organisation starts from ----------------------------------------------------------------------------------


@transaction.atomic
def seed_pathways(organisation: Organisation, path: Path = DATA_FILE) -> int:
    """Give an organisation the pathways of the data file that it does not have, in their first version; returns how many.

    Safe to repeat. A pathway that is there stays as it is, with whatever was changed or switched off in it.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    there = set(Pathway.objects.filter(organisation=organisation).values_list("code", flat=True))
    fresh = [(place, row) for place, row in enumerate(data["pathways"], start=1) if row["code"] not in there]
    for place, row in fresh:
        pathway = Pathway.objects.create(
            organisation=organisation, code=row["code"], group=row["group"], position=place * 10
        )
        facts = {name: row.get(name, "") for name in ("name_es", "name_en", "about_es", "about_en")}
        version = PathwayVersion.objects.create(
            pathway=pathway, number=1, next_pathways=row["next"], nationality_notes=row.get("notes", []), **facts
        )
        Step.objects.bulk_create(_steps(version, row["steps"], data["sources"]))
    return len(fresh)


STEP_FACTS = ("code", "kind", "name_es", "name_en", "explain_es", "explain_en", "role", "papers", "clock", "article")


def _steps(version: PathwayVersion, rows: Iterable[dict[str, Any]], sources: dict[str, Any]) -> list[Step]:
    return [
        Step(
            version=version,
            position=place,
            within_days=row.get("within_days"),
            source=sources[row["law"]]["source"] if "law" in row else "",
            checked_on=date.fromisoformat(sources[row["law"]]["checked_on"]) if "law" in row else None,
            **{name: row[name] for name in STEP_FACTS if name in row and name != "article"},
            article=_article(row),
        )
        for place, row in enumerate(rows, start=1)
    ]


def _article(row: dict[str, Any]) -> str:
    """The article with the law that it stands in, as a lawyer writes it: "LRPCAP 18, 21"."""
    article = row.get("article", "")
    return (
        f"{row['law']} {article}" if article and not article.startswith(row["law"]) and row["law"] != "CFR" else article
    )


def seed_all_pathways() -> int:
    """The same for every organisation that is here already."""
    return sum(seed_pathways(organisation) for organisation in Organisation.objects.order_by("pk"))


# --- Editing -----------------------------------------------------------------------------------------------------------


@dataclass
class StepData:
    """One step as it is typed. `code` names the step that it was in the version before; empty, it is new."""

    name_es: str
    name_en: str
    code: str = ""
    explain_es: str = ""
    explain_en: str = ""
    role: str = Role.CASEWORKER
    within_days: int | None = None
    papers_es: Sequence[str] = ()
    papers_en: Sequence[str] = ()
    clock: str = ""
    article: str = ""
    source: str = ""
    checked_on: date | None = None


@dataclass
class VersionData:
    """A pathway as it is typed: its words, what may follow it, its steps in order."""

    name_es: str
    name_en: str
    steps: list[StepData]
    about_es: str = ""
    about_en: str = ""
    next_pathways: Sequence[str] = ()
    nationality_notes: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def change_pathway(*, pathway: Pathway, data: VersionData, by: Staff, reason: str) -> PathwayVersion:
    """Write the next version of a pathway. Cases that run keep theirs until somebody moves them.

    Raises Refused, with a sentence for the coordinator.
    """
    pathway = Pathway.objects.select_for_update(no_key=True).get(pk=pathway.pk)
    if not reason.strip():
        raise Refused(_("Write why the pathway is changed."))
    before = pathway.versions.order_by("-number").prefetch_related("steps").first()
    _check(pathway, data)
    version = PathwayVersion.objects.create(
        pathway=pathway,
        number=before.number + 1 if before else 1,
        name_es=data.name_es.strip(),
        name_en=data.name_en.strip(),
        about_es=data.about_es.strip(),
        about_en=data.about_en.strip(),
        next_pathways=list(data.next_pathways),
        nationality_notes=data.nationality_notes,
        reason=reason.strip(),
        made_by=by,
    )
    Step.objects.bulk_create(_typed_steps(version, data.steps, {step.code: step for step in _steps_of(before)}))
    return version


def _steps_of(version: PathwayVersion | None) -> list[Step]:
    return list(version.steps.all()) if version else []


def _check(pathway: Pathway, data: VersionData) -> None:
    if not data.name_es.strip() or not data.name_en.strip():
        raise Refused(_("Write the name in Spanish and in English."))
    if not 1 <= len(data.steps) <= MOST_STEPS:
        raise Refused(_("A pathway has between 1 and %(most)s steps.") % {"most": MOST_STEPS})
    for number, step in enumerate(data.steps, start=1):
        _check_step(number, step)
    codes = [step.code for step in data.steps if step.code]
    if len(codes) != len(set(codes)):
        raise Refused(_("One step of before stands twice. Leave it out once."))
    ours = set(Pathway.objects.filter(organisation=pathway.organisation_id).values_list("code", flat=True))
    if set(data.next_pathways) - ours:
        raise Refused(_("One of the pathways that may follow does not exist here."))


def _check_step(number: int, step: StepData) -> None:
    which = {"number": number}
    if not step.name_es.strip() or not step.name_en.strip():
        raise Refused(_("Step %(number)s: write the name in Spanish and in English.") % which)
    if step.role not in Role.values:
        raise Refused(_("Step %(number)s: choose who does it.") % which)
    if step.within_days is not None and not 0 <= step.within_days <= MOST_DAYS:
        raise Refused(_("Step %(number)s: between 0 and 365 days.") % which)
    if step.article.strip() and (not step.source.strip() or step.checked_on is None):
        raise Refused(_("Step %(number)s: beside an article write where it was read and on which day.") % which)
    if step.checked_on and step.checked_on > timezone.localdate():
        raise Refused(_("Step %(number)s: the day on which it was checked is in the future.") % which)


def _typed_steps(version: PathwayVersion, rows: list[StepData], before: dict[str, Step]) -> list[Step]:
    """The steps of the new version. What a step asks of the system (its kind) is not edited: it goes along with its code."""
    taken, steps = {row.code for row in rows if row.code}, []
    for place, row in enumerate(rows, start=1):
        old = before.get(row.code)
        code = row.code if old else _new_code(row.name_en, taken)
        taken.add(code)
        steps.append(
            Step(
                version=version,
                position=place,
                code=code,
                kind=old.kind if old else StepKind.ORDINARY,
                name_es=row.name_es.strip(),
                name_en=row.name_en.strip(),
                explain_es=row.explain_es.strip(),
                explain_en=row.explain_en.strip(),
                role=row.role,
                within_days=row.within_days,
                papers=_papers(row, {paper["es"]: paper["code"] for paper in (old.papers if old else [])}),
                clock=row.clock.strip(),
                article=row.article.strip(),
                source=row.source.strip(),
                checked_on=row.checked_on,
            )
        )
    return steps


def _new_code(name: str, taken: set[str]) -> str:
    base = slugify(name)[:32].strip("-") or "step"
    return next(one for number in range(1, 1_000) if (one := base if number == 1 else f"{base}-{number}") not in taken)


def _papers(row: StepData, known: dict[str, str]) -> list[dict[str, str]]:
    """The papers of a step, each with its code: the one that it had, so that what was seen stays seen."""
    es = [text.strip() for text in row.papers_es if text.strip()]
    en = [text.strip() for text in row.papers_en if text.strip()]
    taken: set[str] = set(known.values())
    papers = []
    for place, name in enumerate(es):
        code = known.get(name) or _new_code(en[place] if place < len(en) else name, taken)
        taken.add(code)
        papers.append({"code": code, "es": name, "en": en[place] if place < len(en) else name})
    return papers


@transaction.atomic
def add_pathway(*, organisation: Organisation, group: str, data: VersionData, by: Staff) -> PathwayVersion:
    """A pathway of the house's own, at the end of the list, in its first version."""
    if group not in Group.values:
        raise Refused(_("Choose the group."))
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    ours = Pathway.objects.filter(organisation=organisation)
    code = _new_code(data.name_en, set(ours.values_list("code", flat=True)))
    last = ours.aggregate(last=Max("position"))["last"] or 0
    pathway = Pathway.objects.create(organisation=organisation, code=code, group=group, position=min(last + 10, 32_000))
    return change_pathway(pathway=pathway, data=data, by=by, reason=_("First version"))


@transaction.atomic
def switch_pathway(*, pathway: Pathway, on: bool, by: Staff) -> Pathway:
    """Offer a pathway for new cases or not. Cases that run go on."""
    pathway = Pathway.objects.select_for_update(no_key=True).get(pk=pathway.pk)
    if pathway.is_active != on:
        pathway.is_active = on
        pathway.save(update_fields=["is_active"])
    return pathway


def running_on_older(pathway: Pathway) -> int:
    """How many open cases follow a version of this pathway that is not the newest."""
    newest = pathway.versions.order_by("-number").values("pk")[:1]
    return Process.objects.open().filter(version__pathway=pathway).exclude(version__in=newest).count()
