"""What the pages about changes by authorities show: the list of them, and one with the families that it reached."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import notice_words
from cases.models import AppointmentPerson, Family, MessageWords, PathwayVersion, Person, ProcessPerson
from cases.notice_file import MOST, Planned
from ngo.models import Staff
from ngo.models.outbox import OutgoingState
from shelters.models import AuthorityChange, AuthorityEffect, AuthorityNotice
from shelters.services.authority_notices import TAKEN_BACK

GONE = {OutgoingState.SENT, OutgoingState.DELIVERED}
ON_ITS_WAY = {OutgoingState.PENDING, OutgoingState.CLAIMED}


@dataclass
class Line:
    """One family, and all of it that an event reached."""

    family: Any
    people: list[Person] = field(default_factory=list)
    dates: list[AuthorityEffect] = field(default_factory=list)
    cases: list[AuthorityEffect] = field(default_factory=list)
    beds: list[AuthorityEffect] = field(default_factory=list)
    notice: str = ""  # "sent", "waiting", "none"; empty where it was not asked for.

    @property
    def kept(self) -> int:
        return sum(not row.left_alone for row in self.beds)

    @property
    def left_alone(self) -> list[str]:
        """Why something of theirs stays as it is, each reason once."""
        rows = [*self.cases, *self.beds]  # Of a date it stands beside the date.
        return list(dict.fromkeys(str(row.get_left_alone_display()) for row in rows if row.left_alone))

    @property
    def meets_another(self) -> bool:
        return any(row.meets_another for row in self.dates)

    @property
    def has_a_date_that_stays(self) -> bool:
        return any(row.left_alone for row in self.dates)

    @property
    def not_put_back(self) -> int:
        """Of an event that was undone: how much was changed since."""
        rows = [*self.dates, *self.cases, *self.beds]
        return sum(not row.left_alone and row.put_back_at is None for row in rows)


@dataclass(frozen=True)
class Totals:
    """How much of what an event reached."""

    families: int
    people: int
    dates: int
    cases: int
    stuck: int  # Cases that could not be ended.
    beds: int
    beds_not_kept: int
    dates_left: int  # Dates that stay as they are.
    dates_that_meet: int  # New dates at which somebody has another appointment.


def events_of(staff: Staff) -> QuerySet[AuthorityChange]:
    """The events of an organisation, the latest first, with how many families and dates each reached."""
    rows = AuthorityChange.objects.visible_to(staff).select_related("kind", "office", "by", "undone_by")
    return rows.annotate(
        families=Count("effects__family", distinct=True),
        dates=Count("effects__appointment", filter=Q(effects__left_alone=""), distinct=True),
        cases=Count("effects__process", filter=Q(effects__left_alone=""), distinct=True),
    ).order_by("-at", "-pk")


def pathway_name(event: AuthorityChange) -> str:
    """What the pathway of an event is called now."""
    version = PathwayVersion.objects.in_force().filter(pathway=event.pathway_id).first() if event.pathway_id else None
    return version.name if version else ""


def totals_of(event: AuthorityChange, effects: Sequence[AuthorityEffect], people: int) -> Totals:
    beds = [row for row in effects if row.stay_id or row.hold_id]
    cases = [row for row in effects if row.process_id]
    return Totals(
        families=len({row.family_id for row in effects if row.family_id}),
        people=people,
        dates=sum(row.appointment_id is not None and not row.left_alone for row in effects),
        cases=sum(not row.left_alone for row in cases),
        stuck=sum(bool(row.left_alone) for row in cases),
        beds=sum(not row.left_alone for row in beds),
        beds_not_kept=sum(bool(row.left_alone) for row in beds),
        dates_left=sum(row.appointment_id is not None and bool(row.left_alone) for row in effects),
        dates_that_meet=sum(row.meets_another for row in effects),
    )


def lines_of(effects: Iterable[AuthorityEffect]) -> list[Line]:
    """The effects by family; what belongs to no family stands at the end."""
    found: dict[int | None, Line] = {}
    for row in effects:
        line = found.setdefault(row.family_id, Line(row.family))
        rows = line.dates if row.appointment_id else line.cases if row.process_id else line.beds
        rows.append(row)
    return sorted(found.values(), key=lambda line: line.family.folio if line.family else "\uffff")


def with_people(lines: Sequence[Line]) -> list[Line]:
    """The lines with the names of whose dates and cases it is. Two queries."""
    by_date = _by(
        AppointmentPerson.objects, "appointment_id", (row.appointment_id for one in lines for row in one.dates)
    )
    in_cases = ProcessPerson.objects.to_the_end()
    by_case = _by(in_cases, "process_id", (row.process_id for one in lines for row in one.cases))
    for line in lines:
        people = [person for row in line.dates for person in by_date[row.appointment_id]]
        people += [person for row in line.cases for person in by_case[row.process_id]]
        line.people = list({person.pk: person for person in people}.values())
    return list(lines)


def _by(rows: Any, name: str, ids: Iterable[int | None]) -> dict[int | None, list[Person]]:
    found: dict[int | None, list[Person]] = defaultdict(list)
    for row in rows.filter(**{f"{name}__in": list(ids)}).select_related("person").order_by("pk"):
        found[getattr(row, name)].append(row.person)
    return found


def with_notices(event: AuthorityChange, lines: Sequence[Line]) -> list[Line]:
    """The lines with whether a message left to each family. One query."""
    notices = AuthorityNotice.objects.filter(event=event, family__in=[one.family for one in lines if one.family])
    states: dict[int, set[str]] = defaultdict(set)
    for family, state in notices.filter(is_of_undo=not event.stands).values_list("family_id", "state"):
        states[family].add(state)
    for line in lines:
        mine = states[line.family.pk] if line.family else set()
        line.notice = "sent" if mine & GONE else "waiting" if mine & ON_ITS_WAY else "none"
    return list(lines)


def said_of(undone: Any) -> str:
    """What undoing did, in a sentence."""
    if undone.left:
        return _("Everything is as it was, but for what somebody has changed since: the list says of whom.")
    return _("Everything is as it was: dates, reminders, cases, groups and beds.")


# --- On the page of a family ---------------------------------------------------------------------------------------------
class PlannedLine(Planned):
    """The line about a change, among all that will be sent to a family."""

    @property
    def what(self) -> str:
        return _("Taken back: a change by an authority") if self.row.is_of_undo else _("A change by an authority")

    @property
    def whom(self) -> str:
        return _("The family")

    @property
    def has_slip(self) -> bool:
        return False

    @property
    def why_not(self) -> str:
        return _("What changed was taken back") if self.row.reason == TAKEN_BACK else super().why_not

    @property
    def text(self) -> str:
        if self.row.email_id is not None:
            return notice_words.email_words(MessageWords.CHANGED, self.row.language).text
        return notice_words.phone_text(MessageWords.CHANGED, self.row.language)


def lines_of_family(family: Family, since: datetime) -> list[Planned]:
    """What a family is told of changes, due since an instant. One query."""
    rows = AuthorityNotice.objects.filter(family=family, due_at__gte=since).order_by("due_at", "pk")
    zone = timezone.get_current_timezone_name()
    return [PlannedLine(row, zone, None) for row in rows[:MOST]]
