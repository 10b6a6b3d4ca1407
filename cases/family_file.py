"""All that the page of a family shows, read with the same number of queries whatever the family."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, Value
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.composition import FamilyKind, kind_of
from cases.link_file import SharedWithUs, shared_of
from cases.models import (
    OF_THE_FAMILY,
    RESTRICTED_NEEDS,
    Appointment,
    AppointmentChange,
    AwaitedDate,
    Case,
    ChildAlert,
    Consent,
    Decision,
    EmailAddress,
    Family,
    FamilyChange,
    FamilyChangeKind,
    FamilyMember,
    Group,
    Person,
    Phone,
    Process,
    ProcessPerson,
    Purpose,
    SpecificNeed,
)
from cases.words import days_since
from ngo.models import ReadLog, Staff
from ngo.permissions import Permission, may
from ngo.templatetags.posada import local_time, short_date

READS = 10
ONE_VISIT = timedelta(minutes=5)


@dataclass
class Member:
    """One line of the family: who, what to the head, what they wait for, what they need."""

    membership: FamilyMember
    case: Case | None
    needs: list[SpecificNeed]
    alert: ChildAlert | None

    @property
    def person(self) -> Person:
        return self.membership.person


@dataclass
class GroupOfFamily:
    """The members who wait for the same thing since the same day."""

    group: Group
    names: list[str]
    days: int


@dataclass
class Event:
    """One line of the history. `old` is what it was before, `text` what it is now."""

    at: datetime
    by: Any
    text: str | Promise
    state: str = ""
    old: str = ""
    reason: str = ""
    who: str = ""
    is_note: bool = False
    next_step: str = ""


@dataclass
class FamilyFile:
    family: Family
    members: list[Member]
    former: list[FamilyMember]
    groups: list[GroupOfFamily]
    alerts: list[ChildAlert]
    phones: list[Phone]
    emails: list[EmailAddress]
    consents: list[Consent]
    events: list[Event]
    reads: list[ReadLog]
    appointments: list[Appointment]  # Ahead, and over without anybody having written how it went.
    awaited: list[AwaitedDate]  # To be told.
    processes: list[Process]  # The open cases of who is in it now.
    shared: list[SharedWithUs]  # By other organisations, of who is in it now, and linked with these files.

    @property
    def name(self) -> str:
        """What the family is called on its page: the surnames of its head, or what the head is called."""
        people = [member.person for member in self.members] or [membership.person for membership in self.former]
        if not people:
            return self.family.folio
        head = people[0]
        return " ".join(filter(None, [head.first_surname, head.second_surname])) or head.called

    @property
    def kind(self) -> FamilyKind:
        """Worked out from who is in it."""
        return kind_of([member.membership for member in self.members], timezone.localdate())

    @property
    def today(self) -> date:
        return timezone.localdate()

    @property
    def gets_reminders(self) -> bool:
        """Whether they agreed to reminders, and did not take it back."""
        said = [row for row in self.consents if row.purpose == Purpose.REMINDERS and row.withdrawn_at is None]
        return any(row.decision == Decision.GIVEN for row in said)

    @property
    def languages(self) -> list[str]:
        """What the family speaks, the head's languages first."""
        return list(dict.fromkeys(code for member in self.members for code in member.person.speaks))


def file_of(family: Family, staff: Any) -> FamilyFile:
    """The whole page, within what this person may see.

    Small lists are put in order here, and whoever wrote something is looked up once for the whole page: for this many short
    queries, the joins and orders would cost more than the rows.
    """
    memberships = sorted(_memberships(family, staff), key=lambda membership: (not membership.is_head, membership.pk))
    now = [membership for membership in memberships if membership.left_on is None]
    known = {membership.person_id: membership.person for membership in memberships}
    people = [membership.person_id for membership in now]
    cases = sorted(Case.objects.filter(person__in=people), key=lambda case: (case.opened_at, case.pk))
    alerts = _by_pk(family.child_alerts.all())
    phones, emails = _contacts(family)
    for row in [*cases, *alerts, *phones]:
        if row.person_id in known:
            row.person = known[row.person_id]
    members = _members(now, cases, alerts)
    consents = _by_pk(family.consents.filter(purpose__in=OF_THE_FAMILY))  # The others have a page of their own.
    notes = list(family.notes.order_by())
    changes, reads = _changes_of_appointments(family, staff), _reads(family, staff)
    of_family = _changes_of_family(family)
    appointments = _appointments(family, staff)
    _say_who(
        ([family], "registered_by"),
        (cases, "opened_by", "owner"),
        (alerts, "raised_by", "notified_by", "closed_by"),
        (consents, "by"),
        (notes, "written_by"),
        (changes, "by"),
        (of_family, "by"),
        (reads, "staff"),
        (appointments, "owner", "told_by"),
        (phones, "agreed_by"),
    )
    events = [Event(family.registered_at, family.registered_by, _("Intake."), "ok")]
    events += [Event(note.written_at, note.written_by, note.text, is_note=True) for note in notes]
    events += _changes_of_group(cases)
    events += [event for alert in alerts for event in _events_of(alert)]
    events += [_event_of(change) for change in changes]
    events += [_event_of_family(change, known) for change in of_family]
    return FamilyFile(
        family=family,
        members=members,
        former=[membership for membership in memberships if membership.left_on is not None],
        groups=_groups(members),
        alerts=[alert for alert in alerts if alert.closed_at is None],
        emails=emails,
        phones=phones,
        consents=consents,
        events=sorted(events, key=lambda event: event.at, reverse=True),
        reads=reads,
        appointments=appointments,
        awaited=_awaited(family, staff),
        processes=_processes(people, staff),
        shared=shared_of(people, staff, timezone.now()),
    )


def _memberships(family: Family, staff: Any) -> Any:
    """Everybody who is or was in it, with `.need_codes`: what each needs that this person may know of."""
    needs = SpecificNeed.objects.filter(person=OuterRef("person"), ended_at=None).order_by("pk")
    if not may(staff, Permission.VIEW_RESTRICTED_NEEDS):
        needs = needs.exclude(code__in=RESTRICTED_NEEDS)
    return family.members.select_related("person").annotate(need_codes=ArraySubquery(needs.values("code")))


def _processes(people: list[int], staff: Any) -> list[Process]:
    """The open cases of these people, for those who may read them, each with `.here`: the rows of who is in it. One query."""
    if not may(staff, Permission.VIEW_CASES):
        return []
    rows = ProcessPerson.objects.current().filter(process__in=Process.objects.open().of_people(people))
    found: dict[int, Process] = {}
    for row in sorted(rows.select_related("person", "process__version", "process__step"), key=lambda row: row.pk):
        process = found.setdefault(row.process_id, row.process)
        process.here = [*getattr(process, "here", []), row]  # type: ignore[attr-defined]
    return sorted(found.values(), key=lambda process: (process.opened_at, process.pk))


def _contacts(family: Family) -> tuple[list[Phone], list[EmailAddress]]:
    """The phones and the addresses that they have now. One query: the two tables are alike where it matters."""
    names = [
        "channel",
        "wants_hour",
        "agreed_by_id",
        "agreed_at",
        "opted_out_at",
        "verified_at",
        "failed_at",
        "person_id",
    ]
    nothing = [Value(None, output_field=Phone._meta.get_field(name.removesuffix("_id"))) for name in names[2:]]
    phones = family.phones.filter(removed_at=None).values_list("pk", "number", "shared_with", "country", *names)
    emails = family.email_addresses.filter(removed_at=None).values_list(
        "pk", "address", "shared_with", Value("@"), Value(""), Value(False), *nothing
    )
    found = sorted(phones.union(emails, all=True), key=lambda row: (row[3] == "@", row[0]))
    return (
        [
            Phone(pk=pk, number=text, shared_with=who, country=of, **dict(zip(names, more, strict=True)))
            for pk, text, who, of, *more in found
            if of != "@"
        ],
        [EmailAddress(pk=pk, address=text, shared_with=who) for pk, text, who, of, *_more in found if of == "@"],
    )


def _by_pk(rows: Any) -> list[Any]:
    return sorted(rows.order_by(), key=lambda row: row.pk)


def _say_who(*what: Any) -> None:
    """Give every row the staff that it names, with nothing but their names. One query for all of them together."""
    wanted = [(row, name) for rows, *names in what for row in rows for name in names if getattr(row, f"{name}_id")]
    known = Staff.objects.only("name").in_bulk({getattr(row, f"{name}_id") for row, name in wanted})
    for row, name in wanted:
        setattr(row, name, known[getattr(row, f"{name}_id")])


def _members(memberships: list[Any], cases: list[Case], alerts: list[ChildAlert]) -> list[Member]:
    open_case = {case.person_id: case for case in cases if case.closed_at is None}
    open_alert = {alert.person_id: alert for alert in alerts if alert.closed_at is None}
    return [
        Member(
            membership,
            open_case.get(membership.person_id),
            [SpecificNeed(person_id=membership.person_id, code=code) for code in membership.need_codes],
            open_alert.get(membership.person_id),
        )
        for membership in memberships
    ]


def _groups(members: list[Member]) -> list[GroupOfFamily]:
    """One entry per group, with the wait of whoever waits longest in it."""
    found: dict[str, GroupOfFamily] = {}
    for member in members:
        if member.case is None:
            continue
        days = days_since(member.case.opened_at)
        entry = found.setdefault(member.case.group, GroupOfFamily(Group(member.case.group), [], days))
        entry.names.append(member.person.called)
        entry.days = max(entry.days, days)
    return sorted(found.values(), key=lambda entry: -entry.days)


def _appointments(family: Family, staff: Any) -> list[Appointment]:
    if not may(staff, Permission.VIEW_APPOINTMENTS):
        return []
    rows = family.appointments.still_on().select_related("kind", "office__city").with_people().order_by()
    for row in (found := sorted(rows, key=lambda row: (row.starts_at, row.pk))):
        row.family = family
    return found


def _awaited(family: Family, staff: Any) -> list[AwaitedDate]:
    if not may(staff, Permission.VIEW_APPOINTMENTS):
        return []
    return list(family.awaited_dates.open().select_related("kind", "office__city").next_first())


def _reads(family: Family, staff: Any) -> list[ReadLog]:
    """Who opened the file, the latest first; what one person opened within five minutes is one visit."""
    if not may(staff, Permission.VIEW_READ_LOG):
        return []
    visits: list[ReadLog] = []
    for line in ReadLog.objects.visible_to(staff).of(family).select_related(None)[: READS * 5]:
        if not any(visit.staff_id == line.staff_id and visit.at - line.at < ONE_VISIT for visit in visits):
            visits.append(line)
    return visits[:READS]


# --- History ---------------------------------------------------------------------------------------------------------


def _changes_of_appointments(family: Family, staff: Any) -> list[AppointmentChange]:
    """What was booked, moved, called off, and what became of it, for those who may read appointments."""
    if not may(staff, Permission.VIEW_APPOINTMENTS):
        return []
    changes = AppointmentChange.objects.filter(appointment__family=family).select_related("appointment__kind")
    told = ["at", "by", "state", "reason", "next_step", "appointment__starts_at", "appointment__home_zone"]
    told += ["appointment__precision", "appointment__local_date"]
    told += ["appointment__kind__name_es", "appointment__kind__name_en"]
    return list(changes.only(*told).order_by())


def _event_of(change: AppointmentChange) -> Event:
    booked = change.appointment
    words = {
        "kind": booked.kind.name,
        "when": local_time(booked.starts_at, booked.home_zone)
        if booked.hour_is_known
        else short_date(booked.local_date),
        "state": change.get_state_display(),
    }
    return Event(
        change.at,
        change.by,
        _("%(kind)s, %(when)s: %(state)s.") % words,
        "info",
        reason=change.reason,
        next_step=change.next_step,
    )


def _changes_of_family(family: Family) -> list[FamilyChange]:
    """Who left, came and came back; `.who` are the ids of the people. One query."""
    changes = FamilyChange.objects.filter(family=family).select_related("other_family")
    return list(changes.annotate(who=ArrayAgg("people", filter=Q(people__isnull=False), default=[])).order_by())


WITH_ANOTHER_FILE = {FamilyChangeKind.LEFT, FamilyChangeKind.SPLIT, FamilyChangeKind.JOINED, FamilyChangeKind.REUNITED}


def _event_of_family(change: Any, known: dict[int, Person]) -> Event:
    text = FamilyChangeKind(change.kind).label
    if change.kind in WITH_ANOTHER_FILE and change.other_family is not None:
        text = _("%(what)s (file %(folio)s).") % {"what": text, "folio": change.other_family.folio}
    who = ", ".join(known[pk].called for pk in sorted(change.who) if pk in known)
    return Event(change.at, change.by, text, "info", reason=change.reason, who=who)


def _changes_of_group(cases: list[Case]) -> list[Event]:
    """What each person waited for before and waits for now; a change of several people at once is one event."""
    before: dict[int, Case] = {}
    changes: dict[tuple[Any, ...], list[str]] = {}
    for case in cases:
        old = before.get(case.person_id)
        before[case.person_id] = case
        if old is not None:
            key = (case.opened_at, case.opened_by, old.group, case.group, case.reason)
            changes.setdefault(key, []).append(case.person.called)
    return [
        Event(at, by, Group(new).label, "info", old=str(Group(old).label), reason=reason, who=", ".join(names))
        for (at, by, old, new, reason), names in changes.items()
    ]


ALERT_RAISED = gettext_lazy("Alert: a minor without a carer.")


def _events_of(alert: ChildAlert) -> list[Event]:
    who = alert.person.called
    events = [Event(alert.raised_at, alert.raised_by, ALERT_RAISED, "alert", who=who)]
    if alert.notified_at:
        told = _("The child-protection office was told: %(office)s.") % {"office": alert.office}
        events.append(Event(alert.notified_at, alert.notified_by, told, "info", who=who))
    if alert.closed_at:
        events.append(
            Event(alert.closed_at, alert.closed_by, _("Alert closed."), "ok", reason=alert.closing_reason, who=who)
        )
    return events
