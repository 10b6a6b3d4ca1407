"""What the pages of the reports show: which nights have a report, how fresh a figure is, what is still missing.

Read models with the same number of queries for any number of shelters. They hold figures, never a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ngo.models.outbox import OutgoingState
from shelters import nights, report_words
from shelters.models import (
    CapacityReport,
    Opening,
    ReportDelivery,
    ReportState,
    RollCall,
    Shelter,
    ShelterState,
)
from shelters.services import capacity, report_figures, reports
from shelters.services.capacity import PeopleFigures
from shelters.services.report_figures import Figures

LAST_NIGHTS = 14
PEOPLE = [one.name for one in fields(PeopleFigures)]


# --- Nights ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NightBar:
    """One night of one shelter, from its frozen report. Without one the figures are None: "no data", never zero.

    `state` is confirmed, unconfirmed, draft, closed, coming (its report hour has not come), or none (no report).
    """

    night: date
    occupied: int | None = None
    nominal: int | None = None
    usable: int | None = None  # Nominal places less those out of service.
    over: int = 0
    state: str = "none"
    version: int = 0
    people: PeopleFigures | None = None  # What the frozen report says of them; None where nothing is frozen.
    is_contradicted: bool = False  # Where somebody asked: the records say otherwise since.

    @property
    def chip(self) -> tuple[str, Any, str]:
        """State, word and icon."""
        return report_words.CHIPS[self.state]


def nights_of(shelters: Iterable[Shelter], days: int = 30, now: datetime | None = None) -> dict[int, list[NightBar]]:
    """The last nights of each shelter up to its own tonight, the oldest first, by shelter id. Two queries."""
    now, shelters = now or timezone.now(), list(shelters)
    tonight = {shelter.pk: nights.tonight(shelter, now) for shelter in shelters}
    if not shelters:
        return {}
    first = min(tonight.values()) - timedelta(days=days - 1)
    rows = CapacityReport.objects.filter(shelter__in=shelters, night__gte=first).latest_versions()
    numbers = ["version", "state", *(f"figures__{name}" for name in ("nominal", "out_of_service", "over", *PEOPLE))]
    found = {(shelter, night): rest for shelter, night, *rest in rows.values_list("shelter", "night", *numbers)}
    closed = _closed(shelters, first - nights.ONE_DAY, now)
    return {
        shelter.pk: [
            _bar(shelter, night, found.get((shelter.pk, night)), closed, now)
            for night in (tonight[shelter.pk] - timedelta(days=back) for back in range(days - 1, -1, -1))
        ]
        for shelter in shelters
    }


def _bar(shelter: Shelter, night: date, row: Any, closed: dict[int, list[Any]], now: datetime) -> NightBar:
    if row is None:
        at = reports.drafted_at(shelter, night)
        is_closed = any(at in period for period in closed.get(shelter.pk, []))
        return NightBar(night, state="closed" if is_closed else "coming" if at > now else "none")
    version, state, nominal, out_of_service, over, *people = row
    if state == ReportState.DRAFT:
        return NightBar(night, state=state, version=version)
    said = PeopleFigures(*people)
    return NightBar(night, said.occupied, nominal, nominal - out_of_service, over, state, version, said)


def _closed(shelters: list[Shelter], first: date, now: datetime) -> dict[int, list[Any]]:
    since = datetime.combine(first, datetime.min.time(), now.tzinfo)
    periods = ShelterState.objects.filter(
        shelter__in=shelters,
        state=Opening.CLOSED,
        period__overlap=DateTimeTZRange(since, now + timedelta(days=2), "[]"),
    )
    found: dict[int, list[Any]] = {}
    for shelter_id, period in periods.values_list("shelter", "period"):
        found.setdefault(shelter_id, []).append(period)
    return found


def contradicted(
    bars: Mapping[int, Iterable[NightBar]], shelters: Iterable[Shelter], now: datetime | None = None
) -> set[tuple[int, date]]:
    """Of these nights those whose frozen report the records contradict, by shelter id. One query.

    Only by who was in the house, away, came, went or was turned away: holds run out and beds are mended every night.
    """
    by_id = {shelter.pk: shelter for shelter in shelters}
    said = {(pk, bar.night): bar.people for pk, rows in bars.items() for bar in rows if bar.people}
    found = capacity.people_of([(by_id[pk], night) for pk, night in said], now)
    return {key for key, people in said.items() if differing(people, found[key])}


def differing(said: PeopleFigures, found: PeopleFigures) -> list[str]:
    """The figures that are others now. What the report does not know is contradicted by nothing, except by who was turned away.

    That nobody was turned away is what a person confirms where nobody wrote anything down, and stays so.
    """
    return [
        name
        for name in PEOPLE
        if (getattr(said, name) is not None or name == "turned_away")
        and (getattr(said, name) or 0) != (getattr(found, name) or 0)
    ]


@dataclass(frozen=True)
class HouseNights:
    """One shelter with its nights, tonight first."""

    shelter: Shelter
    nights: list[NightBar]

    @property
    def tonight(self) -> NightBar:
        return self.nights[0]

    @property
    def before(self) -> list[NightBar]:
        return self.nights[1:]

    @property
    def contradicted(self) -> int:
        """Nights before this one of which the records say otherwise than the report."""
        return sum(bar.is_contradicted for bar in self.before)

    @property
    def missing(self) -> int:
        """Nights without a report, tonight's among them where its hour has passed."""
        return sum(bar.state == "none" for bar in self.nights)

    @property
    def report_at(self) -> datetime:
        return reports.drafted_at(self.shelter, self.tonight.night)


def houses_with_nights(shelters: Iterable[Shelter], now: datetime | None = None) -> list[HouseNights]:
    """Tonight and the fourteen nights before it, of every shelter."""
    shelters = list(shelters)
    found = nights_of(shelters, LAST_NIGHTS + 1, now)
    wrong = contradicted(found, shelters, now)
    return [
        HouseNights(
            shelter,
            [replace(bar, is_contradicted=(shelter.pk, bar.night) in wrong) for bar in reversed(found[shelter.pk])],
        )
        for shelter in shelters
    ]


def sentence_of(houses: list[HouseNights]) -> str:
    """The line that is true when it is the only one read."""
    asked = [house for house in houses if house.tonight.state != "closed"]
    done = sum(house.tonight.state == ReportState.CONFIRMED for house in asked)
    if not asked:
        return _("No shelter is open.")
    if done == len(asked):
        return _("Tonight's report is confirmed.") if done == 1 else _("All of tonight's reports are confirmed.")
    words = ngettext(
        "%(done)d of %(count)d report of tonight is confirmed.",
        "%(done)d of %(count)d reports of tonight are confirmed.",
        len(asked),
    )
    return words % {"done": done, "count": len(asked)}


# --- One report --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """One frozen version in the history, with what it changed of the one before."""

    report: CapacityReport
    changes: list[report_words.Changed]
    sent: int
    failed: int
    waiting: int


@dataclass
class ReportPage:
    """One night of one shelter. `report` is None before the report hour and where there never was one.

    `figures` are those of the version shown; of a draft, or before the report hour, those of this moment; None where nobody
    knows.
    """

    shelter: Shelter
    night: date
    now: datetime
    report: CapacityReport | None
    figures: Figures | None
    counted_at: datetime | None
    versions: list[CapacityReport] = field(default_factory=list)  # The latest first.

    @property
    def state(self) -> str:
        """live, draft, confirmed, unconfirmed, or none."""
        if self.report is not None:
            return self.report.state
        return "live" if self.figures is not None else "none"

    @property
    def chip(self) -> tuple[str, Any, str]:
        return report_words.CHIPS["coming" if self.state == "live" else self.state]

    @property
    def is_draft(self) -> bool:
        return self.state == ReportState.DRAFT

    @property
    def is_latest(self) -> bool:
        return self.report is None or self.report == self.versions[0]

    @property
    def is_over(self) -> bool:
        """Whether the night has passed."""
        return self.now >= nights.morning_after(self.shelter, self.night)

    @property
    def headline(self) -> str:
        if self.figures is None:
            return _("Nobody reported this night: how many slept at %(shelter)s is not known.") % {
                "shelter": self.shelter.name
            }
        return report_words.headline(self.figures, self.shelter)

    @property
    def usable(self) -> int | None:
        return report_words.usable(self.figures) if self.figures else None

    @property
    def drafted_at(self) -> datetime:
        return reports.drafted_at(self.shelter, self.night)

    @property
    def sent_at(self) -> datetime:
        return reports.sent_at(self.shelter, self.night)

    @cached_property
    def roll_call(self) -> RollCall | None:
        rows = RollCall.objects.filter(shelter=self.shelter, night=self.night)
        return rows.select_related("closed_by").first()

    @property
    def missing(self) -> list[str]:
        """What nobody has written yet, as sentences; none of it keeps a person from confirming."""
        if self.figures is None:
            return []
        return [*self._missing_at_the_roll_call(), *self._missing_counts()]

    def _missing_at_the_roll_call(self) -> list[str]:
        answers = self.figures["roll_call"] if self.figures else None
        if answers is None:
            return [_("No roll-call was taken: everyone whom the records place here counts as present.")]
        found = []
        if left := answers["not_counted"]:
            words = ngettext(
                "%(count)d person was not counted at the roll-call, and counts as present.",
                "%(count)d people were not counted at the roll-call, and count as present.",
                left,
            )
            found.append(words % {"count": left})
        if self.roll_call is None or self.roll_call.closed_at is None:
            found.append(_("The roll-call has not been closed."))
        return found

    def _missing_counts(self) -> list[str]:
        figures, found = self.figures or {}, []
        if figures["turned_away"] is None:
            found.append(_("Nobody was written down as turned away. Confirming says that nobody was."))
        if any(served is None for served in figures["meals"].values()):
            found.append(_("Not every meal of the day was counted. What was not counted stays unknown."))
        return found

    @cached_property
    def contradictions(self) -> list[report_words.Changed]:
        """What the records say otherwise than this frozen report of who slept, came, went and was turned away."""
        if self.figures is None or self.report is None or self.report.frozen_at is None or not self.is_latest:
            return []
        key = (self.shelter.pk, self.night)
        said = PeopleFigures(**{name: self.figures[name] for name in PEOPLE})
        found = capacity.people_of([(self.shelter, self.night)], self.now)[key]
        moved = [
            report_figures.Difference((name,), getattr(said, name), getattr(found, name))
            for name in differing(said, found)
        ]
        return report_words.changed(moved, self.figures, self.figures)

    @cached_property
    def history(self) -> list[Version]:
        """Every frozen version, the latest first, with what became of its messages. One query."""
        frozen = [version for version in self.versions if version.frozen_at is not None]
        states = ReportDelivery.objects.filter(report__in=frozen).values_list("report", "state")
        sent: dict[int, list[str]] = {}
        for report_id, state in states:
            sent.setdefault(report_id, []).append(state)
        by_version = {version.version: version for version in frozen}
        return [_version(version, by_version.get(version.version - 1), sent.get(version.pk, [])) for version in frozen]


def _version(report: CapacityReport, before: CapacityReport | None, states: list[str]) -> Version:
    changes = []
    if before is not None:
        found = report_figures.differences(before.figures, report.figures)
        changes = report_words.changed(found, before.figures, report.figures)
    left = {OutgoingState.SENT, OutgoingState.DELIVERED}
    return Version(
        report,
        changes,
        sent=sum(state in left for state in states),
        failed=states.count(OutgoingState.FAILED),
        waiting=sum(state in {OutgoingState.PENDING, OutgoingState.CLAIMED} for state in states),
    )


def page_of(
    shelter: Shelter, night: date, *, version: int | None = None, now: datetime | None = None
) -> ReportPage | None:
    """One night of a shelter; None for a night that has not begun, and for a version that is not there."""
    now = now or timezone.now()
    if night > nights.tonight(shelter, now):
        return None
    rows = CapacityReport.objects.filter(shelter=shelter, night=night)
    versions = list(rows.select_related("confirmed_by", "corrected_by").order_by("-version"))
    for one in versions:
        one.shelter = shelter
    report = versions[0] if versions and version is None else None
    if version is not None:
        report = next((one for one in versions if one.version == version), None)
        if report is None:
            return None
    if report is not None:
        figures, counted_at = reports.current_figures(report, now)
        return ReportPage(shelter, night, now, report, figures, counted_at, versions)
    if now < reports.drafted_at(shelter, night):  # Not due yet: what the records say now.
        return ReportPage(shelter, night, now, None, report_figures.count([shelter], night, now)[shelter.pk], now)
    return ReportPage(shelter, night, now, None, None, None)
