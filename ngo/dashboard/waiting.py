"""What waits for someone, the most urgent first: a line each, with what is so, what to do, and where."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from cases.models import AlertKind, ChildAlert, Inbound, IntakeDraft
from cases.notice_file import how_many_to_tell
from cases.people_to_call import failed_for
from ngo.dashboard.cases import case_lines
from ngo.dashboard.houses import House
from ngo.dashboard.task import Task
from ngo.models import Staff
from ngo.permissions import Permission, may
from ngo.templatetags.posada import local_time, night_label
from shelters import nights
from shelters.endings import endings_in_short
from shelters.models import ReportState, Shelter
from shelters.report_pages import NightBar, contradicted
from shelters.services import absences, door
from shelters.services.cover import Cover, low_staples
from shelters.services.reports import NIGHTS_BACK, sent_at
from shelters.trip_list import trips_in_short
from shelters.waiting_list import waiting_in_short

WHAT_HAPPENED = {
    AlertKind.UNACCOMPANIED: gettext_lazy("A minor came without an adult"),
    AlertKind.SEPARATED: gettext_lazy("A minor came with an adult who does not answer for them"),
    AlertKind.AGE_IN_DOUBT: gettext_lazy("Somebody may be a minor"),
}
URGENCY = {"alert": 0, "over": 1, "warn": 2, "info": 3}


def tasks_of(
    staff: Staff, houses: Sequence[House], last_nights: Mapping[int, list[NightBar]], zone: str, now: datetime
) -> list[Task]:
    """Everything that waits for this person; what their role does not do is not among it. Each kind costs its own queries."""
    tasks = [
        *_alerts(staff, zone, now),
        *case_lines(staff, now),
        *_trips(staff, houses, now),
        *_over(staff, houses),
        *_late(staff, houses, now),
        *_roll_calls(staff, houses, now),
        *_to_call(staff),
        *_to_tell(staff),
        *_written_back(staff),
        *_reports(staff, houses, last_nights),
        *_contradicted(staff, houses, last_nights, now),
        *_absent(staff, houses, now),
        *_endings(staff, houses, now),
        *_waiting_list(staff, houses),
        *_staples(staff, houses, now),
        *_drafts(staff, zone),
    ]
    return sorted(tasks, key=lambda task: URGENCY[task.state])


def alerts_of(staff: Staff) -> list[ChildAlert]:
    """Open alerts, those of which nobody was told first."""
    if not may(staff, Permission.HANDLE_CHILD_ALERTS):
        return []
    rows = ChildAlert.objects.visible_to(staff).open().select_related("place")
    return sorted(rows, key=lambda alert: alert.notified_at is not None)


def _alerts(staff: Staff, zone: str, now: datetime) -> Iterator[Task]:
    today = timezone.localdate(now)
    for alert in alerts_of(staff):
        if alert.notified_at and alert.place is not None and not alert.place.is_authorised_on(today):
            state, chip = "alert", _("Now")
            detail = _("The child-protection office was told: %(when)s. The place where they sleep is not authorised.")
        elif alert.notified_at:
            state, chip = "warn", _("Told")
            detail = _("The child-protection office was told: %(when)s. The alert is open until somebody closes it.")
        else:
            state, chip = "alert", _("Now")
            detail = _("The child-protection office must be told. Intake: %(when)s.")
        when = local_time(alert.notified_at or alert.raised_at, zone)
        title = str(WHAT_HAPPENED[AlertKind(alert.kind)])
        url = reverse("cases:child_alert", args=[alert.pk])
        yield Task(state, "triangle-alert", title, detail % {"when": when}, url, chip)


def _to_call(staff: Staff) -> Iterator[Task]:
    """People whom a message did not reach."""
    if not may(staff, Permission.VIEW_REMINDERS):
        return
    if count := failed_for(staff).count:
        title = ngettext("%(count)d reminder did not arrive", "%(count)d reminders did not arrive", count)
        detail = _("Tell them in person or call them.")
        yield Task(
            "alert", "message-square", title % {"count": count}, detail, reverse("cases:reminders_failed"), _("Call")
        )


def _written_back(staff: Staff) -> Iterator[Task]:
    """What guests wrote that somebody must read."""
    if not may(staff, Permission.VIEW_REMINDERS):
        return
    if count := Inbound.objects.seen_by(staff).unhandled().count():
        title = ngettext("%(count)d answer to read", "%(count)d answers to read", count)
        detail = _("Somebody wrote back, and no machine can answer it.")
        yield Task("warn", "message-square", title % {"count": count}, detail, reverse("cases:inbound"), _("Read"))


def _to_tell(staff: Staff) -> Iterator[Task]:
    """Whom the list of the house says to tell aloud."""
    if not may(staff, Permission.TELL_OF_TOMORROW):
        return
    if count := how_many_to_tell(staff):
        title = ngettext("Tell %(count)d family of a date", "Tell %(count)d families of a date", count)
        detail = _("In the house, alone with them. The list says whom.")
        yield Task("warn", "bell", title % {"count": count}, detail, reverse("cases:house_notices"), _("Tell"))


def _trips(staff: Staff, houses: Sequence[House], now: datetime) -> Iterator[Task]:
    """Who is out on a trip and who is not back at the hour that was agreed. One query."""
    if not may(staff, Permission.FOLLOW_TRIPS) or not houses:
        return
    found, url = trips_in_short([house.shelter for house in houses], now), reverse("shelters:trips")
    if found.late:
        title = ngettext("%(count)d trip is not back", "%(count)d trips are not back", found.late)
        detail = _("Somebody is not back at the hour that was agreed. Look after it now.")
        yield Task("alert", "footprints", title % {"count": found.late}, detail, url, _("Not back"))
    if found.not_back:
        title = ngettext(
            "Of %(count)d trip somebody did not return", "Of %(count)d trips somebody did not return", found.not_back
        )
        detail = _("Its page says what can be done. Close it when they are found.")
        yield Task("alert", "footprints", title % {"count": found.not_back}, detail, url, _("Not back"))
    if found.is_silent:
        detail = _("The clock of the trips has not worked for more than five minutes. Look at the list yourselves.")
        yield Task("alert", "bell-off", _("Nobody would be told of a trip that is late"), detail, url, _("Now"))
    if in_time := found.out - found.late:
        title = ngettext("%(count)d trip is out", "%(count)d trips are out", in_time)
        when = local_time(found.next_at, houses[0].shelter.zone)
        detail = _("The next one is expected back: %(when)s.") % {"when": when}
        yield Task("info", "footprints", title % {"count": in_time}, detail, url, pgettext("trip", "Out"))


def _over(staff: Staff, houses: Sequence[House]) -> Iterator[Task]:
    if not may(staff, Permission.VIEW_BOARD):
        return
    for house in houses:
        if over := house.figures.over:
            title = ngettext("%(house)s is over by %(count)d person", "%(house)s is over by %(count)d people", over)
            detail = ngettext(
                "%(count)d place is free elsewhere.",
                "%(count)d places are free elsewhere.",
                _free_elsewhere(house, houses),
            )
            url = reverse("shelters:board", args=[house.shelter.slug])
            yield Task(
                "over", "chevrons-up", title % {"house": house.shelter.name, "count": over},
                detail % {"count": _free_elsewhere(house, houses)}, url, f"+{over}",
            )  # fmt: skip


def _free_elsewhere(house: House, houses: Sequence[House]) -> int:
    return sum(other.figures.free for other in houses if other is not house and not other.is_unknown)


def _late(staff: Staff, houses: Sequence[House], now: datetime) -> Iterator[Task]:
    """Each house with people who are out later than agreed, or than its door closes."""
    if not may(staff, Permission.KEEP_DOOR):
        return
    late = door.late((house.shelter for house in houses), now)
    for house in houses:
        if count := late[house.shelter.pk]:
            title = ngettext(
                "%(count)d person of %(house)s is out late", "%(count)d people of %(house)s are out late", count
            )
            detail = _("See who it is and how late, and call them.")
            url = reverse("shelters:door_late", args=[house.shelter.slug])
            words = {"house": house.shelter.name, "count": count}
            yield Task("warn", "clock", title % words, detail, url, _("Tonight"))


def _absent(staff: Staff, houses: Sequence[House], now: datetime) -> Iterator[Task]:
    """Each house with people who have been absent without word for as many nights as it waits."""
    if not may(staff, Permission.CHECK_IN_GUESTS):
        return
    by_house = absences.proposed((house.shelter for house in houses), now)
    for shelter in (house.shelter for house in houses):
        count = by_house[shelter.pk]
        if not count:
            continue
        title = ngettext(
            "A departure is proposed in %(house)s", "%(count)d departures are proposed in %(house)s", count
        )
        detail = _("They have been absent without word. Nobody is checked out until a person confirms it.")
        url = reverse("shelters:door_absent", args=[shelter.slug])
        yield Task("warn", "user-x", title % {"house": shelter.name, "count": count}, detail, url, _("Look"))


def _endings(staff: Staff, houses: Sequence[House], now: datetime) -> Iterator[Task]:
    """Who should have left, and the extensions that wait for whoever may approve them."""
    if not may(staff, Permission.CHECK_IN_GUESTS):
        return
    found = endings_in_short([house.shelter for house in houses], now=now)
    url = reverse("shelters:ending")
    if found.asked and may(staff, Permission.APPROVE_EXTENSIONS):
        title = ngettext("%(count)d extension is asked for", "%(count)d extensions are asked for", found.asked)
        detail = _("Approve it or say no, with the reason.")
        yield Task("warn", "calendar-clock", title % {"count": found.asked}, detail, url, _("Decide"))
    if found.overdue:
        title = ngettext(
            "%(count)d person stays beyond their day", "%(count)d people stay beyond their day", found.overdue
        )
        detail = _("Give them a new day, or check them out if they have left.")
        yield Task("warn", "calendar-clock", title % {"count": found.overdue}, detail, url, _("Look"))


def _waiting_list(staff: Staff, houses: Sequence[House]) -> Iterator[Task]:
    if not may(staff, Permission.CHECK_IN_GUESTS) or staff.organisation is None:
        return
    found = waiting_in_short(staff.organisation, [house.shelter for house in houses])
    if found.waiting:
        title = ngettext("%(count)d party waits for a place", "%(count)d parties wait for a place", found.waiting)
        detail = _("No place is offered to them yet.")
        if found.offered:
            detail = ngettext(
                "A place is offered to %(count)d of them.", "Places are offered to %(count)d of them.", found.offered
            ) % {"count": found.offered}
        url = reverse("shelters:waiting")
        yield Task(
            "info",
            "list-ordered",
            title % {"count": found.waiting},
            detail,
            url,
            pgettext("waiting list", "Waiting"),
        )


def _roll_calls(staff: Staff, houses: Sequence[House], now: datetime) -> Iterator[Task]:
    """From the evening hour on, each house whose roll-call is not finished."""
    if not may(staff, Permission.TAKE_ROLL_CALL):
        return
    for house in houses:
        call, shelter = house.freshness.roll_call, house.shelter
        if call.closed_at or not call.expected or now < nights.evening_of(shelter, call.night):
            continue
        detail = _("Nobody has called the roll tonight.")
        if call.is_begun:
            detail = ngettext(
                "%(count)d of %(total)d person is counted.", "%(count)d of %(total)d people are counted.", call.expected
            ) % {"count": call.counted, "total": call.expected}
        title = _("Roll-call of %(house)s") % {"house": shelter.name}
        yield Task(
            "warn", "list-checks", title, detail, reverse("shelters:roll_call", args=[shelter.slug]), _("Tonight")
        )


def _reports(staff: Staff, houses: Sequence[House], last_nights: Mapping[int, list[NightBar]]) -> Iterator[Task]:
    """A draft that somebody should confirm, and a night of which a house has said nothing."""
    if not may(staff, Permission.VIEW_REPORTS):
        return
    for house in houses:
        bars = last_nights.get(house.shelter.pk, [])
        for bar in bars[-2:]:
            if bar.state == ReportState.DRAFT and may(staff, Permission.CONFIRM_REPORTS):
                yield _to_confirm(house.shelter, bar.night)
        has_reported = any(bar.version for bar in bars[:-2])
        if has_reported and bars[-2].state == "none":
            title = _("No report of %(house)s") % {"house": house.shelter.name}
            night = night_label(bars[-2].night)
            yield Task("warn", "chart-column", title, night, reverse("shelters:reports"), _("No report"))


def _contradicted(
    staff: Staff, houses: Sequence[House], last_nights: Mapping[int, list[NightBar]], now: datetime
) -> Iterator[Task]:
    """A night that is over and whose frozen report the records contradict: whoever corrects reports looks at it. One query."""
    if not may(staff, Permission.MANAGE_REPORTS):
        return
    over = {pk: bars[-NIGHTS_BACK - 1 : -1] for pk, bars in last_nights.items()}  # The last one is tonight's.
    shelters = {house.shelter.pk: house.shelter for house in houses}
    for pk, night in sorted(contradicted(over, shelters.values(), now), key=lambda key: (key[1], key[0])):
        title = _("The report of %(house)s is no longer true") % {"house": shelters[pk].name}
        detail = _("%(night)s: the records say otherwise since. Look at what is different, and correct it.")
        url = reverse("shelters:report", args=[shelters[pk].slug, night])
        yield Task(
            "warn", "chart-column", title, detail % {"night": night_label(night)}, url, pgettext("report", "Correct")
        )


def _to_confirm(shelter: Shelter, night: date) -> Task:
    title = _("Confirm the report of %(house)s") % {"house": shelter.name}
    when = {"night": night_label(night), "when": local_time(sent_at(shelter, night), shelter)}
    detail = _("%(night)s. Unless somebody confirms it, it is closed as not confirmed: %(when)s.") % when
    url = reverse("shelters:report", args=[shelter.slug, night])
    return Task("warn", "chart-column", title, detail, url, pgettext("report", "Draft"))


def _staples(staff: Staff, houses: Sequence[House], now: datetime) -> Iterator[Task]:
    if not may(staff, Permission.VIEW_SUPPLIES) or not houses:
        return
    shelters = [house.shelter for house in houses]
    for shelter, cover in low_staples(shelters, nights.local(shelters[0], now).date()):
        title = _("%(item)s in %(house)s: %(lasts)s") % {
            "item": cover.item.name, "house": shelter.name, "lasts": _lasts(cover)
        }  # fmt: skip
        detail = _("Left: %(quantity)s %(unit)s.") % {"quantity": _number(cover.left), "unit": cover.item.unit}
        url = reverse("shelters:store", args=[shelter.slug])
        yield Task("warn", "package", title, detail, url, _lasts(cover))


def _lasts(cover: Cover) -> str:
    days = cover.days or 0
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def _number(quantity: Any) -> str:
    return f"{quantity.normalize():f}" if quantity else "0"


def drafts_of(staff: Staff) -> list[IntakeDraft]:
    if not may(staff, Permission.TAKE_IN_FAMILIES):
        return []
    return list(IntakeDraft.objects.visible_to(staff).defer("fields"))


def _drafts(staff: Staff, zone: str) -> Iterator[Task]:
    for draft in drafts_of(staff):
        detail = _("Saved as a draft: %(when)s. Only you can open it.") % {"when": local_time(draft.saved_at, zone)}
        url = reverse("cases:intake_draft", args=[draft.pk])
        title, chip = _("An intake of yours is not finished"), pgettext("draft", "Go on")
        yield Task("warn", "file-pen-line", title, detail, url, chip)
