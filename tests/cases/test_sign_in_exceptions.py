"""Exceptions to the rhythm of sign-ins: this one on another day, or none, because the office said so."""

from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cases.models import SignIn, SignInResult, Task, TaskKind
from cases.services import protection
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import FamilyFactory, StaffFactory
from tests.factories_cases import claim_of

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 12, 7)


@pytest.fixture
def worker():
    return StaffFactory(role=Role.CASEWORKER)


@pytest.fixture
def duty(worker):
    """Signs every Monday from 7 December 2026 on."""
    family = FamilyFactory(organisation=worker.organisation)
    with time_machine.travel("2026-11-26T18:00:00Z", tick=False):
        claim = claim_of(family, worker, filed_on=date(2026, 11, 26))
        yield protection.begin_sign_ins(claim=claim, person=family.people[0], every_days=7, next_on=MONDAY, by=worker)


def test_on_another_day_and_then_as_before(duty, worker):
    answer = protection.except_sign_in(duty=duty, moved_to=date(2026, 12, 9), reason="By phone, 25 Nov", by=worker)
    duty.refresh_from_db()
    assert (answer.result, answer.on, duty.next_on, duty.meant_on) == (
        "moved",
        date(2026, 12, 9),
        date(2026, 12, 9),
        MONDAY,
    )
    with time_machine.travel("2026-12-09T20:00:00Z", tick=False):
        protection.record_sign_in(duty=duty, result=SignInResult.SIGNED, on=date(2026, 12, 9), proof="Sello", by=worker)
    duty.refresh_from_db()
    assert (duty.next_on, duty.meant_on) == (date(2026, 12, 14), None)  # A Monday again.


def test_one_that_falls_away_brings_the_next_one_and_alerts_nobody(duty, worker):
    protection.except_sign_in(duty=duty, reason="Notice at the door", by=worker)
    duty.refresh_from_db()
    assert duty.next_on == date(2026, 12, 14)
    with time_machine.travel("2026-12-08T20:00:00Z", tick=False):
        assert protection.alert_of_silent_sign_ins(duty.claim.process.organisation, date(2026, 12, 8)) == 0
    assert not Task.objects.filter(kind=TaskKind.SIGN_IN_MISSED).exists()
    assert SignIn.objects.get().result == SignInResult.WAIVED


def test_what_was_alerted_falls_away_too(duty, worker):
    with time_machine.travel("2026-12-08T20:00:00Z", tick=False):
        assert protection.alert_of_silent_sign_ins(duty.claim.process.organisation, MONDAY) == 1
        protection.except_sign_in(duty=duty, reason="The office was flooded", by=worker)
    assert not Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED).exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"reason": " "}, "who at the office said so"),
        ({"moved_to": MONDAY}, "the day on which it is due"),
        ({"moved_to": date(2026, 11, 20)}, "lies between today"),
        ({"moved_to": date(2027, 8, 1)}, "lies between today"),
        ({"due_on": date(2026, 11, 30)}, "answered already"),
    ],
)
def test_an_exception_that_cannot_be_is_refused(duty, worker, given, words):
    with pytest.raises(Refused, match=words):
        protection.except_sign_in(**({"duty": duty, "by": worker, "reason": "By phone"} | given))


def test_what_the_office_said_before_is_no_answer_and_is_not_corrected_into_one(duty, worker):
    with pytest.raises(Refused, match="Choose what happened"):
        protection.record_sign_in(duty=duty, result=SignInResult.WAIVED, by=worker)
    answer = protection.except_sign_in(duty=duty, reason="By phone", by=worker)
    with pytest.raises(Refused, match="stays"):
        protection.correct_sign_in(
            sign_in=answer, result=SignInResult.SIGNED, on=date(2026, 11, 26), proof="x", reason="y", by=worker
        )


def test_it_is_written_in_a_browser_once_and_stands_in_the_case(duty, worker):
    browser = Client()
    browser.force_login(worker)
    case = reverse("cases:case", args=[duty.claim.process_id])
    url = reverse("cases:case_sign_in_except", args=[duty.pk])
    assert url in browser.get(case).content.decode()
    assert "Write who at the office said so" in browser.post(url, {}).content.decode()
    said = {"reason": "By phone", "due_on": MONDAY.isoformat()}
    assert browser.post(url, said).status_code == 302
    assert browser.post(url, said).status_code == 409  # Pressed twice.
    assert "The office said that it falls away" in browser.get(case).content.decode()


# --- Nobody wrote anything, more than once -------------------------------------------------------------------------------
def alerts():
    rows = Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED).order_by("key")
    return [row.key.rpartition(":")[2] for row in rows]


def silent_until(duty, day):
    with time_machine.travel(f"{day}T20:00:00Z", tick=False):
        return protection.alert_of_silent_sign_ins(duty.claim.process.organisation, date.fromisoformat(day))


def test_each_silent_sign_in_alerts_once_by_the_rhythm(duty):
    assert [silent_until(duty, f"2026-12-{day}") for day in ("08", "13", "14", "15", "21")] == [1, 0, 1, 0, 1]
    assert alerts() == ["2026-12-07", "2026-12-14", "2026-12-21"]
    duty.refresh_from_db()
    assert duty.next_on == MONDAY  # The desk answers them one after the other.


def test_after_a_long_silence_the_first_alerts_and_those_of_the_last_days(duty):
    silent_until(duty, "2027-02-01")
    assert alerts() == ["2026-12-07", "2027-01-25", "2027-02-01"]


def test_another_day_that_the_office_said_ends_the_alerts_of_the_rhythm_before_it(duty, worker):
    silent_until(duty, "2026-12-14")
    with time_machine.travel("2026-12-15T20:00:00Z", tick=False):
        protection.record_sign_in(
            duty=duty, result=SignInResult.MISSED, next_on=date(2026, 12, 18), reason="Lo dijo la oficina", by=worker
        )
    assert alerts() == ["2026-12-07"]
