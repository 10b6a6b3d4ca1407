"""What an authority cancels or moves for many at once: looked at, done once, undone as one act."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from psycopg.types.range import DateRange, TimestamptzRange

from cases import notice_words
from cases.models import (
    STILL_ON,
    Appointment,
    AppointmentChange,
    AppointmentPerson,
    AppointmentState,
    Audience,
    Case,
    Consent,
    ConsentMethod,
    Decision,
    EmailAddress,
    Family,
    FamilyMember,
    Group,
    NoticeRule,
    Person,
    Process,
    ProcessPerson,
    Purpose,
    Relationship,
    Reminder,
    Task,
    TaskKind,
)
from cases.services.appointments import cancel_appointment
from cases.services.processes import reopen_process
from cases.services.reminders import plan_many
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from shelters.endings import endings_within, extensions_of
from shelters.models import (
    AuthorityChange,
    AuthorityNotice,
    Bed,
    BedPeriod,
    Placement,
    PlacementState,
    Stay,
    StayExtension,
)
from shelters.nights import noon_of
from shelters.services import authority_events as services
from shelters.services.authority_notices import send_notices
from shelters.services.holds import hold_beds, hold_places
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    EmailAddressFactory,
    FamilyFactory,
    OfficeFactory,
    PlacementFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
)
from tests.factories_cases import case_of, claim_of, pathway_of
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 20, tzinfo=UTC)  # Noon in Tijuana, in winter.
TODAY = date(2026, 11, 18)


def day(number):
    return TODAY + timedelta(days=number)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def elena():
    return StaffFactory(role=Role.COORDINATOR, name="Elena Muestra")


@pytest.fixture
def kind(elena):
    kind = AppointmentKindFactory(organisation=elena.organisation, group=Group.US_APPOINTMENT, is_checked_weekly=True)
    NoticeRule.objects.create(
        organisation=kind.organisation, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(17)
    )
    return kind


@pytest.fixture
def port():
    return OfficeFactory(kind="port", name="Garita Ejemplo")


@pytest.fixture
def house(elena):
    return ShelterFactory(organisation=elena.organisation, stay_limit=20)


def facts(kind, **more) -> dict[str, Any]:
    return {
        "authority": "CBP",
        "what": "cancelled",
        "kind": kind,
        "pathway": None,
        "office": None,
        "place": "",
        "from_on": day(1),
        "new_on": None,
        "new_time": None,
        "keep_days": 14,
        "source": "Comunicado de prueba",
        "note": "",
    } | more


def enter(by, kind, **more):
    seen = more.pop("seen", "")
    return services.enter_event(organisation=by.organisation, by=by, seen=seen, **facts(kind, **more))


def look(by, kind, **more):
    return services.preview(organisation=by.organisation, by=by, **facts(kind, **more))


def undo(event, by):
    return services.undo_event(event=event, by=by, reason="Fue un rumor")


def family_with_date(by, kind, office=None, in_days=5, agreed=True, **more):
    """A family of two with a date, that is written to."""
    family = FamilyFactory(organisation=by.organisation, people=2)
    starts_at = NOON + timedelta(days=in_days)
    row = AppointmentFactory(family=family, kind=kind, office=office, starts_at=starts_at, **more)
    family.mail = EmailAddressFactory(family=family, agreed=agreed)
    plan_many(appointments=[row])
    return family, row


def put_to_bed(house, family, nights_ago=10, leaves_on=None):
    room = SpaceFactory(shelter=house, beds=len(family.people))
    for person, bed in zip(family.people, room.beds.all(), strict=True):
        arrived = NOON - timedelta(days=nights_ago)
        place = PlacementFactory(bed=bed, person=person, family=family, arrived_at=arrived)
        if leaves_on:
            place.planned = TimestamptzRange(arrived, noon_of(house, leaves_on))
            place.save()
    Stay.objects.filter(family=family).update(expected_departure_on=leaves_on)
    return room


TABLES = (Appointment, Reminder, Process, ProcessPerson, Case, Stay, Placement)


def as_it_is():
    """Every row of what an event may change, as it stands; of tasks only those that it did not make."""
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}
    return rows | {"Task": list(Task.objects.exclude(key__startswith="authority:").order_by("pk").values())}


# --- Two hundred families ----------------------------------------------------------------------------------------------


def many_families(by, kind, house, count, now=NOON):
    """So many families of two, made in bulk: a case, an appointment with its reminder, an address that agreed, two beds."""
    organisation, way = by.organisation, pathway_of(by.organisation, "us-port")
    families = Family.objects.bulk_create(
        Family(organisation=organisation, folio=f"M-{number:04d}") for number in range(count)
    )
    people = Person.objects.bulk_create(
        Person(
            organisation=organisation, given_names="Prueba", first_surname=f"Ensayo {number}", born_on=date(1990, 1, 1)
        )
        for number in range(2 * count)
    )
    of = {person.pk: families[number // 2] for number, person in enumerate(people)}
    FamilyMember.objects.bulk_create(
        FamilyMember(
            family=of[person.pk],
            person=person,
            is_head=number % 2 == 0,
            relationship=Relationship.PARTNER if number % 2 else Relationship.HEAD,
        )
        for number, person in enumerate(people)
    )
    Case.objects.bulk_create(Case(person=person, group=Group.US_APPOINTMENT, owner=by) for person in people)
    version = way.versions.get()
    step = version.steps.order_by("position")[0]
    cases = Process.objects.bulk_create(
        Process(organisation=organisation, family=family, version=version, step=step, owner=by) for family in families
    )
    ProcessPerson.objects.bulk_create(
        ProcessPerson(process=cases[number // 2], person=person, is_main=True) for number, person in enumerate(people)
    )
    starts_at = now + timedelta(days=5)
    there = starts_at.astimezone(ZoneInfo("America/Tijuana"))
    dates = Appointment.objects.bulk_create(
        Appointment(
            organisation=organisation,
            family=family,
            kind=kind,
            place="Garita de prueba",
            zone="America/Tijuana",
            local_date=there.date(),
            local_time=there.time(),
            starts_at=starts_at,
            home_zone="America/Tijuana",
            leave_shelter_at=starts_at - timedelta(hours=2),
            report_at=starts_at - timedelta(hours=1),
            owner=by,
        )
        for family in families
    )
    AppointmentPerson.objects.bulk_create(
        AppointmentPerson(appointment=dates[number // 2], person=person) for number, person in enumerate(people)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(family=family, address=(mail := f"{family.pk}@prueba.example"), address_hash=keyed_hash(mail))
        for family in families
    )
    Consent.objects.bulk_create(
        Consent(
            family=family,
            person=people[2 * number],
            purpose=Purpose.REMINDERS,
            decision=Decision.GIVEN,
            method=ConsentMethod.WRITTEN,
            notice_version="prueba",
            notice_language="spa",
            by=by,
        )
        for number, family in enumerate(families)
    )
    in_beds(house, people, of, now - timedelta(days=10))
    plan_many(appointments=dates)
    return families


def in_beds(house, people, of, arrived):
    room = SpaceFactory(shelter=house)
    beds = Bed.objects.bulk_create(Bed(space=room, label=str(n), kind="single") for n in range(len(people)))
    stays = Stay.objects.bulk_create(
        Stay(shelter=house, person=person, family=of[person.pk], arrived_at=arrived) for person in people
    )
    Placement.objects.bulk_create(
        Placement(
            shelter=house,
            space=room,
            bed=bed,
            stay=stay,
            person_id=stay.person_id,
            family_id=stay.family_id,
            state=PlacementState.IN,
            actual=TimestamptzRange(arrived, None),
            planned=TimestamptzRange(arrived, None),
        )
        for bed, stay in zip(beds, stays, strict=True)
    )


def test_two_hundred_families_at_once_are_looked_at_done_once_and_put_back(elena, kind, house):
    many_families(elena, kind, house, 200)
    said = {"pathway": pathway_of(elena.organisation, "us-port")}
    before = as_it_is()

    seen = look(elena, kind, **said)
    assert as_it_is() == before  # Looking changes nothing.
    assert (seen.families, seen.people, seen.tasks, seen.told) == (200, 400, 200, 200)
    assert [
        sum(bool(getattr(row, f"{what}_id")) for row in seen.effects) for what in ("appointment", "process", "stay")
    ] == [
        200,
        200,
        400,
    ]

    event, is_new = enter(elena, kind, seen=seen.seen, **said)
    again, is_new_again = enter(elena, kind, seen=seen.seen, **said)

    assert (is_new, is_new_again, again) == (True, False, event)
    done = {(row.appointment_id, row.process_id, row.stay_id) for row in event.effects.all()}
    assert done == {(row.appointment_id, row.process_id, row.stay_id) for row in seen.effects}
    assert set(Appointment.objects.values_list("state", flat=True)) == {AppointmentState.CANCELLED_BY_AUTHORITY}
    assert AppointmentChange.objects.count() == 200
    assert set(Reminder.objects.values_list("state", "reason")) == {(OutgoingState.CANCELLED, "cancelled")}
    assert Process.objects.filter(closing="cancelled").count() == 200
    assert Case.objects.open().filter(group=Group.UNDECIDED).count() == 400
    assert Task.objects.open().filter(kind=TaskKind.CHOOSE_WAY, owner=elena).count() == Task.objects.count() == 200
    assert AuthorityNotice.objects.filter(state=OutgoingState.PENDING).count() == 200
    assert set(Stay.objects.values_list("expected_departure_on", flat=True)) == {event.kept_until} == {day(15)}

    undone = undo(event, elena)
    assert (undone.put_back, undone.left) == (800, 0)
    assert as_it_is() == before
    assert not Task.objects.open().exists()
    assert not AuthorityNotice.objects.exclude(state=OutgoingState.CANCELLED).exists()


def test_it_takes_as_many_statements_for_many_as_for_few():
    counts = []
    for families in (3, 12):
        by = StaffFactory(role=Role.COORDINATOR)
        way = pathway_of(by.organisation, "us-port")
        kind = AppointmentKindFactory(organisation=by.organisation, group=Group.US_APPOINTMENT)
        NoticeRule.objects.create(
            organisation=kind.organisation, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(17)
        )
        many_families(by, kind, ShelterFactory(organisation=by.organisation, stay_limit=20), families)
        with CaptureQueriesContext(connection) as entered:
            event, _new = enter(by, kind, pathway=way)
        with CaptureQueriesContext(connection) as undone:
            undo(event, by)
        counts.append((len(entered), len(undone)))

    assert counts[0] == counts[1]
    assert max(counts[0]) < 100


# --- What it does ------------------------------------------------------------------------------------------------------


def test_only_that_kind_at_that_place_from_that_day_on_is_reached(elena, kind, port):
    other_kind = AppointmentKindFactory(organisation=elena.organisation)
    _family, reached = family_with_date(elena, kind, port)
    earlier = family_with_date(elena, kind, port, in_days=2)[1]
    elsewhere = family_with_date(elena, kind)[1]
    another = family_with_date(elena, other_kind, port)[1]
    stranger = StaffFactory(role=Role.COORDINATOR)
    theirs = family_with_date(stranger, AppointmentKindFactory(organisation=stranger.organisation), port)[1]

    event, _new = enter(elena, kind, office=port, from_on=day(3))

    assert list(event.effects.values_list("appointment", flat=True)) == [reached.pk]
    untouched = Appointment.objects.filter(pk__in=[earlier.pk, elsewhere.pk, another.pk, theirs.pk])
    assert set(untouched.values_list("state", flat=True)) <= set(STILL_ON)
    assert Reminder.objects.filter(appointment__in=untouched, state=OutgoingState.CANCELLED).count() == 0
    assert Task.objects.count() == 1


def test_another_organisation_s_kind_is_refused(elena, kind):
    stranger = StaffFactory(role=Role.COORDINATOR)

    with pytest.raises(Refused):
        enter(stranger, kind)
    assert not AuthorityChange.objects.exists()


def test_nothing_that_fits_is_said_and_not_written(elena, kind):
    with pytest.raises(Refused, match="Nothing here fits that"):
        enter(elena, kind)
    assert not AuthorityChange.objects.exists()


def test_a_date_that_is_moved_keeps_its_people_and_is_reminded_anew(elena, kind, port):
    family, old = family_with_date(elena, kind, port)
    before = as_it_is()

    event, _new = enter(elena, kind, what="moved", new_on=day(12), new_time=time(9), keep_days=0)
    new = Appointment.objects.get(replaces=old)

    assert (new.local_date, new.local_time, new.office, new.told_at) == (day(12), time(9), port, None)
    assert new.starts_at - new.leave_shelter_at == old.starts_at - old.leave_shelter_at
    assert set(new.people.values_list("person", flat=True)) == {person.pk for person in family.people}
    assert [row.due_at.date() for row in new.reminders.filter(state=OutgoingState.PENDING)] == [
        day(12)
    ]  # 17:00 of the 11th.
    assert not Task.objects.filter(key__startswith="authority:").exists()
    assert Task.objects.get().kind == TaskKind.VERIFY_HEARING

    undo(event, elena)
    new.refresh_from_db()
    assert new.state == AppointmentState.CANCELLED_BY_AUTHORITY
    assert not new.reminders.filter(state=OutgoingState.PENDING).exists()
    assert [row for row in as_it_is()["Appointment"] if row["id"] == old.pk] == before["Appointment"]
    assert [row for row in as_it_is()["Reminder"] if row["appointment_id"] == old.pk] == before["Reminder"]


def test_where_the_new_day_is_not_told_somebody_asks_for_it(elena, kind):
    _family, row = family_with_date(elena, kind, owner=elena)
    way = case_of(row.family, "us-port", elena, owner=elena)

    enter(elena, kind, what="to_be_told")

    task = Task.objects.get(key__startswith="authority:")
    assert (task.kind, task.process, task.owner) == (TaskKind.OTHER, way, elena)
    assert "Ask for the new one" in task.text
    way.refresh_from_db()
    assert way.is_open


def test_a_family_without_a_case_gets_one_task_for_all_its_dates(elena, kind):
    family, _row = family_with_date(elena, kind)
    AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(days=9))
    Case.objects.filter(person=family.people[0]).update(owner=elena)

    enter(elena, kind)

    task = Task.objects.get()
    assert (task.kind, task.owner, task.person_id) == (TaskKind.CHOOSE_WAY, elena, family.people[0].pk)


def test_whoever_has_another_way_goes_by_it_and_need_not_choose(elena, kind):
    family, _row = family_with_date(elena, kind)
    claim = claim_of(family, elena)
    port_case = case_of(family, "us-port", elena)
    before = as_it_is()

    event, _new = enter(elena, kind, pathway=pathway_of(elena.organisation, "us-port"))
    port_case.refresh_from_db()

    assert port_case.closing == "cancelled"
    assert set(claim.process.people.main().values_list("person", flat=True)) == {one.pk for one in family.people}
    groups = Case.objects.open().filter(person__in=family.people).values_list("group", flat=True)
    assert set(groups) == {Group.MEXICAN_PROTECTION}
    assert not Task.objects.open().filter(kind=TaskKind.CHOOSE_WAY).exists()

    undo(event, elena)
    assert as_it_is() == before


def test_a_case_whose_claim_is_open_stays_open_and_is_named(elena, kind):
    family = FamilyFactory(organisation=elena.organisation)
    claim = claim_of(family, elena, filed_on=TODAY)

    event, _new = enter(elena, None, pathway=claim.process.version.pathway)

    claim.process.refresh_from_db()
    assert claim.process.is_open
    assert event.effects.get().left_alone == "open_claim"


# --- Once --------------------------------------------------------------------------------------------------------------


def test_what_was_looked_at_is_done_or_nothing(elena, kind):
    family_with_date(elena, kind)
    seen = look(elena, kind)
    family_with_date(elena, kind)

    with pytest.raises(Refused, match="Since you looked"):
        enter(elena, kind, seen=seen.seen)
    assert not AuthorityChange.objects.exists()
    assert Appointment.objects.still_on().count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_enter_the_same_at_one_moment_enter_it_once(elena, kind):
    for _number in range(3):
        family_with_date(elena, kind)

    answers = []

    at_once([lambda: answers.append(enter(elena, kind)[1])] * 2)

    assert sorted(answers) == [False, True]
    assert AuthorityChange.objects.count() == 1
    assert (Task.objects.count(), AuthorityNotice.objects.count()) == (3, 3)
    assert AppointmentChange.objects.filter(state=AppointmentState.CANCELLED_BY_AUTHORITY).count() == 3


def test_it_is_undone_once_and_can_be_entered_again(elena, kind):
    family_with_date(elena, kind)
    event, _new = enter(elena, kind)
    undo(event, elena)

    with pytest.raises(Refused, match="already been undone"):
        undo(event, elena)
    assert enter(elena, kind)[1]


def test_what_was_changed_since_stays_as_it_is(elena, kind):
    way = pathway_of(elena.organisation, "us-port")
    families = [family_with_date(elena, kind)[0] for _number in range(2)]
    cases = [case_of(family, "us-port", elena) for family in families]
    event, _new = enter(elena, kind, pathway=way, what="cancelled")
    reopen_process(process=cases[0], by=elena, reason="Otra solicitud")

    undone = undo(event, elena)

    assert (undone.put_back, undone.left) == (3, 1)
    assert [row.process for row in event.effects.filter(put_back_at=None)] == [cases[0]]
    assert ProcessPerson.objects.current().filter(process__in=cases).count() == 4


def test_a_new_date_that_was_cancelled_since_is_not_put_back(elena, kind):
    _family, old = family_with_date(elena, kind)
    event, _new = enter(elena, kind, what="moved", new_on=day(12))
    cancel_appointment(appointment=Appointment.objects.get(replaces=old), by=elena, reason="Ya no van")

    assert undo(event, elena).left == 1
    old.refresh_from_db()
    assert old.state == AppointmentState.RESCHEDULED


# --- Messages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_who_agreed_is_written_to_once_and_nobody_else(server, elena, kind, house, at_noon):
    told, _row = family_with_date(elena, kind)
    never_agreed, _row = family_with_date(elena, kind, agreed=False)
    takes_it_back, _row = family_with_date(elena, kind)
    enter(elena, kind)
    Consent.objects.filter(family=takes_it_back).update(withdrawn_at=NOON, ending="withdrawn", ended_by=elena)

    assert send_notices().touched == 0  # A few minutes in which it can still be undone.
    at_noon.shift(timedelta(minutes=11))
    send_notices()
    send_notices()

    assert [message.to for message in mail.outbox] == [[told.mail.address]]
    said = mail.outbox[0].subject + mail.outbox[0].body
    assert not any(word in said for word in ("CBP", kind.name_es, "Garita", told.people[0].given_names, "cancel"))
    states = dict(AuthorityNotice.objects.values_list("family", "state"))
    assert states == {
        told.pk: OutgoingState.SENT,
        never_agreed.pk: OutgoingState.SUPPRESSED,
        takes_it_back.pk: OutgoingState.CANCELLED,
    }


def test_who_was_written_to_is_written_to_again_when_it_is_undone(server, elena, kind, house, at_noon):
    family_with_date(elena, kind)
    event, _new = enter(elena, kind)
    at_noon.shift(timedelta(minutes=11))
    send_notices()
    undo(event, elena)
    at_noon.shift(timedelta(minutes=11))
    send_notices()

    assert len(mail.outbox) == 2


def test_at_night_the_message_waits_for_the_morning(elena, kind, at_noon):
    family_with_date(elena, kind)
    at_noon.shift(timedelta(hours=10))  # 22:00 in Tijuana.
    ShelterFactory(organisation=elena.organisation)
    enter(elena, kind)

    assert AuthorityNotice.objects.get().due_at == datetime(2026, 11, 19, 16, tzinfo=UTC)


def test_each_family_is_written_to_in_the_morning_of_the_house_where_it_sleeps(elena, kind, house, at_noon):
    """The organisation's first house is in Tijuana; in Ciudad Juárez it is an hour later, in Cancún two."""
    east = ShelterFactory(organisation=elena.organisation, zone="America/Cancun")
    nowhere, _row = family_with_date(elena, kind)
    there, _row = family_with_date(elena, kind)
    put_to_bed(east, there)
    both, _row = family_with_date(elena, kind)
    put_to_bed(east, both)
    Stay.objects.filter(person=both.people[1]).update(shelter=house)
    at_noon.shift(timedelta(hours=12))  # Midnight in Tijuana.
    event, _new = enter(elena, kind)

    eight_in_cancun, eight_in_tijuana = (datetime(2026, 11, 19, hour, tzinfo=UTC) for hour in (13, 16))
    due = dict(AuthorityNotice.objects.values_list("family", "due_at"))
    assert due == {nowhere.pk: eight_in_tijuana, there.pk: eight_in_cancun, both.pk: eight_in_tijuana}
    AuthorityNotice.objects.update(state=OutgoingState.SENT, sent_at=NOON)
    undo(event, elena)
    assert dict(AuthorityNotice.objects.filter(is_of_undo=True).values_list("family", "due_at")) == due


def test_the_page_of_what_will_be_sent_to_a_family_has_these_lines_too(server, client, elena, kind, house, at_noon):
    family, _row = family_with_date(elena, kind)
    other, _row = family_with_date(elena, kind, agreed=False)
    event, _new = enter(elena, kind)
    elena.language = "en"
    elena.save(update_fields=["language"])

    def page(of):
        client.force_login(elena)
        return " ".join(client.get(reverse("cases:family_notices", args=[of.pk])).content.decode().split())

    said = notice_words.email_words("changed", AuthorityNotice.objects.get(family=family).language).text
    ahead = page(family)
    assert 'id="h-past"' not in ahead
    assert "A change by an authority. The family, E-mail" in ahead
    assert said.split("\n")[0] in ahead
    assert "A change by an authority. The family, E-mail" in page(other)
    at_noon.shift(timedelta(minutes=11))
    send_notices()
    undo(event, elena)
    ahead, past = page(family).split('id="h-past"')
    assert "Taken back: a change by an authority" in ahead
    assert "A change by an authority. The family, E-mail" in past
    event, _new = enter(elena, kind)
    undo(event, elena)
    assert "What changed was taken back" in page(family)


def test_an_address_that_was_added_meanwhile_is_reminded_after_the_undoing(elena, kind):
    family, row = family_with_date(elena, kind)
    event, _new = enter(elena, kind)
    EmailAddressFactory(family=family, agreed=True)
    undo(event, elena)

    assert row.reminders.filter(state=OutgoingState.PENDING).count() == 2


# --- Beds --------------------------------------------------------------------------------------------------------------


def test_no_stay_of_theirs_ends_before_the_day_and_the_list_says_why(elena, kind, house):
    family, _row = family_with_date(elena, kind)
    put_to_bed(house, family, nights_ago=18)  # By the longest stay of the house, two days are left.
    event, _new = enter(elena, kind)

    rows = endings_within([house], None)[0].rows
    ends = {row.ends_on for row in rows}
    asked = extensions_of(family, [house])

    assert ends == {event.kept_until} == {day(15)}
    assert all(row.is_kept for row in rows)
    assert (len(asked), len(asked[0].rows), asked[0].first.state) == (1, 2, "approved")
    assert "their place is kept" in asked[0].first.reason
    assert {place.planned.upper for place in Placement.objects.filter(family=family)} == {noon_of(house, day(15))}


def test_who_may_stay_longer_anyway_keeps_their_own_day(elena, kind, house):
    family, _row = family_with_date(elena, kind)
    put_to_bed(house, family, nights_ago=1)
    later, _row = family_with_date(elena, kind)
    put_to_bed(house, later, leaves_on=day(19))

    enter(elena, kind)

    assert not StayExtension.objects.exists()


def test_a_bed_that_is_promised_to_somebody_else_is_named_and_the_others_are_kept(elena, kind, house):
    family, _row = family_with_date(elena, kind)
    room = put_to_bed(house, family, leaves_on=day(3))
    hold_beds(
        shelter=house,
        beds=[room.beds.first()],
        by=elena,
        held_for="Otra familia",
        starts_at=noon_of(house, day(5)),
        until=noon_of(house, day(6)),
        expires_at=noon_of(house, day(6)),
    )
    before = as_it_is()

    event, _new = enter(elena, kind)

    reasons = list(event.effects.exclude(stay=None).order_by("left_alone").values_list("left_alone", flat=True))
    assert reasons == ["", "bed_promised"]
    assert sorted(Stay.objects.values_list("expected_departure_on", flat=True)) == [day(3), day(15)]
    undo(event, elena)
    assert as_it_is() == before


def test_a_hold_of_theirs_does_not_run_out(elena, kind, house):
    family, _row = family_with_date(elena, kind)
    bed = SpaceFactory(shelter=house, beds=1).beds.get()
    soon = NOON + timedelta(hours=2)
    hold_beds(shelter=house, beds=[bed], by=elena, family=family, expires_at=soon)
    before = as_it_is()

    event, _new = enter(elena, kind)
    hold = Placement.objects.get()
    assert hold.hold_expires_at == hold.planned.upper == noon_of(house, day(15))

    undo(event, elena)
    assert as_it_is() == before


def test_as_many_beds_are_kept_as_a_promise_by_number_leaves(elena, kind, house):
    family, _row = family_with_date(elena, kind)
    put_to_bed(house, family, leaves_on=day(3))
    then = {"starts_at": noon_of(house, day(5)), "until": noon_of(house, day(6)), "expires_at": noon_of(house, day(6))}
    hold_places(shelter=house, count=1, by=elena, held_for="Otra familia", **then)
    before = as_it_is()

    event, _new = enter(elena, kind)

    reasons = event.effects.exclude(stay=None).order_by("pk").values_list("left_alone", flat=True)
    assert list(reasons) == ["", "bed_promised"]
    assert StayExtension.objects.count() == 1
    undo(event, elena)
    assert as_it_is() == before


def test_a_bed_that_goes_out_of_service_and_a_hold_by_number_are_named(elena, kind, house):
    family, _row = family_with_date(elena, kind)
    room = put_to_bed(house, family, leaves_on=day(3))
    bed = room.beds.first()
    BedPeriod.objects.filter(bed=bed).update(nights=DateRange(date(2020, 1, 1), day(10)))
    SpaceFactory(shelter=house, beds=3)
    hold_places(shelter=house, count=1, by=elena, family=family, expires_at=NOON + timedelta(hours=2))

    event, _new = enter(elena, kind)

    assert event.effects.get(stay__placements__bed=bed).left_alone == "bed_goes"
    assert event.effects.exclude(hold=None).get().left_alone == "by_number"


# --- The pages ---------------------------------------------------------------------------------------------------------


def posted(kind, **more):
    return {
        "authority": "CBP",
        "what": "cancelled",
        "kind": kind.pk,
        "where": "",
        "from_on_day": "19",
        "from_on_month": "11",
        "from_on_year": "2026",
        "pathway": "",
        "keep_days": "14",
        "source": "Comunicado",
    } | more


def test_a_coordinator_looks_and_enters_and_a_lawyer_reads(client, elena, kind):
    family, _row = family_with_date(elena, kind)
    lawyer = StaffFactory(organisation=elena.organisation, role=Role.LEGAL)
    client.force_login(elena)
    address = reverse("shelters:authority_event_new")

    looked = client.post(address, posted(kind, step="look"))
    assert "Do it for 1 family" in looked.content.decode()
    assert not AuthorityChange.objects.exists()
    given = posted(kind, step="enter", seen=looked.context["seen"].seen)
    entered = client.post(address, given)
    event = AuthorityChange.objects.get()
    assert entered.url == reverse("shelters:authority_event", args=[event.pk]) == client.post(address, given).url

    client.force_login(lawyer)
    page = client.get(entered.url).content.decode()
    assert family.folio in page
    assert "Undo all of it" not in page
    assert client.get(address).status_code == 403
    assert client.post(reverse("shelters:authority_event_undo", args=[event.pk])).status_code == 403


def test_a_form_says_at_its_field_what_is_missing(client, elena, kind):
    client.force_login(elena)
    address = reverse("shelters:authority_event_new")

    answer = client.post(address, posted(kind, step="look", what="moved", keep_days="999", source=""))

    assert set(answer.context["form"].errors) == {"new_on", "keep_days", "source"}
    assert client.post(address, posted(kind, step="look") | {"kind": ""}).context["form"].errors.keys() == {"kind"}
