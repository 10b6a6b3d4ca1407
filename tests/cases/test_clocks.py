"""The clocks of the law: what begins them, what moves them, and the record of both."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import DatabaseError, connections, transaction
from django.db.utils import IntegrityError

from cases.models import (
    Authority,
    Cause,
    Certainty,
    Clock,
    ClockResult,
    ClockRule,
    ClockState,
    Closure,
    DayList,
)
from cases.services import clock_results
from cases.services.clock_rules import DATA_FILE, drop_own_rule, load_clocks, write_rule
from cases.services.clocks import (
    close_clock,
    closure_on,
    correct_event,
    next_working_day,
    reopen_clock,
    rule_in_force,
    start_clock,
    take_newest_rule,
    tell_change,
)
from cases.services.closures import effects_of, enter_closure, withdraw_closure
from ngo.errors import Refused
from ngo.models import OfficeKind
from ngo.permissions import Role
from tests.factories import ClockFactory, ClosureFactory, FamilyFactory, OfficeFactory, StaffFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 10, 18, tzinfo=UTC)
CHRISTMAS = {"first_day": date(2026, 12, 21), "last_day": date(2027, 1, 5), "source": "DOF 2026-12-18"}


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture(autouse=True)
def law(db):
    load_clocks()


@pytest.fixture
def lawyer():
    return StaffFactory(role=Role.LEGAL)


@pytest.fixture
def family(lawyer):
    return FamilyFactory(people=3, organisation=lawyer.organisation)


@pytest.fixture
def comar():
    return Authority.objects.get(code="comar")


def begin(family, by, rule="mx-claim", event_on=date(2026, 11, 9), **more):
    return start_clock(family=family, rule=rule, event_on=event_on, by=by, **more)


def close_office(lawyer, authority, **more):
    return enter_closure(
        organisation=lawyer.organisation, authority=authority, by=lawyer, **({"office": None} | CHRISTMAS | more)
    )


def dates(clock):
    clock.refresh_from_db()
    return str(clock.safe_on), str(clock.likely_on)


# --- The rules that come with Posada -----------------------------------------------------------------------------------


def test_every_figure_has_an_article_a_source_and_the_day_it_was_checked():
    facts = [*ClockRule.objects.all(), *DayList.objects.all()]

    assert len(facts) > 15
    assert all(one.article and one.source and one.checked_on <= date(2026, 12, 10) for one in facts)
    assert {one.certainty for one in facts} == set(Certainty)


def test_what_the_annex_could_not_verify_says_so():
    assert rule_in_force_of("mx-constancia").certainty == Certainty.UNVERIFIED
    assert rule_in_force_of("mx-claim").certainty == Certainty.READ


def rule_in_force_of(code):
    return ClockRule.objects.in_force().get(code=code)


def test_loading_twice_changes_nothing():
    again = load_clocks()

    assert (again.lists, again.authorities, again.rules, again.counted_again) == (0, 0, 0, 0)


def file_with(tmp_path, change):
    data = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "clocks.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_reform_is_a_new_version_and_what_runs_keeps_its_own(tmp_path, family, lawyer):
    clock = begin(family, lawyer)

    def reform(data):
        data["rules"][0] |= {"safe": [40, "working", "next_day"], "likely": [40, "working", "next_day"]}

    loaded = load_clocks(file_with(tmp_path, reform))

    assert loaded.rules == 1
    assert dates(clock) == ("2026-12-21", "2026-12-23")
    newest = rule_in_force(lawyer.organisation, "mx-claim")
    assert (newest.version, newest.safe_count) == (2, 40)
    assert ClockRule.objects.get(code="mx-claim", version=1).replaced_at is not None
    take_newest_rule(clock=clock, by=lawyer)
    assert dates(clock) == ("2027-01-06", "2027-01-08")


def test_a_list_that_gains_a_day_moves_what_runs_and_says_why(tmp_path, family, lawyer):
    clock = begin(family, lawyer)

    loaded = load_clocks(file_with(tmp_path, lambda data: data["lists"][1]["days"].append("12-14")))

    assert loaded.counted_again == 1
    assert dates(clock) == ("2026-12-21", "2026-12-24")
    assert clock.results.first().cause == Cause.LIST


def test_a_rule_is_never_edited_in_place():
    with pytest.raises(DatabaseError, match="pgtrigger: Cannot update"), transaction.atomic():
        ClockRule.objects.filter(code="mx-claim").update(safe_count=31)


def test_an_organisation_writes_its_own_version_and_another_does_not_see_it(lawyer):
    stranger = StaffFactory(role=Role.LEGAL)
    shipped = rule_in_force(lawyer.organisation, "mx-constancia")

    own = write_rule(
        rule=shipped, by=lawyer, safe_count=2, likely_count=2, source="RLRPC, leído", checked_on=date(2026, 12, 9),
        certainty=Certainty.READ,
    )  # fmt: skip

    assert rule_in_force(lawyer.organisation, "mx-constancia") == own
    assert (own.version, own.made_by, own.name, own.authority) == (1, lawyer, shipped.name, shipped.authority)
    assert rule_in_force(stranger.organisation, "mx-constancia") == shipped
    with pytest.raises(Refused, match="another organisation"):
        write_rule(rule=own, by=stranger, safe_count=9)
    again = write_rule(rule=own, by=lawyer, checked_on=date(2026, 12, 10))
    assert (again.version, again.safe_count) == (2, 2)
    assert drop_own_rule(rule=again, by=lawyer) == shipped
    assert rule_in_force(lawyer.organisation, "mx-constancia") == shipped


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"source": " "}, "without a source"),
        ({"article": ""}, "without a source"),
        ({"checked_on": date(2026, 12, 12)}, "future"),
    ],
)
def test_a_figure_without_a_source_is_not_used(lawyer, facts, sentence):
    with pytest.raises(Refused, match=sentence):
        write_rule(rule=rule_in_force(lawyer.organisation, "mx-claim"), by=lawyer, **facts)


# --- A clock begins ----------------------------------------------------------------------------------------------------

# Rule, event, safe, likely: what the annex says of each, and the lists of its authority.
BEGUN = [
    ("mx-claim", "2026-11-09", "2026-12-21", "2026-12-23"),
    ("mx-claim", "2026-01-12", "2026-02-23", "2026-02-25"),
    ("mx-claim", "2026-03-02", "2026-04-13", "2026-04-14"),
    ("mx-decision", "2026-01-12", "2026-03-16", "2026-03-19"),
    ("mx-amparo", "2026-11-09", "2026-11-30", "2026-12-02"),
    ("mx-review", "2026-11-09", "2026-11-27", "2026-12-02"),  # Safe: the day of the notice is day 1.
    ("us-address", "2026-11-25", "2026-11-30", "2026-12-03"),
    ("us-reopen", "2026-06-01", "2026-11-28", "2026-11-28"),
    ("mx-abandonment", "2026-12-01", "2026-12-01", "2026-12-15"),
]


@pytest.mark.parametrize(("rule", "event", "safe", "likely"), BEGUN)
def test_a_clock_has_a_safe_and_a_likely_date(family, lawyer, rule, event, safe, likely):
    clock = begin(family, lawyer, rule, date.fromisoformat(event))

    assert dates(clock) == (safe, likely)


def test_the_first_count_is_kept_with_what_it_left_out(family, lawyer):
    clock = begin(family, lawyer)

    result = clock.results.get()
    assert (result.cause, result.by, result.was_safe_on) == (Cause.STARTED, lawyer, None)
    assert result.left_out == [["2026-11-16", "2026-11-16", 0], ["2026-11-20", "2026-11-20", 0]]
    assert not ClockResult.objects.to_tell().exists()


def test_a_person_acts_by_the_safe_date_and_an_authority_may_take_until_the_likely_one(family, lawyer):
    claim, decision = begin(family, lawyer), begin(family, lawyer, "mx-decision", date(2026, 1, 12))

    assert (claim.due_on, decision.due_on) == (claim.safe_on, decision.likely_on)


def test_beginning_twice_gives_back_the_first(family, lawyer):
    person = family.people[0]

    assert begin(family, lawyer, person=person) == begin(family, lawyer, person=person)
    assert begin(family, lawyer) != begin(family, lawyer, person=person)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"event_on": date(2026, 12, 12)}, "future"),
        ({"event_on": date(1999, 1, 1)}, "Check the year"),
    ],
)
def test_an_impossible_event_gets_a_sentence(family, lawyer, more, sentence):
    with pytest.raises(Refused, match=sentence):
        begin(family, lawyer, **more)


def test_somebody_of_another_family_is_refused(family, lawyer):
    with pytest.raises(Refused, match="not of this family"):
        begin(family, lawyer, person=FamilyFactory(organisation=lawyer.organisation).people[0])


def test_another_organisation_begins_nothing_here(family, lawyer):
    stranger = StaffFactory(role=Role.LEGAL)
    own = write_rule(rule=rule_in_force(stranger.organisation, "mx-claim"), by=stranger, safe_count=9)

    with pytest.raises(Refused, match="another organisation"):
        begin(family, stranger)
    with pytest.raises(Refused, match="not in force"):
        begin(family, lawyer, rule=own)


# --- Closures ----------------------------------------------------------------------------------------------------------


def test_a_christmas_closure_moves_likely_and_leaves_safe_alone(family, lawyer, comar):
    clock = begin(family, lawyer)
    stranger = ClockFactory(event_on=date(2026, 11, 9))

    closure, moved = close_office(lawyer, comar)

    assert moved == 1
    assert dates(clock) == ("2026-12-21", "2027-01-08")
    assert dates(stranger) == ("2026-12-21", "2026-12-23")
    change = clock.results.first()
    assert (change.cause, change.closure, change.by) == (Cause.CLOSURE, closure, lawyer)
    assert (str(change.was_likely_on), str(change.likely_on)) == ("2026-12-23", "2027-01-08")
    assert ["2026-12-21", "2026-12-24", closure.pk] in change.left_out


def test_a_closure_that_is_found_out_later_counts_from_the_past(family, lawyer, comar):
    """29 to 31 May 2024 were declared non-working for COMAR, and no clock ran."""
    clock = begin(family, lawyer, event_on=date(2024, 5, 20))
    assert dates(clock) == ("2024-07-01", "2024-07-01")

    close_office(lawyer, comar, first_day=date(2024, 5, 29), last_day=date(2024, 5, 31), source="Acuerdo, DOF")

    assert dates(clock) == ("2024-07-01", "2024-07-04")


def test_a_time_that_passed_is_counted_again_too(family, lawyer, comar):
    clock = begin(family, lawyer, event_on=date(2024, 5, 20))
    close_clock(clock=clock, outcome=ClockState.PASSED, on=date(2024, 7, 2), by=lawyer)

    close_office(lawyer, comar, first_day=date(2024, 5, 29), last_day=date(2024, 5, 31), source="Acuerdo, DOF")

    assert dates(clock) == ("2024-07-01", "2024-07-04")
    assert ClockResult.objects.to_tell().get().clock == clock


def test_what_was_done_is_not_counted_again(family, lawyer, comar):
    clock = begin(family, lawyer)
    close_clock(clock=clock, outcome=ClockState.MET, on=date(2026, 12, 1), by=lawyer)

    close_office(lawyer, comar)

    assert dates(clock) == ("2026-12-21", "2026-12-23")


def test_a_closure_of_one_office_moves_what_runs_there(family, lawyer, comar):
    here, elsewhere = (OfficeFactory(kind=OfficeKind.COMAR, name=f"COMAR {name}") for name in ("Ensayo", "Prueba"))
    there = begin(family, lawyer, office=here)
    other = begin(family, lawyer, office=elsewhere, person=family.people[0])
    unknown = begin(family, lawyer, person=family.people[1])

    close_office(lawyer, comar, office=here)

    assert [dates(clock)[1] for clock in (there, other, unknown)] == ["2027-01-08", "2026-12-23", "2026-12-23"]


def test_a_wrong_closure_is_withdrawn_and_everything_goes_back(family, lawyer, comar):
    clock = begin(family, lawyer)
    closure, _moved = close_office(lawyer, comar)

    withdraw_closure(closure=closure, reason="Era de otra oficina", by=lawyer)

    assert dates(clock) == ("2026-12-21", "2026-12-23")
    closure.refresh_from_db()
    assert (closure.withdrawn_by, closure.withdrawn_because) == (lawyer, "Era de otra oficina")
    assert [one.cause for one in clock.results.all()] == [Cause.WITHDRAWAL, Cause.CLOSURE, Cause.STARTED]
    with pytest.raises(Refused, match="withdrawn already"):
        withdraw_closure(closure=closure, reason="Otra vez", by=lawyer)


def test_entering_the_same_closure_twice_enters_it_once(family, lawyer, comar):
    begin(family, lawyer)

    first, moved = close_office(lawyer, comar)

    assert moved == 1
    assert close_office(lawyer, comar) == (first, 0)


def test_the_database_lets_nobody_edit_a_closure(lawyer):
    closure = ClosureFactory(organisation=lawyer.organisation)

    with pytest.raises(DatabaseError, match="pgtrigger: Cannot update"), transaction.atomic():
        Closure.objects.filter(pk=closure.pk).update(last_day=date(2027, 1, 31))
    withdraw_closure(closure=closure, reason="Prueba", by=lawyer)
    with pytest.raises(DatabaseError, match="pgtrigger: Cannot update"), transaction.atomic():
        Closure.objects.filter(pk=closure.pk).update(withdrawn_because="Otra cosa")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"last_day": date(2026, 12, 20)}, "before the first"),
        ({"last_day": date(2028, 12, 20)}, "longer than a year"),
        ({"first_day": date(2014, 12, 20), "last_day": date(2014, 12, 31)}, "Check the year"),
        ({"source": "  "}, "Write the source"),
        ({"kind": "nonsense"}, "Choose what it is"),
    ],
)
def test_a_wrong_closure_gets_a_sentence(lawyer, comar, more, sentence):
    with pytest.raises(Refused, match=sentence):
        close_office(lawyer, comar, **more)


def test_an_office_of_somebody_else_is_refused(lawyer, comar):
    with pytest.raises(Refused, match="is not an office of"):
        close_office(lawyer, comar, office=OfficeFactory(kind=OfficeKind.INM))


def test_another_organisation_neither_enters_nor_withdraws_here(lawyer, comar):
    stranger, closure = StaffFactory(role=Role.LEGAL), ClosureFactory(organisation=lawyer.organisation)

    with pytest.raises(Refused, match="another organisation"):
        enter_closure(organisation=lawyer.organisation, authority=comar, by=stranger, **CHRISTMAS)
    with pytest.raises(Refused, match="another organisation"):
        withdraw_closure(closure=closure, reason="Prueba", by=stranger)


def test_before_it_is_entered_one_sees_whom_a_closure_moves(family, lawyer, comar):
    clock, safe_already = begin(family, lawyer), begin(family, lawyer, "mx-decision", date(2026, 1, 12))
    closure = Closure(organisation=lawyer.organisation, authority=comar, entered_by=lawyer, **CHRISTMAS)

    [effect] = effects_of(closure)

    assert (effect.clock, effect.days) == (clock, 16)
    assert dates(clock) == ("2026-12-21", "2026-12-23")
    assert dates(safe_already) == ("2026-03-16", "2026-03-19")
    entered, _moved = close_office(lawyer, comar)
    assert [(effect.clock, effect.days) for effect in effects_of(entered)] == [(clock, -16)]


def test_counting_again_asks_the_same_questions_for_one_clock_and_for_forty(
    family, lawyer, comar, django_assert_num_queries
):
    begin(family, lawyer)
    close_office(lawyer, comar)
    organisation, all_of_them = lawyer.organisation, Clock.objects.counted_again()

    def entered(day):
        with django_assert_num_queries(16):
            _closure, moved = close_office(lawyer, comar, first_day=date(2026, 12, day), last_day=date(2026, 12, day))
        return moved

    assert entered(15) == 1
    for number in range(39):
        ClockFactory(
            family=family, person=family.people[number % 3], event_on=date(2026, 11, 9 + number % 13), by=lawyer
        )
    assert entered(16) == all_of_them.count() > 30
    assert clock_results.count_again(organisation=organisation, cause=Cause.CLOSURE, by=lawyer) == 0


# --- Who was told ------------------------------------------------------------------------------------------------------


def test_who_was_told_of_a_change_is_written_once(family, lawyer, comar):
    clock = begin(family, lawyer)
    closure, _moved = close_office(lawyer, comar)
    withdraw_closure(closure=closure, reason="Prueba", by=lawyer)
    assert ClockResult.objects.to_tell().count() == 2

    tell_change(result=clock.results.first(), whom="Ana", by=lawyer)

    assert not ClockResult.objects.to_tell().exists()
    last = clock.results.first()
    assert (last.told_by, last.told_whom) == (lawyer, "Ana")
    with pytest.raises(Refused, match="already"):
        tell_change(result=last, whom="Bruno", by=lawyer)
    with pytest.raises(DatabaseError, match="pgtrigger: Cannot update"), transaction.atomic():
        ClockResult.objects.filter(pk=last.pk).update(told_whom="Bruno")


def test_a_result_is_never_edited(family, lawyer):
    result = begin(family, lawyer).results.get()

    with pytest.raises(DatabaseError, match="pgtrigger: Cannot update"), transaction.atomic():
        ClockResult.objects.filter(pk=result.pk).update(safe_on=date(2027, 1, 1))


def test_nobody_is_told_without_a_name_or_by_another_organisation(family, lawyer, comar):
    clock = begin(family, lawyer)
    close_office(lawyer, comar)

    with pytest.raises(Refused, match="who was told"):
        tell_change(result=clock.results.first(), whom=" ", by=lawyer)
    with pytest.raises(Refused, match="another organisation"):
        tell_change(result=clock.results.first(), whom="Ana", by=StaffFactory(role=Role.LEGAL))


# --- How it goes on and ends -------------------------------------------------------------------------------------------


def test_the_day_of_the_event_is_corrected_and_what_was_counted_stays(family, lawyer):
    clock = begin(family, lawyer)

    correct_event(clock=clock, event_on=date(2026, 12, 1), by=lawyer, event_note="Entró ese día")

    assert dates(clock) == ("2027-01-14", "2027-01-14")
    assert [str(one.event_on) for one in clock.results.all()] == ["2026-12-01", "2026-11-09"]


def test_what_was_filed_after_hours_is_later_by_the_likely_count_alone(family, lawyer):
    clock = begin(family, lawyer, "mx-decision", date(2026, 11, 9), after_hours=True)

    assert dates(clock) == (
        dates(begin(family, lawyer, "mx-decision", date(2026, 11, 9), person=family.people[0]))[0],
        dates(begin(family, lawyer, "mx-decision", date(2026, 11, 10), person=family.people[0]))[1],
    )


def test_nobody_writes_that_it_passed_while_there_may_be_time(family, lawyer):
    clock = begin(family, lawyer, event_on=date(2026, 10, 27))
    assert dates(clock) == ("2026-12-08", "2026-12-10")

    with pytest.raises(Refused, match="See a lawyer"):
        close_clock(clock=clock, outcome=ClockState.PASSED, on=date(2026, 12, 9), by=lawyer)


def test_what_ended_can_be_opened_again_and_is_counted_with_what_came_in_meanwhile(family, lawyer, comar):
    clock = begin(family, lawyer)
    close_clock(clock=clock, outcome=ClockState.STOPPED, on=date(2026, 12, 9), by=lawyer, note="Se fue")
    close_office(lawyer, comar)
    with pytest.raises(Refused, match="ended already"):
        close_clock(clock=clock, outcome=ClockState.MET, on=date(2026, 12, 9), by=lawyer)

    reopened = reopen_clock(clock=clock, by=lawyer)

    assert (reopened.state, str(reopened.likely_on)) == (ClockState.RUNNING, "2027-01-08")
    assert reopened.results.first().cause == Cause.REOPENED
    with pytest.raises(Refused, match="runs already"):
        reopen_clock(clock=clock, by=lawyer)


def test_safe_is_never_after_likely_in_the_table(family, lawyer):
    clock = begin(family, lawyer)

    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(safe_on=date(2027, 2, 1))


# --- Days for whoever asks ---------------------------------------------------------------------------------------------


def test_a_sign_in_day_that_lies_in_a_closure_moves_to_the_next_working_day(lawyer, comar):
    organisation, eve = lawyer.organisation, date(2026, 12, 24)
    assert closure_on(organisation, "comar", eve) is None

    closure, _moved = close_office(lawyer, comar)

    assert closure_on(organisation, "comar", eve) == closure
    assert next_working_day(organisation, "comar", eve) == date(2027, 1, 6)
    assert next_working_day(organisation, "inm", eve) == eve


# --- Two at once -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_begins_while_a_closure_is_entered_does_not_miss_it(lawyer, family, comar):
    barrier, found = threading.Barrier(2), []

    def run(work):
        try:
            barrier.wait()
            work()
        finally:
            connections.close_all()

    works = [lambda: found.append(begin(family, lawyer)), lambda: close_office(lawyer, comar)]
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(run, work) for work in works]
    for one in done:
        one.result()

    assert dates(found[0]) == ("2026-12-21", "2027-01-08")
