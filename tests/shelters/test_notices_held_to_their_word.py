"""Appointments and notices, held to their word: what may not be lost, told too late, or told to the wrong ones."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from cases import people_to_call
from cases.models import Phone, Task, TaskKind
from cases.services.receipts import record_receipt
from cases.walltime import instant_at
from ngo.crypto import keyed_hash
from ngo.messaging.gateways import Receipt
from ngo.models.outbox import OutgoingState, Pace
from ngo.permissions import Role
from shelters.models import AuthorityNotice, Stay
from shelters.services import authority_events as services
from shelters.services import trip_alarms, trips
from shelters.services.authority_notices import send_notices
from shelters.services.desk import Place
from shelters.services.stays import check_in_family
from shelters.services.trips import Goer
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    ConsentFactory,
    FamilyFactory,
    PlacementFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)
from tests.factories_cases import case_of
from tests.gateway import FakeGateway

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 20, tzinfo=UTC)  # Noon in Tijuana, in winter.
TIJUANA = "America/Tijuana"


@pytest.fixture
def at_noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def elena():
    return StaffFactory(role=Role.COORDINATOR, name="Elena Muestra")


@pytest.fixture
def there(settings):
    with FakeGateway() as running:
        settings.SMS_GATEWAY = running.json()
        yield running


def with_a_date(elena, kind, number="+526645550100"):
    """A family with a date in five days, that is written to at a number."""
    family = FamilyFactory(organisation=elena.organisation)
    ConsentFactory(family=family, purpose="reminders")
    AppointmentFactory(family=family, kind=kind, starts_at=timezone.now() + timedelta(days=5))
    Phone.objects.create(
        family=family,
        number=number,
        number_hash=keyed_hash(number),
        country="MX",
        channel="sms",
        agreed_at=timezone.now(),
    )
    return family


def called_off(elena, kind):
    event, _new = services.enter_event(
        organisation=elena.organisation,
        by=elena,
        authority="CBP",
        what="cancelled",
        kind=kind,
        pathway=None,
        office=None,
        place="",
        from_on=timezone.localdate() + timedelta(days=1),
        new_on=None,
        new_time=None,
        keep_days=0,
        source="Comunicado de prueba",
        note="",
    )
    return event


@pytest.fixture
def notice(at_noon, elena):
    """That a date was called off for all, ten minutes later: it is due."""
    ShelterFactory(organisation=elena.organisation, zone=TIJUANA)
    kind = AppointmentKindFactory(organisation=elena.organisation)
    with_a_date(elena, kind)
    called_off(elena, kind)
    at_noon.shift(timedelta(minutes=11))
    return AuthorityNotice.objects.get()


# --- At the door ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["ended", "expired"])
def test_a_family_gets_its_bed_although_who_kept_its_court_case_works_here_no_more(elena, how):
    """At night at the desk: "Who is responsible must work here. Choose somebody else." and no bed, whatever reason is given."""
    worker = StaffFactory(organisation=elena.organisation, role=Role.CASEWORKER)
    family = FamilyFactory(organisation=elena.organisation)
    case_of(family, "us-court", worker, owner=worker)
    past = timezone.now() - timedelta(days=1)
    worker.memberships.update(**{"ended_at": past} if how == "ended" else {"expires_at": past})
    shelter = ShelterFactory(organisation=elena.organisation, beds=1)
    [bed] = shelter.spaces.get().beds.all()

    places = {family.people[0].pk: Place(bed.space_id, bed.pk)}
    check_in_family(family=family, shelter=shelter, places=places, by=elena, reason="Son las 23:40")

    assert Stay.objects.current().filter(family=family).exists()
    assert Task.objects.get(kind=TaskKind.ADDRESS).owner is None


# --- What an authority did -----------------------------------------------------------------------------------------------
def now_of(row):
    row.refresh_from_db()
    return row.state


def test_without_celery_families_are_told_too_that_an_authority_took_their_date_away(notice, there):
    """docs/running.md: "Without Celery, three commands do the same work from the same rows"."""
    for command in ("send_reminders", "send_reports", "watch_trips"):
        call_command(command)
    assert now_of(notice) == OutgoingState.SENT


def test_whom_the_news_of_a_date_that_an_authority_took_away_did_not_reach_is_to_be_called(notice, elena, there):
    there.unknown = {"+526645550100"}
    send_notices()
    assert now_of(notice) == OutgoingState.FAILED
    assert people_to_call.failed_for(elena).count == 1


def test_a_receipt_of_a_gateway_whose_own_ids_look_like_our_keys_is_understood(notice):
    """docs/gateways.md: `key` may be left out. cases.services.receipts falls back to the gateway's own id; so must this."""
    theirs = uuid4()
    AuthorityNotice.objects.update(state="sent", sent_at=timezone.now(), provider_id=str(theirs))
    record_receipt(channel="sms", receipt=Receipt(str(theirs), theirs, "failed", "Gateway failed"))
    assert now_of(notice) == OutgoingState.FAILED


def test_a_change_for_all_wakes_nobody_who_sleeps_by_another_clock_than_the_first_house(elena, there):
    ShelterFactory(organisation=elena.organisation, zone="America/Ciudad_Juarez")
    here = ShelterFactory(organisation=elena.organisation, zone=TIJUANA)
    early = instant_at(TIJUANA, NOON.date() + timedelta(days=1), time(7, 5))  # 08:05 in Ciudad Juárez.
    with time_machine.travel(early - timedelta(hours=12), tick=False):
        kind = AppointmentKindFactory(organisation=elena.organisation)
        family = with_a_date(elena, kind)
        StayFactory(shelter=here, family=family, person=family.people[0], arrived_at=timezone.now() - timedelta(days=3))
        called_off(elena, kind)
    with time_machine.travel(early, tick=False):
        send_notices()
    assert there.taken == []


# --- Trips ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def late(elena):
    """Somebody who ought to have been back an hour ago."""
    shelter = ShelterFactory(organisation=elena.organisation, beds=2)
    family = FamilyFactory(organisation=shelter.organisation)
    bed = shelter.spaces.get().beds.first()
    with time_machine.travel(timezone.now() - timedelta(hours=4), tick=False):
        arrived = timezone.now() - timedelta(days=3)
        stay = StayFactory(shelter=shelter, family=family, person=family.people[0], arrived_at=arrived)
        PlacementFactory(bed=bed, stay=stay)
        return trips.open_trip(
            shelter=shelter,
            goers=[Goer(stay.person, stay)],
            expected_at=timezone.now() + timedelta(hours=3),
            by=elena,
        )


def test_a_clock_that_was_set_back_does_not_stop_the_alarm_of_who_is_not_back(late, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Pace.objects.create(channel="email", free_at=timezone.now() + timedelta(days=30))
    trip_alarms.look()
    assert len(mail.outbox) == 2  # The first and, by now, the second of the chain.
