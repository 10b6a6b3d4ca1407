"""Private calendar feeds: making and revoking one, and what a calendar program reads at its address.

What leaves the house here lies on phones and on other people's servers. So an event says when somebody must leave and the
number of its page, which asks for a sign-in: no person, place, kind, hour of the appointment or word that somebody typed.
"""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event
from redis.exceptions import RedisError

from cases.models import (
    STILL_ON,
    Appointment,
    AppointmentChange,
    AppointmentState,
    CalendarFeed,
    FeedScope,
    Precision,
)
from ngo.errors import Refused
from ngo.models import Membership, ReadLog, Staff
from ngo.permissions import GRANTS, Permission, Role

MOST_FEEDS = 5  # Standing ones of a person in an organisation.
BACK, AHEAD = timedelta(days=7), timedelta(days=90)
CALLED_OFF_SHOWN = timedelta(days=30)  # How long what was called off is told as cancelled.
NOTE_READS_EVERY = timedelta(minutes=5)
IN_SECONDS, READS, TRIES = 600, 60, 300  # In ten minutes: of one feed, and of whatever from one address of the network.
CALLED_OFF = [AppointmentState.CANCELLED, AppointmentState.CANCELLED_BY_AUTHORITY, AppointmentState.RESCHEDULED]
WENT = [AppointmentState.ATTENDED, AppointmentState.MISSED, AppointmentState.TURNED_AWAY]
NAMESPACE = uuid.UUID(
    "6f0d7a52-6a1f-5c0e-9a3e-4f7b9b3c1d20"
)  # Ours: what makes an id of an event the same at every reading.


def hash_of(token: str) -> str:
    """What of a token is stored: 64 hex digits. 256 random bits need no key and no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- Making and revoking -------------------------------------------------------------------------------------------------
@transaction.atomic
def make_feed(*, by: Staff, scope: str) -> tuple[CalendarFeed, str]:
    """A new feed and its token, which nobody can see again. Raises Refused where this person has five already."""
    organisation = by.organisation
    if organisation is None:
        raise Refused(_("You work for no organisation now."))
    Staff.objects.select_for_update(no_key=True).get(pk=by.pk)  # Two windows at once make no sixth one.
    if CalendarFeed.objects.of(by).filter(organisation=organisation).count() >= MOST_FEEDS:
        raise Refused(_("You have five addresses already. Revoke one that you do not use."))
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        organisation=organisation, staff=by, token_hash=hash_of(token), scope=FeedScope(scope)
    )
    return feed, token


@transaction.atomic
def revoke_feed(*, feed: CalendarFeed) -> None:
    """From now on its address answers nobody. A second time it stays as it was."""
    CalendarFeed.objects.standing().filter(pk=feed.pk).update(revoked_at=timezone.now())


# --- Reading -------------------------------------------------------------------------------------------------------------
def too_many(token: str, address: str) -> bool:
    """Whether this feed, or this address of the network, was read too often in these ten minutes. Counts this time too."""
    of_feed, of_address = f"calendar-feed-{hash_of(token)}", f"calendar-from-{hash_of(address)}"
    over, over_there = _is_over(of_feed, READS), _is_over(of_address, TRIES)  # Both count, whatever the first one says.
    return over or over_there


def _is_over(key: str, most: int) -> bool:
    try:
        cache.add(key, 0, IN_SECONDS)
        return cache.incr(key) > most
    except (ValueError, RedisError):  # It ran out between the two; or nobody counts, and who knows a token still reads.
        return False


def open_feed(token: str) -> CalendarFeed | None:
    """The feed of a token, if it stands, its owner may still sign in and may still see appointments there."""
    found = CalendarFeed.objects.standing().filter(token_hash=hash_of(token), staff__is_active=True)
    feed = found.select_related("staff", "organisation").first()
    if feed is None:
        return None
    works_here = Membership.objects.in_force().filter(staff=feed.staff, organisation=feed.organisation).first()
    may_see = works_here is not None and Permission.VIEW_APPOINTMENTS in GRANTS[Role(works_here.role)]
    return feed if may_see else None


class Line(NamedTuple):
    """All of an appointment that leaves the house."""

    pk: int
    state: str
    leaves: datetime
    made_at: datetime
    precision: str
    day: date  # By the clock of the place: all there is where no hour is known.
    sequence: int = 0  # How often it was changed.
    changed_at: datetime | None = None


def read_feed(feed: CalendarFeed, now: datetime | None = None) -> list[Line]:
    """What is in a feed now, who leaves first first. Two queries."""
    lines = lines_of(feed, now or timezone.now())
    revisions = revisions_of(line.pk for line in lines)
    return [Line(*line[:6], *revisions.get(line.pk, (0, line.made_at))) for line in lines]


def seal_of(lines: list[Line], page_of: str) -> str:
    """32 hex digits that change with what is in a feed: whoever has them needs no text."""
    return hashlib.sha256(repr((page_of, [[str(part) for part in line] for line in lines])).encode()).hexdigest()[:32]


def lines_of(feed: CalendarFeed, now: datetime) -> list[Line]:
    """From a week back to ninety days ahead; what was called off, for thirty days. One query."""
    ended = AppointmentChange.objects.filter(appointment=OuterRef("pk"), state=OuterRef("state"))
    just_ended = Exists(ended.filter(at__gte=now - CALLED_OFF_SHOWN))
    rows = Appointment.objects.filter(
        organisation=feed.organisation, leave_shelter_at__gte=now - BACK, leave_shelter_at__lt=now + AHEAD
    )
    if feed.scope == FeedScope.MINE:
        rows = rows.filter(owner=feed.staff)
    rows = rows.filter(Q(state__in=[*STILL_ON, *WENT]) | Q(just_ended, state__in=CALLED_OFF))
    columns = rows.order_by("leave_shelter_at", "pk").values_list(
        *("pk", "state", "leave_shelter_at", "made_at", "precision", "local_date")
    )
    return [Line(*row) for row in columns]


def revisions_of(ids: Iterable[int]) -> dict[int, tuple[int, datetime]]:
    """How often each appointment was changed, and when last: the history knows. One query."""
    history = Appointment.pgh_event_model.objects.filter(pgh_obj__in=list(ids))  # type: ignore[attr-defined]
    rows = history.order_by().values_list("pgh_obj").annotate(Count("pk"), Max("pgh_created_at"))
    return {pk: (number - 1, last) for pk, number, last in rows}


def text_of(lines: list[Line], page_of: str) -> bytes:
    """The calendar as RFC 5545 has it. The same lines give the same bytes.

    `page_of` is the address of an appointment's page, with 0 in the place of its number.
    """
    calendar = Calendar()
    for name, value in (
        ("prodid", "-//Posada//Posada//EN"),
        ("version", "2.0"),
        ("method", "PUBLISH"),
        ("x-wr-calname", "Posada"),
        ("x-published-ttl", "PT1H"),
    ):
        calendar.add(name, value)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for line in lines:
        calendar.add_component(_event(line, page_of))
    return calendar.to_ical()


def _event(line: Line, page_of: str) -> Event:
    event = Event()
    at = (line.changed_at or line.made_at).astimezone(UTC).replace(microsecond=0)
    event.add("uid", f"{uuid.uuid5(NAMESPACE, f'{line.pk} {line.made_at.astimezone(UTC).isoformat()}')}@posada")
    event.add("dtstamp", at)  # Of the last change: a feed that says the same is the same.
    event.add("last-modified", at)
    event.add("sequence", line.sequence)
    event.add("dtstart", line.leaves.astimezone(UTC) if line.precision == Precision.EXACT else line.day)
    event.add("summary", f"Posada {line.pk}")
    event.add("url", page_of.replace("/0/", f"/{line.pk}/"))
    event.add("status", _status(line.state))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")  # Nobody is busy by it: it is others who leave.
    return event


def _status(state: str) -> str:
    if state in CALLED_OFF:
        return "CANCELLED"
    return "TENTATIVE" if state == AppointmentState.OFFERED else "CONFIRMED"


@transaction.atomic
def note_reading(*, feed: CalendarFeed, events: int | None) -> None:
    """Write that it was read: a line in the log where events were given out, none where nothing had changed (`events` None).

    When it was last read is written every five minutes at most: a program that asks all the time costs no writes.
    """
    now = timezone.now()
    if events is not None:
        ReadLog.objects.create(
            organisation=feed.organisation,
            staff=feed.staff,
            what="calendar_feed",
            subject_kind=feed._meta.label_lower,
            subject_id=feed.pk,
            count=events,
        )
    if feed.last_read_at is None or now - feed.last_read_at >= NOTE_READS_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_read_at=now)
