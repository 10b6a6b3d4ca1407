"""Protection in Mexico: the claim, its sign-ins, the papers that protect, and the boundary of a state."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from cases.models import (
    Authority,
    Claim,
    ClaimState,
    Clock,
    ClockRule,
    Happening,
    Permit,
    PermitKind,
    SignIn,
    SignInDuty,
    SignInResult,
    Task,
    TaskKind,
    without_a_protecting_paper,
)
from cases.services import processes, protection, sign_in_clock
from cases.services.clock_rules import load_clocks
from cases.services.closures import enter_closure
from cases.services.consulate import consulate_is_silent_for
from cases.services.sign_in_days import closed_days
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_cases import case_of, claim_of, in_days, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return OrganisationFactory()


@pytest.fixture
def worker(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER)


@pytest.fixture
def family(house):
    return FamilyFactory(organisation=house, ages=[34, 9])


def change(claim, state, worker, on=None, **more):
    return protection.change_claim(claim=claim, state=state, on=on or today(), by=worker, **more)


# --- The claim ---------------------------------------------------------------------------------------------------------


def test_a_claim_goes_from_a_wish_to_a_residence_and_every_state_stays_written(family, worker):
    claim = claim_of(family, worker)
    change(claim, ClaimState.PRE_REGISTERED, worker, in_days(-60))
    change(claim, ClaimState.FILED, worker, in_days(-50), filed_in="Chiapas")
    change(claim, ClaimState.CONSTANCIA, worker, in_days(-45), paper_seen=True)
    change(claim, ClaimState.INTERVIEWED, worker, in_days(-20))
    claim = change(claim, ClaimState.RECOGNISED, worker, in_days(-5), told_on=in_days(-3))

    assert (claim.decided_on, claim.told_on, claim.is_open) == (in_days(-5), in_days(-3), False)
    states = list(claim.changes.order_by("pk").values_list("state", flat=True))
    assert states == ["intends", "pre_registered", "filed", "constancia", "interviewed", "recognised"]


def test_the_consulate_is_not_to_be_told_from_filing_until_the_end(family, worker):
    claim = claim_of(family, worker)
    assert consulate_is_silent_for(family.people)  # From the wish on, as the page says.
    change(claim, ClaimState.FILED, worker, filed_in="Sonora")
    assert consulate_is_silent_for(family.people[1:])
    with pytest.raises(Refused, match="in writing"):
        protection.set_consulate_flag(claim=claim, is_silent=False, by=worker, reason="")
    protection.set_consulate_flag(claim=claim, is_silent=False, by=worker, reason="Carta en la carpeta, con Elena")
    assert not consulate_is_silent_for(family.people)


@pytest.mark.parametrize("end", [ClaimState.RECOGNISED, ClaimState.ABANDONED, ClaimState.WITHDRAWN])
def test_only_a_withdrawal_or_their_own_word_lets_the_consulate_be_told(family, worker, end):
    claim = claim_of(family, worker, filed_on=in_days(-9))
    change(claim, end, worker, paper_seen=True)
    assert consulate_is_silent_for(family.people) == (end != ClaimState.WITHDRAWN)
    processes.close_process(process=claim.process, closing="reached", by=worker)
    protection.set_consulate_flag(claim=claim, is_silent=False, by=worker, reason="Carta, con Elena")  # Closed too.
    assert not consulate_is_silent_for(family.people)


def test_a_wish_that_was_given_up_keeps_nobody_silent(family, worker):
    claim = claim_of(family, worker)
    processes.close_process(process=claim.process, closing="other_way", by=worker)
    assert not consulate_is_silent_for(family.people)


@pytest.mark.parametrize(
    ("state", "more", "words"),
    [
        (ClaimState.FILED, {}, "in which state it was filed"),
        (ClaimState.FILED, {"filed_in": "Sonora", "on": date(2990, 1, 1)}, "in the future"),
        (ClaimState.RECOGNISED, {}, "does not follow"),
        (ClaimState.RECOGNISED, {"reason": "Paper seen"}, "day of filing is not written"),
        ("dreamed", {}, "Choose where"),
    ],
)
def test_a_state_that_cannot_be_is_refused(family, worker, state, more, words):
    claim = claim_of(family, worker)
    with pytest.raises(Refused, match=words):
        change(claim, state, worker, **more)
    assert claim.changes.count() == 1


def test_a_claim_is_withdrawn_in_writing(family, worker):
    claim = claim_of(family, worker, filed_on=in_days(-10))
    with pytest.raises(Refused, match="withdrawn in writing"):
        change(claim, ClaimState.WITHDRAWN, worker)
    assert change(claim, ClaimState.WITHDRAWN, worker, paper_seen=True).state == ClaimState.WITHDRAWN


def test_nobody_files_before_they_entered(family, worker):
    claim = protection.open_claim(
        process=case_of(family, "mx-protection", worker), entered_on=in_days(-5), is_estimated=True, by=worker
    )
    with pytest.raises(Refused, match="before the day on which they entered"):
        change(claim, ClaimState.FILED, worker, in_days(-9), filed_in="Sonora")
    corrected = protection.correct_entry(
        claim=claim, entered_on=in_days(-12), is_estimated=False, by=worker, reason="The stamp says so"
    )
    assert (corrected.entered_on, corrected.entry_is_estimated) == (in_days(-12), False)
    assert change(claim, ClaimState.FILED, worker, in_days(-9), filed_in="Sonora").filed_on == in_days(-9)


# --- Sign-ins ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def duty(family, worker):
    """Signs every Monday from 7 December 2026 on, of a claim of 26 November."""
    with time_machine.travel("2026-11-26T18:00:00Z", tick=False):
        claim = claim_of(family, worker, filed_on=date(2026, 11, 26))
        yield protection.begin_sign_ins(
            claim=claim, person=family.people[0], every_days=7, next_on=date(2026, 12, 7), by=worker
        )


def christmas(day):
    return day.weekday() >= 5 or date(2026, 12, 19) <= day <= date(2027, 1, 5)


def test_a_sign_in_with_its_proof_brings_the_next_one(duty, worker):
    with time_machine.travel("2026-12-07T20:00:00Z", tick=False):
        with pytest.raises(Refused, match="what shows it"):
            protection.record_sign_in(duty=duty, result=SignInResult.SIGNED, on=date(2026, 12, 7), by=worker)
        protection.record_sign_in(
            duty=duty, result=SignInResult.SIGNED, on=date(2026, 12, 7), proof="Sello en la constancia", by=worker
        )
    duty.refresh_from_db()
    assert duty.next_on == date(2026, 12, 14)
    assert not Task.objects.filter(kind=TaskKind.SIGN_IN_MISSED).exists()


def test_days_on_which_nobody_signs_are_left_out(duty, worker):
    with time_machine.travel("2026-12-14T20:00:00Z", tick=False):
        duty.next_on = date(2026, 12, 14)
        duty.save()
        protection.record_sign_in(
            duty=duty,
            result=SignInResult.SIGNED,
            on=date(2026, 12, 14),
            proof="Sello",
            by=worker,
            is_closed=christmas,
        )
    duty.refresh_from_db()
    assert duty.next_on == date(2027, 1, 6)


def test_one_miss_alerts_the_same_day(duty, worker):
    with time_machine.travel("2026-12-07T20:00:00Z", tick=False):
        protection.record_sign_in(duty=duty, result=SignInResult.MISSED, by=worker, reason="Estaba enferma")
        [task] = Task.objects.filter(kind=TaskKind.SIGN_IN_MISSED)

        assert (task.due_on, task.is_urgent, task.role, task.person) == (today(), True, Role.LEGAL, duty.person)
        assert duty.claim.process.changes.filter(kind=Happening.ALERT, code="sign_in").exists()


def test_silence_about_a_sign_in_alerts_once_and_a_word_withdraws_it(duty, worker, house):
    with time_machine.travel("2026-12-08T03:00:00Z", tick=False):
        assert protection.alert_of_silent_sign_ins(house, date(2026, 12, 6)) == 0
        assert protection.alert_of_silent_sign_ins(house, date(2026, 12, 7)) == 1
        assert protection.alert_of_silent_sign_ins(house, date(2026, 12, 7)) == 0
        assert Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED).count() == 1
        protection.record_sign_in(
            duty=duty, result=SignInResult.SIGNED, on=date(2026, 12, 7), proof="Foto del sello", by=worker
        )
    assert not Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED).exists()


def test_a_sign_in_that_fell_on_closed_days_is_no_miss(duty, house):
    with time_machine.travel("2026-12-22T03:00:00Z", tick=False):
        duty.next_on = date(2026, 12, 21)
        duty.save()
        made = protection.alert_of_silent_sign_ins(house, date(2026, 12, 21), lambda _duty: christmas)
    duty.refresh_from_db()

    assert (made, duty.next_on) == (0, date(2027, 1, 6))
    assert SignIn.objects.get().result == SignInResult.CLOSED


def test_a_sign_in_is_corrected_and_both_stay(duty, worker):
    with time_machine.travel("2026-12-07T20:00:00Z", tick=False):
        missed = protection.record_sign_in(duty=duty, result=SignInResult.MISSED, by=worker)
        protection.correct_sign_in(
            sign_in=missed,
            result=SignInResult.SIGNED,
            on=date(2026, 12, 7),
            proof="Sello",
            reason="Firmó en la tarde",
            by=worker,
        )
        with pytest.raises(Refused, match="just corrected"):
            protection.correct_sign_in(sign_in=missed, result=SignInResult.MISSED, reason="x", by=worker)
    assert list(SignIn.objects.order_by("pk").values_list("result", flat=True)) == ["missed", "signed"]
    assert not Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED).exists()


def test_what_has_not_come_yet_was_not_missed(duty, worker):
    with pytest.raises(Refused, match="has not come yet"):
        protection.record_sign_in(duty=duty, result=SignInResult.MISSED, by=worker)


def test_a_new_duty_replaces_the_old_one_and_each_person_has_their_own(duty, worker, family):
    for person, days in ((family.people[0], 10), (family.people[1], 7)):
        protection.begin_sign_ins(
            claim=duty.claim, person=person, every_days=days, next_on=date(2026, 12, 9), by=worker
        )
    running = SignInDuty.objects.running().order_by("pk")
    assert [(row.person, row.every_days) for row in running] == [(family.people[0], 10), (family.people[1], 7)]


def test_sign_ins_end_with_the_claim(duty, worker):
    with time_machine.travel("2026-12-10T20:00:00Z", tick=False):
        change(duty.claim, ClaimState.ABANDONED, worker, date(2026, 12, 10))
    assert not SignInDuty.objects.running().exists()


# --- Papers ------------------------------------------------------------------------------------------------------------


def permit(person, worker, kind=PermitKind.TVRH, state="issued", **more):
    if state == "issued":
        more.setdefault("issued_on", in_days(-10))
    return protection.write_permit(person=person, kind=kind, state=state, by=worker, **more)


def test_who_holds_no_paper_that_protects_is_on_the_list(family, worker):
    claim_of(family, worker)
    mother, child = family.people
    permit(mother, worker, PermitKind.CURP_TEMPORARY)  # A number protects nobody.
    permit(child, worker, PermitKind.TVRH, state="applied")
    assert without_a_protecting_paper(today()).count() == 2

    permit(mother, worker, PermitKind.CONSTANCIA)
    permit(child, worker, PermitKind.TVRH, expires_on=in_days(3))
    assert without_a_protecting_paper(today()).count() == 0
    assert [row.person for row in without_a_protecting_paper(in_days(4))] == [child]
    permit(mother, worker, PermitKind.CONSTANCIA, state="lost")
    assert [row.person for row in without_a_protecting_paper(today())] == [mother]


def test_a_paper_that_ends_makes_a_task_a_month_before(family, worker):
    claim_of(family, worker)
    first = permit(family.people[0], worker, expires_on=in_days(100))
    assert Task.objects.get(kind=TaskKind.EXPIRY).due_on == in_days(70)
    permit(family.people[0], worker, expires_on=in_days(400))
    assert [task.due_on for task in Task.objects.open().filter(kind=TaskKind.EXPIRY)] == [in_days(370)]
    first.refresh_from_db()
    assert first.replaced_at is not None


def test_a_temporary_curp_lasts_180_days_and_is_renewed_once(family, worker):
    person = family.people[0]
    first = permit(person, worker, PermitKind.CURP_TEMPORARY, issued_on=in_days(-170))
    assert first.expires_on == in_days(10)
    with pytest.raises(Refused, match="180 days at most"):
        permit(person, worker, PermitKind.CURP_TEMPORARY, issued_on=in_days(-170), expires_on=in_days(11))
    renewed = permit(person, worker, PermitKind.CURP_TEMPORARY, issued_on=today())
    assert (renewed.expires_on, renewed.was_renewed) == (in_days(180), True)
    with pytest.raises(Refused, match="renewed once"), time_machine.travel(today() + timedelta(days=179)):
        permit(person, worker, PermitKind.CURP_TEMPORARY, issued_on=today())


def test_the_check_digit_of_a_curp_is_counted():
    assert (
        protection.clean_curp("hegg 560427-mvzrrl04") == "HEGG560427MVZRRL04"
    )  # The specimen of RENAPO's own leaflet.
    assert protection.curp_check_digit("HEGG560427MVZRRL0") == "4"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("HEGG560427MVZRRL05", "last digit"),
        ("HEGG560427MVZRRL0", "18 letters"),
        ("HEGG561327MVZRRL04", "no date"),
        ("HEGG991231MVZRRLA4", "no date"),  # Of 2099.
        ("1EGG560427MVZRRL04", "how a CURP is written"),
        ("HEGG560427ZVZRRL04", "how a CURP is written"),
    ],
)
def test_a_curp_that_is_wrong_is_told_what_is_wrong(text, words):
    with pytest.raises(Refused, match=words):
        protection.clean_curp(text)


def test_the_number_of_a_paper_is_encrypted_and_found_by_its_hash(family, worker):
    from django.db import connection

    permit(family.people[0], worker, PermitKind.CURP, number="HEGG560427MVZRRL04")
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM cases_permit UNION ALL SELECT number FROM cases_permitevent")
        assert not any("HEGG" in row[0] for row in cursor.fetchall())
    assert Permit.objects.get().number == "HEGG560427MVZRRL04"


# --- The boundary of a state ---------------------------------------------------------------------------------------------


def test_an_open_claim_binds_its_people_to_a_state(family, worker, house):
    claim = claim_of(family, worker, filed_on=in_days(-3), state="Chiapas")
    assert protection.bound_to_a_state(family.people, "Baja California") == [claim]
    assert protection.bound_to_a_state(family.people, "chiapas") == []
    assert protection.bound_to_a_state(family.people, "") == []  # A state that nobody knows binds nobody.

    claims = protection.bound_to_a_state(family.people, "Sonora")
    assert len(protection.note_other_state(claims=claims, by=worker, day=today())) == 1
    assert protection.note_other_state(claims=claims, by=worker, day=today()) == []
    assert Task.objects.get(kind=TaskKind.OTHER_STATE).role == Role.LEGAL


def test_written_leave_and_the_end_of_the_claim_let_people_move(family, worker):
    claim = claim_of(family, worker, filed_on=in_days(-3), state="Chiapas")
    protection.set_leave_to_move(claim=claim, may_leave=True, by=worker, reason="Oficio 12")
    assert protection.bound_to_a_state(family.people, "Sonora") == []
    claim = change(claim, ClaimState.TRANSFERRED, worker, filed_in="Sonora")
    assert protection.bound_to_a_state(family.people, "Chiapas") == [claim]
    change(claim, ClaimState.ABANDONED, worker)
    assert protection.bound_to_a_state(family.people, "Chiapas") == []


def test_another_organisations_claim_is_not_seen(family, worker):
    claim_of(family, worker)
    assert not Claim.objects.visible_to(StaffFactory(role=Role.LEGAL)).exists()
    assert Claim.objects.visible_to(worker).exists()


# --- With the clocks of the law ----------------------------------------------------------------------------------------


def clocks_of(claim):
    rows = Clock.objects.filter(process=claim.process).order_by("pk").values_list("rule__code", "event_on", "state")
    return list(rows)


def test_the_clocks_of_the_law_follow_the_claim(family, worker):
    load_clocks()
    claim = protection.open_claim(process=case_of(family, "mx-protection", worker), entered_on=in_days(-9), by=worker)
    assert clocks_of(claim) == [("mx-claim", in_days(-9), "running")]
    protection.correct_entry(claim=claim, entered_on=in_days(-12), is_estimated=True, by=worker, reason="Stamp")
    assert clocks_of(claim) == [("mx-claim", in_days(-12), "running")]
    change(claim, ClaimState.FILED, worker, in_days(-5), filed_in="Sonora")
    change(claim, ClaimState.REFUSED, worker, in_days(-2), told_on=in_days(-1), reason="It came at once")
    change(claim, ClaimState.REVIEW, worker)
    assert clocks_of(claim) == [
        ("mx-claim", in_days(-12), "met"),
        ("mx-decision", in_days(-5), "met"),
        ("mx-review", in_days(-1), "met"),
    ]


def test_a_published_closure_is_no_miss_and_a_holiday_of_one_list_alone_is_still_a_day_to_sign(duty, worker, house):
    load_clocks()
    enter_closure(
        organisation=house,
        by=worker,
        authority=Authority.objects.get(code="comar"),
        first_day=date(2026, 12, 21),
        last_day=date(2027, 1, 5),
        source="Aviso en la puerta",
    )
    closed = closed_days(duty)
    assert [closed(date(2026, 12, day)) for day in (18, 19, 20, 21, 25)] == [False, True, True, True, True]
    assert not closed(date(2027, 2, 5))  # Only one of the lists has it, and the office may be open.
    assert next_sign_in_of(duty, date(2026, 12, 14), closed) == date(2027, 1, 6)


def next_sign_in_of(duty, due_on, closed):
    return protection.next_sign_in(due_on, duty.every_days, closed)


def test_the_alert_of_a_silent_sign_in_comes_on_the_evening_of_its_day(duty):
    assert sign_in_clock.look(datetime(2026, 12, 8, 1, 59, tzinfo=UTC)) == 0  # 17:59 in Tijuana on the 7th.
    assert sign_in_clock.look(datetime(2026, 12, 8, 2, 1, tzinfo=UTC)) == 1
    assert sign_in_clock.look(datetime(2026, 12, 8, 2, 11, tzinfo=UTC)) == 0
    assert Task.objects.get(kind=TaskKind.SIGN_IN_MISSED).due_on == date(2026, 12, 7)


# --- What a hurried hand does ------------------------------------------------------------------------------------------


def test_a_state_that_was_written_by_mistake_gives_its_clock_back(family, worker):
    load_clocks()
    claim = protection.open_claim(process=case_of(family, "mx-protection", worker), entered_on=in_days(-9), by=worker)
    change(claim, ClaimState.FILED, worker, in_days(-5), filed_in="Sonora")
    claim = change(claim, ClaimState.INTENDS, worker, in_days(-1), reason="It was another family")

    assert (claim.filed_on, claim.filed_in) == (None, "")
    assert clocks_of(claim) == [("mx-claim", in_days(-9), "running"), ("mx-decision", in_days(-5), "stopped")]
    change(claim, ClaimState.FILED, worker, in_days(-2), filed_in="Sonora")
    change(claim, ClaimState.FILED, worker, in_days(-3), reason="The stamp says so")  # The day alone was wrong.
    assert clocks_of(claim)[0][2] == "met"
    assert clocks_of(claim)[2:] == [("mx-decision", in_days(-3), "running")]


def test_a_review_counts_from_the_decision_until_the_day_of_the_notice_is_written(family, worker):
    load_clocks()
    claim = claim_of(family, worker, filed_on=in_days(-10))
    change(claim, ClaimState.REFUSED, worker, in_days(-4))
    assert clocks_of(claim)[-1] == ("mx-review", in_days(-4), "running")
    with pytest.raises(Refused, match="To correct its days, write the reason"):
        change(claim, ClaimState.REFUSED, worker, in_days(-4), told_on=in_days(-1))

    claim = change(claim, ClaimState.REFUSED, worker, in_days(-4), told_on=in_days(-1), reason="They got the paper")
    assert (claim.told_on, clocks_of(claim)[-1]) == (in_days(-1), ("mx-review", in_days(-1), "running"))
    assert [code for code, _day, _state in clocks_of(claim)].count("mx-review") == 1


def test_an_end_that_was_written_by_mistake_ends_no_duty_to_sign(duty, worker, house):
    with time_machine.travel("2026-12-08T03:00:00Z", tick=False):
        assert protection.alert_of_silent_sign_ins(house, date(2026, 12, 7)) == 1
        claim = change(duty.claim, ClaimState.WITHDRAWN, worker, date(2026, 12, 7), paper_seen=True)
        assert not SignInDuty.objects.running().exists()
        change(claim, ClaimState.CONSTANCIA, worker, date(2026, 12, 7), reason="It was another family's paper")
    assert list(SignInDuty.objects.running()) == [duty]
    assert Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED).count() == 1


def test_a_case_that_is_opened_again_has_its_duties_and_tasks_again(duty, worker):
    process = duty.claim.process
    task = Task.objects.open().get(process=process, kind=TaskKind.STEP)
    processes.close_process(process=process, closing="no_contact", by=worker)
    assert not SignInDuty.objects.running().exists()
    processes.reopen_process(process=process, by=worker, reason="They came back")

    assert list(SignInDuty.objects.running()) == [duty]
    assert task in Task.objects.open()


def test_pressed_twice_a_sign_in_does_not_answer_the_one_after_it(duty, worker):
    with time_machine.travel("2026-12-07T20:00:00Z", tick=False):
        said = {"result": SignInResult.SIGNED, "on": date(2026, 12, 7), "proof": "Sello", "by": worker}
        protection.record_sign_in(duty=duty, due_on=date(2026, 12, 7), **said)
        with pytest.raises(Refused, match="answered already"):
            protection.record_sign_in(duty=duty, due_on=date(2026, 12, 7), **said)
    duty.refresh_from_db()
    assert (duty.next_on, duty.sign_ins.count()) == (date(2026, 12, 14), 1)


def test_after_a_day_on_which_it_was_shut_the_rhythm_stays(duty, worker, house):
    """Who signs on Mondays signs on Monday again: counted from the Wednesday it would be two days too late."""
    with time_machine.travel("2026-12-22T03:00:00Z", tick=False):
        SignInDuty.objects.update(next_on=date(2026, 12, 21))
        protection.alert_of_silent_sign_ins(house, date(2026, 12, 21), lambda _duty: christmas)
    duty.refresh_from_db()
    assert (duty.next_on, duty.meant_on) == (date(2027, 1, 6), date(2026, 12, 21))
    with time_machine.travel("2027-01-06T20:00:00Z", tick=False):
        protection.record_sign_in(
            duty=duty,
            result=SignInResult.SIGNED,
            on=date(2027, 1, 6),
            proof="Sello",
            by=worker,
            is_closed=christmas,
        )
    duty.refresh_from_db()
    assert (duty.next_on, duty.meant_on) == (date(2027, 1, 11), None)


def test_turned_round_twice_by_one_press_a_flag_stands_as_it_was_meant(client, family, worker):
    claim = claim_of(family, worker, filed_on=in_days(-3))
    client.force_login(worker)
    for name, before, sent in (
        ("case_claim_consulate", "yes", {"reason": "Carta firmada, con Elena"}),
        ("case_claim_consulate", "no", {"reason": "They changed their mind"}),
        ("case_claim_move", "no", {"reason": "Oficio 12"}),
    ):
        where = reverse(f"cases:{name}", args=[claim.process_id])
        assert f'name="stood" value="{before}"' in client.get(where).content.decode()
        assert [client.post(where, sent | {"stood": before}).status_code for _press in range(2)] == [302, 409]
    claim.refresh_from_db()
    assert (claim.consulate_is_silent, claim.may_leave_the_state) == (True, True)


def test_whose_claim_nobody_follows_yet_stands_on_the_list_without_a_paper(client, family, worker):
    process = case_of(family, "mx-protection", worker)
    assert without_a_protecting_paper(today()).count() == 2
    client.force_login(worker)
    assert "Their claim is not followed yet" in client.get(reverse("cases:case_protection")).content.decode()
    processes.close_process(process=process, closing="mistake", reason="Another family", by=worker)
    assert without_a_protecting_paper(today()).count() == 0


def test_the_days_of_a_temporary_curp_are_those_of_its_rule():
    load_clocks()
    rule = ClockRule.objects.in_force().get(code="mx-curp-temporary")
    assert (rule.safe_count, rule.safe_unit) == (protection.CURP_TEMPORARY_DAYS, "calendar")
    assert rule.source
    assert rule.checked_on
