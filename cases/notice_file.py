"""What the pages about notices show: for a family all that will be sent and why, and for a house whom to tell aloud today."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import notice_words
from cases.appointment_file import REMINDER_CHIPS
from cases.models import (
    OF_A_PHONE,
    TO_THE_FAMILY,
    Appointment,
    AppointmentState,
    Audience,
    Family,
    FamilyMember,
    MessageWords,
    NoticeCondition,
    NoticeSource,
    Person,
    Reminder,
)
from cases.people_to_call import why_not
from cases.services.occasions import SOURCES
from cases.services.recipients import agreed_to_reminders, phones_of, why_not_to
from cases.walltime import at_clock
from ngo.models.outbox import Channel, OutgoingState

BACK = timedelta(days=30)  # Of what has left or ended, so much is shown.
MOST = 200  # Lines of one page.


@dataclass(frozen=True)
class Planned:
    """One notice: what about, when, to whom, in which words; and why, or why not."""

    row: Any  # A reminder; of a floor above a row with the same columns.
    zone: str
    day: Any

    @property
    def reminder(self) -> Any:
        return self.row

    @property
    def what(self) -> str:
        """What it is about: for the screen of who may see it, never in the words."""
        if self.row.appointment is not None:
            return self.row.appointment.kind.name
        return str(NoticeSource(self.row.source).label)

    @property
    def whom(self) -> str:
        if self.row.staff is not None:
            return str(self.row.staff)
        if self.row.channel == Channel.HOUSE:
            return str(Audience(self.row.rule.audience).label) if self.row.rule else ""
        return _("The family")

    @property
    def has_slip(self) -> bool:
        """Whether there is a paper for who does not read: of what goes to the family by a machine."""
        return (
            self.row.staff_id is None and self.row.channel != Channel.HOUSE and self.row.words == MessageWords.REMINDER
        )

    @property
    def chip(self) -> tuple[str, str]:
        return REMINDER_CHIPS[self.row.state]

    @property
    def at(self) -> datetime:
        return self.row.sent_at or max(self.row.due_at, self.row.next_try_at)

    @property
    def why_not(self) -> str:
        is_over = self.row.reason or self.row.state == OutgoingState.FAILED
        return why_not(self.row) if is_over else ""

    @property
    def text(self) -> str:
        """The very words; without the hour, which is looked up when it leaves."""
        variant = notice_words.variant_of(self.row.words, self.row.source)
        if self.row.channel == Channel.HOUSE:
            return notice_words.paper_text(self.row.language, day=self.day, variant=variant)
        if self.row.channel == Channel.EMAIL:
            return notice_words.email_words(self.row.words, self.row.language, day=self.day, variant=variant).text
        return notice_words.phone_text(self.row.words, self.row.language, day=self.day, variant=variant)


# A floor above sends messages to families of its own: how the page finds those of a family that were due since an instant.
OTHERS: list[Callable[[Family, datetime], Sequence[Planned]]] = []


@dataclass(frozen=True)
class NoticesOfFamily:
    """Everything that will be sent about one family, and what was, the next first."""

    ahead: list[Planned]
    past: list[Planned]
    agreed: bool
    silent_phones: list[str]  # Why nothing goes to a number that wanted messages.


def notices_of(family: Family) -> NoticesOfFamily:
    """Six queries, one for each kind of thing that is no appointment, and what the floor above asks."""
    now = timezone.now()
    rows = (
        Reminder.objects.filter(family=family, due_at__gte=now - BACK)
        .exclude(source=OF_A_PHONE)
        .select_related("rule", "staff", "appointment__kind", "email", "phone")
    )
    planned = _planned(list(rows.defer("email__address", "phone__number").order_by("due_at", "pk")[:MOST]))
    if others := [one for find in OTHERS for one in find(family, now - BACK)]:
        planned = sorted([*planned, *others], key=lambda one: one.row.due_at)
    waiting = {OutgoingState.PENDING, OutgoingState.CLAIMED}
    ahead = [one for one in planned if one.row.state in waiting or one.row.due_at > now]
    past = [one for one in planned if one not in ahead]
    phones = phones_of([family.pk]).get(family.pk, [])
    silent = [why_not_to(phone) for phone in phones if why_not_to(phone)]
    return NoticesOfFamily(ahead, past[::-1], agreed_to_reminders(family.pk), silent)


def _planned(rows: list[Reminder]) -> list[Planned]:
    """Each with the clock of its house and the day that it is about."""
    others: dict[tuple[str, int], Any] = {}
    offers: dict[int, Appointment] = {}
    for source, known in SOURCES.items():
        ids = [row.source_id for row in rows if row.source == source]
        if ids and source == NoticeSource.UNCONFIRMED:  # Also once it is confirmed: a notice named its own day.
            offers = {one.pk: one for one in Appointment.objects.filter(pk__in=ids)}
        elif ids:
            others |= {(source.value, one.source_id): one for one in known.still(ids)}
    found = []
    for row in rows:
        offer = offers.get(row.source_id) if row.source == NoticeSource.UNCONFIRMED else None
        if appointment := row.appointment or offer:
            zone = appointment.home_zone
            leaves_on = at_clock(zone, appointment.leave_shelter_at).date()
            found.append(Planned(row, zone, (row.words == MessageWords.STAFF and row.occasion) or leaves_on))
            continue
        now = others.get((row.source, row.source_id))
        zone = now.home_zone if now else timezone.get_current_timezone_name()
        found.append(Planned(row, zone, row.occasion or at_clock(zone, row.due_at).date()))
    return found


# --- The list of the house ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ToTell:
    """Somebody whom the house tells aloud: by the name by which the house calls them, never what about."""

    notice: Planned
    person: Person | None

    @property
    def called(self) -> str:
        return self.person.called if self.person else ""

    @property
    def is_for_the_family(self) -> bool:
        """What is for the desk itself says what it is; what is for a family never does."""
        rule = self.notice.row.rule
        return rule is None or rule.audience in TO_THE_FAMILY

    @property
    def has_changed(self) -> bool:
        return self.notice.row.words == MessageWords.CHANGED

    @property
    def what(self) -> str:
        """In general words: the list may lie about."""
        return str(NoticeSource(self.notice.row.source).label)


def to_tell(staff: Any, now: datetime | None = None) -> list[ToTell]:
    """What stands on the list of the house now: due, not said, and still true; who leaves first first. Three queries and more
    only for what is no appointment."""
    now = now or timezone.now()
    rows = _list_rows(staff).filter(state=OutgoingState.PENDING, due_at__lte=now, expires_at__gt=now)
    return _with_heads(list(rows.order_by("expires_at", "pk")[:MOST]))


def how_many_to_tell(staff: Any, now: datetime | None = None) -> int:
    """For the dashboard. One query."""
    now = now or timezone.now()
    return _list_rows(staff).filter(state=OutgoingState.PENDING, due_at__lte=now, expires_at__gt=now).count()


def told_today(staff: Any, now: datetime | None = None) -> list[ToTell]:
    """What was said in the last hours, while it can be taken back."""
    now = now or timezone.now()
    rows = _list_rows(staff).filter(
        state=OutgoingState.SENT, sent_at__gte=now - timedelta(hours=12), expires_at__gt=now
    )
    return _with_heads(list(rows.order_by("-sent_at", "pk")[:MOST]))


def _list_rows(staff: Any) -> models.QuerySet[Reminder]:
    """What the desk says; the kitchen has a list of its own, without a name."""
    rows = Reminder.objects.visible_to(staff).filter(channel=Channel.HOUSE).exclude(rule__audience=Audience.KITCHEN)
    told = Q(rule__condition=NoticeCondition.NOT_TOLD, appointment__told_at__isnull=False, state=OutgoingState.PENDING)
    confirmed = Q(rule__condition=NoticeCondition.UNCONFIRMED, appointment__state=AppointmentState.CONFIRMED)
    rows = rows.exclude(told).exclude(confirmed)
    return rows.select_related("rule", "staff", "appointment__kind", "family")


def _with_heads(rows: list[Reminder]) -> list[ToTell]:
    families = {row.family_id for row in rows if row.family_id}
    members = FamilyMember.objects.filter(family__in=families, left_on=None).order_by("family", "-is_head", "pk")
    heads = (
        {one.family_id: one.person for one in members.distinct("family").select_related("person")} if families else {}
    )
    return [ToTell(one, heads.get(one.row.family_id or 0)) for one in _planned(rows)]


@dataclass(frozen=True)
class ForTheKitchen:
    """How many leave, when, and what they take along: no name, no place, no reason."""

    row: Reminder
    people: int

    @property
    def leaves(self) -> datetime | None:
        return self.row.appointment.leaves if self.row.appointment else None

    @property
    def day(self) -> Any:
        return self.leaves.date() if self.leaves else self.row.occasion

    @property
    def food(self) -> str:
        return str(self.row.appointment.get_food_display()) if self.row.appointment else ""


def for_the_kitchen(staff: Any, now: datetime | None = None) -> list[ForTheKitchen]:
    """What the kitchen is to prepare for, who leaves first first. One query."""
    now = now or timezone.now()
    rows = Reminder.objects.visible_to(staff).filter(
        channel=Channel.HOUSE,
        rule__audience=Audience.KITCHEN,
        state=OutgoingState.PENDING,
        due_at__lte=now,
        expires_at__gt=now,
    )
    rows = rows.select_related("appointment").annotate(going=models.Count("appointment__people"))
    return [ForTheKitchen(row, row.going) for row in rows.order_by("expires_at", "pk")[:MOST]]
