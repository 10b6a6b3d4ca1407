"""People to call: those whom a reminder should have reached and did not, and whose appointment has not begun; and those whom the
news did not reach that a date was moved or called off, until the hour at which they would have left for it.

A floor above sends such news of its own: it adds with `ABOVE` of which dates nothing reached whom.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import STILL_ON, Appointment, Family, MessageWords, Phone, Precision, Reminder, ReminderReason
from cases.models.appointments import REST_OF_THE_DAY
from ngo.models.outbox import Outgoing, OutgoingState

LONGEST_WAY = timedelta(days=7)  # Nobody leaves the house earlier than this before an appointment begins.

# By the id of an appointment: the messages of a floor above that ought to have said that it changed, and did not arrive.
ABOVE: list[Callable[[Any, datetime], dict[int, list[Outgoing]]]] = []


@dataclass(frozen=True)
class Call:
    """One family that must be told of one appointment, and why nothing reached it."""

    appointment: Appointment
    reminders: list[Any]  # Of this floor or of one above.

    @property
    def family(self) -> Family:
        return self.appointment.family

    @property
    def name(self) -> str:
        return family_name(self.family)

    @property
    def phones(self) -> list[Phone]:
        return self.family.current_phones  # type: ignore[attr-defined]

    @property
    def why(self) -> list[str]:
        return list(dict.fromkeys(why_not(reminder) for reminder in self.reminders))


@dataclass(frozen=True)
class PeopleToCall:
    """How many appointments nobody was told of, and the first of them by the hour at which they leave."""

    count: int
    first: list[Call]


def failed_for(staff: Any, first: int = 5) -> PeopleToCall:
    """For the dashboard: three queries where there is nobody to call, and seven otherwise, however many they are."""
    rows = to_call(staff)
    count = rows.count()
    others = other_dates(staff).values("family", "source", "source_id", "occasion").distinct().count()
    return PeopleToCall(count + others + len(from_above(staff)), calls(rows[:first]) if count else [])


def from_above(staff: Any, now: datetime | None = None) -> dict[int, list[Outgoing]]:
    """What a floor above could not tell, by appointment. One query where it is nothing."""
    now = now or timezone.now()
    return {pk: rows for unreached in ABOVE for pk, rows in unreached(staff, now).items()}


def calls_from_above(found: dict[int, list[Outgoing]]) -> list[Call]:
    """The same with families and phones, who would have left first first."""
    rows = Appointment.objects.filter(pk__in=found).order_by("leave_shelter_at", "pk")
    rows = rows.prefetch_related(models.Prefetch("family", queryset=_families()))
    return [Call(row, found[row.pk]) for row in rows] if found else []


@dataclass(frozen=True)
class OtherCall:
    """One family that must be told of a date that is no appointment: which day, and why nothing reached it."""

    family: Family
    reminders: list[Reminder]

    @property
    def first(self) -> Reminder:
        return self.reminders[0]

    @property
    def name(self) -> str:
        return family_name(self.family)

    @property
    def phones(self) -> list[Phone]:
        return self.family.current_phones  # type: ignore[attr-defined]

    @property
    def why(self) -> list[str]:
        return list(dict.fromkeys(why_not(reminder) for reminder in self.reminders))


def other_dates(staff: Any, now: datetime | None = None) -> models.QuerySet[Reminder]:
    """Notices of what is no appointment that reached nobody, while their day is not over; the next day first."""
    rows = Reminder.objects.visible_to(staff).unreached_of_other_dates(now or timezone.now())
    return rows.order_by("occasion", "source", "source_id", "family", "pk")


def other_calls(rows: models.QuerySet[Reminder]) -> list[OtherCall]:
    """These notices by family and date, with the family and its phones. Four queries."""
    rows = rows.prefetch_related(models.Prefetch("family", queryset=_families()))
    found: dict[tuple[Any, ...], OtherCall] = {}
    for row in rows:
        key = (row.source, row.source_id, row.occasion, row.family_id)
        found.setdefault(key, OtherCall(row.family, [])).reminders.append(row)
    return list(found.values())


def family_name(family: Family) -> str:
    """What a family is called: the surnames of its head, or what the head is called."""
    members = family.current_members  # type: ignore[attr-defined]
    if not members:
        return family.folio
    head = members[0].person
    return " ".join(filter(None, [head.first_surname, head.second_surname])) or head.called


def _families() -> models.QuerySet[Family]:
    phones = Phone.objects.filter(removed_at=None).order_by("pk")
    return Family.objects.with_members().prefetch_related(
        models.Prefetch("phones", queryset=phones, to_attr="current_phones")
    )


def not_left(now: datetime, path: str = "") -> Q:
    """Whose hour of leaving has not come; of "only the day", while that day is not over."""
    day_alone = Q(**{f"{path}precision": Precision.DAY, f"{path}leave_shelter_at__gt": now - REST_OF_THE_DAY})
    return Q(**{f"{path}leave_shelter_at__gt": now}) | day_alone


def to_call(staff: Any, now: datetime | None = None) -> models.QuerySet[Appointment]:
    """Appointments that are on, have not begun and of which a family was to be reminded in vain; and those that are off, of which
    nobody could tell them so: they may leave for them. Who leaves first first."""
    now = now or timezone.now()
    missed = Reminder.objects.unreached().filter(appointment=OuterRef("pk"))
    on = Q(Exists(missed), state__in=STILL_ON, starts_at__gt=now, told_at=None)
    told_of_new = Appointment.objects.filter(replaces=OuterRef("pk"), told_at__isnull=False)
    off = ~Q(state__in=STILL_ON) & not_left(now) & Exists(missed.filter(words=MessageWords.CHANGED))
    ahead = Appointment.objects.visible_to(staff).filter(leave_shelter_at__gt=now - LONGEST_WAY)
    return ahead.filter(on | off & ~Exists(told_of_new)).order_by("leave_shelter_at", "pk")


def told(staff: Any, now: datetime | None = None) -> models.QuerySet[Appointment]:
    """Those that somebody has called, while it can still be taken back; who leaves first first."""
    now = now or timezone.now()
    called = Reminder.objects.filter(appointment=OuterRef("pk"), called_at__isnull=False)
    mine = Appointment.objects.visible_to(staff)
    on = Q(Exists(called), pk__in=mine.upcoming(now).order_by().values("pk"))
    changed = not_left(now) & Exists(called.filter(words=MessageWords.CHANGED))
    rows = mine.filter(leave_shelter_at__gt=now - LONGEST_WAY - REST_OF_THE_DAY)
    return rows.filter(on | changed).order_by("leave_shelter_at", "pk")


def calls(rows: models.QuerySet[Appointment]) -> list[Call]:
    """These appointments with their families and phones."""
    missed = Reminder.objects.unreached().filter(Q(appointment__state__in=STILL_ON) | Q(words=MessageWords.CHANGED))
    rows = rows.prefetch_related(
        models.Prefetch("family", queryset=_families()),
        models.Prefetch("reminders", queryset=missed.order_by("due_at", "pk"), to_attr="missed"),
    )
    return [Call(row, row.missed) for row in rows]  # type: ignore[attr-defined]


def why_not(reminder: Any) -> str:
    """Why one did not arrive, in words for a person and not for a mail server."""
    if reminder.state == OutgoingState.FAILED:
        if reminder.last_error.startswith("SMTPRecipientsRefused 5"):
            return _("The e-mail address does not exist.")
        if reminder.phone_id:
            return _("The message did not reach the phone.")
        return _("The e-mail server did not take the message.")
    return reason_words(reminder.reason)


def reason_words(code: str) -> str:
    """A reason in words; a code that is not known is shown as it is: nothing is hidden."""
    return str(ReminderReason(code).label) if code in ReminderReason.values else code
