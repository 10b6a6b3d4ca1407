"""What the pages about appointments show: the list of those to come, and one with its history and its reminders."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.family_file import Event
from cases.models import (
    Appointment,
    AppointmentPerson,
    AppointmentState,
    Audience,
    Reminder,
    Severity,
)
from cases.people_to_call import why_not
from cases.services.appointments import CAN_BE_TAKEN_BACK, OUTCOMES
from cases.walltime import TwoClocks, about_the_hour, at_clock, clocks_of
from ngo.models.outbox import OutgoingState

SEVERITY_CHIPS: dict[str, tuple[str, str]] = {
    Severity.ROUTINE: ("info", "calendar-days"),
    Severity.IMPORTANT: ("warn", "flag"),
    Severity.GRAVE: ("alert", "triangle-alert"),
}
NEAR = timedelta(hours=12)  # They may leave earlier than was planned, and later.
# One colour and one icon for each state; the word is the state's own.
CHIPS: dict[str, tuple[str, str]] = {
    AppointmentState.PLANNED: ("info", "calendar-clock"),
    AppointmentState.OFFERED: ("held", "clock"),
    AppointmentState.CONFIRMED: ("ok", "circle-check"),
    AppointmentState.ATTENDED: ("ok", "check"),
    AppointmentState.MISSED: ("alert", "triangle-alert"),
    AppointmentState.TURNED_AWAY: ("warn", "undo-2"),
    AppointmentState.CANCELLED: ("out", "ban"),
    AppointmentState.CANCELLED_BY_AUTHORITY: ("out", "ban"),
    AppointmentState.RESCHEDULED: ("held", "calendar-days"),
}
REMINDER_CHIPS: dict[str, tuple[str, str]] = {
    OutgoingState.PENDING: ("info", "send"),
    OutgoingState.CLAIMED: ("info", "send"),
    OutgoingState.SENT: ("info", "check"),
    OutgoingState.DELIVERED: ("ok", "circle-check"),
    OutgoingState.FAILED: ("alert", "message-square"),
    OutgoingState.SUPPRESSED: ("out", "bell-off"),
    OutgoingState.EXPIRED: ("warn", "clock"),
    OutgoingState.CANCELLED: ("out", "bell-off"),
}


@dataclass(frozen=True)
class Notice:
    """One reminder of an appointment: for whom, when it leaves or left, and why it did not."""

    reminder: Reminder

    @property
    def for_whom(self) -> str:
        if self.reminder.rule is None:
            return _("The family")
        return str(Audience(self.reminder.rule.audience).label)

    @property
    def chip(self) -> tuple[str, str]:
        return REMINDER_CHIPS[self.reminder.state]

    @property
    def at(self) -> datetime:
        return self.reminder.sent_at or self.reminder.due_at

    @property
    def why(self) -> str:
        return why_not(self.reminder) if self.reminder.reason or self.reminder.state == OutgoingState.FAILED else ""


@dataclass(frozen=True)
class AppointmentFile:
    """One appointment as its page shows it."""

    row: Appointment
    goers: list[AppointmentPerson]
    events: list[Event]
    notices: list[Notice]
    now: datetime
    successor: Appointment | None

    @property
    def clocks(self) -> TwoClocks:
        return clocks_of(self.row)

    @property
    def about_the_hour(self) -> str:
        if not self.row.hour_is_known:
            return ""
        return about_the_hour(self.row.zone, self.row.local_date, self.row.local_time)

    @property
    def has_begun(self) -> bool:
        return self.row.asked_at <= self.now

    @property
    def may_be_over(self) -> bool:
        """Whether what became of it can be written: of "only the day" on that day, whatever the hour."""
        return self.has_begun or (not self.row.hour_is_known and self.row.local_date <= self.today_there)

    @property
    def today_there(self) -> date:
        return at_clock(self.row.zone, self.now).date()

    @property
    def is_late_to_confirm(self) -> bool:
        return self.row.was_not_confirmed_by(self.now)

    @property
    def next_step(self) -> str:
        """What comes next, as it was written last with what became of it."""
        return next((event.next_step for event in self.events if event.next_step), "") if self.has_outcome else ""

    @property
    def has_outcome(self) -> bool:
        return self.row.state in OUTCOMES

    @property
    def may_leave_now(self) -> bool:
        """Whether the hour at which they leave the house is near, or has passed, and the appointment is not long over."""
        return self.row.is_on and self.row.leave_shelter_at < self.now + NEAR and self.row.starts_at > self.now - NEAR

    @property
    def was_missed(self) -> bool:
        return self.row.state in {AppointmentState.MISSED, AppointmentState.TURNED_AWAY}

    @property
    def is_silent(self) -> bool:
        """Whether its day is over, by the clock of the house, and nobody wrote what became of it."""
        return self.row.is_on and self.row.day_here < at_clock(self.row.home_zone, self.now).date()

    @property
    def is_family_reminded(self) -> bool:
        """Whether a message to the family has left or still can."""
        lost = {OutgoingState.FAILED, OutgoingState.SUPPRESSED, OutgoingState.EXPIRED, OutgoingState.CANCELLED}
        return any(
            (one.reminder.email_id or one.reminder.phone_id) and one.reminder.state not in lost for one in self.notices
        )

    @property
    def can_be_taken_back(self) -> bool:
        return self.row.state in CAN_BE_TAKEN_BACK

    @property
    def called(self) -> list[AppointmentPerson]:
        return [goer for goer in self.goers if not goer.is_companion]

    @property
    def along(self) -> list[AppointmentPerson]:
        return [goer for goer in self.goers if goer.is_companion]

    @property
    def leaves_another_day(self) -> bool:
        return self.row.leaves.date() != self.row.day_here


def appointment_file(row: Appointment, now: datetime | None = None) -> AppointmentFile:
    """The page of an appointment that was fetched with its place. Four queries."""
    return AppointmentFile(
        row=row,
        goers=list(row.people.select_related("person").order_by("is_companion", "pk")),
        events=events_of(row),
        notices=[
            Notice(reminder) for reminder in row.reminders.select_related("rule", "staff").order_by("due_at", "pk")
        ],
        now=now or timezone.now(),
        successor=Appointment.objects.filter(replaces=row).first(),
    )


def events_of(row: Appointment) -> list[Event]:
    """Its states, newest first, and when they were told in the house."""
    changes = list(row.changes.select_related("by"))
    events = [
        Event(
            change.at,
            change.by,
            str(change.get_state_display()),
            CHIPS[change.state][0],
            reason=change.reason,
            next_step=change.next_step,
        )
        for change in changes
    ]
    if row.told_at:
        events.append(Event(row.told_at, row.told_by, _("Told in person."), "ok"))
    if row.date_checked_at:
        events.append(Event(row.date_checked_at, row.date_checked_by, _("The date was read on the paper."), "ok"))
    return sorted(events, key=lambda event: event.at, reverse=True)
