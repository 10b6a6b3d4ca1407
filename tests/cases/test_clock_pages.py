"""The pages of clocks, closures and rules: who opens them, what they say, and in how many queries."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from cases.clock_file import clock_counts
from cases.models import Authority, Clock, ClockResult, ClockRule, ClockState, Closure
from cases.services.clock_rules import load_clocks
from cases.services.clocks import close_clock
from cases.services.closures import enter_closure
from ngo.models import OfficeKind, ReadLog
from ngo.permissions import Role
from tests.factories import ClockFactory, ClosureFactory, FamilyFactory, OfficeFactory, StaffFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 10, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture(autouse=True)
def law(db):
    load_clocks()


@pytest.fixture
def lawyer(client):
    staff = StaffFactory(role=Role.LEGAL, name="Elena Ejemplo")
    client.force_login(staff)
    return staff


@pytest.fixture
def family(lawyer):
    return FamilyFactory(people=3, organisation=lawyer.organisation)


@pytest.fixture
def clock(family, lawyer):
    return ClockFactory(family=family, event_on=date(2026, 11, 9), by=lawyer)


def dmy(name, day):
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def text_of(response):
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("&#x27;", "'").split())


def get(client, name, *args, **query):
    response = client.get(reverse(f"cases:{name}", args=args), query)
    assert response.status_code == 200
    return text_of(response)


def closure_fields(authority="comar", **more):
    fields = dmy("first_day", date(2026, 12, 21)) | dmy("last_day", date(2027, 1, 5))
    where = f"authority-{Authority.objects.get(code=authority).pk}"
    return fields | {"where": where, "kind": "closed", "source": "DOF 2026-12-18", "takes_no_sign_in": "on"} | more


# --- A clock -----------------------------------------------------------------------------------------------------------


def test_a_clock_says_both_dates_and_why(client, clock):
    page = get(client, "clock", clock.pk)

    assert "21 Dec 2026" in page
    assert "30 working days from entry into the country on 9 Nov 2026; day 1 is 10 Nov 2026." in page
    assert "no day that every list leaves out falls in this time" in page
    assert "every day of any list or closure: 16 Nov 2026; 20 Nov 2026." in page
    assert "LRPCAP 18; RLRPC 15, 19" in page
    assert "Checked on 20 Nov 2026" in page
    assert "Day 22 of 30 working days" not in page  # The 16th and the 20th count by the safe count: it is day 23.
    assert "Day 23 of 30 working days" in page
    assert "11 days left by the safe count." in page


def test_a_clock_speaks_spanish(client, clock, lawyer):
    lawyer.language = "es"
    lawyer.save(update_fields=["language"])

    page = get(client, "clock", clock.pk)

    assert "30 días hábiles desde la entrada al país el 9 nov 2026; el día 1 es el 10 nov 2026." in page
    assert "16 nov 2026; 20 nov 2026" in page


def test_past_a_limit_it_says_see_a_lawyer_and_never_that_somebody_cannot_apply(client, family, lawyer):
    late = ClockFactory(family=family, event_on=date(2026, 9, 1), by=lawyer)
    between = ClockFactory(family=family, event_on=date(2026, 10, 26), by=lawyer, person=family.people[1])
    assert (str(between.safe_on), str(between.likely_on)) == ("2026-12-07", "2026-12-09")

    pages = [get(client, "clock", one.pk) for one in (late, between)]

    assert "Late: see a lawyer. There may be a way." in pages[0]
    assert "The limit passed 39 working days ago." in pages[0]
    assert "Late: see a lawyer" in pages[1]
    assert not any("cannot apply" in page.lower() for page in pages)


def test_between_the_two_dates_it_says_that_there_may_be_time(client, family, lawyer):
    between = ClockFactory(family=family, event_on=date(2026, 10, 27), by=lawyer)

    page = get(client, "clock", between.pk)

    assert "By the safe count the limit passed; by the likely one there is time until 10 Dec 2026. Act today" in page


def test_what_is_not_certain_says_so(client, family, lawyer):
    page = get(client, "clock", ClockFactory(family=family, rule="mx-constancia", by=lawyer).pk)

    assert "Not certain" in page
    assert "ask a lawyer before relying on it" in page


def test_somebody_begins_a_clock(client, family, lawyer):
    office = OfficeFactory(kind=OfficeKind.COMAR, name="COMAR Ensayo")
    rule = ClockRule.objects.in_force().get(code="mx-decision")
    fields = {"rule": rule.pk, "person": family.people[0].pk, "office": office.pk, "event_note": "Con acuse"}

    response = client.post(reverse("cases:clock_new", args=[family.pk]), fields | dmy("event_on", date(2026, 1, 12)))

    clock = Clock.objects.get()
    assert response.url == reverse("cases:clock", args=[clock.pk])
    assert (str(clock.safe_on), str(clock.likely_on), clock.office) == ("2026-03-16", "2026-03-19", office)
    page = get(client, "clock", clock.pk)
    assert "The authority is past its time by every count" in page
    assert "2 Feb 2026; 5 Feb 2026; 16 Mar 2026" in page


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (dmy("event_on", date(2026, 12, 24)), "The day of the event cannot be in the future."),
        ({"event_on_day": 31, "event_on_month": 2, "event_on_year": 2026}, "There is no such date."),
        ({}, "Write the date."),
        (dmy("event_on", date(1950, 1, 1)), "Check the year of the event."),
    ],
)
def test_an_impossible_day_gets_a_sentence(client, family, lawyer, day, sentence):
    rule = ClockRule.objects.in_force().get(code="mx-claim")

    response = client.post(reverse("cases:clock_new", args=[family.pk]), {"rule": rule.pk} | day)

    assert sentence in text_of(response)
    assert not Clock.objects.exists()


def test_the_day_is_corrected_and_the_clock_ends_and_runs_again(client, clock):
    def post(name, **fields):
        response = client.post(reverse(f"cases:{name}", args=[clock.pk]), fields)
        assert response.url == reverse("cases:clock", args=[clock.pk])
        clock.refresh_from_db()

    post("clock_event", **dmy("event_on", date(2026, 11, 10)), event_note="Sello")
    assert str(clock.safe_on) == "2026-12-22"
    post("clock_end", outcome="met", **dmy("on", date(2026, 12, 9)))
    assert (clock.state, str(clock.closed_on)) == (ClockState.MET, "2026-12-09")
    post("clock_reopen")
    assert clock.state == ClockState.RUNNING
    history = get(client, "clock", clock.pk)
    assert "The day of the event was corrected" in history
    assert "It began" in history


def test_a_refusal_stands_above_the_form(client, clock):
    response = client.post(
        reverse("cases:clock_end", args=[clock.pk]), {"outcome": "passed"} | dmy("on", date(2026, 12, 10))
    )

    assert response.status_code == 409
    assert "By one of the counts there is still time. See a lawyer" in text_of(response)


def test_a_newer_version_is_taken_when_somebody_says_so(client, clock, lawyer):
    shipped = ClockRule.objects.get(code="mx-claim")
    ClockRule.objects.filter(pk=shipped.pk).update(replaced_at=NOW)
    ClockRule.objects.create(
        code="mx-claim", version=2, authority=shipped.authority, actor="person", name_es="Uno", name_en="One",
        event_es="la entrada", event_en="entry", safe_count=20, safe_unit="working", safe_start="next_day",
        likely_count=20, likely_unit="working", likely_start="next_day", article="LRPCAP 18", source="DOF",
        checked_on=date(2026, 12, 1), certainty="V",
    )  # fmt: skip
    assert "There is a newer version of this rule." in get(client, "clock", clock.pk)

    client.post(reverse("cases:clock_newest", args=[clock.pk]))

    clock.refresh_from_db()
    assert (clock.rule.version, str(clock.safe_on)) == (2, "2026-12-07")


# --- Lists -------------------------------------------------------------------------------------------------------------


def some_clocks(family, lawyer, number):
    for place in range(number):
        ClockFactory(family=family, person=family.people[place % 3], event_on=date(2026, 10, 1 + place % 28), by=lawyer)


@pytest.mark.parametrize(
    ("route", "most"), [("clocks", 18), ("clock_changes", 14), ("closures", 10), ("clock_rules", 12)]
)
def test_a_list_asks_the_same_number_of_questions_however_long_it_is(
    client, family, lawyer, django_assert_max_num_queries, route, most
):
    some_clocks(family, lawyer, 2)
    close_the_office(lawyer)
    with django_assert_max_num_queries(most) as few:
        get(client, route)
    other = FamilyFactory(people=3, organisation=lawyer.organisation)
    some_clocks(other, lawyer, 20)
    enter_closure(
        organisation=lawyer.organisation, authority=Authority.objects.get(code="comar"), by=lawyer,
        first_day=date(2026, 11, 3), last_day=date(2026, 11, 4), source="DOF de prueba",
    )  # fmt: skip
    with django_assert_max_num_queries(len(few)):
        get(client, route)


def close_the_office(lawyer):
    return enter_closure(
        organisation=lawyer.organisation, authority=Authority.objects.get(code="comar"), by=lawyer,
        first_day=date(2026, 11, 2), last_day=date(2026, 11, 2), source="DOF de prueba",
    )  # fmt: skip


def test_the_page_of_a_family_asks_the_same_number_of_questions(client, family, lawyer, django_assert_max_num_queries):
    some_clocks(family, lawyer, 2)
    with django_assert_max_num_queries(16) as few:
        get(client, "family_clocks", family.pk)
    some_clocks(family, lawyer, 15)
    with django_assert_max_num_queries(len(few)):
        page = get(client, "family_clocks", family.pk)
    assert page.count("Safe: do it by") == Clock.objects.count() > 10


def test_the_list_shows_the_most_urgent_first_and_opens_with_what_is_late(client, family, lawyer):
    near = ClockFactory(family=family, event_on=date(2026, 11, 2), by=lawyer)
    far = ClockFactory(family=family, event_on=date(2026, 12, 1), by=lawyer)
    late = ClockFactory(family=family, event_on=date(2026, 9, 1), by=lawyer)
    ClockFactory(family=FamilyFactory(), event_on=date(2026, 9, 1))  # Another organisation's.

    page = client.get(reverse("cases:clocks"))
    everything = client.get(reverse("cases:clocks"), {"show": "all"})

    assert "1 deadline is late: see a lawyer" in text_of(page)
    assert [line.clock for line in page.context["lines"]] == [late, near]
    assert [line.clock for line in everything.context["lines"]] == [late, near, far]
    assert "3 deadlines run" in text_of(everything)


def test_the_dashboard_counts_what_is_late_near_and_not_told(family, lawyer, django_assert_num_queries):
    some_clocks(family, lawyer, 1)
    ClockFactory(family=family, event_on=date(2026, 11, 2), by=lawyer)
    ClockFactory(family=family, rule="mx-decision", event_on=date(2026, 1, 12), by=lawyer)
    close_the_office(lawyer)
    assert lawyer.membership

    with django_assert_num_queries(2):
        counts = clock_counts(lawyer)

    assert (counts.late, counts.near, counts.to_tell) == (1, 1, 1)
    assert clock_counts(StaffFactory(role=Role.VOLUNTEER, organisation=lawyer.organisation)).late == 0


def test_reading_clocks_is_recorded_without_contents(client, clock, family):
    get(client, "clocks")
    get(client, "family_clocks", family.pk)
    get(client, "clock", clock.pk)

    assert list(ReadLog.objects.order_by("pk").values_list("what", "subject_id")) == [
        ("clocks", None),
        ("family_clocks", family.pk),
        ("clock", family.pk),
    ]


# --- Closures ----------------------------------------------------------------------------------------------------------


def test_one_sees_whom_a_closure_moves_before_it_is_entered(client, clock):
    response = client.post(reverse("cases:closure_new"), closure_fields(step="look"))

    page = text_of(response)
    assert "1 clock moves" in page
    assert "23 Dec 2026 8 Jan 2027" in page
    assert "Enter the closure and count again" in page
    assert not Closure.objects.exists()


def test_a_closure_is_entered_everybody_is_told_and_it_is_withdrawn(client, clock, lawyer):
    entered = client.post(reverse("cases:closure_new"), closure_fields(step="enter"))
    assert entered.url == reverse("cases:clock_changes")
    changes = get(client, "clock_changes")
    assert "1 date moved and nobody was told" in changes
    assert "A closure was entered: 21 Dec 2026 to 5 Jan 2027, DOF 2026-12-18." in changes
    assert "21 Dec 2026 to 24 Dec 2026 (closure: DOF 2026-12-18)" in changes

    result = ClockResult.objects.to_tell().get()
    client.post(reverse("cases:clock_told", args=[result.pk]), {"whom": "Ana"})
    assert "Everybody was told of every date that moved" in get(client, "clock_changes")
    assert "Told: Ana , by Elena Ejemplo" in get(client, "clock", clock.pk)

    closure = Closure.objects.get()
    assert "1 clock moves" in get(client, "closure_withdraw", closure.pk)
    client.post(reverse("cases:closure_withdraw", args=[closure.pk]), {"reason": "Era de otro año"})
    listed = get(client, "closures")
    assert "Withdrawn by Elena Ejemplo: Era de otro año" in listed
    clock.refresh_from_db()
    assert str(clock.likely_on) == "2026-12-23"


def test_only_one_office_is_closed(client, family, lawyer):
    office = OfficeFactory(kind=OfficeKind.COMAR, name="COMAR Ensayo")

    client.post(reverse("cases:closure_new"), closure_fields(step="enter", where=f"office-{office.pk}"))

    closure = Closure.objects.get()
    assert (closure.office, closure.authority.code) == (office, "comar")
    assert "COMAR Ensayo" in get(client, "closures")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"source": ""}, "Write the source: the DOF of which day, or who said so and when."),
        ({"where": ""}, "Choose the authority."),
        ({"first_day_day": "40"}, "There is no such date."),
        (dmy("last_day", date(2026, 12, 1)), "The last day must not be before the first."),
        ({"source_url": "javascript:alert(1)"}, "Enter a valid URL."),
    ],
)
def test_a_wrong_closure_gets_a_sentence(client, lawyer, fields, sentence):
    response = client.post(reverse("cases:closure_new"), closure_fields(step="enter") | fields)

    assert sentence in text_of(response)
    assert not Closure.objects.exists()


def test_no_name_stands_on_the_pages_of_closures_and_rules(client, clock, lawyer):
    ClosureFactory(organisation=lawyer.organisation)
    names = [person.given_names for person in clock.family.people]

    pages = get(client, "closures") + get(client, "clock_rules")

    assert not any(name in pages for name in names)


# --- Rules -------------------------------------------------------------------------------------------------------------


def test_the_page_for_a_lawyer_has_every_figure_with_its_source(client, lawyer):
    page = get(client, "clock_rules")

    for rule in ClockRule.objects.all():
        assert rule.name_en in page
        assert rule.article in page
    assert "45 working days; day 1 is the next working day" in page
    assert "5 calendar days; day 1 is the next day" in page
    assert "20 Nov 2026" in page
    assert "Not verified: ask a lawyer before relying on it" in page
    assert re.search(r"holidays \d", page)
    assert "Fri 25 Dec" in page


def test_a_lawyer_checks_a_rule_and_everybody_in_the_house_has_the_new_version(client, lawyer, family):
    rule = ClockRule.objects.in_force().get(code="mx-constancia")
    form = client.get(reverse("cases:clock_rule_edit", args=[rule.pk])).context["form"]
    fields = {name: value for name, value in form.initial.items() if name != "checked_on" and value is not False}
    fields |= {"certainty": "V", "source": "RLRPC 20, leído"} | dmy("checked_on", date(2026, 12, 9))

    response = client.post(reverse("cases:clock_rule_edit", args=[rule.pk]), fields)

    assert response.url == reverse("cases:clock_rules")
    own = ClockRule.objects.get(organisation=lawyer.organisation)
    assert (own.source, own.certainty, own.checked_on) == ("RLRPC 20, leído", "V", date(2026, 12, 9))
    page = get(client, "clock_rules")
    assert "Version 1 of your organisation, by Elena Ejemplo" in page
    assert "9 Dec 2026" in page
    client.post(reverse("cases:clock_rule_drop", args=[own.pk]))
    assert "of your organisation" not in get(client, "clock_rules")


# --- Who may -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.FRONT_DESK, Role.SUPPLIES, Role.NETWORK_VIEWER])
def test_who_keeps_no_files_opens_no_clock(client, clock, lawyer, role):
    client.force_login(StaffFactory(role=role, organisation=lawyer.organisation))

    for name, args in [("clocks", []), ("clock", [clock.pk]), ("clock_rules", []), ("closures", [])]:
        assert client.get(reverse(f"cases:{name}", args=args)).status_code == 403


def test_a_caseworker_keeps_clocks_and_leaves_closures_to_the_legal_team(client, clock, lawyer):
    client.force_login(StaffFactory(role=Role.CASEWORKER, organisation=lawyer.organisation))

    assert "Say how it ended" in get(client, "clock", clock.pk)
    assert "Enter a closure" not in get(client, "closures")
    assert client.get(reverse("cases:closure_new")).status_code == 403


def test_another_organisation_sees_nothing_of_it(client, clock, lawyer):
    closure, _moved = close_the_office(lawyer)
    client.force_login(StaffFactory(role=Role.COORDINATOR))

    for name, pk in [("clock", clock.pk), ("family_clocks", clock.family_id), ("closure_withdraw", closure.pk)]:
        assert client.get(reverse(f"cases:{name}", args=[pk])).status_code == 404
    assert "DOF de prueba" not in get(client, "closures")
    assert "No deadline is late or near" in get(client, "clocks")


def test_what_ended_stands_below_what_runs(client, clock, family, lawyer):
    over = ClockFactory(family=family, event_on=date(2026, 1, 12), by=lawyer)
    close_clock(clock=over, outcome=ClockState.PASSED, on=date(2026, 3, 2), by=lawyer, note="Llegó tarde")

    lines = client.get(reverse("cases:family_clocks", args=[family.pk])).context["lines"]

    assert [line.clock for line in lines] == [clock, over]
    assert lines[1].standing.sentence == "Late: see a lawyer. There may be a way."
