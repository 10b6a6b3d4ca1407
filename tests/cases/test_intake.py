"""The intake on one screen, without JavaScript."""

import html
import json
import re
import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import BirthPrecision, Case, ChildAlert, Family, FamilyMember, IntakeDraft, Person, SpecificNeed
from cases.services.drafts import remove_expired_drafts
from ngo.models import Membership, ReadLog
from ngo.permissions import Role
from tests.cases.intake_data import child, person, posted
from tests.factories import FamilyFactory, MembershipFactory, OrganisationFactory, ShelterFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return StaffFactory(role=Role.FRONT_DESK)


@pytest.fixture
def client(desk):
    client = Client()
    client.force_login(desk)
    return client


@pytest.fixture
def draft(client):
    return start(client)


def start(client, people=1):
    response = client.post(reverse("cases:intake"), {"people": people})
    return IntakeDraft.objects.get(pk=response["Location"].strip("/").split("/")[-1])


def address(draft, name="cases:intake_draft"):
    return reverse(name, args=[draft.pk])


def send(client, draft, *people, **more):
    return client.post(address(draft), posted(*people, **more))


def faults(response):
    """The summary of errors, as text."""
    page = html.unescape(response.content.decode())
    return re.sub(r"<[^>]*>|\s+", " ", page.partition('class="po-errors"')[2].partition("</ul>")[0])


def text_of(response):
    return response.content.decode()


# --- From the door to a registered family ----------------------------------------------------------------------------


def test_the_start_page_asks_how_many_and_opens_a_row_for_each(client):
    page = client.get(address(start(client, people=6)))

    assert text_of(page).count("data-row-title") == 7  # Six people, and the row that the page copies.
    assert 'name="members-5-given_names"' in text_of(page)


@pytest.mark.parametrize("people", ["", "0", "26", "many", "1\x00"])
def test_how_many_must_be_a_number_that_an_intake_can_hold(client, people):
    response = client.post(reverse("cases:intake"), {"people": people})

    assert response.status_code == 200
    assert "po-errors" in text_of(response)
    assert not IntakeDraft.objects.exists()


def test_a_family_is_registered_and_the_desk_goes_on_to_the_beds(client, desk, draft):
    mother = person(first_surname="Luna", second_surname="Ejemplo", nationality="Honduras", speaks="Spanish, garifuna")
    response = send(
        client,
        draft,
        mother,
        child(needs=["lower_bunk", "violence"], group="return"),
        phone="656 555 0100",
        phone_country="México",
        reminders="on",
        bed_wish="near the bathroom",
    )

    assert response.status_code == 302, faults(response)
    family = Family.objects.get()
    assert response["Location"] == reverse("shelters:place_family", args=[family.pk])
    assert (family.organisation, family.registered_by, family.bed_wish) == (
        desk.organisation,
        desk,
        "near the bathroom",
    )
    mateo = Person.objects.get(given_names="Mateo")
    assert (mateo.first_surname, mateo.nationality, mateo.speaks, mateo.reads) == ("Luna", "HN", ["spa", "cab"], [])
    assert set(SpecificNeed.objects.values_list("code", flat=True)) == {"lower_bunk", "violence"}
    assert family.phones.get().number == "+526565550100"
    assert set(family.consents.values_list("purpose", "decision")) == {("record", "pending"), ("reminders", "given")}
    assert Case.objects.get(person=mateo, closed_at=None).group == "return"
    assert not IntakeDraft.objects.exists()


def test_rows_without_a_name_are_nobody(client, draft):
    empty = dict.fromkeys(person(), "") | {"first_surname": "Luna", "nationality": "Honduras"}

    send(client, draft, person(), empty, child(), empty)

    assert Person.objects.count() == 2


def test_what_is_left_empty_comes_from_the_first_person_but_not_for_strangers(client, draft):
    head = person(first_surname="Luna", second_surname="Ejemplo", nationality="Haiti", speaks="hat", reads="hat")
    partner = person("Joel", "1 1 1990", first_surname="Prueba", relationship="partner")
    teenager = child("Eva", "1 1 2012")
    stranger = person("Otro", "1 1 1980", relationship="unrelated")

    send(client, draft, head, partner, teenager, stranger)

    facts = {
        p.given_names: (p.first_surname, p.second_surname, p.nationality, p.speaks, p.reads)
        for p in Person.objects.all()
    }
    assert facts["Joel"] == ("Prueba", "", "HT", ["hat"], ["hat"])
    assert facts["Eva"] == ("Luna", "Ejemplo", "HT", ["hat"], ["hat"])
    assert facts["Otro"] == ("", "", "", [], [])


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ({"birth_year": "1992"}, (date(1992, 7, 1), BirthPrecision.YEAR)),
        ({"birth_day": "8", "birth_month": "2", "birth_year": "1992"}, (date(1992, 2, 8), BirthPrecision.EXACT)),
        ({"birth_unknown": "on"}, (None, BirthPrecision.UNKNOWN)),
    ],
)
def test_a_birth_is_kept_as_exactly_as_it_is_known(client, draft, parts, kept):
    send(client, draft, person(), person("Eva", "", relationship="sibling", **parts), carer="nobody")

    eva = Person.objects.get(given_names="Eva")
    assert (eva.born_on, eva.birth_precision) == kept


def test_an_age_alone_is_an_estimate(client, draft):
    send(client, draft, person("Eva", "", birth_age="34"))

    eva = Person.objects.get()
    assert eva.birth_precision == BirthPrecision.ESTIMATED
    assert eva.age_on(timezone.localdate()) == 34


# --- What is wrong is said, and nothing typed is lost ----------------------------------------------------------------

LONG = "ñ" * 5000
BAD = [
    ("no name", [person("")], {}, "Person 1, First names: Write the first names, or at least what they are called."),
    (
        "no birth",
        [person(), child(born="")],
        {},
        "Person 2, Mateo, Date of birth: Write the date of birth, the year, or the age",
    ),
    ("no such date", [person(born="31 2 1990")], {}, "There is no such date."),
    ("future", [person(born="1 1 2100")], {}, "The date of birth is in the future."),
    ("old", [person(born="1 1 1890")], {}, "That is more than 120 years ago."),
    ("old age", [person(born="", birth_age="121")], {}, "That is more than 120 years ago."),
    ("letters", [person(born="eight two 1992")], {}, "Write the date of birth with numbers"),
    ("far year", [person(born="1 1 9999999999")], {}, "There is no such date."),
    ("short year", [person(born="8 2 92")], {}, "Write the year with four digits"),
    ("date and age", [person(birth_age="12")], {}, "The date of birth and the age do not agree."),
    ("date and unknown", [person(birth_unknown="on")], {}, "There is a date or an age above."),
    ("no relation", [person(), child(relationship="")], {}, "Choose what they are to the head of the family."),
    ("two heads", [person(), person("Joel")], {}, "A family has one head, and Marisol is already marked."),
    ("no head", [person(relationship="partner")], {}, "Mark who is the head of the family."),
    ("minor head", [child(relationship="head"), person(relationship="parent")], {}, "This is a minor. Mark an adult"),
    ("country", [person(nationality="Narnia")], {}, "We know no country called “Narnia”."),
    ("language", [person(speaks="Klingon")], {}, "We know no language called “Klingon”."),
    ("need", [person(needs="magic")], {}, "magic is not one of the available choices"),
    ("sex", [person(sex="q")], {}, "q is not one of the available choices"),
    ("long name", [person(LONG)], {}, "This is too long: it has 5000 letters, and 120 fit."),
    ("NUL", [person("Mari\x00sol")], {}, "Null characters are not allowed."),
    ("NUL country", [person(nationality="Hon\x00duras")], {}, "Null characters are not allowed."),
    ("no group", [person()], {"group": None}, "Choose what the family is waiting for."),
    ("wrong group", [person()], {"group": "moon"}, "moon is not one of the available choices"),
    ("no consent", [person()], {"record": None}, "Ask whether they agree to the record"),
    ("consent refused", [person()], {"record": "refused"}, "Then nothing may be kept."),
    ("ten digits", [person()], {"phone": "656 555 0100"}, "Which country is this number from?"),
    ("wrong phone", [person()], {"phone": "+52 12"}, "There is no such phone number."),
    ("phone words", [person()], {"phone": "her sister's", "phone_country": "MX"}, "This is not a phone number."),
    ("reminders", [person()], {"reminders": "on"}, "Reminders need a phone."),
    ("not whole", [person()], {"members-TOTAL_FORMS": None}, "This page did not arrive whole."),
    ("file of nobody", [person(person="999999")], {}, "The name does not fit the file that was chosen."),
    ("file overflow", [person(person="9" * 40)], {}, "The name does not fit the file that was chosen."),
]


@pytest.mark.parametrize(("people", "more", "says"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_each_fault_gets_its_sentence_and_nothing_is_stored(client, draft, people, more, says):
    response = send(client, draft, *people, **({"bed_wish": "kept as typed"} | more))

    page = text_of(response).replace("&quot;", '"').replace("&#x27;", "'")
    assert response.status_code == 200
    assert says in page
    assert "<title>Error: " in page
    assert 'class="po-errors"' in page
    assert "kept as typed" in page
    assert not Family.objects.exists()
    assert not Person.objects.exists()


def test_the_row_with_the_fault_is_open_the_complete_one_is_closed(client, draft):
    page = text_of(send(client, draft, person(), child(born="")))

    rows = page.split("<li data-row>")[1:3]
    assert '<details class="po-more">' in rows[0]
    assert "Complete" in rows[0]
    assert '<details class="po-more" open>' in rows[1]
    assert 'href="#id_members-1-birth_0"' in page
    assert 'id="id_members-1-birth_0"' in rows[1]


HOSTILE = [
    "<script>alert(1)</script>",
    "{{ 7|add:7 }}{% debug %}",
    "'; DROP TABLE cases_person; --",
    "=cmd|' /C calc'!A0",
    "‮إختبار",
    "👩🏽‍🦱𠜎",
    "%s%n\\",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_stored_as_they_are_and_shown_harmless(client, draft, text):
    response = send(client, draft, person(text, first_surname=text, preferred_name=text, gender=text), bed_wish=text)

    assert response.status_code == 302, text_of(response)
    kept = Person.objects.get()
    assert (kept.given_names, kept.first_surname) == (text, text)
    page = text_of(client.get(reverse("cases:family", args=[Family.objects.get().pk])))
    assert "<script>alert" not in page
    assert "DROP TABLE" not in page or "&#x27;; DROP TABLE" in page


def test_a_row_is_added_without_a_script_with_the_first_persons_surname(client, draft):
    head = person(first_surname="Luna", nationality="Honduras", speaks="Spanish")
    page = text_of(send(client, draft, head, add="1"))

    assert 'name="members-1-given_names"' in page
    assert page.count('value="Luna"') == 2
    assert page.count('value="Honduras"') >= 2
    assert 'class="po-errors"' not in page
    assert not Family.objects.exists()


def test_a_row_is_taken_off_without_a_script(client, draft):
    page = send(client, draft, person(), child(DELETE="on"), child("Abril", "1 1 2018"), add="1")
    fields = draft.__class__.objects.get().values
    assert fields["members-1-given_names"] == ["Abril"]
    assert fields["members-TOTAL_FORMS"] == ["3"]
    assert "Mateo" not in text_of(page)

    send(client, draft, person(), child(DELETE="on"), child("Abril", "1 1 2018"))
    assert set(Person.objects.values_list("given_names", flat=True)) == {"Marisol", "Abril"}


def test_an_intake_is_never_more_than_it_can_hold(client, draft):
    full = [person(), *(child(f"Niño {number}") for number in range(24))]
    page = text_of(send(client, draft, *full, add="1"))
    assert "This intake is full." in page
    assert 'name="members-25-given_names"' not in page

    assert send(client, draft, *full).status_code == 302
    assert Person.objects.count() == 25


# --- Children --------------------------------------------------------------------------------------------------------


def test_who_answers_for_a_child_without_parents_is_asked_once(client, draft):
    aunt, niece = person("Elsa", "1 1 1980"), child("Irma", "1 1 2015", relationship="relative")

    page = text_of(send(client, draft, aunt, niece))
    assert "Choose who answers for Irma here, or “None of them”." in page
    assert not Family.objects.exists()

    response = send(client, draft, aunt, niece, carer="0")
    family = Family.objects.get()
    assert response["Location"] == reverse("shelters:place_family", args=[family.pk])
    assert FamilyMember.objects.get(person__given_names="Elsa").is_carer
    assert not ChildAlert.objects.exists()


def test_a_child_for_whom_nobody_answers_raises_the_alert_and_leads_to_it(client, draft):
    response = send(client, draft, person("Elsa", "1 1 1980"), child("Irma", relationship="unrelated"), carer="nobody")

    alert = ChildAlert.objects.get()
    assert (alert.person.given_names, alert.kind) == ("Irma", "separated")
    assert response["Location"] == reverse("cases:child_alert", args=[alert.pk])


def test_a_minor_alone_is_not_asked_for_a_carer(client, draft):
    send(client, draft, child("Irma", "1 1 2010", relationship="head"))

    assert ChildAlert.objects.get().kind == "unaccompanied"


def test_a_volunteer_is_told_about_the_alert_and_goes_on_to_the_beds():
    client = Client()
    client.force_login(StaffFactory(role=Role.VOLUNTEER))
    draft = start(client)
    response = client.post(address(draft), posted(child("Irma", "1 1 2010", relationship="head")), follow=False)

    assert response["Location"] == reverse("shelters:place_family", args=[Family.objects.get().pk])
    assert "Irma" not in str(client.cookies)


# --- Drafts ----------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_on_the_server_encrypted_and_comes_back(client, draft):
    client.post(
        address(draft, "cases:intake_autosave"), posted(person("Marisol", first_surname="Luna"), bed_wish="crib")
    )

    with connection.cursor() as cursor:
        cursor.execute("SELECT fields FROM cases_intakedraft")
        stored = cursor.fetchone()[0]
    assert "Marisol" not in stored
    again = Client()
    again.force_login(draft.staff)
    page = text_of(again.get(address(draft)))
    assert 'value="Marisol"' in page
    assert 'value="crib"' in page
    assert 'class="po-errors"' not in page
    listed = text_of(again.get(reverse("cases:intake")))
    assert str(draft.pk) in listed
    assert "Marisol" not in listed


def test_autosave_says_when(client, draft):
    response = client.post(address(draft, "cases:intake_autosave"), posted(person()), headers={"HX-Request": "true"})

    assert "Draft saved at " in text_of(response)
    assert not Family.objects.exists()


def test_a_draft_holds_what_an_intake_can_hold_and_no_more(client, draft):
    response = client.post(address(draft), posted(person(), bed_wish="x" * 300_000))

    assert response.status_code == 200
    assert "This is more than one intake can hold." in text_of(response)


@pytest.mark.parametrize(
    "name", ["cases:intake_draft", "cases:intake_autosave", "cases:intake_duplicates", "cases:intake_discard"]
)
def test_nobody_else_opens_a_draft_not_even_a_colleague_or_the_coordinator(desk, draft, name):
    strangers = [
        StaffFactory(organisation=desk.organisation, role=Role.COORDINATOR),
        StaffFactory(organisation=desk.organisation, role=Role.FRONT_DESK),
        StaffFactory(role=Role.COORDINATOR),
    ]
    for stranger in strangers:
        client = Client()
        client.force_login(stranger)
        assert client.post(address(draft, name), posted(person())).status_code == 404
        assert str(draft.pk) not in text_of(client.get(reverse("cases:intake")))
    assert IntakeDraft.objects.get().values["members-TOTAL_FORMS"] == ["1"]


def test_a_draft_stays_in_the_organisation_where_it_was_begun(client, desk, draft):
    elsewhere = MembershipFactory(staff=desk, organisation=OrganisationFactory(), role=Role.FRONT_DESK)
    desk.current_membership = elsewhere
    desk.save()

    assert client.get(address(draft)).status_code == 404
    assert Membership.objects.filter(staff=desk).count() == 2


def test_a_draft_dies_after_seven_days(client, draft):
    IntakeDraft.objects.update(saved_at=timezone.now() - timedelta(days=7, minutes=1))

    assert client.get(address(draft)).status_code == 404
    assert remove_expired_drafts() == 1
    assert not IntakeDraft.objects.exists()


def test_an_intake_can_be_left_and_thrown_away(client, draft):
    response = send(client, draft, person(""), later="1")
    assert response["Location"] == reverse("cases:intake")
    assert "Your unfinished intakes" in text_of(client.get(response["Location"]))

    assert "names 0 people" in text_of(client.get(address(draft, "cases:intake_discard")))
    client.post(address(draft, "cases:intake_discard"))
    assert not IntakeDraft.objects.exists()


def test_empty_drafts_do_not_pile_up(client):
    start(client)
    start(client)

    assert IntakeDraft.objects.count() == 1
    assert "Your unfinished intakes" not in text_of(client.get(reverse("cases:intake")))


def test_sent_twice_it_registers_once_and_both_go_on_to_the_same_family(client, draft):
    first = send(client, draft, person())
    second = send(client, draft, person())

    assert first["Location"] == second["Location"] == client.get(address(draft))["Location"]
    assert Family.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_it_registers_once(desk, client, draft):
    ShelterFactory(organisation=desk.organisation, beds=2)
    answers, gate = [], threading.Barrier(4, timeout=20)

    def press():
        browser = Client()
        browser.force_login(desk)
        gate.wait()
        answers.append(browser.post(address(draft), posted(person())))
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    family = Family.objects.get()
    assert [answer.status_code for answer in answers] == [302] * 4
    assert {answer["Location"] for answer in answers} == {reverse("shelters:place_family", args=[family.pk])}
    assert Person.objects.count() == 1


# --- People whom we may know -----------------------------------------------------------------------------------------


@pytest.fixture
def known(desk):
    """Marisol, who left nine days ago."""
    family = FamilyFactory(organisation=desk.organisation, people=1)
    family.people[0].given_names, family.people[0].first_surname = "Marisol", "Luna"
    family.people[0].second_surname, family.people[0].born_on = "Ejemplo", date(1992, 2, 8)
    family.people[0].save()
    return family


def test_a_known_name_is_a_question_and_never_a_stop(client, draft, known):
    again = person(first_surname="Lúna", second_surname="Ejemplo")

    page = text_of(send(client, draft, again))
    assert "We may already know Marisol" in page
    assert known.folio in page
    assert Family.objects.count() == 1
    assert ReadLog.objects.filter(what="duplicates", count=1).exists()
    asked = str(known.people[0].pk)
    assert f'name="members-0-asked" value="{asked}"' in page

    response = send(client, draft, again | {"asked": asked})
    assert response.status_code == 302
    assert Person.objects.count() == 2


def test_her_file_is_used_where_the_desk_says_so(client, draft, known):
    again = person(first_surname="Luna", second_surname="Ejemplo", preferred_name="Mari")
    her = known.people[0]

    page = text_of(send(client, draft, again, use=f"0:{her.pk}"))
    assert "The file of Marisol Luna Ejemplo is used" in page
    send(client, draft, again | {"person": str(her.pk)}, child())

    new = Family.objects.exclude(pk=known.pk).get()
    assert new.members.get(is_head=True).person == her
    assert known.members.get().left_on is not None
    her.refresh_from_db()
    assert her.preferred_name == "Mari"
    assert Person.objects.count() == 2


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        (Role.FRONT_DESK, "They belong to the family of file {folio} now; choosing this file takes them out of it."),
        (Role.VOLUNTEER, "They belong to another family here now; choosing this file takes them out of it."),
    ],
)
def test_whose_file_is_in_another_family_the_desk_is_told_before_it_takes_them_out(desk, role, sentence):
    old = FamilyFactory(organisation=desk.organisation, ages=[34, 7])
    mother = old.people[0]
    client = Client()
    client.force_login(StaffFactory(organisation=desk.organisation, role=role))
    draft = start(client)
    born = f"{mother.born_on.day} {mother.born_on.month} {mother.born_on.year}"
    again = person(mother.given_names, born, first_surname=mother.first_surname, second_surname=mother.second_surname)

    asked = text_of(send(client, draft, again))
    chosen = text_of(send(client, draft, again, use=f"0:{mother.pk}"))

    assert sentence.format(folio=old.folio) in asked
    assert "They belong to another family here now" in chosen


def test_whose_old_family_is_nobody_else_is_not_warned_about_it(client, draft, known):
    asked = text_of(send(client, draft, person(first_surname="Luna", second_surname="Ejemplo")))

    assert "We may already know" in asked
    assert "They belong to" not in asked


def test_a_file_can_be_let_go_of_and_the_question_closed(client, draft, known):
    again = person(first_surname="Luna", second_surname="Ejemplo", person=str(known.people[0].pk))

    assert "is used" not in text_of(send(client, draft, again, unuse="0"))
    closed = text_of(send(client, draft, again | {"person": "", "asked": str(known.people[0].pk)}, other="0"))
    assert "We may already know" not in closed


def test_the_question_while_typing(client, draft, known):
    row = {f"members-0-{name}": value for name, value in person(first_surname="Luna").items()}

    page = text_of(client.post(address(draft, "cases:intake_duplicates"), row | {"place": "0"}))
    assert known.folio in page
    assert f'data-asked="{known.people[0].pk}"' in page
    for nothing in ({"place": "x"}, {"place": "²"}, {}, {"place": "0", "members-0-given_names": "\x00\x00a"}):
        assert client.post(address(draft, "cases:intake_duplicates"), nothing).status_code == 200


def test_a_volunteer_sees_that_someone_was_here_and_no_more(desk, known):
    client = Client()
    client.force_login(StaffFactory(organisation=desk.organisation, role=Role.VOLUNTEER))
    draft = start(client)

    page = text_of(client.post(address(draft), posted(person(first_surname="Luna"))))

    assert "Someone with the same name and year of birth was in this house." in page
    assert known.folio not in page
    assert "Ejemplo" not in page


def test_a_file_that_was_not_offered_cannot_be_used(client, draft, known):
    theirs = FamilyFactory(people=1).people[0]
    for stolen in (theirs.pk, FamilyFactory(organisation=known.organisation).people[0].pk):
        page = text_of(send(client, draft, person("Beatriz", person=str(stolen))))
        assert "The name does not fit the file that was chosen." in page
    assert Family.objects.filter(registered_by=draft.staff).count() == 0


def test_the_screen_takes_the_same_number_of_queries_whatever_the_family(client, draft, django_assert_max_num_queries):
    client.post(address(draft, "cases:intake_autosave"), posted(*([person()] + [child("")] * 5)))
    with django_assert_max_num_queries(30):
        client.get(address(draft))


def test_nothing_of_a_draft_is_left_in_history(draft, client):
    client.post(address(draft, "cases:intake_autosave"), posted(person("Marisol")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'cases_intakedraft%'")
        assert cursor.fetchall() == [("cases_intakedraft",)]
    assert json.loads(json.dumps(IntakeDraft.objects.get().values))


def test_the_blank_form_for_a_night_without_power_is_found_where_a_family_is_taken_in():
    client = Client()
    client.force_login(StaffFactory(role=Role.VOLUNTEER))
    assert reverse("cases:intake_blank") in client.get(reverse("cases:intake")).content.decode()
