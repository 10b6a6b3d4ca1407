"""Legal aid: providers, their weekly slots, who takes which slot, and the notes that only the legal role keeps.

A slot is a promise of the provider's own clock: so many minutes from an hour on, once a week. One appointment takes it on one
date; the database refuses a second.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Appointment, Family, LegalNote, LegalProvider, SlotBooking, WeeklySlot
from ngo.errors import Refused
from ngo.models import Organisation, Staff
from ngo.permissions import Permission, may
from ngo.templatetags.posada import short_date

A_WEEK = timedelta(days=7)
OFFERED = 4  # Free slots that a refusal names.
OFFERED_WITHIN = timedelta(days=14)
LONGEST = 8 * 60  # Minutes of one slot.
NOTE_AT_MOST = 20_000


@dataclass(frozen=True)
class FreeSlot:
    """A slot on one date that nobody has taken."""

    slot: WeeklySlot
    day: date

    @property
    def starts_at(self) -> datetime:
        return starts_at(self.slot, self.day)

    @property
    def value(self) -> str:
        """What a form posts for it: "12:2026-12-01"."""
        return f"{self.slot.pk}:{self.day.isoformat()}"

    def __str__(self) -> str:
        return _("%(day)s %(hour)s") % {"day": short_date(self.day), "hour": f"{self.slot.starts_at:%H:%M}"}


def starts_at(slot: WeeklySlot, day: date) -> datetime:
    """The instant, in UTC, at which a slot begins on a date: its own wall clock decides, also across clock changes."""
    return datetime.combine(day, slot.starts_at, ZoneInfo(slot.zone)).astimezone(UTC)


def today_of(slot: WeeklySlot) -> date:
    return timezone.localdate(timezone=ZoneInfo(slot.zone))


# --- What is free ------------------------------------------------------------------------------------------------------


def free_slots(organisation: Organisation, start: date, end: date, *, after: datetime | None = None) -> list[FreeSlot]:
    """Every free slot of an organisation on the dates from `start` until the day before `end`, the earliest first.

    `after` leaves out what has begun by then. Two queries, whatever the number of slots and dates.
    """
    running = Q(until=None) | Q(until__gte=start)
    slots = list(
        WeeklySlot.objects.filter(running, provider__organisation=organisation, provider__is_active=True, since__lt=end)
        .select_related("provider")
        .order_by("starts_at", "pk")
    )
    bookings = SlotBooking.objects.filter(released_at=None, slot__in=slots, day__gte=start, day__lt=end)
    taken = set(bookings.values_list("slot_id", "day"))
    found = [
        FreeSlot(slot, day)
        for slot in slots
        for day in dates_of(slot, start, end)
        if (slot.pk, day) not in taken and (after is None or starts_at(slot, day) > after)
    ]
    return sorted(found, key=lambda free: (free.starts_at, free.slot.pk))


def dates_of(slot: WeeklySlot, start: date, end: date) -> list[date]:
    """The dates in [start, end) on which a slot takes place."""
    first = max(start, slot.since)
    day = first + timedelta(days=(slot.weekday - first.weekday()) % 7)
    last = end - timedelta(days=1) if slot.until is None else min(slot.until, end - timedelta(days=1))
    return [day + A_WEEK * week for week in range(max(0, (last - day).days // 7 + 1))]


def slot_choices(organisation: Organisation, from_day: date, days: int = 14) -> list[tuple[str, str]]:
    """Free slots for a field of a form, as (value, words): from a date on, for so many days, none that has begun.

    `slot_chosen` turns the value back into a slot and its date.
    """
    free = free_slots(organisation, from_day, from_day + timedelta(days=days), after=timezone.now())
    return [(one.value, f"{one} · {one.slot.provider}") for one in free]


def slot_chosen(organisation: Organisation, value: str) -> FreeSlot | None:
    """The slot and date that a form named, or None where there is no such slot in the organisation or on that date."""
    number, _colon, written = value.partition(":")
    try:
        pk, day = int(number), date.fromisoformat(written)
    except ValueError:
        return None
    slots = WeeklySlot.objects.on(day).filter(provider__organisation=organisation).select_related("provider")
    slot = slots.filter(pk=pk).first() if 0 < pk < 2**63 else None
    return FreeSlot(slot, day) if slot else None


def free_slots_next_week(organisation: Organisation, today: date) -> int | None:
    """How many slots are free from next Monday to Sunday; None where nobody gives consultations."""
    if not LegalProvider.objects.filter(organisation=organisation, is_active=True).exists():
        return None
    monday = today + timedelta(days=7 - today.weekday())
    return len(free_slots(organisation, monday, monday + A_WEEK))


# --- Taking and releasing ----------------------------------------------------------------------------------------------


@transaction.atomic
def take_slot(*, appointment: Appointment, slot: WeeklySlot, by: Staff, day: date | None = None) -> SlotBooking:
    """Book a slot for an appointment on a date (the appointment's own). Call it in the transaction that makes the appointment.

    Raises Refused where the slot is another organisation's, does not take place then, or has been taken.
    """
    day = day or appointment.local_date
    slot = _locked(slot, appointment.organisation_id)
    if not WeeklySlot.objects.on(day).filter(pk=slot.pk).exists():
        raise Refused(
            _("%(provider)s gives no consultation then. %(free)s")
            % {"provider": slot.provider, "free": free_in_words(appointment.organisation, day)}
        )
    if starts_at(slot, day) != appointment.starts_at:
        raise Refused(
            _(
                "This slot begins on %(day)s at %(hour)s. Give the appointment that day and hour, or choose another slot."
            )
            % {"day": short_date(day), "hour": f"{slot.starts_at:%H:%M}"}
        )
    try:
        with transaction.atomic():
            return SlotBooking.objects.create(slot=slot, day=day, appointment=appointment, booked_by=by)
    except IntegrityError as error:
        raise Refused(_why_not(error, appointment, day)) from error


def _locked(slot: WeeklySlot, organisation_id: int) -> WeeklySlot:
    """The slot, held until the transaction ends: who takes it and who ends it come one after the other."""
    slots = WeeklySlot.objects.select_for_update(of=("self",), no_key=True).select_related("provider")
    found = slots.filter(pk=slot.pk, provider__organisation_id=organisation_id).first()
    if found is None:
        raise Refused(_("This slot does not exist here. Choose another one."))
    return found


def _why_not(error: IntegrityError, appointment: Appointment, day: date) -> str:
    rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if rule == "an_appointment_takes_one_slot":
        return _("This appointment has a slot already. Move the appointment to change it.")
    return _("Someone else has just taken this slot. %(free)s") % {"free": free_in_words(appointment.organisation, day)}


def free_in_words(organisation: Organisation, day: date) -> str:
    """What to choose instead: "Free: Tue 10 Nov 10:00, Thu 12 Nov 09:00"."""
    start = max(day, timezone.localdate())
    free = free_slots(organisation, start, start + OFFERED_WITHIN, after=timezone.now())[:OFFERED]
    if not free:
        return _("No slot is free in the two weeks from then on.")
    return _("Free: %(slots)s.") % {"slots": ", ".join(str(one) for one in free)}


@transaction.atomic
def release_slot(*, appointment: Appointment) -> None:
    """Give back the slot that an appointment took, if it took one: it is free for another at once."""
    SlotBooking.objects.filter(appointment=appointment, released_at=None).update(released_at=timezone.now())


# --- Providers and their slots -----------------------------------------------------------------------------------------


@transaction.atomic
def add_provider(
    *, organisation: Organisation, name: str, by: Staff, licence: str = "", speaks: Iterable[str] = ()
) -> LegalProvider:
    _check_mine(organisation, by)
    _check_name(organisation, name)
    return LegalProvider.objects.create(
        organisation=organisation, name=name.strip(), licence=licence.strip(), speaks=list(speaks)
    )


@transaction.atomic
def update_provider(
    *,
    provider: LegalProvider,
    name: str,
    by: Staff,
    licence: str = "",
    speaks: Iterable[str] = (),
    is_active: bool = True,
) -> LegalProvider:
    """Correct a provider. Who is booked cannot be switched off: the families would stand before a closed door."""
    provider = _lock_provider(provider, by)
    _check_name(provider.organisation, name, besides=provider)
    if provider.is_active and not is_active:
        slots = list(WeeklySlot.objects.select_for_update(no_key=True).filter(provider=provider).order_by("pk"))
        _refuse_while_booked([booking for slot in slots for booking in bookings_after(slot, yesterday_of(slot))])
    provider.name, provider.licence = name.strip(), licence.strip()
    provider.speaks, provider.is_active = list(speaks), is_active
    provider.save()
    return provider


def _check_mine(organisation: Organisation, by: Staff) -> None:
    if by.organisation is None or by.organisation.pk != organisation.pk:
        raise Refused(_("This belongs to another organisation."))


def _check_name(organisation: Organisation, name: str, besides: LegalProvider | None = None) -> None:
    same = LegalProvider.objects.filter(organisation=organisation, name__iexact=name.strip())
    if not name.strip():
        raise Refused(_("Write the name."))
    if (same.exclude(pk=besides.pk) if besides else same).exists():
        raise Refused(_("There is a provider of this name already."))


def _lock_provider(provider: LegalProvider, by: Staff) -> LegalProvider:
    locked = LegalProvider.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    provider = locked.get(pk=provider.pk)
    _check_mine(provider.organisation, by)
    return provider


@transaction.atomic
def add_slot(
    *,
    provider: LegalProvider,
    weekday: int,
    starts_at: time,
    minutes: int,
    zone: str,
    since: date,
    by: Staff,
    until: date | None = None,
) -> WeeklySlot:
    """One more consultation a week. Refused where the provider has one at that hour in that time already."""
    provider = _lock_provider(provider, by)
    if not provider.is_active:
        raise Refused(_("%(provider)s gives no consultations at the moment.") % {"provider": provider})
    if until is not None and until < since:
        raise Refused(_("The last day must not be before the first."))
    if not 5 <= minutes <= LONGEST:
        raise Refused(_("A slot lasts between 5 minutes and 8 hours."))
    same = WeeklySlot.objects.filter(provider=provider, weekday=weekday, starts_at=starts_at)
    meanwhile = Q(since__lte=until) if until else Q()
    if same.filter(Q(until=None) | Q(until__gte=since), meanwhile).exists():
        raise Refused(_("%(provider)s has a slot at that hour already.") % {"provider": provider})
    return WeeklySlot.objects.create(
        provider=provider, weekday=weekday, starts_at=starts_at, minutes=minutes, zone=zone, since=since, until=until
    )


@transaction.atomic
def end_slot(*, slot: WeeklySlot, until: date, by: Staff) -> WeeklySlot:
    """Close a slot after a date. Refused while somebody is booked later: it says when, so that they can be moved first."""
    slot = _locked(slot, by.organisation.pk if by.organisation else 0)
    if slot.until is not None and slot.until <= until:
        raise Refused(_("This slot has ended already."))
    _refuse_while_booked(bookings_after(slot, until))
    slot.until = max(until, slot.since)
    if until < slot.since and not slot.bookings.exists():
        slot.delete()  # It never took place: a slip of the hand.
    else:
        slot.save(update_fields=["until"])
    return slot


def yesterday_of(slot: WeeklySlot) -> date:
    return today_of(slot) - timedelta(days=1)


def bookings_after(slot: WeeklySlot, day: date) -> list[SlotBooking]:
    """What is booked in a slot after a date."""
    return list(slot.bookings.filter(released_at=None, day__gt=day).select_related("slot").order_by("day"))


def _refuse_while_booked(bookings: list[SlotBooking]) -> None:
    if bookings:
        days = ", ".join(str(FreeSlot(booking.slot, booking.day)) for booking in bookings[:OFFERED])
        raise Refused(_("Somebody is booked then: %(days)s. Move or cancel those appointments first.") % {"days": days})


# --- Notes in confidence -----------------------------------------------------------------------------------------------


@transaction.atomic
def write_legal_note(*, family: Family, text: str, by: Staff, appointment: Appointment | None = None) -> LegalNote:
    """Keep what was said in confidence. It is never changed, only followed by another, and read by the legal role alone."""
    if not may(by, Permission.KEEP_LEGAL_NOTES):
        raise Refused(_("Your role does not open legal notes. Ask someone of the legal team."))
    _check_mine(family.organisation, by)
    text = text.strip()
    if not text:
        raise Refused(_("The note is empty."))
    if len(text) > NOTE_AT_MOST:
        raise Refused(_("A note holds up to %(limit)s characters. Split this one in two.") % {"limit": NOTE_AT_MOST})
    return LegalNote.objects.create(family=family, appointment=appointment, text=text, written_by=by)
