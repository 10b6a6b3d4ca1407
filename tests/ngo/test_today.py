"""Today, the read log, More, and Django's admin: what is true, for whom, and what it costs."""

import re
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from psycopg.types.range import TimestamptzRange

from cases.models import AlertKind, Case, ChildAlert, ChildPlace, Group, IntakeDraft, NoticeRule, Reminder
from cases.services.child_places import place_child
from cases.services.children import record_notice
from cases.services.protection import begin_sign_ins
from ngo.dashboard import today_of
from ngo.dashboard.cases import case_lines
from ngo.dashboard.waiting import URGENCY
from ngo.forms.reads import WORDS
from ngo.models import Organisation, ReadLog
from ngo.permissions import Role
from shelters.models import Answer, Confirmation, Opening, ReportState, RollCallMark, Shelter, ShelterState, Sleepers
from shelters.nights import evening_of, noon_of, tonight
from shelters.services.holds import hold_beds
from shelters.services.roll_call import close_roll_call, mark_all_present
from shelters.services.supplies import count_in
from shelters.services.waiting import join_list
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    BedFactory,
    ChildPlaceFactory,
    ConfirmationFactory,
    EmailAddressFactory,
    FamilyFactory,
    MembershipFactory,
    PassageFactory,
    PlacementFactory,
    ReportFactory,
    RollCallMarkFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayExtensionFactory,
    StayFactory,
)
from tests.factories_cases import claim_of, in_days
from tests.factories_supplies import ItemFactory, LegalProviderFactory, WeeklySlotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def alice():
    return StaffFactory(role=Role.COORDINATOR)


@pytest.fixture
def shelter(alice):
    return a_house(alice.organisation, name="Casa Ensayo", beds=3)


def signed_in(staff):
    client = Client()
    client.force_login(staff)
    return client


def colleague(alice, role):
    return StaffFactory(organisation=alice.organisation, role=role)


def a_house(organisation, **given):
    """A house whose figures somebody has just confirmed."""
    return ConfirmationFactory(shelter=ShelterFactory(organisation=organisation, **given)).shelter


def put_in(shelter, people=1):
    """A family in the shelter's beds since yesterday."""
    family = FamilyFactory(organisation=shelter.organisation, people=people)
    since = timezone.now() - timedelta(days=1)
    beds = [bed for space in shelter.spaces.all() for bed in space.beds.exclude(placements__isnull=False)]
    for member, bed in zip(family.members.order_by("pk"), [*beds, *[None] * people], strict=False):
        stay = StayFactory(shelter=shelter, person=member.person, family=family, arrived_at=since)
        PlacementFactory(stay=stay, space=shelter.spaces.first(), bed=bed)
    return family


# --- The sentence and the figures ------------------------------------------------------------------------------------


def test_the_sentence_names_the_only_shelter(alice, shelter):
    put_in(shelter, people=2)

    assert today_of(alice).sentence == "2 people sleep tonight in Casa Ensayo."


def test_the_sentence_counts_the_shelters(alice, shelter):
    put_in(shelter)
    a_house(alice.organisation)

    assert today_of(alice).sentence == "1 person sleeps tonight in 2 shelters."


def test_a_closed_and_empty_house_says_nothing_about_tonight(alice, shelter):
    closed = ShelterFactory(organisation=alice.organisation, beds=9)
    ShelterState.objects.create(shelter=closed, state=Opening.CLOSED, period=TimestamptzRange(timezone.now(), None))

    today = today_of(alice)

    assert today.sentence == "0 people sleep tonight in Casa Ensayo."
    assert today.free == 3
    assert [chip.word for house in today.houses if house.is_closed for chip in house.chips] == ["Closed"]


def test_without_a_shelter_the_page_says_what_comes_next(alice):
    page = signed_in(alice).get("/").content.decode()

    assert "No shelter is open." in page
    assert reverse("shelters:new") in page
    assert "Free places" not in page  # Not a zero that nobody counted.


def test_over_is_shown_as_over(alice, shelter):
    put_in(shelter, people=5)

    house = today_of(alice).houses[0]

    assert ("over", "+2 over") in [(chip.state, chip.word) for chip in house.chips]
    assert "+2" in signed_in(alice).get("/").content.decode()


def test_free_is_said_with_for_whom(alice, shelter):
    SpaceFactory(shelter=shelter, sleepers=Sleepers.MEN, beds=2)

    words = [chip.word for chip in today_of(alice).houses[0].chips]

    assert words == ["3 free", "2 free, men"]


def test_a_paused_house_says_so_first(alice, shelter):
    ShelterState.objects.create(shelter=shelter, state=Opening.PAUSED, period=TimestamptzRange(timezone.now(), None))

    assert today_of(alice).houses[0].chips[0].word == "Takes nobody in"


def freshness(staff):
    return today_of(staff).houses[0].freshness


def test_a_house_in_which_nobody_wrote_anything_says_so(alice, shelter):
    Confirmation.objects.all().delete()
    assert freshness(alice).is_stale
    assert "Nobody has written anything here yet" in signed_in(alice).get("/").content.decode()


def test_the_figures_say_who_wrote_last_and_when(alice, shelter):
    bob = colleague(alice, Role.VOLUNTEER)
    hold_beds(
        shelter=shelter,
        beds=shelter.spaces.get().beds.all()[:1],
        by=bob,
        held_for="Familia Ejemplo",
        expires_at=timezone.now() + timedelta(hours=2),
    )

    assert (freshness(alice).by, freshness(alice).is_stale) == (bob.name, False)
    assert f"Last written by {bob.name}" in signed_in(alice).get("/").content.decode()


def test_who_only_looks_at_figures_reads_no_name_of_staff(alice, shelter):
    call_the_roll(shelter, alice)
    visitor = colleague(alice, Role.NETWORK_VIEWER)

    page = signed_in(visitor).get("/").content.decode()

    assert freshness(visitor).by == ""
    assert alice.name not in page
    assert "by roll-call" in page


def call_the_roll(shelter, by):
    put_in(shelter)
    mark_all_present(shelter=shelter, night=tonight(shelter), by=by)
    close_roll_call(shelter=shelter, night=tonight(shelter), by=by)


def test_a_closed_roll_call_confirms_the_figures(alice, shelter):
    call_the_roll(shelter, alice)

    assert freshness(alice).is_confirmed
    assert f"{alice.name}, " in signed_in(alice).get("/").content.decode()


def test_what_the_desk_writes_after_the_roll_call_is_not_called_the_roll_calls(alice, shelter):
    call_the_roll(shelter, alice)
    until = timezone.now() + timedelta(hours=2)
    bed = shelter.spaces.get().beds.filter(placements=None)[:1]
    hold_beds(
        shelter=shelter, beds=bed, by=colleague(alice, Role.VOLUNTEER), held_for="Familia Ejemplo", expires_at=until
    )

    assert not freshness(alice).is_confirmed
    assert "by roll-call" not in signed_in(alice).get("/").content.decode()


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.FRONT_DESK, Role.COORDINATOR, Role.SUPPLIES])
def test_the_door_reaches_the_log_of_who_was_turned_away_from_today(alice, shelter, role):
    staff = StaffFactory(organisation=alice.organisation, role=role)
    shown = signed_in(staff).get("/").content.decode()
    assert (reverse("shelters:turn_away", args=[shelter.slug]) in shown) is (role != Role.SUPPLIES)


def test_after_a_day_without_a_word_the_house_is_marked(alice, shelter):
    put_in(shelter)
    mark_all_present(shelter=shelter, night=tonight(shelter), by=alice)
    RollCallMark.objects.update(happened_at=timezone.now() - timedelta(hours=18, minutes=1))
    Confirmation.objects.all().delete()

    assert freshness(alice).is_stale


def test_a_house_that_is_silent_too_long_is_unknown_and_not_free(alice, shelter):
    Confirmation.objects.update(at=timezone.now() - timedelta(hours=18, minutes=1))
    a_house(alice.organisation, name="Casa Otra", beds=2)

    today = today_of(alice)

    silent = next(house for house in today.houses if house.shelter == shelter)
    assert [(chip.state, chip.word) for chip in silent.chips] == [("unknown", "Free places unknown")]
    assert (today.free, today.unknown) == (2, 1)
    assert today.sentence == "0 people sleep tonight in 1 of 2 shelters; of the others it is not known."
    page = signed_in(alice).get("/").content.decode()
    assert "Without 1 house whose figures nobody has confirmed lately." in page
    assert "It is still so" in page


def test_one_tap_makes_an_unknown_house_known_again(alice, shelter):
    Confirmation.objects.update(at=timezone.now() - timedelta(days=2))
    client = signed_in(alice)
    assert "Nobody has confirmed the figures of Casa Ensayo." in client.get("/").content.decode()

    answer = client.post(reverse("shelters:confirm_figures", args=[shelter.slug]), {"next": "today"})

    assert answer.url == "/"
    assert today_of(alice).free == 3
    assert f"{alice.name}, " in client.get("/").content.decode()


def test_the_hours_after_which_a_house_is_unknown_are_its_own(alice, shelter):
    Confirmation.objects.update(at=timezone.now() - timedelta(hours=5))
    assert not today_of(alice).houses[0].is_unknown

    Shelter.objects.update(stale_after=4)

    assert today_of(alice).houses[0].is_unknown


def test_a_posted_member_sees_their_shelter_alone(alice, shelter):
    ShelterFactory(organisation=alice.organisation, name="Casa Otra")
    bob = StaffFactory(organisation=alice.organisation, role=Role.SUPPLIES, shelters=[shelter])

    assert "Casa Otra" not in signed_in(bob).get("/").content.decode()


# --- Who sees what ---------------------------------------------------------------------------------------------------


@pytest.fixture
def busy_house(alice, shelter):
    """A house with a family, an alert and an unfinished intake."""
    family = put_in(shelter, people=2)
    child = family.members.order_by("pk").last().person
    ChildAlert.objects.create(person=child, family=family, kind=AlertKind.UNACCOMPANIED)
    IntakeDraft.objects.create(staff=alice, organisation=alice.organisation)
    return family


@pytest.mark.parametrize("role", list(Role))
def test_no_role_finds_a_name_on_today(alice, busy_house, role):
    page = signed_in(colleague(alice, role)).get("/").content.decode()

    for member in busy_house.members.all():
        assert member.person.given_names not in page
        assert member.person.full_name not in page


@pytest.mark.parametrize("role", [Role.SUPPLIES, Role.NETWORK_VIEWER])
def test_who_gets_figures_gets_nothing_else(alice, busy_house, role):
    staff = colleague(alice, role)
    today, page = today_of(staff), signed_in(staff).get("/").content.decode()

    assert (today.tasks, today.groups, today.nights, today.legal) == ([], None, None, None)
    assert (today.tomorrow is None) == (role == Role.NETWORK_VIEWER)
    assert "/board/" not in page
    assert "People by group" not in page
    assert "Casa Ensayo" in page


def test_an_alert_stands_there_until_it_is_closed(alice, busy_house):
    alert = ChildAlert.objects.get()
    page = signed_in(alice).get("/").content.decode()
    assert "A minor came without an adult" in page
    assert reverse("cases:child_alert", args=[alert.pk]) in page

    alert.closed_at, alert.closed_by, alert.closing_reason = timezone.now(), alice, "With their mother"
    alert.save()

    assert "triangle-alert" not in icons(alice)


def icons(staff):
    """What waits for someone, by its icon."""
    return [task.icon for task in today_of(staff).tasks]


def test_a_draft_is_shown_to_who_wrote_it_alone(alice, busy_house):
    assert icons(alice).count("file-pen-line") == 1
    assert "file-pen-line" not in icons(colleague(alice, Role.COORDINATOR))


def test_people_are_counted_by_group(alice, busy_house):
    person = busy_house.members.first().person
    Case.objects.filter(person=person).delete()
    Case.objects.create(person=person, group=Group.RETURN)

    groups = {row.group: row.people for row in today_of(alice).groups}

    assert set(groups) == set(Group.values)
    assert groups[Group.RETURN] == 1


def test_another_organisation_counts_for_nothing(alice, busy_house):
    stranger = StaffFactory(role=Role.COORDINATOR)
    a_house(stranger.organisation, name="Casa Ajena", beds=1)

    today = today_of(stranger)

    assert today.sentence == "0 people sleep tonight in Casa Ajena."
    assert (today.tasks, sum(row.people for row in today.groups), today.tomorrow.departures) == ([], 0, 0)


# --- What waits, and the evening's cards -----------------------------------------------------------------------------


def task(staff, icon):
    return next(task for task in today_of(staff).tasks if task.icon == icon)


def test_the_most_urgent_stands_first(alice, busy_house):
    put_in(busy_house.members.first().person.stays.get().shelter, people=4)

    states = [task.state for task in today_of(alice).tasks]

    assert states[:2] == ["alert", "over"]
    assert states == sorted(states, key=list(URGENCY).index)


def test_a_house_over_capacity_says_by_how_many_and_what_is_free_elsewhere(alice, shelter):
    put_in(shelter, people=5)
    a_house(alice.organisation, beds=2)
    ShelterFactory(organisation=alice.organisation, beds=7)  # Silent: nobody knows what is free there.

    over = task(alice, "chevrons-up")

    assert (over.title, over.chip) == ("Casa Ensayo is over by 2 people", "+2")
    assert over.detail == "2 places are free elsewhere."


def test_from_the_evening_on_a_roll_call_that_is_not_finished_waits(alice, shelter):
    put_in(shelter, people=2)
    day, evening = tonight(shelter), evening_of(shelter, tonight(shelter))
    before, after = evening - timedelta(minutes=1), evening + timedelta(minutes=1)

    assert "list-checks" not in [task.icon for task in today_of(alice, before).tasks]
    waiting = next(task for task in today_of(alice, after).tasks if task.icon == "list-checks")
    assert (waiting.title, waiting.detail) == ("Roll-call of Casa Ensayo", "Nobody has called the roll tonight.")

    mark_all_present(shelter=shelter, night=day, by=alice)
    close_roll_call(shelter=shelter, night=day, by=alice)
    assert "list-checks" not in [task.icon for task in today_of(alice, after).tasks]


def test_a_staple_that_runs_out_waits_for_who_keeps_the_store(alice, shelter):
    put_in(shelter, people=2)
    item = ItemFactory(shelter=shelter, name="Arroz", unit="kg", is_staple=True, daily_per_head=Decimal("0.5"))
    count_in(item=item, quantity=Decimal(3), by=alice)

    low = task(alice, "package")

    assert (low.title, low.detail) == ("Arroz in Casa Ensayo: 3 days", "Left: 3 kg.")
    assert "package" in icons(colleague(alice, Role.SUPPLIES))
    assert "package" not in icons(colleague(alice, Role.VOLUNTEER))


def test_a_failed_reminder_is_somebody_to_call(alice, shelter):
    failed_reminder(alice)

    call = task(alice, "message-square")

    assert (call.state, call.title) == ("alert", "1 reminder did not arrive")
    assert call.url == reverse("cases:reminders_failed")
    assert "message-square" not in icons(colleague(alice, Role.VOLUNTEER))


def failed_reminder(staff):
    """A message to a family of this organisation that was given up, of an appointment in two days."""
    family = FamilyFactory(organisation=staff.organisation)
    kind = AppointmentKindFactory(organisation=staff.organisation)
    rule = NoticeRule.objects.create(
        organisation=kind.organisation, kind=kind, audience="guest", days_before=1, at_time=time(17)
    )
    appointment = AppointmentFactory(family=family, kind=kind)
    now = timezone.now()
    return Reminder.objects.create(
        organisation=staff.organisation,
        family=family,
        source_id=appointment.pk,
        appointment=appointment,
        rule=rule,
        email=EmailAddressFactory(family=family, agreed=True),
        language="es",
        due_at=now,
        next_try_at=now,
        state="failed",
        last_error="SMTPServerDisconnected",
    )


def test_a_draft_of_the_report_waits_to_be_confirmed(alice, shelter):
    put_in(shelter)
    report = ReportFactory(shelter=shelter, night=tonight(shelter))

    waiting = task(alice, "chart-column")

    assert waiting.title == "Confirm the report of Casa Ensayo"
    assert waiting.url == reverse("shelters:report", args=[shelter.slug, report.night])
    assert "chart-column" not in icons(colleague(alice, Role.VOLUNTEER))


def test_a_night_of_which_a_house_said_nothing_is_no_report_and_no_zero(alice, shelter):
    put_in(shelter)
    ReportFactory(shelter=shelter, night=tonight(shelter) - timedelta(days=2), frozen=True, occupied=2)

    titles, bars = [one.title for one in today_of(alice).tasks], today_of(alice).nights.bars

    assert "No report of Casa Ensayo" in titles
    assert (bars[-2].value, bars[-1].value) == (2, None)
    assert "no report" in signed_in(alice).get("/").content.decode()


def test_a_night_whose_report_is_no_longer_true_is_said_once_it_is_over(alice, shelter):
    frozen = {"state": ReportState.CONFIRMED, "confirmed_by": alice}
    for back in (0, 1):
        night = tonight(shelter) - timedelta(days=back)
        at = evening_of(shelter, night)
        ReportFactory(shelter=shelter, night=night, occupied=0, confirmed_at=at, frozen_at=at, **frozen)
    assert "chart-column" not in icons(alice)
    long_here(shelter)

    wrong = task(alice, "chart-column")

    assert wrong.title == "The report of Casa Ensayo is no longer true"
    assert wrong.url == reverse("shelters:report", args=[shelter.slug, tonight(shelter) - timedelta(days=1)])
    assert "chart-column" not in icons(colleague(alice, Role.VOLUNTEER))


# --- What waits in the cases -------------------------------------------------------------------------------------------


def test_what_waits_in_the_cases_stands_there_with_its_list(alice, shelter):
    lawyer = colleague(alice, Role.LEGAL)
    claim = claim_of(FamilyFactory(organisation=alice.organisation), alice, filed_on=in_days(-9))
    person = claim.process.people.get().person
    begin_sign_ins(claim=claim, person=person, every_days=7, next_on=in_days(0), by=alice)
    claim.duties.update(next_on=in_days(-1))

    page = signed_in(lawyer).get("/").content.decode()

    assert [title for title in titles(lawyer) if "sign-in" in title] == ["1 sign-in was not made"]
    assert "Nobody is responsible for 1 case" in page
    assert reverse("cases:case_protection") in page
    assert f"{reverse('cases:cases')}?whose=nobody" in page
    assert person.full_name not in page
    assert "sign-in" not in " ".join(titles(colleague(alice, Role.FRONT_DESK)))


def test_nothing_in_the_cases_is_no_line_and_no_zero(alice, shelter):
    FamilyFactory(organisation=alice.organisation)
    assert list(case_lines(alice, timezone.now())) == []


def test_a_child_in_a_place_that_is_not_authorised_any_more_is_urgent_again(alice, busy_house):
    alert = ChildAlert.objects.get()
    record_notice(alert=alert, office="Procuraduría de prueba", folio="PP-1", by=alice)
    assert (task(alice, "triangle-alert").state, task(alice, "triangle-alert").chip) == ("warn", "Told")
    place_child(alert=alert, place=ChildPlaceFactory(organisation=alice.organisation), since=timezone.now(), by=alice)
    ChildPlace.objects.update(authorised_until=in_days(-1))

    assert task(alice, "triangle-alert").state == "alert"
    assert "not authorised" in task(alice, "triangle-alert").detail


# --- What waits in the shelter -----------------------------------------------------------------------------------------


def long_here(shelter, **more):
    return StayFactory(shelter=shelter, arrived_at=timezone.now() - timedelta(days=9), **more)


def titles(staff):
    return [task.title for task in today_of(staff).tasks]


def test_who_is_out_late_waits_for_the_door(alice, shelter):
    Shelter.objects.filter(pk=shelter.pk).update(curfew_at=time(22))
    PassageFactory(stay=long_here(shelter), happened_at=timezone.now() - timedelta(days=2))

    assert "1 person of Casa Ensayo is out late" in titles(alice)
    page = signed_in(alice).get("/").content.decode()
    assert reverse("shelters:door_late", args=[shelter.slug]) in page


def test_a_departure_that_is_proposed_waits_for_a_person(alice, shelter):
    stay = long_here(shelter)
    for nights in range(1, 4):
        night = tonight(shelter) - timedelta(days=nights)
        RollCallMarkFactory(stay=stay, night=night, answer=Answer.ABSENT, happened_at=evening_of(shelter, night))

    assert "A departure is proposed in Casa Ensayo" in titles(alice)
    assert "A departure is proposed in Casa Ensayo" in titles(colleague(alice, Role.VOLUNTEER))
    stay.refresh_from_db()
    assert stay.departed_at is None


def test_an_extension_waits_for_whoever_may_approve_it(alice, shelter):
    StayExtensionFactory(stay=long_here(shelter))

    assert "1 extension is asked for" in titles(alice)
    assert "1 extension is asked for" not in titles(colleague(alice, Role.VOLUNTEER))


def test_who_should_have_left_is_said(alice, shelter):
    long_here(shelter, expected_departure_on=tonight(shelter) - timedelta(days=1))

    assert "1 person stays beyond their day" in titles(alice)


def test_who_waits_for_a_place_is_counted(alice, shelter):
    join_list(by=alice, shelter=shelter, party="Una pareja con un bebé", people=3)

    (task,) = [task for task in today_of(alice).tasks if "waits for a place" in task.title]

    assert (task.title, task.detail) == ("1 party waits for a place", "No place is offered to them yet.")
    assert "pareja" not in signed_in(alice).get("/").content.decode()


@pytest.mark.parametrize("role", [Role.NETWORK_VIEWER, Role.LEGAL, Role.SUPPLIES])
def test_what_waits_in_the_shelter_is_not_shown_to_who_does_not_work_there(alice, shelter, role):
    PassageFactory(stay=long_here(shelter), happened_at=timezone.now() - timedelta(days=2))
    StayExtensionFactory(stay=long_here(shelter))
    join_list(by=alice, shelter=shelter, party="Una pareja", people=2)

    assert [title for title in titles(colleague(alice, role)) if "late" in title or "waits" in title] == []


def test_where_one_of_two_houses_is_silent_the_sum_is_partial(alice, shelter):
    other = ShelterFactory(organisation=alice.organisation)
    last = tonight(shelter) - timedelta(days=1)
    for house, night in [(shelter, last), (shelter, last - timedelta(days=1)), (other, last - timedelta(days=1))]:
        ReportFactory(shelter=house, night=night, frozen=True, occupied=3)

    whole, partial = today_of(alice).nights.bars[-2:]

    assert (whole.value, whole.is_partial) == (6, False)
    assert (partial.value, partial.limit, partial.is_partial) == (3, None, True)
    assert "at least 3" in signed_in(alice).get("/").content.decode()


def test_tomorrow_in_a_few_figures(alice, shelter):
    family = put_in(shelter, people=2)
    leaves = noon_of(shelter, tonight(shelter) + timedelta(days=1))
    AppointmentFactory(family=family, leave_shelter_at=leaves, starts_at=leaves + timedelta(hours=1))

    page = signed_in(alice).get("/").content.decode()

    assert (today_of(alice).tomorrow.people, today_of(alice).tomorrow.untold) == (2, 1)
    assert "2 people leave" in page
    assert "The first at 12:00." in page


def test_without_a_provider_the_legal_slots_are_unknown_and_not_zero(alice, shelter):
    assert today_of(alice).legal.free is None
    assert "No legal consultations" in signed_in(alice).get("/").content.decode()


def test_the_free_legal_slots_of_next_week_are_counted(alice, shelter):
    provider = LegalProviderFactory(organisation=alice.organisation)
    WeeklySlotFactory(provider=provider, weekday=1)

    assert today_of(alice).legal.free == 1
    assert "1 legal slot free" in signed_in(alice).get("/").content.decode()


def test_today_takes_the_same_queries_whatever_the_houses_hold(alice, django_assert_num_queries):
    def add(number):
        for _house in range(number):
            house = ShelterFactory(organisation=alice.organisation, beds=4)
            family = put_in(house, people=3)
            ChildAlert.objects.create(person=family.members.first().person, family=family, kind=AlertKind.SEPARATED)
            IntakeDraft.objects.create(staff=alice, organisation=alice.organisation)
            BedFactory(space=house.spaces.first(), label="9")
            stay = long_here(house, expected_departure_on=tonight(house) - timedelta(days=1))
            PassageFactory(stay=stay, happened_at=timezone.now() - timedelta(days=2))
            StayExtensionFactory(stay=stay)
            join_list(by=alice, shelter=house, party=f"Grupo de prueba {house.pk}", people=2)
            for nights in range(1, 4):
                night = tonight(house) - timedelta(days=nights)
                RollCallMarkFactory(
                    stay=long_here(house), night=night, answer=Answer.ABSENT, happened_at=evening_of(house, night)
                )

    client = signed_in(alice)
    add(1)
    client.get("/")  # The first page of a session also saves the session.
    with django_assert_num_queries(38):
        client.get("/")
    add(3)
    with django_assert_num_queries(38):
        client.get("/")


# --- Who read what ---------------------------------------------------------------------------------------------------


@pytest.fixture
def lines(alice, shelter):
    bob = StaffFactory(organisation=alice.organisation, name="Bruno Prueba")
    family = FamilyFactory(organisation=alice.organisation)
    common = {"organisation": alice.organisation, "staff": bob}
    ReadLog.objects.create(**common, what="family", subject_kind="cases.family", subject_id=family.pk, count=1)
    ReadLog.objects.create(**common, what="search", count=4)
    return bob, family


def test_the_read_log_says_who_opened_which_file_without_a_name_of_a_guest(alice, lines):
    bob, family = lines

    page = signed_in(alice).get(reverse("ngo:reads")).content.decode()

    assert bob.name in page
    assert family.folio in page
    assert family.members.first().person.full_name not in page


def test_every_kind_of_line_has_its_words():
    sources = [
        path.read_text()
        for floor in ("cases", "shelters", "ngo")
        for path in Path(settings.BASE_DIR, floor).rglob("*.py")
    ]
    written = re.findall(r'\bwhat=("\w+"(?: if \w+ else "\w+")?)', "\n".join(sources))
    written += re.findall(r'_log_export\([^)]*("report_\w+")', "\n".join(sources), flags=re.S)
    codes = {code for words in written for code in re.findall(r'"(\w+)"', words)}

    assert {"family", "board", "search"} <= codes
    assert codes == set(WORDS)


def test_opening_the_read_log_is_a_line_too(alice, lines):
    client = signed_in(alice)
    client.get(reverse("ngo:reads"))

    assert ReadLog.objects.filter(staff=alice, what="reads").count() == 1


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"what": "search"}, ["search"]),
        ({"what": "nonsense"}, ["family", "search"]),
        ({"day_day": "1", "day_month": "1", "day_year": "2020"}, []),
        ({"day_day": "99"}, ["family", "search"]),
        ({"page": "99"}, ["family", "search"]),
    ],
)
def test_the_read_log_is_narrowed(alice, lines, chosen, found):
    response = signed_in(alice).get(reverse("ngo:reads"), chosen)

    assert sorted(line.what for line in response.context["lines"]) == found


def test_the_read_log_is_narrowed_by_person(alice, lines):
    bob, _family = lines
    client = signed_in(alice)

    assert len(client.get(reverse("ngo:reads"), {"staff": bob.pk}).context["lines"]) == 2
    assert len(client.get(reverse("ngo:reads"), {"staff": alice.pk, "what": "family"}).context["lines"]) == 0


def test_the_read_log_of_another_organisation_stays_there(lines):
    bob, family = lines
    response = signed_in(StaffFactory(role=Role.COORDINATOR)).get(reverse("ngo:reads"), {"staff": bob.pk})

    page = response.content.decode()
    assert list(response.context["lines"]) == []
    assert bob.name not in page
    assert family.folio not in page


def test_the_read_log_has_pages(alice, lines):
    bob, _family = lines
    ReadLog.objects.bulk_create(ReadLog(organisation=alice.organisation, staff=bob, what="bed") for _line in range(60))
    client = signed_in(alice)

    first = client.get(reverse("ngo:reads"), {"what": "bed"})

    assert len(first.context["lines"]) == 50
    assert "what=bed&amp;page=2" in first.content.decode()
    assert len(client.get(reverse("ngo:reads"), {"what": "bed", "page": "2"}).context["lines"]) == 10


# --- More, and the installation --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_more_lists_what_the_role_may_open_and_nothing_else(alice, shelter, role):
    client = signed_in(colleague(alice, role))

    urls = [item["url"] for item in client.get(reverse("ngo:more")).context["nav"]]

    assert {client.get(url, follow=True).status_code for url in urls} == {
        200
    }  # With one house some lead straight there.
    assert (reverse("ngo:staff_list") in urls) == (role == Role.COORDINATOR)


def test_someone_without_an_organisation_is_told_why_and_can_leave():
    page = signed_in(StaffFactory(organisation=None)).get("/")

    assert page.status_code == 403
    assert "You work for no organisation now" in page.content.decode()
    assert reverse("account_logout") in page.content.decode()


def test_the_installation_is_for_its_administrator_alone(alice):
    administrator = StaffFactory(organisation=None, is_staff=True)

    assert signed_in(administrator).get("/installation/").status_code == 200
    assert signed_in(alice).get("/installation/", follow=True).status_code == 403
    assert Client().get("/installation/").url.startswith("/installation/login/")
    assert Client().get("/installation/login/").url.startswith(reverse("account_login"))


def installation_pages():
    from ngo.admin import installation

    return sorted(
        f"/installation/{model._meta.app_label}/{model._meta.model_name}/" for model in installation._registry
    )


def test_nothing_about_guests_is_in_the_installations_admin():
    pages = installation_pages()

    assert not [page for page in pages if page.startswith("/installation/cases/")]
    assert [page for page in pages if page.startswith("/installation/shelters/")] == [
        "/installation/shelters/bed/",
        "/installation/shelters/shelter/",
        "/installation/shelters/space/",
    ]


def test_every_list_of_the_installation_opens_and_what_services_own_is_read_only(alice, shelter):
    shelter.address, shelter.is_confidential = "Calle Secreta 1", True
    shelter.save()
    MembershipFactory(organisation=alice.organisation)
    client = signed_in(StaffFactory(organisation=None, is_staff=True))

    assert {client.get(page).status_code for page in installation_pages()} == {200}
    page = client.get(f"/installation/shelters/shelter/{shelter.pk}/change/").content.decode()
    assert "Calle Secreta" not in page
    for path in [
        "shelters/shelter/add/",
        f"shelters/shelter/{shelter.pk}/delete/",
        "ngo/membership/add/",
        "ngo/readlog/add/",
    ]:
        assert client.post(f"/installation/{path}", {}).status_code == 403


def test_an_organisation_is_renamed_there_and_not_removed(alice):
    client = signed_in(StaffFactory(organisation=None, is_staff=True))
    page = f"/installation/ngo/organisation/{alice.organisation.pk}"

    client.post(f"{page}/change/", {"name": "Nombre de prueba"})

    assert Organisation.objects.get(pk=alice.organisation.pk).name == "Nombre de prueba"
    assert client.post(f"{page}/delete/", {"post": "yes"}).status_code == 403


def test_the_administrator_changes_a_password_on_the_accounts_own_page():
    client = signed_in(StaffFactory(organisation=None, is_staff=True))

    assert client.get("/installation/password_change/").url == reverse("account_change_password")
