"""The page of our texts, and who read them."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import notice_words
from cases.models import Reader, WordsReview
from cases.services import words_reviews
from cases.words_table import TITLES, table_of
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return StaffFactory(role=Role.COORDINATOR, language="en", name="Coordinadora Prueba")


def browser_of(staff):
    client = Client()
    client.force_login(staff)
    return client


def url(message="reminder", language="ht"):
    return reverse("cases:reminders_words_review", args=[message, language])


def typed(message="reminder", language="ht", **given):
    return {
        "reader": Reader.GUEST,
        "grew_up": "on",
        "note": "Diría «vini»",
        "text_hash": notice_words.fingerprint(message, language),
    } | given


def review(staff, message="reminder", language="ht", **given):
    given = {"text_hash": notice_words.fingerprint(message, language), "reader": Reader.GUEST} | given
    return words_reviews.record_review(
        organisation=staff.organisation, code=message, language=language, by=staff, **given
    )


def status_of(staff, message="reminder", language="ht"):
    lines = {(line.key, line.language.code): line for block in table_of(staff) for line in block.lines}
    return lines[message, language].status


@pytest.mark.parametrize("tongue", ["en", "es"])
def test_the_page_shows_every_message_in_seven_languages_and_what_is_a_draft(coordinator, tongue):
    desk = StaffFactory(organisation=coordinator.organisation, role=Role.FRONT_DESK, language=tongue)
    said = browser_of(desk).get(reverse("cases:reminders_words")).content.decode()

    assert set(TITLES) == set(notice_words.message_keys())
    assert said.count('<p lang="ar" dir="rtl">') == len(TITLES)
    assert said.count('<p lang="ru" dir="ltr">') == len(TITLES)
    assert "BAJA = sin mensajes" in said
    assert "UCS-2" in said
    assert url() not in said  # To write who read it is a coordinator's.
    assert url() in browser_of(coordinator).get(reverse("cases:reminders_words")).content.decode()


def test_the_page_says_plainly_which_are_drafts(coordinator):
    said = browser_of(coordinator).get(reverse("cases:reminders_words")).content.decode()

    assert "Haitian Creole, French, Portuguese, Russian and Arabic are drafts" in said
    assert said.count(">Draft</span>") == 5 * len(TITLES)
    assert said.count("Ours, not read by guests yet") == 2 * len(TITLES)


def test_the_page_costs_one_query_of_its_own(coordinator, django_assert_num_queries):
    review(coordinator)
    review(coordinator, "confirm", "ru")
    with django_assert_num_queries(1):
        table_of(coordinator)


def test_a_coordinator_writes_that_somebody_who_grew_up_with_it_read_it(coordinator):
    client = browser_of(coordinator)
    assert 'dir="rtl"' in client.get(url(language="ar")).content.decode()
    response = client.post(url(), typed(), follow=True)

    row = WordsReview.objects.get()
    assert (row.code, row.language, row.reader, row.by) == ("reminder", "ht", "guest", coordinator)
    said = response.content.decode()
    assert "Diría «vini»" in said
    assert "Coordinadora Prueba" in said
    assert status_of(coordinator) == "reviewed"
    assert status_of(coordinator, "confirm") == "draft"
    assert status_of(coordinator, language="fr") == "draft"


@pytest.mark.parametrize("missing", ["reader", "grew_up", "text_hash"])
def test_it_is_not_written_without_saying_who_and_that_it_is_theirs(coordinator, missing):
    response = browser_of(coordinator).post(url(), typed(**{missing: ""}))

    assert response.status_code == 200
    assert "Diría «vini»" in response.content.decode()
    assert not WordsReview.objects.exists()


def test_when_the_text_changes_the_review_counts_no_more(coordinator, monkeypatch):
    review(coordinator)
    monkeypatch.setattr(notice_words, "fingerprint", lambda key, language: "0" * 64)
    assert status_of(coordinator) == "draft"


def test_of_a_text_that_changed_while_it_was_read_nothing_is_written(coordinator):
    response = browser_of(coordinator).post(url(), typed(text_hash="f" * 64))

    assert response.status_code == 409
    said = response.content.decode()
    assert "This text has changed since this page was opened." in said
    assert notice_words.fingerprint("reminder", "ht") in said  # The next time it is of the text that stands there now.
    assert not WordsReview.objects.exists()


def test_a_second_review_of_one_text_is_refused(coordinator):
    review(coordinator)
    with pytest.raises(Refused):
        review(coordinator, reader=Reader.STAFF)
    again = WordsReview.objects.get()
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_a_review_is_taken_back_and_both_stay(coordinator):
    review(coordinator)
    assert "It counts as not read" in browser_of(coordinator).get(url()).content.decode()
    browser_of(coordinator).post(url(), {"undo": "1"})

    row = WordsReview.objects.get()
    assert (row.withdrawn_by, row.withdrawn_at is not None) == (coordinator, True)
    assert status_of(coordinator) == "draft"
    review(coordinator)
    assert status_of(coordinator) == "reviewed"
    assert WordsReview.objects.count() == 2


def test_what_was_withdrawn_has_an_author(coordinator):
    row = review(coordinator)
    with pytest.raises(IntegrityError), transaction.atomic():
        WordsReview.objects.filter(pk=row.pk).update(withdrawn_at=timezone.now())


def test_another_organisation_reads_for_itself(coordinator):
    review(coordinator)
    assert status_of(StaffFactory(role=Role.COORDINATOR)) == "draft"


@pytest.mark.parametrize(("message", "language"), [("reminder", "de"), ("insult", "es")])
def test_what_we_do_not_say_is_not_there(coordinator, message, language):
    assert browser_of(coordinator).get(url(message, language)).status_code == 404


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.CASEWORKER, Role.LEGAL, Role.VOLUNTEER])
def test_only_a_coordinator_writes_who_read_a_text(coordinator, role):
    client = browser_of(StaffFactory(organisation=coordinator.organisation, role=role))
    assert client.get(url()).status_code == 403
    assert client.post(url(), typed()).status_code == 403
    assert not WordsReview.objects.exists()
