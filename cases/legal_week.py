"""The weeks of legal aid: each slot on its dates, free, taken or over, in the same number of queries whatever their number."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from cases.models import LegalProvider, SlotBooking, WeeklySlot
from cases.services.legal_aid import A_WEEK, dates_of, starts_at, today_of


@dataclass(frozen=True)
class SlotOn:
    """One slot on one date. Who took it is not said: the appointment says it, to those who may open it."""

    slot: WeeklySlot
    day: date
    booking: SlotBooking | None
    is_over: bool

    @property
    def ends_at(self) -> datetime:
        return starts_at(self.slot, self.day) + timedelta(minutes=self.slot.minutes)


@dataclass
class Week:
    """Monday to Sunday."""

    monday: date
    days: list[tuple[date, list[SlotOn]]] = field(default_factory=list)  # Only those with a slot.

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def free(self) -> int:
        return sum(one.booking is None and not one.is_over for _day, slots in self.days for one in slots)

    @property
    def taken(self) -> int:
        return sum(one.booking is not None for _day, slots in self.days for one in slots)


def weeks_of(staff: Any, today: date, count: int = 2) -> list[Week]:
    """This week and those after it. Two queries."""
    monday = today - timedelta(days=today.weekday())
    end = monday + A_WEEK * count
    slots = list(
        WeeklySlot.objects.visible_to(staff)
        .filter(provider__is_active=True, since__lt=end)
        .exclude(until__lt=monday)
        .select_related("provider")
        .order_by("starts_at", "pk")
    )
    bookings = SlotBooking.objects.filter(slot__in=slots, day__gte=monday, day__lt=end, released_at=None)
    taken = {(booking.slot_id, booking.day): booking for booking in bookings}
    now = timezone.now()
    found = [
        SlotOn(slot, day, taken.get((slot.pk, day)), starts_at(slot, day) <= now)
        for slot in slots
        for day in dates_of(slot, monday, end)
    ]
    return [_week(monday + A_WEEK * number, found) for number in range(count)]


def _week(monday: date, found: list[SlotOn]) -> Week:
    days = [monday + timedelta(days=number) for number in range(7)]
    by_day = [(day, [one for one in found if one.day == day]) for day in days]
    return Week(monday, [(day, slots) for day, slots in by_day if slots])


def providers_of(staff: Any) -> list[LegalProvider]:
    """Who gives consultations, each with `.running`: their slots that have not ended. Two queries."""
    providers = list(LegalProvider.objects.visible_to(staff).order_by("-is_active", "name", "pk"))
    slots = WeeklySlot.objects.filter(provider__in=providers).order_by("weekday", "starts_at", "pk")
    for provider in providers:
        provider.running = []  # type: ignore[attr-defined]
    by_id = {provider.pk: provider for provider in providers}
    for slot in slots:
        if slot.until is None or slot.until >= today_of(slot):
            by_id[slot.provider_id].running.append(slot)  # type: ignore[attr-defined]
    return providers
