"""Minors without a carer: who raises the alert, what may be recorded, and when it may be closed."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases.models import AlertKind, BirthPrecision, ChildAlert, FamilyMember, Person, Relationship
from cases.services.children import LAWS, PROVISIONS, alert_kind, close_alert, raise_alerts, record_notice
from ngo.errors import Refused
from tests.factories import FamilyFactory, StaffFactory

DAY = date(2026, 11, 12)
R = Relationship


def person(age=None, precision=BirthPrecision.EXACT, born_on=None):
    born_on = born_on or (date(DAY.year - age, 1, 1) if age is not None else None)
    return Person(
        given_names="Prueba", born_on=born_on, birth_precision=precision if born_on else BirthPrecision.UNKNOWN
    )


def member(relationship, age=None, is_carer=False, **more):
    return FamilyMember(
        person=person(age, **more), relationship=relationship, is_head=relationship == R.HEAD, is_carer=is_carer
    )


def kinds(*members):
    return [alert_kind(one, members, DAY) for one in members]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ("a mother and her child", [None, None]),
        ("a child alone", [AlertKind.UNACCOMPANIED]),
        ("two siblings alone", [AlertKind.UNACCOMPANIED, AlertKind.UNACCOMPANIED]),
        ("a girl with her own baby", [AlertKind.UNACCOMPANIED, AlertKind.UNACCOMPANIED]),
        ("an adult brother", [None, AlertKind.SEPARATED]),
        ("an adult brother who answers for them", [None, None]),
        ("a grandmother", [None, AlertKind.SEPARATED]),
        ("an aunt who answers for them, and a friend", [None, None, None]),
        ("an adult and a minor partner", [None, AlertKind.SEPARATED]),
        ("a mother, and another family's child", [None, None, AlertKind.SEPARATED]),
        ("the siblings of a minor, with their father", [None, None, None]),
        ("nobody's age known", [AlertKind.AGE_IN_DOUBT]),
        ("a child of unknown age with the mother", [None, None]),
        ("about eighteen", [AlertKind.AGE_IN_DOUBT]),
        ("about nineteen", [None]),
        ("born some time eighteen years ago", [AlertKind.AGE_IN_DOUBT]),
        ("born some time nineteen years ago", [None]),
    ],
)
def test_who_needs_an_alert(members, expected):
    families = {
        "a mother and her child": [member(R.HEAD, 30), member(R.CHILD, 4)],
        "a child alone": [member(R.HEAD, 15)],
        "two siblings alone": [member(R.HEAD, 16), member(R.SIBLING, 9)],
        "a girl with her own baby": [member(R.HEAD, 16), member(R.CHILD, 0)],
        "an adult brother": [member(R.HEAD, 22), member(R.SIBLING, 9)],
        "an adult brother who answers for them": [member(R.HEAD, 22, is_carer=True), member(R.SIBLING, 9)],
        "a grandmother": [member(R.HEAD, 60), member(R.GRANDCHILD, 9)],
        "an aunt who answers for them, and a friend": [
            member(R.HEAD, 40, is_carer=True),
            member(R.OTHER_RELATIVE, 9),
            member(R.NOT_RELATED, 30),
        ],
        "an adult and a minor partner": [member(R.HEAD, 30), member(R.PARTNER, 15)],
        "a mother, and another family's child": [member(R.HEAD, 30), member(R.CHILD, 4), member(R.NOT_RELATED, 12)],
        "the siblings of a minor, with their father": [member(R.HEAD, 17), member(R.SIBLING, 9), member(R.PARENT, 40)],
        "nobody's age known": [member(R.HEAD)],
        "a child of unknown age with the mother": [member(R.HEAD, 30), member(R.CHILD)],
        "about eighteen": [member(R.HEAD, 18, precision=BirthPrecision.ESTIMATED)],
        "about nineteen": [member(R.HEAD, 19, precision=BirthPrecision.ESTIMATED)],
        "born some time eighteen years ago": [member(R.HEAD, born_on=date(2008, 7, 1), precision=BirthPrecision.YEAR)],
        "born some time nineteen years ago": [member(R.HEAD, born_on=date(2007, 7, 1), precision=BirthPrecision.YEAR)],
    }
    assert kinds(*families[members]) == expected


def test_each_rule_of_law_names_its_article_its_source_and_the_day_it_was_read():
    stands = {f"{rule.law.short} {rule.articles}" for rule in PROVISIONS}
    assert stands >= {"LM 98, 112-I", "LM 99", "LGDNNA 94, 95"}
    assert {rule.law for rule in PROVISIONS} == set(LAWS)
    assert all(law.source and law.checked_on <= date.today() for law in LAWS)


@pytest.fixture
def alert(db):
    family = FamilyFactory(ages=[16])
    FamilyMember.objects.filter(family=family).update(is_carer=False)
    (alert,) = raise_alerts(family, by=StaffFactory(organisation=family.organisation))
    return alert


def test_an_alert_is_raised_once_while_it_is_open(alert):
    assert raise_alerts(alert.family, by=alert.raised_by) == []
    assert ChildAlert.objects.open().get() == alert


def test_a_family_with_its_carers_raises_none(db):
    assert raise_alerts(FamilyFactory(ages=[34, 9, 2]), by=None) == []


def test_a_notice_is_recorded_with_office_hour_and_author(alert):
    staff, told = StaffFactory(), timezone.now() - timedelta(minutes=20)

    record_notice(
        alert=alert, office=" Procuraduría de prueba ", told_to="Guardia", folio="PP-17", notified_at=told, by=staff
    )

    alert.refresh_from_db()
    assert (alert.office, alert.told_to, alert.folio) == ("Procuraduría de prueba", "Guardia", "PP-17")
    assert (alert.notified_at, alert.notified_by) == (told, staff)
    assert alert.closed_at is None


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"office": "  "}, "Write which office was told."),
        ({"office": "P", "notified_at": timezone.now() + timedelta(hours=1)}, "cannot have been given in the future"),
        ({"office": "P", "notified_at": timezone.now() - timedelta(days=30)}, "more than a week before the alert"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(alert, facts, says):
    with pytest.raises(Refused, match=says):
        record_notice(alert=alert, by=StaffFactory(), **facts)
    alert.refresh_from_db()
    assert alert.notified_at is None


def test_an_alert_is_not_closed_before_the_office_was_told(alert):
    staff = StaffFactory()
    with pytest.raises(Refused, match="has not been told yet"):
        close_alert(alert=alert, reason="We looked after it", by=staff)

    record_notice(alert=alert, office="Procuraduría de prueba", by=staff)
    close_alert(alert=alert, reason="The DIF took charge", by=staff)

    alert.refresh_from_db()
    assert (alert.closed_by, alert.closing_reason) == (staff, "The DIF took charge")
    for act in (record_notice, close_alert):
        with pytest.raises(Refused, match="already closed"):
            act(alert=alert, by=staff, **({"office": "P"} if act is record_notice else {"reason": "Again"}))


def test_closing_needs_a_reason(alert):
    with pytest.raises(Refused, match="Write why the alert is closed"):
        close_alert(alert=alert, reason=" ", by=StaffFactory())


def test_an_alert_raised_by_a_wrong_age_closes_without_a_notice_once_the_age_is_right(alert):
    Person.objects.filter(pk=alert.person_id).update(born_on=date(1990, 1, 1))

    close_alert(alert=alert, reason="The year was typed wrong", by=StaffFactory())

    assert not ChildAlert.objects.open().exists()


def test_naming_an_adult_of_the_family_as_carer_closes_the_alert(db):
    family = FamilyFactory(ages=[22, 9])
    FamilyMember.objects.filter(family=family).update(is_carer=False)
    FamilyMember.objects.filter(family=family, is_head=False).update(relationship=R.SIBLING)
    (alert,) = raise_alerts(family, by=None)
    assert alert.kind == AlertKind.SEPARATED
    brother, small = family.people

    for nobody in (small, FamilyFactory().people[0]):
        with pytest.raises(Refused):
            close_alert(alert=alert, reason="Answers for her", by=StaffFactory(), carer=nobody)
    close_alert(alert=alert, reason="Her brother answers for her", by=StaffFactory(), carer=brother)

    assert FamilyMember.objects.get(person=brother).is_carer
    assert raise_alerts(family, by=None) == []
