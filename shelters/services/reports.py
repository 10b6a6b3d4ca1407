"""The life of a daily report: drafted at the report hour, confirmed by a person or sent unconfirmed, frozen, corrected.

Our own clock: what is due is worked out from each shelter's wall clock and from the rows that are there, never from when we last
looked. Any number of workers may look at once and as often as they like: a unique row decides who drafts, a locked row who
freezes. A night without a row is "no report".
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.apps import apps
from django.db import DatabaseError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import (
    CapacityReport,
    Opening,
    ReportDelivery,
    ReportRecipient,
    ReportState,
    Shelter,
    ShelterState,
    Stay,
)
from shelters.services import desk, report_figures
from shelters.services.composition import keep_as_in_the_file
from shelters.services.report_figures import Difference, Figures
from shelters.services.snapshots import in_one_snapshot

logger = logging.getLogger(__name__)

NIGHTS_BACK = 7  # So many nights are caught up with after everything stood still.
REASON_AT_MOST = 300


class FiguresMoved(Refused):
    """Between what a person saw and what they pressed, the figures became others."""

    def __init__(self, differences: list[Difference]):
        super().__init__(_("The figures have changed since you opened this page. Look at them again, then confirm."))
        self.differences = differences


# --- The clock ---------------------------------------------------------------------------------------------------------


def drafted_at(shelter: Shelter, night: date) -> datetime:
    """When the report of a night is drafted: at the report hour, on the next date where that is an hour after midnight."""
    is_after_midnight = shelter.report_at < shelter.morning_at
    return nights.instant_at(shelter, night + timedelta(days=is_after_midnight), shelter.report_at)


def sent_at(shelter: Shelter, night: date) -> datetime:
    """When an unconfirmed report is sent: at the send hour of the following morning, the first one after the draft."""
    at = nights.instant_at(shelter, night + nights.ONE_DAY, shelter.send_at)
    return (
        at
        if at > drafted_at(shelter, night)
        else nights.instant_at(shelter, night + 2 * nights.ONE_DAY, shelter.send_at)
    )


def nights_due(shelter: Shelter, now: datetime) -> list[date]:
    """Of the last nights and tonight those whose report hour has passed, the oldest first."""
    tonight = nights.tonight(shelter, now)
    back = [tonight - timedelta(days=days) for days in range(NIGHTS_BACK, -1, -1)]
    return [night for night in back if drafted_at(shelter, night) <= now]


def draft_due(now: datetime | None = None) -> int:
    """Draft what is due: one row per shelter and night, for those that were open at their report hour. How many were made."""
    now = now or timezone.now()
    missing = _missing(list(Shelter.objects.select_related("organisation")), now)
    return sum(_draft_night(shelters, night, now) for night, shelters in sorted(missing.items()))


def _missing(shelters: list[Shelter], now: datetime) -> dict[date, list[Shelter]]:
    """The shelters whose report of a night is due and not there, by night. At most five queries."""
    since = now - timedelta(days=NIGHTS_BACK + 2)
    there = set(CapacityReport.objects.filter(night__gte=since.date()).values_list("shelter", "night"))
    wanted = [
        (shelter, night)
        for shelter in shelters
        for night in nights_due(shelter, now)
        if (shelter.pk, night) not in there
    ]
    if not wanted:
        return {}
    first, closed = _first_nights([shelter for shelter, _night in wanted], now), _closed_periods(since, now)
    missing: dict[date, list[Shelter]] = {}
    for shelter, night in wanted:
        at = drafted_at(shelter, night)
        was_closed = any(at in period for period in closed.get(shelter.pk, []))
        if night >= first[shelter.pk] and not was_closed:
            missing.setdefault(night, []).append(shelter)
    return missing


def _first_nights(shelters: list[Shelter], now: datetime) -> dict[int, date]:
    """Since when each shelter has been there: its first stay, or when it was made here."""
    by_id, made = {shelter.pk: shelter for shelter in shelters}, _made_at(shelters)
    arrivals = Stay.objects.valid().filter(shelter=OuterRef("pk")).order_by("arrived_at").values("arrived_at")
    rows = Shelter.objects.filter(pk__in=by_id).annotate(arrived=Subquery(arrivals[:1]))
    return {
        pk: nights.night_of(by_id[pk], min(filter(None, [arrived, made.get(pk), now])))
        for pk, arrived in rows.order_by().values_list("pk", "arrived")
    }


def _made_at(shelters: Iterable[Shelter]) -> dict[int, datetime]:
    """When each shelter was written down here, by the line of the history that says so."""
    history = apps.get_model("shelters", "ShelterEvent").objects.filter(pgh_label="insert")
    rows = history.filter(pgh_obj__in=[shelter.pk for shelter in shelters])
    return dict(rows.order_by("-pgh_created_at").values_list("pgh_obj_id", "pgh_created_at"))


def _closed_periods(since: datetime, until: datetime) -> dict[int, list[DateTimeTZRange]]:
    periods: dict[int, list[DateTimeTZRange]] = {}
    rows = ShelterState.objects.filter(state=Opening.CLOSED, period__overlap=DateTimeTZRange(since, until, "[]"))
    for shelter_id, period in rows.values_list("shelter", "period"):
        periods.setdefault(shelter_id, []).append(period)
    return periods


def latest_of(pairs: Iterable[tuple[Shelter, date]]) -> dict[tuple[int, date], CapacityReport]:
    """The version that counts now, by (shelter id, night), where there is one. One query."""
    asked = {(shelter.pk, night) for shelter, night in pairs}
    rows = CapacityReport.objects.filter(
        shelter__in={pk for pk, _night in asked}, night__in={night for _pk, night in asked}
    )
    latest = rows.latest_versions().select_related("confirmed_by")
    return {key: row for row in latest if (key := (row.shelter_id, row.night)) in asked}


def without_report(pairs: Iterable[tuple[Shelter, date]], now: datetime | None = None) -> set[tuple[int, date]]:
    """The nights that owe a report and have none: the shelter was here at its report hour, and open. Three queries.

    Nights from before a shelter was written down here, such as imported ones, owe none.
    """
    now, pairs = now or timezone.now(), list(pairs)
    if not pairs:
        return set()
    made, there = _made_at([shelter for shelter, _night in pairs]), set(latest_of(pairs))
    hours = {(shelter.pk, night): drafted_at(shelter, night) for shelter, night in pairs}
    closed = _closed_periods(min(hours.values()), max(hours.values()))
    return {
        (pk, night)
        for (pk, night), at in hours.items()
        if (pk, night) not in there
        and pk in made
        and made[pk] <= at <= now
        and not any(at in period for period in closed.get(pk, []))
    }


def _draft_night(shelters: list[Shelter], night: date, now: datetime) -> int:
    """Draft one night of some shelters. One that cannot be counted does not keep the others from their report."""
    try:
        return in_one_snapshot(lambda: _draft(shelters, night, now))
    except (DatabaseError, Refused, ValueError) as error:
        if len(shelters) == 1:
            logger.warning("The report of shelter %s could not be drafted: %s", shelters[0].pk, type(error).__name__)
            return 0
        return sum(_draft_night([shelter], night, now) for shelter in shelters)


def _draft(shelters: list[Shelter], night: date, now: datetime) -> int:
    keep_as_in_the_file(shelters, night)
    counted = report_figures.count(shelters, night, now)
    before = CapacityReport.objects.filter(night=night, shelter__in=shelters).count()
    CapacityReport.objects.bulk_create(
        (
            CapacityReport(shelter=shelter, night=night, figures=counted[shelter.pk], drafted_at=now, counted_at=now)
            for shelter in shelters
        ),
        ignore_conflicts=True,  # Another worker was first.
    )
    return CapacityReport.objects.filter(night=night, shelter__in=shelters).count() - before


def send_due(now: datetime | None = None) -> int:
    """Freeze and send, as not confirmed, every draft whose send hour has passed. How many."""
    now = now or timezone.now()
    drafts = CapacityReport.objects.filter(state=ReportState.DRAFT).select_related("shelter").order_by("night", "pk")
    return sum(_send_unconfirmed(draft.pk, now) for draft in drafts if sent_at(draft.shelter, draft.night) <= now)


def _send_unconfirmed(report_id: int, now: datetime) -> bool:
    """Freeze one draft. Nobody compares these figures with what they saw: they are counted and frozen as of one moment."""
    try:
        return in_one_snapshot(lambda: _freeze_unconfirmed(report_id, now))
    except (DatabaseError, Refused, ValueError) as error:
        logger.warning("Report %s could not be sent: %s", report_id, type(error).__name__)
        return False


def _freeze_unconfirmed(report_id: int, now: datetime) -> bool:
    drafts = CapacityReport.objects.filter(pk=report_id, state=ReportState.DRAFT).select_related("shelter")
    draft = drafts.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
    if draft is None:  # Another worker has it, or somebody has just confirmed it.
        return False
    figures = report_figures.recount(draft.shelter, draft.night, now, before=draft.figures)
    _freeze(draft, figures, now, state=ReportState.UNCONFIRMED)
    return True


# --- What a person does ------------------------------------------------------------------------------------------------


def current_figures(report: CapacityReport, now: datetime | None = None) -> tuple[Figures, datetime]:
    """What a report says now, and of which moment: a draft is counted anew, a frozen one stays as it is."""
    if report.frozen_at is not None:
        return report.figures, report.counted_at
    now = now or timezone.now()
    return report_figures.recount(report.shelter, report.night, now, before=report.figures), now


@transaction.atomic
def confirm(*, report: CapacityReport, by: Staff, seen: Figures | None, now: datetime | None = None) -> CapacityReport:
    """Say that the figures are true: they are frozen, and on their way to every recipient, in this transaction.

    Raises FiguresMoved where they are not those that the person saw, and Refused where the report is frozen already. That
    nobody wrote down anyone turned away becomes "nobody was", for the page says so to whoever confirms.
    """
    now = now or timezone.now()
    report, shelter = _locked(report, by)
    if report.frozen_at is not None:
        raise Refused(_already_frozen(report))
    figures = report_figures.recount(shelter, report.night, now, before=report.figures)
    if seen is None or (moved := report_figures.differences(seen, figures)):
        raise FiguresMoved(moved if seen is not None else [])
    return _freeze(
        report,
        report_figures.with_nobody_turned_away(figures),
        now,
        state=ReportState.CONFIRMED,
        confirmed_at=now,
        confirmed_by=by,
    )


@dataclass(frozen=True)
class Correction:
    """What a correction of the latest version would say, and how it differs from that one."""

    latest: CapacityReport
    figures: Figures
    differences: list[Difference]


def correction_of(report: CapacityReport, now: datetime | None = None) -> Correction:
    """The night of a frozen report, counted from the records as they stand now, beside its latest version."""
    now = now or timezone.now()
    versions = CapacityReport.objects.filter(shelter=report.shelter_id, night=report.night).select_related("shelter")
    latest = versions.order_by("-version")[0]
    figures = report_figures.recount(latest.shelter, latest.night, now, before=latest.figures)
    if latest.state == ReportState.CONFIRMED:
        figures = report_figures.with_nobody_turned_away(figures) if latest.figures["turned_away"] == 0 else figures
    return Correction(latest, figures, report_figures.differences(latest.figures, figures))


@transaction.atomic
def correct(
    *, report: CapacityReport, by: Staff, reason: str, seen: Figures | None = None, now: datetime | None = None
) -> CapacityReport:
    """The next version of a frozen report, counted from the records as they stand now; sent again, marked as a correction.

    Raises Refused without a reason, for a draft, and where nothing is different (unless nobody had confirmed it);
    FiguresMoved where `seen` was given and is not what is counted now.
    """
    now, reason = now or timezone.now(), reason.strip()
    report, shelter = _locked(report, by)
    if not reason:
        raise Refused(_("Write why the report is corrected."))
    correction = correction_of(report, now)
    latest = correction.latest
    if latest.frozen_at is None:
        raise Refused(_("This report is still a draft: its figures follow the records. Confirm it."))
    if seen is not None and (moved := report_figures.differences(seen, correction.figures)):
        raise FiguresMoved(moved)
    if not correction.differences and latest.state == ReportState.CONFIRMED:
        raise Refused(
            _("The records say what the report says. Correct the stay, the roll-call or what was turned away first.")
        )
    made = CapacityReport.objects.create(
        shelter=shelter,
        night=latest.night,
        version=latest.version + 1,
        state=ReportState.CONFIRMED,
        figures=report_figures.with_nobody_turned_away(correction.figures),
        drafted_at=now,
        counted_at=now,
        confirmed_at=now,
        confirmed_by=by,
        frozen_at=now,
        corrected_by=by,
        reason=reason[:REASON_AT_MOST],
    )
    _deliver(made, now)
    return made


def _locked(report: CapacityReport, by: Staff) -> tuple[CapacityReport, Shelter]:
    """The report as it stands, under its shelter's lock: acts of the desk wait, so that what is frozen is one moment's."""
    shelter = desk.lock(report.shelter, by)
    found = CapacityReport.objects.select_for_update(no_key=True).get(pk=report.pk)
    found.shelter = shelter
    return found, shelter


def _already_frozen(report: CapacityReport) -> str:
    hour = f"{nights.local(report.shelter, report.frozen_at):%H:%M}" if report.frozen_at else ""
    if report.confirmed_by is None:
        return _("This report was sent at %(hour)s without being confirmed. Correct it if it is wrong.") % {
            "hour": hour
        }
    return _("%(name)s confirmed this report at %(hour)s. Correct it if it is wrong.") % {
        "name": report.confirmed_by,
        "hour": hour,
    }


def _freeze(
    report: CapacityReport,
    figures: Figures,
    now: datetime,
    *,
    state: ReportState,
    confirmed_at: datetime | None = None,
    confirmed_by: Staff | None = None,
) -> CapacityReport:
    report.figures, report.state, report.counted_at, report.frozen_at = figures, state, now, now
    report.confirmed_at, report.confirmed_by = confirmed_at, confirmed_by
    report.save(update_fields=["figures", "state", "counted_at", "frozen_at", "confirmed_at", "confirmed_by"])
    _deliver(report, now)
    return report


def _deliver(report: CapacityReport, now: datetime) -> None:
    """One delivery for each recipient of this moment."""
    recipients = ReportRecipient.objects.filter(shelter=report.shelter_id, removed_at=None)
    ReportDelivery.objects.bulk_create(
        (ReportDelivery(report=report, recipient=one, due_at=now, next_try_at=now) for one in recipients),
        ignore_conflicts=True,
    )
