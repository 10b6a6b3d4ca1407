"""Workers and people that reach for one report at the same instant, on real connections."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ngo.errors import Refused
from shelters.models import Answer, CapacityReport, ReportDelivery, ReportState, Stay
from shelters.services import report_figures, reports
from tests.factories import ReportRecipientFactory, RollCallMarkFactory, ShelterFactory, StaffFactory, StayFactory
from tests.shelters.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]
NIGHT = date(2025, 12, 10)
TIJUANA = ZoneInfo("America/Tijuana")
EVENING, MORNING = datetime.combine(NIGHT, time(21, 30), TIJUANA), datetime(2025, 12, 11, 7, 0, tzinfo=TIJUANA)
WORKERS = 8


@pytest.fixture
def house():
    shelter = ShelterFactory(beds=3)
    StayFactory(shelter=shelter, arrived_at=datetime.combine(NIGHT, time(15), TIJUANA))
    ReportRecipientFactory(shelter=shelter)
    ReportRecipientFactory(shelter=shelter)
    return shelter


def test_many_workers_at_once_make_one_draft(house):
    made = []

    outcomes = at_once([lambda: made.append(reports.draft_due(EVENING))] * WORKERS)

    assert outcomes == ["done"] * WORKERS
    assert CapacityReport.objects.count() == 1
    assert CapacityReport.objects.get().state == ReportState.DRAFT


def test_many_workers_at_once_freeze_once_with_one_delivery_for_each(house):
    reports.draft_due(EVENING)
    frozen = []

    outcomes = at_once([lambda: frozen.append(reports.send_due(MORNING))] * WORKERS)

    assert outcomes == ["done"] * WORKERS
    assert sum(frozen) == 1
    assert CapacityReport.objects.get().state == ReportState.UNCONFIRMED
    assert ReportDelivery.objects.count() == 2


def test_a_person_and_the_workers_reach_for_the_same_draft(house):
    reports.draft_due(EVENING)
    draft = CapacityReport.objects.select_related("shelter").get()
    seen, _at = reports.current_figures(draft, MORNING)
    coordinators = [StaffFactory(organisation=house.organisation) for _number in range(3)]

    def confirming(by):
        return lambda: reports.confirm(report=draft, by=by, seen=seen, now=MORNING)

    outcomes = at_once([*map(confirming, coordinators), *[lambda: reports.send_due(MORNING)] * 3])

    report = CapacityReport.objects.get()
    confirmed = outcomes[:3].count("done")
    assert confirmed == (report.state == ReportState.CONFIRMED)
    assert outcomes[3:] == ["done"] * 3
    assert all("Correct it if it is wrong." in outcome for outcome in outcomes[:3] if outcome != "done")
    assert ReportDelivery.objects.count() == 2


def test_two_corrections_at_once_are_two_versions_or_one_and_a_sentence(house):
    reports.draft_due(EVENING)
    reports.send_due(MORNING)
    report = CapacityReport.objects.select_related("shelter").get()
    coordinators = [StaffFactory(organisation=house.organisation) for _number in range(2)]

    outcomes = at_once(
        [lambda by=by: reports.correct(report=report, by=by, reason="Se revisó", now=MORNING) for by in coordinators]
    )

    assert outcomes.count("done") == 1  # The second finds that nothing differs any more.
    assert sorted(CapacityReport.objects.values_list("version", flat=True)) == [1, 2]
    with pytest.raises(Refused):
        reports.correct(report=report, by=coordinators[0], reason="Otra vez", now=MORNING)


@pytest.mark.parametrize("is_drafted", [False, True])
def test_what_nobody_looks_at_is_counted_as_of_one_moment(house, monkeypatch, is_drafted):
    if is_drafted:
        reports.draft_due(EVENING)
    count_people, answers = report_figures._add_people, []

    def absent():
        mark = RollCallMarkFactory(stay=Stay.objects.get(), night=NIGHT, answer=Answer.ABSENT, happened_at=EVENING)
        answers.append(mark)

    def after_an_answer(*given):
        """Between two questions of the worker somebody answers at the roll-call that the one guest is absent."""
        assert answers or at_once([absent]) == ["done"]
        count_people(*given)

    monkeypatch.setattr(report_figures, "_add_people", after_an_answer)
    if is_drafted:
        reports.send_due(MORNING)
    else:
        reports.draft_due(EVENING)

    figures = CapacityReport.objects.get().figures
    assert answers
    assert (figures["occupied"], figures["away"], figures["roll_call"]) == (1, None, None)
    assert sum(sum(ages.values()) for ages in figures["people"].values()) == 1
