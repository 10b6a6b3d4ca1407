"""Workers and people at one report at the same instant, on real connections: one row, one freeze, one message each."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from ngo.errors import Refused
from shelters import nights
from shelters.models import CapacityReport, ReportDelivery, ReportState
from shelters.services import reports
from tests.factories import ReportRecipientFactory, ShelterFactory, StaffFactory, StayFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]


@pytest.fixture
def house():
    """A shelter whose guest came two nights ago: a report of last night is due, and to be sent, whatever the hour."""
    shelter = ShelterFactory(beds=2)
    StayFactory(shelter=shelter, arrived_at=timezone.now() - timedelta(days=2))
    ReportRecipientFactory(shelter=shelter)
    return shelter


def at_once(acts):
    """Run every act in its own thread and connection, all released at one moment. Outcomes: what it gave, or "refused"."""
    barrier = threading.Barrier(len(acts))

    def run(act):
        barrier.wait(timeout=30)
        try:
            return act()
        except Refused:
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_workers_that_look_at_the_same_instant_draft_and_freeze_each_night_once(house):
    tomorrow = timezone.now() + timedelta(days=1)
    at_once([lambda: reports.draft_due(tomorrow)] * 4)
    made = list(CapacityReport.objects.values_list("night", flat=True))
    assert len(made) == len(set(made)) >= 2

    sent = at_once([lambda: reports.send_due(tomorrow + timedelta(days=2))] * 4)

    assert sum(sent) == len(made)
    assert not CapacityReport.objects.filter(state=ReportState.DRAFT).exists()
    assert ReportDelivery.objects.count() == len(made)


def test_a_report_that_is_confirmed_while_the_send_hour_strikes_is_frozen_once(house):
    desk = StaffFactory(organisation=house.organisation)
    now = timezone.now()
    reports.draft_due(now)
    report = CapacityReport.objects.get(night=nights.tonight(house, now) - nights.ONE_DAY)
    seen, _at = reports.current_figures(report, now)

    def confirm():
        reports.confirm(report=report, by=desk, seen=seen, now=now)
        return "confirmed"

    later = now + timedelta(days=2)
    outcomes = at_once([confirm, lambda: reports.send_due(later), confirm, lambda: reports.send_due(later)])

    report.refresh_from_db()
    assert outcomes.count("confirmed") == (report.state == ReportState.CONFIRMED)
    assert report.frozen_at is not None
    assert ReportDelivery.objects.filter(report=report).count() == 1
