"""How sending goes: what was due, what became of it, how long it waited; and a day of it looked at again, as a dry run.

Counts and codes alone: no recipient is read here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Case, CharField, Count, Exists, F, Min, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import (
    AppointmentState,
    Consent,
    Decision,
    MessageWords,
    NoticeCondition,
    Purpose,
    Reminder,
    ReminderReason,
    SendingPause,
)
from cases.people_to_call import reason_words
from ngo.messaging import email, gateways
from ngo.messaging.outboxes import InShort, in_short, outboxes_beside
from ngo.models import Heartbeat, Membership, Organisation
from ngo.models.health import OLDEST_SWEEP, SWEEP
from ngo.models.outbox import WAITING, Channel, OutgoingState

DAYS = 7
LEFT = [OutgoingState.SENT, OutgoingState.DELIVERED]
# What else leaves from a house, by the names of its tables: some are of the floor above.
OTHER_OUTBOXES = {
    "authoritynotice": _("What an authority changed for all"),
    "tripalarm": _("Alarms: not back from a trip"),
    "strangeranswer": _("Answers to numbers of no file"),
    "reportdelivery": _("Reports of places"),
    "nudge": _("Questions to houses whose figure is old"),
}


def channels_configured() -> dict[str, bool]:
    """Which channels a message can leave on from this installation, by `Channel`; the list of the house always can."""
    return {
        Channel.EMAIL.value: email.is_configured(),
        Channel.SMS.value: gateways.is_configured(Channel.SMS),
        Channel.WHATSAPP.value: gateways.is_configured(Channel.WHATSAPP),
        Channel.HOUSE.value: True,
    }


def current_pause(organisation: Organisation | None) -> SendingPause | None:
    """What stops sending now, with who did it; None where nothing does. One query."""
    if organisation is None:
        return None
    return SendingPause.objects.filter(organisation=organisation, ended_at=None).select_related("began_by").first()


# --- The figures ---------------------------------------------------------------------------------------------------------
@dataclass
class Tally:
    """What became of the messages that were due in a stretch of time; `waited` are the seconds from due to sent."""

    sent: int = 0  # Left, delivered ones among them.
    delivered: int = 0
    failed: int = 0
    expired: int = 0
    waiting: int = 0
    not_sent: dict[str, int] = field(default_factory=dict)  # Suppressed or withdrawn: how many, by reason.
    waited_p50: float | None = None
    waited_p95: float | None = None

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Reasons in words, the most frequent first."""
        return [(reason_words(code), count) for code, count in sorted(self.not_sent.items(), key=lambda one: -one[1])]

    @property
    def suppressed(self) -> int:
        return sum(self.not_sent.values())

    @property
    def usual_wait(self) -> str:
        return in_words(self.waited_p50)

    @property
    def long_wait(self) -> str:
        return in_words(self.waited_p95)

    def add(self, state: str, reason: str, count: int) -> None:
        if state in LEFT:
            self.sent += count
            self.delivered += count if state == OutgoingState.DELIVERED else 0
        elif state in WAITING:
            self.waiting += count
        elif state == OutgoingState.FAILED:
            self.failed += count
        elif state == OutgoingState.EXPIRED:
            self.expired += count
        elif count:
            self.not_sent[reason] = self.not_sent.get(reason, 0) + count


@dataclass(frozen=True)
class Sending:
    """The page of an organisation. Ages are in seconds; None where there is nothing to count from."""

    now: datetime
    sweep_age: float | None
    oldest_due: datetime | None  # Of what should have left and waits.
    overdue: int
    today: Tally
    week: Tally
    channels: list[tuple[str, bool]]
    pause: SendingPause | None
    pauses: list[SendingPause]  # The latest first, the current one among them.
    others: list[tuple[str, InShort]]  # What is no reminder, in words.

    @property
    def sweep_words(self) -> str:
        return in_words(self.sweep_age)

    @property
    def is_silent(self) -> bool:
        return self.sweep_age is None or self.sweep_age > OLDEST_SWEEP.total_seconds()

    @property
    def oldest_words(self) -> str:
        return in_words((self.now - self.oldest_due).total_seconds()) if self.oldest_due else ""


COUNTS = """
SELECT state, reason, count(*) FILTER (WHERE due_at >= %(today)s), count(*)
FROM cases_reminder
WHERE organisation_id = %(organisation)s AND due_at >= %(week)s AND due_at <= %(now)s AND channel <> 'house'
GROUP BY state, reason
"""
WAITED = """
SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - due_at))
           FILTER (WHERE due_at >= %(today)s),
       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - due_at))
FROM cases_reminder
WHERE organisation_id = %(organisation)s AND due_at >= %(week)s AND due_at <= %(now)s AND channel <> 'house'
  AND state IN ('sent', 'delivered')
"""


def sending_of(staff: Any, now: datetime | None = None) -> Sending:
    """Of the organisation that this person works for, by the clock of the house. Six queries, however much was sent."""
    now = now or timezone.now()
    today = start_of(timezone.localdate(now))
    when = {"organisation": staff.membership.organisation_id, "today": today, "now": now}
    when["week"] = start_of(timezone.localdate(now) - timedelta(days=DAYS - 1))
    of_today, of_week = Tally(), Tally()
    with connection.cursor() as cursor:
        for state, reason, recent, whole in cursor.execute(COUNTS, when).fetchall():
            of_today.add(state, reason, recent)
            of_week.add(state, reason, whole)
        waited = cursor.execute(WAITED, when).fetchone()
    for tally, quantiles in zip((of_today, of_week), waited, strict=True):
        tally.waited_p50, tally.waited_p95 = (float(one) for one in quantiles) if quantiles else (None, None)
    late = Reminder.objects.visible_to(staff).to_send().waiting().filter(next_try_at__lte=now)
    found = late.aggregate(oldest=Min("due_at"), count=Count("pk"))
    swept_at = Heartbeat.objects.filter(name=SWEEP).values_list("beat_at", flat=True).first()
    pauses = list(SendingPause.objects.visible_to(staff).select_related("began_by", "ended_by")[:10])
    models: Any = outboxes_beside(Reminder)
    known = {name: models[name].objects.visible_to(staff) for name in OTHER_OUTBOXES if name in models}
    others = [(str(OTHER_OUTBOXES[name]), box) for name, box in in_short(known, now).items()]
    return Sending(
        now=now,
        sweep_age=(now - swept_at).total_seconds() if swept_at else None,
        oldest_due=found["oldest"],
        overdue=found["count"],
        today=of_today,
        week=of_week,
        channels=[(str(Channel(code).label), ready) for code, ready in channels_configured().items()],
        pause=next((row for row in pauses if row.ended_at is None), None),
        pauses=pauses,
        others=others,
    )


def start_of(day: date) -> datetime:
    """The first instant of a day on the clock of the house (the current time zone)."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone.get_current_timezone_name()))


def in_words(seconds: float | None) -> str:
    """ "8 s", "1 min 40 s", "12 min", "3 h 5 min", "2 d 4 h"; empty for None. A clock that was set back gives no negative age."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


# --- A day again -----------------------------------------------------------------------------------------------------------
# Decided when it was planned, by the dates alone: it would be decided alike today.
BY_ITS_DATE = [ReminderReason.PASSED, ReminderReason.AFTER_LEAVING]
OFF = {
    AppointmentState.CANCELLED: ReminderReason.CANCELLED,
    AppointmentState.CANCELLED_BY_AUTHORITY: ReminderReason.CANCELLED,
    AppointmentState.RESCHEDULED: ReminderReason.RESCHEDULED,
}


@dataclass(frozen=True)
class Difference:
    """So many messages of that day of which the same was true then and is true now. A reason is a code, empty where it leaves."""

    then: str  # A state of `OutgoingState`; what left is "sent", delivered or not.
    why_then: str
    why_not_now: str
    count: int

    @property
    def left_then(self) -> bool:
        return self.then == OutgoingState.SENT

    @property
    def leaves_now(self) -> bool:
        return not self.why_not_now

    @property
    def is_other(self) -> bool:
        return self.left_then != self.leaves_now

    @property
    def then_words(self) -> str:
        return str(OutgoingState(self.then).label)

    @property
    def why_then_words(self) -> str:
        return reason_words(self.why_then) if self.why_then else ""

    @property
    def why_now_words(self) -> str:
        return reason_words(self.why_not_now) if self.why_not_now else ""


@dataclass(frozen=True)
class DayAgain:
    day: date
    lines: list[Difference]

    @property
    def planned(self) -> int:
        return self._sum(self.lines)

    @property
    def left_then(self) -> int:
        return self._sum(line for line in self.lines if line.left_then)

    @property
    def leaves_now(self) -> int:
        return self._sum(line for line in self.lines if line.leaves_now)

    @property
    def other(self) -> int:
        return self._sum(line for line in self.lines if line.is_other)

    @staticmethod
    def _sum(lines: Iterable[Difference]) -> int:
        return sum(line.count for line in lines)


def day_again(staff: Any, day: date) -> DayAgain:
    """What was due on a day of the house, what became of it, and what would if it were sent now. One query; nothing leaves.

    Each row of that day is judged by what holds today: whether what it is about is still on, its rule in use, the recipient
    still there and willing, the channel set up. Hours are left out of it, since they have all passed. What a rule that was
    written since would have added is not there: it has no row.
    """
    rows = (
        Reminder.objects.visible_to(staff)
        .to_send()
        .filter(due_at__gte=start_of(day), due_at__lt=start_of(day + timedelta(days=1)))
    )
    rows = rows.exclude(words__in=[MessageWords.CODE, MessageWords.ANSWER])
    then = Case(
        When(state__in=LEFT, then=Value(OutgoingState.SENT.value)), default=F("state"), output_field=CharField()
    )
    counted = (
        rows.annotate(then=then, why_not_now=_why_not_now())
        .values("then", "reason", "why_not_now")
        .annotate(count=Count("pk"))
        .order_by("-count", "then", "reason", "why_not_now")
    )
    lines = [Difference(row["then"], row["reason"], row["why_not_now"], row["count"]) for row in counted]
    return DayAgain(day, sorted(lines, key=lambda line: not line.is_other))


def _why_not_now() -> Case:
    agreed = Consent.objects.filter(
        family=OuterRef("family"), purpose=Purpose.REMINDERS, decision=Decision.GIVEN, withdrawn_at=None
    )
    works_here = Membership.objects.in_force().filter(staff=OuterRef("staff"), organisation=OuterRef("organisation"))
    is_set_up = channels_configured()
    reasons: list[tuple[Any, str]] = [
        (Q(reason__in=BY_ITS_DATE), ""),
        *((Q(appointment__state=state), reason) for state, reason in OFF.items()),
        (Q(rule__is_active=False), ReminderReason.CHANGED),
        (
            Q(rule__condition=NoticeCondition.UNCONFIRMED, appointment__state=AppointmentState.CONFIRMED),
            ReminderReason.CONFIRMED,
        ),
        (Q(rule__condition=NoticeCondition.NOT_TOLD, appointment__told_at__isnull=False), ReminderReason.TOLD),
        (Q(staff__is_active=False) | Q(Q(staff__isnull=False), ~Exists(works_here)), ReminderReason.NOT_WORKING_HERE),
        (Q(Q(staff=None), ~Exists(agreed)), ReminderReason.NO_CONSENT),
        (Q(email__removed_at__isnull=False) | Q(phone__removed_at__isnull=False), ReminderReason.NO_ADDRESS),
        (Q(phone__opted_out_at__isnull=False), ReminderReason.OPTED_OUT),
        (Q(phone__channel=""), ReminderReason.NOT_WANTED),
        (Q(phone__failed_at__isnull=False), ReminderReason.NOT_VERIFIED),
        *(
            (Q(channel=channel), ReminderReason.NO_SERVER if channel == Channel.EMAIL else ReminderReason.NO_GATEWAY)
            for channel, ready in is_set_up.items()
            if not ready
        ),
    ]
    whens = [When(condition, then=F("reason") if not code else Value(str(code))) for condition, code in reasons]
    return Case(*whens, default=Value(""), output_field=CharField())
