"""What people await, and the case in which that is followed: opened when they are taken in, so that nobody types it twice.

The main case rules, and the group follows it. There is one exception, for the first days: a case on which nobody has worked yet
says no more than the answer at the door, so that it follows what they say now.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    Case,
    Clock,
    Closing,
    Family,
    Group,
    Happening,
    Pathway,
    Person,
    Process,
    ProcessChange,
    ProcessNote,
    ProcessPerson,
    Task,
    TaskKind,
)
from cases.services import people as files
from cases.services.processes import close_process, leave_process, open_process
from cases.services.tasks import add_task, drop_all, works_here
from ngo.errors import Refused
from ngo.models import Organisation, Staff
from ngo.permissions import Role

CHOOSE_WITHIN = timedelta(days=3)
QUIET = [Happening.OPENED, Happening.STEP, Happening.JOINED, Happening.LEFT, Happening.MAIN, Happening.OWNER]


# --- Which way ---------------------------------------------------------------------------------------------------------


def ways_to_choose(organisation: Organisation | None) -> list[Pathway]:
    """The pathways in use of the groups that have several: those about which an intake asks which one. Two queries."""
    rows = list(Pathway.objects.filter(organisation=organisation).in_use().with_version()) if organisation else []
    several = {row.group for row in rows if sum(other.group == row.group for other in rows) > 1}
    return [row for row in rows if row.group in several]


def way_of(organisation: Organisation, group: str, chosen: Pathway | None) -> Pathway | None:
    """The pathway of a group: the one that was chosen, or the only one in use; None where nobody knows which."""
    if chosen is not None and chosen.group == group:
        return chosen
    rows = list(Pathway.objects.filter(organisation=organisation, group=group).in_use()[:2])
    return rows[0] if len(rows) == 1 else None


# --- At the intake -----------------------------------------------------------------------------------------------------


@transaction.atomic
def open_first_cases(*, family: Family, by: Staff, way: Pathway | None = None) -> list[Process]:
    """Open the main case of everybody in a family who has none, by the group that was written for them: one case per group.

    Where a group has several pathways and nobody said which, no case is opened that would be a guess: there is a task to choose
    one with them. Whoever comes back with a case goes on in it. A caseworker who takes them in is responsible for it.
    """
    if way is not None and way.organisation_id != family.organisation_id:
        raise Refused(_("This pathway is not in use any more. Choose another one."))
    opened: list[Process] = []
    owner = by if getattr(getattr(by, "membership", None), "role", "") == Role.CASEWORKER else None
    for group, people in _without_a_case(family).items():
        pathway = way_of(family.organisation, group, way)
        if pathway is not None:
            opened.append(open_process(people=people, pathway=pathway, by=by, owner=owner))
        else:
            _ask_which(family, group, people, by)
    return opened


def _without_a_case(family: Family) -> dict[str, list[Person]]:
    """The people of a family who have no main case, by their group."""
    main = ProcessPerson.objects.main().filter(person=OuterRef("person"))
    rows = Case.objects.open().filter(
        person__family_memberships__family=family, person__family_memberships__left_on=None
    )
    found: dict[str, list[Person]] = {}
    for row in rows.filter(~Exists(main)).select_related("person").order_by("person"):
        found.setdefault(row.group, []).append(row.person)
    return found


def _ask_which(family: Family, group: str, people: list[Person], by: Staff) -> None:
    if not Pathway.objects.filter(organisation=family.organisation, group=group).in_use().exists():
        return
    add_task(
        organisation=family.organisation,
        person=people[0],
        kind=TaskKind.CHOOSE_WAY,
        due_on=timezone.localdate() + CHOOSE_WITHIN,
        by=by,
        key=f"way:{family.pk}:{group}",
    )


# --- They chose a way ---------------------------------------------------------------------------------------------------


@transaction.atomic
def take_way(*, people: Iterable[Person], pathway: Pathway, by: Staff, is_main: bool = True, **more: Any) -> Process:
    """Open a case as `open_process` does. Whoever was undecided, in a case on which nobody has worked, leaves that one with it,
    and the task to choose a pathway ends."""
    persons = files.lock_people(people)
    waiting = untouched_cases_of(persons, pathway.group) if is_main else []
    undecided = [row for row in waiting if row.version.pathway.group == Group.UNDECIDED]
    theirs = [_goers(row, persons) for row in undecided]
    opened = open_process(people=persons, pathway=pathway, by=by, is_main=is_main, **more)
    for process, goers in zip(undecided, theirs, strict=True):
        _leave(process, goers, by, _("They chose a way."))
    if opened.family_id:
        drop_all(Task.objects.filter(key=f"way:{opened.family_id}:{pathway.group}"), _("They chose a way."))
    return opened


# --- They await something else ------------------------------------------------------------------------------------------


@transaction.atomic
def change_what_they_await(*, people: Iterable[Person], group: str, by: Staff, reason: str = "") -> list[Case]:
    """Put people in another group; a main case on which nobody has worked goes along, and one of the new group is opened.

    Returns the open rows of their groups. Raises Refused where a case says otherwise on which somebody has worked: it rules.
    """
    if group not in Group.values:
        raise Refused(_("Choose the group."))
    persons = files.lock_people(people)
    moved = set()
    for process in untouched_cases_of(persons, group):
        moved |= _follow(process, persons, group, by, reason)
    there = Case.objects.open().filter(person__in=persons, group=group).values_list("person_id", flat=True)
    done = moved | set(there) if moved else moved
    if others := [person for person in persons if person.pk not in done]:
        files.change_group(people=others, group=group, by=by, reason=reason)
    return list(Case.objects.open().filter(person__in=persons).order_by("pk"))


def untouched_cases_of(persons: list[Person], group: str) -> list[Process]:
    """The main cases of these people, in other groups, on which nobody has worked: no step, paper, note, fact or task done."""
    main = ProcessPerson.objects.main().filter(process=OuterRef("pk"), person__in=persons)
    worked = ProcessChange.objects.filter(process=OuterRef("pk")).exclude(kind__in=QUIET)
    steps = Count("changes", filter=Q(changes__kind=Happening.STEP))
    rows: Any = Process.objects.open().filter(Exists(main)).exclude(version__pathway__group=group)
    rows = rows.filter(
        ~Exists(worked),
        *(~Exists(model.objects.filter(process=OuterRef("pk"))) for model in (ProcessNote, Clock)),
        ~Exists(Task.objects.filter(process=OuterRef("pk")).exclude(kind=TaskKind.STEP)),
        ~Exists(Task.objects.filter(process=OuterRef("pk"), done_at__isnull=False)),
    )
    return list(rows.annotate(steps=steps).filter(steps=1).select_related("version__pathway", "owner").order_by("pk"))


def _follow(process: Process, persons: list[Person], group: str, by: Staff, reason: str) -> set[int]:
    """These people leave a case for one of another group; the last of them closes it. Returns who they are."""
    goers = _goers(process, persons)
    pathway = way_of(process.organisation, group, None)
    if pathway is not None:  # First the new one: it becomes the main case, and they are never without.
        owner = process.owner if process.owner and works_here(process.owner, process.organisation_id) else None
        open_process(people=goers, pathway=pathway, by=by, owner=owner)
    _leave(process, goers, by, reason.strip() or _("They await something else now."))
    if pathway is None:
        files.check_main_cases_agree(goers, group)
        files.move_to_group(goers, group, by, reason.strip())
    return {person.pk for person in goers}


def _goers(process: Process, persons: list[Person]) -> list[Person]:
    """Those of these people whose main case it is."""
    here = set(process.people.main().values_list("person_id", flat=True))
    return [person for person in persons if person.pk in here]


def _leave(process: Process, goers: list[Person], by: Staff, reason: str) -> None:
    """These people leave a case; the last of them closes it."""
    if len(goers) == process.people.current().count():
        close_process(process=process, closing=Closing.OTHER_WAY, by=by, reason=reason)
        return
    for person in goers:
        leave_process(process=process, person=person, by=by, reason=reason)
