"""The pages about files that may be one person's: the list, the two side by side, joining them and putting them apart."""

from datetime import date

import pytest
from django.urls import reverse

from cases.models import Merge, PairState, Person, PossibleDuplicate
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.models import Stay
from shelters.services.merge import merge
from tests.factories import (
    FamilyFactory,
    PersonFactory,
    PossibleDuplicateFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def caseworker(client):
    staff = StaffFactory(role=Role.CASEWORKER)
    client.force_login(staff)
    return staff


@pytest.fixture
def pair(caseworker):
    one, other = (FamilyFactory(organisation=caseworker.organisation).people[0] for _ in range(2))
    for person, names, born in (
        (one, ("Marisol Inés", "Luna", "Ejemplo"), date(1992, 2, 8)),
        (other, ("Marisol", "Luna", ""), date(1992, 8, 2)),
    ):
        person.given_names, person.first_surname, person.second_surname = names
        person.born_on, person.sex = born, "f"
        person.save()
    return PossibleDuplicateFactory(organisation=caseworker.organisation, one=one, other=other)


def page(client, name, pk):
    return client.get(reverse(name, args=[pk]), follow=True)


def post(client, name, pk, **data):
    return client.post(reverse(name, args=[pk]), data, follow=True)


ANSWERS = {"keep": "one", "fact-given_names": "other", "fact-born_on": "one", "reason": "Ella lo dijo."}


def test_the_list_has_the_likeliest_pair_first_and_is_written_in_the_read_log(client, caseworker, pair):
    PossibleDuplicateFactory(organisation=caseworker.organisation, score=1)

    answer = client.get(reverse("cases:duplicates"))

    assert answer.context["pairs"][0] == pair
    assert answer.content.decode().count("Very likely") == 1
    assert ReadLog.objects.latest("pk").count == 4


def test_the_list_takes_the_same_number_of_queries_however_long_it_is(
    client, caseworker, pair, django_assert_num_queries
):
    def look():
        client.get(reverse("cases:duplicates"))

    look()
    with django_assert_num_queries(16):
        look()
    for _ in range(5):
        PossibleDuplicateFactory(organisation=caseworker.organisation)
    with django_assert_num_queries(16):
        look()


def test_a_pair_is_shown_side_by_side_with_what_differs_and_what_goes_along(client, pair):
    answer = page(client, "shelters:pair", pair.pk)

    text = answer.content.decode()
    assert "Marisol Inés" in text
    assert text.count("differs") == 2
    assert "Family member: " in text
    assert [line.name for line in answer.context["lines"] if line.differs] == ["given_names", "born_on"]
    assert ReadLog.objects.latest("pk").what == "pair"


def test_joining_takes_what_was_chosen_and_leads_to_the_family(client, caseworker, pair):
    answer = post(client, "shelters:pair_join", pair.pk, **ANSWERS)

    done = Merge.objects.get()
    assert (done.kept, done.merged, done.reason, done.by) == (pair.one, pair.other, "Ella lo dijo.", caseworker)
    kept = Person.objects.get(pk=pair.one_id)
    assert (kept.given_names, kept.born_on) == ("Marisol", date(1992, 2, 8))
    assert answer.redirect_chain[-1][0].startswith("/families/")
    assert "The two files are one now" in answer.content.decode()


def test_the_newer_file_can_be_the_one_that_goes_on(client, pair):
    post(client, "shelters:pair_join", pair.pk, **ANSWERS | {"keep": "other"})

    done = Merge.objects.get()
    assert (done.kept, done.merged) == (pair.other, pair.one)
    assert Person.objects.get(pk=pair.other_id).born_on == date(1992, 2, 8)


def test_what_is_not_answered_has_its_sentence(client, pair):
    answer = post(client, "shelters:pair_join", pair.pk, keep="one")

    assert set(answer.context["form"].errors) == {"fact-given_names", "fact-born_on", "reason"}
    assert not Merge.objects.exists()


def test_two_stays_at_one_time_are_asked_about_and_one_is_taken_back(client, caseworker, pair):
    shelter = ShelterFactory(organisation=caseworker.organisation, name="Casa Muestra")
    stays = [
        StayFactory(shelter=shelter, family=person.family_memberships.get().family, person=person)
        for person in (pair.one, pair.other)
    ]
    assert "Which of them never was?" in page(client, "shelters:pair", pair.pk).content.decode()

    post(client, "shelters:pair_join", pair.pk, **ANSWERS, **{"stay-0": stays[1].pk})

    assert Stay.objects.valid().get(person=pair.one) == stays[0]
    stays[1].refresh_from_db()
    assert stays[1].voided_at


def test_a_refusal_is_said_on_the_page_and_nothing_is_lost(client, pair):
    merge(
        kept=pair.one,
        merged=PersonFactory(organisation=pair.organisation),
        by=StaffFactory(organisation=pair.organisation),
        reason="x",
    )
    Person.objects.filter(pk=pair.other_id).update(merged_into=PersonFactory(organisation=pair.organisation))

    answer = post(client, "shelters:pair_join", pair.pk, **ANSWERS)

    assert "has been joined to another already" in answer.content.decode()


def test_told_apart_they_leave_the_list_and_can_be_asked_about_again(client, caseworker, pair):
    answer = post(client, "cases:duplicate_different", pair.pk, reason=" ")
    assert "Write how it was found out." in answer.content.decode()
    answer = post(client, "cases:duplicate_different", pair.pk, reason="Son hermanas.")
    assert "Son hermanas." in answer.content.decode()
    assert answer.context["pairs"] == []
    answer = post(client, "cases:duplicate_different", pair.pk, reason="Son hermanas.")
    assert "decided this already" in answer.content.decode()

    answer = post(client, "cases:duplicate_ask_again", pair.pk)

    assert answer.context["pairs"] == [pair]
    assert "not among those" in post(client, "cases:duplicate_ask_again", pair.pk).content.decode()


def test_what_was_joined_is_put_apart_from_the_list(client, caseworker, pair):
    post(client, "shelters:pair_join", pair.pk, **ANSWERS)
    done = Merge.objects.get()
    listed = client.get(reverse("cases:duplicates"))
    assert reverse("shelters:merge_undo", args=[done.pk]) in listed.content.decode()
    assert "Ella lo dijo." in page(client, "shelters:merge_undo", done.pk).content.decode()

    answer = post(client, "shelters:merge_undo", done.pk)

    assert answer.context["pairs"] == [pair]
    assert PossibleDuplicate.objects.get().state == PairState.OPEN
    assert "apart already" in post(client, "shelters:merge_undo", done.pk).content.decode()


def test_the_front_desk_compares_and_tells_apart_but_does_not_join(client, pair):
    client.force_login(StaffFactory(organisation=pair.organisation, role=Role.FRONT_DESK))

    text = page(client, "shelters:pair", pair.pk).content.decode()

    assert "Join the two files" not in text
    assert "Two people: do not ask again" in text
    assert client.post(reverse("shelters:pair_join", args=[pair.pk]), ANSWERS).status_code == 403
