"""The page of a family, finding people, changing the group, correcting a file."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import BirthPrecision, Case, ChildAlert, FamilyMember, Group, NeedCode, Note, Person, SpecificNeed
from cases.services.contact import PhoneData, add_phone
from cases.services.people import change_group, write_note
from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from tests.factories import FamilyFactory, PersonFactory, ShelterFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    staff = StaffFactory(role=Role.CASEWORKER)
    ShelterFactory(organisation=staff.organisation)
    return staff


@pytest.fixture
def client(worker):
    return browser_of(worker)


def browser_of(staff):
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def family(worker):
    family = FamilyFactory(organisation=worker.organisation, ages=[34, 9], folio="F-7007", registered_by=worker)
    for person, (given, first, second) in zip(
        family.people, [("Marisol", "Luna", "Ejemplo"), ("Mateo", "Luna", "Ejemplo")], strict=True
    ):
        Person.objects.filter(pk=person.pk).update(given_names=given, first_surname=first, second_surname=second)
        person.refresh_from_db()
    return family


def text_of(response):
    return response.content.decode()


def page_of(client, family):
    return text_of(client.get(reverse("cases:family", args=[family.pk])))


# --- The page of a family --------------------------------------------------------------------------------------------


def test_the_page_says_who_they_are_and_what_happened(client, worker, family):
    write_note(family=family, text="Llegaron con hambre", by=worker)
    change_group(people=family.people[:1], group=Group.RETURN, by=worker, reason="She decided it")
    add_phone(family=family, phone=PhoneData("+52 656 555 0123", shared_with="her sister"), by=worker)

    page = page_of(client, family)

    assert "Family <bdi>Luna Ejemplo</bdi>" in page
    assert "9 years. Son or daughter" in page
    assert "F-7007" in page
    assert "Llegaron con hambre" in page
    assert "<del>Awaiting a U.S. appointment</del> Awaiting return" in page
    assert "Reason: She decided it" in page
    assert "••• 123" in page
    assert "5550123" not in page
    assert "her sister" in page
    assert reverse("shelters:family_beds", args=[family.pk]) in page
    assert "Your reading of this page is recorded." in page


def test_each_opening_is_a_line_in_the_read_log_and_the_coordinator_sees_it(client, worker, family):
    coordinator = StaffFactory(organisation=worker.organisation, role=Role.COORDINATOR)

    page_of(client, family)
    page = page_of(browser_of(coordinator), family)

    assert [line.staff for line in ReadLog.objects.of(family)] == [coordinator, worker]
    assert "Who opened this page" in page
    assert str(worker) in page
    assert "Who opened this page" not in page_of(client, family)


@pytest.mark.parametrize(("role", "sees"), [(Role.FRONT_DESK, False), (Role.CASEWORKER, True), (Role.LEGAL, True)])
def test_restricted_needs_are_shown_to_those_who_need_to_know(worker, family, role, sees):
    for code in (NeedCode.VIOLENCE, NeedCode.DIET):
        SpecificNeed.objects.create(person=family.people[0], code=code)

    page = page_of(browser_of(StaffFactory(organisation=worker.organisation, role=role)), family)

    assert "Special diet" in page
    assert ("Has suffered violence" in page) is sees


def test_a_volunteer_opens_no_file(worker, family):
    client = browser_of(StaffFactory(organisation=worker.organisation, role=Role.VOLUNTEER))

    for name in ("cases:family", "cases:family_note", "cases:family_group"):
        assert client.get(reverse(name, args=[family.pk])).status_code == 403
    assert client.get(reverse("cases:people")).status_code == 403
    assert not ReadLog.objects.exists()


def test_a_phone_is_shown_once_asked_for_and_that_is_recorded(client, worker, family):
    phone = add_phone(family=family, phone=PhoneData("+52 656 555 0123"), by=worker)
    url = reverse("cases:family_phone", args=[family.pk, phone.pk])

    page = text_of(client.post(url))

    assert "+52 656 555 0123" in page
    assert ReadLog.objects.get().what == "phone"
    assert client.get(url).status_code == 405
    other = FamilyFactory(organisation=worker.organisation)
    assert client.post(reverse("cases:family_phone", args=[other.pk, phone.pk])).status_code == 404


def test_the_page_takes_the_same_number_of_queries_whatever_the_family(client, worker, django_assert_num_queries):
    small = FamilyFactory(organisation=worker.organisation, people=1, registered_by=worker)
    big = FamilyFactory(organisation=worker.organisation, ages=[40, 38, 12, 9, 7, 3], registered_by=worker)
    for person in big.people:
        SpecificNeed.objects.create(person=person, code=NeedCode.DIET)
    for number in range(5):
        write_note(family=big, text=f"Nota {number}", by=worker)
    for group in (Group.RETURN, Group.UNDECIDED):
        change_group(people=big.people, group=group, by=worker)
    page_of(client, small)  # Warm: content types, sessions.

    for family in (small, big):
        with django_assert_num_queries(21):
            page_of(client, family)


def test_a_group_change_of_several_people_is_one_event(client, worker, family):
    change_group(people=family.people, group=Group.UNDECIDED, by=worker)

    assert page_of(client, family).count("<del>") == 1


def test_an_alert_stands_on_the_page_with_its_link(client, worker, family):
    alert = ChildAlert.objects.create(person=family.people[1], family=family, kind="separated", raised_by=worker)

    page = page_of(client, family)

    assert "A child here has no carer" in page
    assert reverse("cases:child_alert", args=[alert.pk]) in page


# --- Notes -----------------------------------------------------------------------------------------------------------


def test_a_note_is_written_and_kept(client, worker, family):
    url = reverse("cases:family_note", args=[family.pk])

    assert client.get(url).status_code == 200
    client.post(url, {"text": " El consulado llamó "})

    note = Note.objects.get()
    assert (note.text, note.written_by, note.family) == ("El consulado llamó", worker, family)


@pytest.mark.parametrize(
    ("text", "says"), [("", "The note is empty."), ("x" * 10_001, "at most 10000"), ("a\x00b", "Null characters")]
)
def test_a_note_that_cannot_be_kept_says_why_and_loses_nothing(client, family, text, says):
    response = client.post(reverse("cases:family_note", args=[family.pk]), {"text": text})

    assert says in text_of(response)
    assert not Note.objects.exists()


# --- Groups ----------------------------------------------------------------------------------------------------------


def test_changing_the_group_closes_one_case_and_opens_the_next(worker, family):
    mother, son = family.people
    opened = change_group(people=[mother, son], group=Group.RETURN, by=worker, reason="They asked")

    assert {case.person for case in opened} == {mother, son}
    assert mother.cases.get(closed_at=None).reason == "They asked"
    old = mother.cases.get(group=Group.US_APPOINTMENT)
    assert old.closed_at == mother.cases.get(closed_at=None).opened_at
    with pytest.raises(Refused, match="already in this group"):
        change_group(people=[mother], group=Group.RETURN, by=worker)
    with pytest.raises(Refused, match="Choose the group"):
        change_group(people=[mother], group="moon", by=worker)


def test_the_group_is_changed_for_the_family_or_for_one_person(client, family):
    mother, son = family.people

    client.post(reverse("cases:person_group", args=[son.pk]), {"group": "return", "reason": "With his father"})
    assert [p.cases.get(closed_at=None).group for p in (mother, son)] == ["us_appointment", "return"]

    response = client.post(reverse("cases:family_group", args=[family.pk]), {"group": "mexican_protection"})
    assert response["Location"] == reverse("cases:family", args=[family.pk])
    assert set(Case.objects.open().values_list("group", flat=True)) == {"mexican_protection"}
    again = client.post(reverse("cases:family_group", args=[family.pk]), {"group": "mexican_protection"})
    assert "They are already in this group. Nothing was changed." in text_of(again)


def test_people_by_group_stand_by_days_of_waiting(client, worker, family):
    longest = FamilyFactory(organisation=worker.organisation, people=1).people[0]
    now = timezone.now().astimezone(ZoneInfo("America/Tijuana"))  # Days of its clock, however long they were.
    Case.objects.filter(person=longest).update(opened_at=now - timedelta(days=45))
    FamilyFactory(people=3)  # Somebody else's.

    start = text_of(client.get(reverse("cases:people")))
    page = text_of(client.get(reverse("cases:group", args=["us_appointment"])))

    assert "We accompany 3 people" in start
    assert "The longest wait: 45 days" in start
    assert page.index(longest.full_name) < page.index("Marisol Luna Ejemplo")
    assert "45 days" in page
    line = ReadLog.objects.get(what="group")
    assert line.count == 3
    assert client.get(reverse("cases:group", args=["moon"])).status_code == 404


def test_a_long_group_comes_in_pages_with_the_same_number_of_queries(client, worker, family, django_assert_num_queries):
    url = reverse("cases:group", args=["us_appointment"])
    client.get(url)
    with django_assert_num_queries(11):
        client.get(url)
    for _ in range(55):
        FamilyFactory(organisation=worker.organisation, people=1)
    with django_assert_num_queries(11):
        assert "Page 1 of 2" in text_of(client.get(url))
    assert "Page 2 of 2" in text_of(client.get(url, {"page": "2"}))
    assert client.get(url, {"page": "x"}).status_code == 200


# --- Search ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["marisol", "LUNA", "Luná marisól", "Marizol Luna", "F-7007", "f-7007", "+52 656 555 0123"]
)
def test_people_are_found_by_name_file_or_phone(client, worker, family, text):
    add_phone(family=family, phone=PhoneData("+52 656 555 0123"), by=worker)
    FamilyFactory(organisation=worker.organisation, people=1)

    page = text_of(client.post(reverse("cases:people"), {"text": text}))

    assert reverse("cases:family", args=[family.pk]) in page
    line = ReadLog.objects.get(what="search")
    assert line.count >= 1
    assert line.subject_id is None


def test_another_organisations_people_are_not_found(client):
    family = FamilyFactory(people=1, folio="F-0099")
    stranger = family.people[0]
    add_phone(family=family, phone=PhoneData("+52 656 555 0123"), by=StaffFactory())

    for text in (stranger.first_surname, "F-0099", "+526565550123"):
        page = text_of(client.post(reverse("cases:people"), {"text": text}))
        assert "Nobody is found." in page
        assert ReadLog.objects.latest("pk").count == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write a name, a file number or a phone."),
        ("a", "Write at least two letters."),
        ("x" * 200, "at most 120 characters"),
        ("a\x00b", "Null characters"),
    ],
)
def test_a_search_that_says_nothing_is_answered_with_a_sentence(client, text, says):
    assert says in text_of(client.post(reverse("cases:people"), {"text": text}))
    assert not ReadLog.objects.exists()


def test_only_the_most_alike_are_shown(client, worker):
    for number in range(35):
        PersonFactory(organisation=worker.organisation, given_names=f"Ana {number}")

    assert "The 30 people most alike." in text_of(client.post(reverse("cases:people"), {"text": "Ana"}))


def test_a_name_never_stands_in_the_address(client, family):
    response = client.get(reverse("cases:people"), {"text": "Marisol"})

    assert "Marisol" not in text_of(response)
    assert not ReadLog.objects.exists()


# --- Corrections -----------------------------------------------------------------------------------------------------


def form_of(person, **more):
    names = ("given_names", "first_surname", "second_surname", "preferred_name", "gender")
    facts = {name: getattr(person, name) for name in names}
    born = person.born_on
    facts |= (
        {"birth_day": born.day, "birth_month": born.month, "birth_year": born.year, "birth_age": ""} if born else {}
    )
    return facts | {"sex": person.sex or "n", "nationality": "Honduras", "speaks": "spa", "reads": "spa"} | more


def test_a_file_is_corrected_and_the_history_keeps_what_stood_there(client, family):
    mother = family.people[0]
    url = reverse("cases:person_edit", args=[mother.pk])
    assert 'value="Marisol"' in text_of(client.get(url))

    response = client.post(url, form_of(mother, given_names="Marisela", speaks="spa, eng", needs=["diet"]))

    assert response["Location"] == reverse("cases:family", args=[family.pk])
    mother.refresh_from_db()
    assert (mother.given_names, mother.speaks) == ("Marisela", ["spa", "eng"])
    assert mother.needs.get(ended_at=None).code == "diet"
    assert "Marisol" in set(Person.pgh_event_model.objects.values_list("given_names", flat=True))


def test_what_the_kitchen_cooks_for_someone_is_written_changed_and_taken_off(client, family):
    mother = family.people[0]
    url = reverse("cases:person_edit", args=[mother.pk])

    client.post(url, form_of(mother, diets=["no_pork", "soft"]))
    mother.refresh_from_db()
    assert mother.diets == ["no_pork", "soft"]
    assert "Kitchen: No pork, Soft food" in text_of(client.get(reverse("cases:family", args=[family.pk])))
    assert "is not one of" in text_of(client.post(url, form_of(mother, diets=["kosher"])))
    client.post(url, form_of(mother))
    mother.refresh_from_db()

    assert mother.diets == []
    assert ["no_pork", "soft"] in list(Person.pgh_event_model.objects.values_list("diets", flat=True))


def test_a_year_that_is_not_typed_anew_keeps_its_precision(client, family):
    mother = family.people[0]
    Person.objects.filter(pk=mother.pk).update(born_on=date(1990, 3, 15), birth_precision=BirthPrecision.YEAR)

    client.post(
        reverse("cases:person_edit", args=[mother.pk]),
        form_of(mother, birth_day="", birth_month="", birth_year="1990"),
    )

    mother.refresh_from_db()
    assert (mother.born_on, mother.birth_precision) == (date(1990, 3, 15), BirthPrecision.YEAR)


def test_needs_that_the_reader_may_not_see_stay_as_they_are(worker, family):
    mother = family.people[0]
    for code in (NeedCode.VIOLENCE, NeedCode.DIET):
        SpecificNeed.objects.create(person=mother, code=code)
    client = browser_of(StaffFactory(organisation=worker.organisation, role=Role.FRONT_DESK))
    url = reverse("cases:person_edit", args=[mother.pk])

    assert "violence" not in text_of(client.get(url))
    client.post(url, form_of(mother, needs=["older"]))
    assert "violence is not one of" in text_of(client.post(url, form_of(mother, needs=["violence"])))

    assert set(mother.needs.filter(ended_at=None).values_list("code", flat=True)) == {"violence", "older"}


def test_an_age_corrected_to_a_minors_raises_the_alert(client, worker):
    alone = FamilyFactory(organisation=worker.organisation, people=1).people[0]
    FamilyMember.objects.filter(person=alone).update(is_carer=False)
    year = timezone.localdate().year - 15

    client.post(reverse("cases:person_edit", args=[alone.pk]), form_of(alone, birth_year=year))

    assert ChildAlert.objects.get().person == alone


@pytest.mark.parametrize("more", [{"given_names": ""}, {"birth_year": "2150"}, {"nationality": "Narnia"}])
def test_a_correction_that_cannot_be_is_said(client, family, more):
    response = client.post(reverse("cases:person_edit", args=[family.people[0].pk]), form_of(family.people[0], **more))

    assert 'class="po-errors"' in text_of(response)


# --- Alerts ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def alert(worker):
    family = FamilyFactory(organisation=worker.organisation, ages=[22, 9])
    FamilyMember.objects.filter(family=family).update(is_carer=False)
    FamilyMember.objects.filter(family=family, is_head=False).update(relationship="sibling")
    return ChildAlert.objects.create(person=family.people[1], family=family, kind="separated", raised_by=worker)


NOTICE = {"office": "Procuraduría de prueba", "told_to": "Guardia", "folio": "PP-1"}


def told(**more):
    now = timezone.localtime(timezone.now(), timezone.get_fixed_timezone(-480))
    parts = {"told_on_day": now.day, "told_on_month": now.month, "told_on_year": now.year}
    return NOTICE | parts | {"told_hour": "00:00"} | more


def test_the_alert_says_what_the_law_asks_and_records_the_notice(client, worker, alert):
    url = reverse("cases:child_alert", args=[alert.pk])
    page = text_of(client.get(url))
    assert "Step 1 of 3" in page
    assert "LGDNNA 94, 95" in page
    assert "Read on 22 Nov 2026." in page

    response = client.post(url, told())

    assert response["Location"] == url
    alert.refresh_from_db()
    assert (alert.office, alert.folio, alert.notified_by) == ("Procuraduría de prueba", "PP-1", worker)
    assert timezone.localtime(alert.notified_at, timezone.get_fixed_timezone(-480)).hour in {0, 1, 23}
    assert "Look for a place" in text_of(client.get(url))
    assert ReadLog.objects.of(alert).count() == 2


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"office": ""}, "Write which office was told."),
        ({"told_hour": "25:99"}, "Write the hour with numbers"),
        ({"told_on_month": "13"}, "There is no such date."),
        ({"told_on_year": "2150"}, "cannot have been given in the future"),
        ({"told_on_year": "2001"}, "more than a week before the alert"),
        ({"office": "x\x00"}, "Null characters"),
    ],
)
def test_a_notice_that_cannot_be_is_said(client, alert, more, says):
    page = text_of(client.post(reverse("cases:child_alert", args=[alert.pk]), told(**more)))

    assert says in page
    alert.refresh_from_db()
    assert alert.notified_at is None


def test_an_alert_is_closed_with_a_reason_and_a_carer(client, alert):
    url = reverse("cases:child_alert_close", args=[alert.pk])
    assert "has not been told yet" in text_of(client.post(url, {"reason": "Fine", "carer": ""}))
    assert "Write why the alert is closed." in text_of(client.post(url, {"reason": ""}))
    brother = alert.family.people[0]

    response = client.post(url, {"reason": "Her brother answers", "carer": str(brother.pk)})

    assert response["Location"] == reverse("cases:family", args=[alert.family_id])
    assert not ChildAlert.objects.open().exists()
    assert "is closed" in text_of(client.get(reverse("cases:child_alert", args=[alert.pk])))


def test_open_alerts_stand_on_the_people_page_without_names(client, alert):
    page = text_of(client.get(reverse("cases:people")))

    assert reverse("cases:child_alert", args=[alert.pk]) in page
    assert alert.person.full_name not in page
