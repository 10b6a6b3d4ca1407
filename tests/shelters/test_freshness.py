"""How fresh the figure of a house is: by whom, how, since when; and the word to its contact when it has gone silent."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from ngo.permissions import Role
from shelters.models import (
    Act,
    Confirmation,
    ConfirmedHow,
    Nudge,
    Opening,
    Placement,
    ReportState,
    RollCallMark,
    Shelter,
    ShelterState,
)
from shelters.nights import ONE_DAY, tonight
from shelters.services import freshness, holds, nudges, report_clock, roll_call, stays, undo
from shelters.services.desk import Place
from tests.factories import (
    ConfirmationFactory,
    FamilyFactory,
    PlacementFactory,
    ReportFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    """The front desk."""
    return StaffFactory(name="Inés Prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite", beds=3)


def known(shelter):
    return freshness.freshness([shelter])[shelter.pk]


def hours_ago(hours):
    return timezone.now() - timedelta(hours=hours)


def came(shelter, by, **when):
    family, space = FamilyFactory(organisation=by.organisation), shelter.spaces.get()
    places = {family.people[0].pk: Place(space.pk, space.beds.first().pk)}
    return stays.check_in_family(family=family, shelter=shelter, places=places, by=by, **when)


# --- Who, when, how ----------------------------------------------------------------------------------------------------


def test_a_house_of_which_nobody_wrote_anything_is_unknown(shelter):
    assert known(shelter) == freshness.Freshness(None, "", "", is_stale=True)


def test_what_the_desk_writes_confirms_the_figure(shelter, ines):
    act = came(shelter, ines)

    assert known(shelter) == freshness.Freshness(act.happened_at, ines.name, ConfirmedHow.DESK, is_stale=False)


def test_old_paper_that_is_typed_in_says_nothing_of_today(shelter, ines):
    act = came(shelter, ines, happened_at=hours_ago(72))

    assert known(shelter) == freshness.Freshness(act.happened_at, ines.name, ConfirmedHow.DESK, is_stale=True)


def test_a_hold_that_another_house_asks_for_is_no_word_of_this_one(shelter, ines):
    ConfirmationFactory(shelter=shelter, at=hours_ago(20))
    theirs = ShelterFactory(organisation=ines.organisation, beds=1)
    asked = {"shelter": shelter, "held_for": "una familia", "expires_at": hours_ago(-2), "until": hours_ago(-9)}

    holds.hold_places(count=1, sender=theirs, by=ines, **asked)
    holds.extend_hold(placements=Placement.objects.all(), by=ines)
    holds.release_hold(placements=Placement.objects.all(), by=ines)
    assert known(shelter).is_stale

    holds.hold_places(count=1, by=ines, **asked)
    assert (known(shelter).how, known(shelter).is_stale) == (ConfirmedHow.DESK, False)


def test_who_asks_a_house_that_is_unknown_for_places_is_told_so(client, shelter, ines):
    theirs = ShelterFactory(organisation=ines.organisation, name="Casa Encino", beds=1)
    client.force_login(ines)
    address = reverse("shelters:hold_places", args=[theirs.slug]) + f"?shelter={shelter.slug}"

    page = client.get(address).content.decode()
    assert "Anywhere in Casa Mezquite: not known how many are left" in page
    assert "Nobody has confirmed the figures of Casa Mezquite lately" in page

    ConfirmationFactory(shelter=shelter)
    page = client.get(address).content.decode()
    assert "Anywhere in Casa Mezquite: 3 left" in page
    assert "Nobody has confirmed" not in page


def test_the_board_of_a_house_that_is_unknown_does_not_say_how_many_places_are_free(client, shelter, ines):
    client.force_login(ines)
    address = reverse("shelters:board", args=[shelter.slug])

    page = " ".join(client.get(address).content.decode().split())
    assert "How many places are free is not known: nobody has confirmed it lately." in page
    assert "Free places unknown" in page
    assert "3 free" not in page

    ConfirmationFactory(shelter=shelter)
    page = " ".join(client.get(address).content.decode().split())
    assert "3 are free" in page
    assert "3 free, anyone" in page


def test_what_was_undone_confirms_nothing(shelter, ines):
    ConfirmationFactory(shelter=shelter, at=hours_ago(3))
    act = came(shelter, ines)

    undo.undo(act=act, by=ines)

    assert known(shelter).how == ConfirmedHow.STILL_SO


def test_an_answer_and_the_end_of_the_roll_call_confirm_it(shelter, ines):
    PlacementFactory(bed=shelter.spaces.get().beds.first())
    roll_call.mark_all_present(shelter=shelter, night=tonight(shelter), by=ines)
    assert (known(shelter).how, known(shelter).by) == (ConfirmedHow.ROLL_CALL, ines.name)

    RollCallMark.objects.update(happened_at=hours_ago(30))
    assert known(shelter).is_stale
    roll_call.close_roll_call(shelter=shelter, night=tonight(shelter), by=ines)

    assert not known(shelter).is_stale


def test_a_report_that_somebody_confirmed_confirms_it(shelter, ines):
    night = tonight(shelter) - ONE_DAY
    confirmed = {"confirmed_at": hours_ago(1), "confirmed_by": ines, "frozen_at": hours_ago(1)}
    ReportFactory(shelter=shelter, night=night, state=ReportState.CONFIRMED, **confirmed)

    assert (known(shelter).how, known(shelter).is_stale) == (ConfirmedHow.REPORT, False)


def test_the_newest_word_is_the_one_that_counts(shelter, ines):
    came(shelter, ines)
    Act.objects.update(happened_at=hours_ago(2))
    ConfirmationFactory(shelter=shelter, at=hours_ago(1))

    assert known(shelter).how == ConfirmedHow.STILL_SO


@pytest.mark.parametrize(("hours", "is_stale"), [(17.9, False), (18.1, True)])
def test_it_is_unknown_after_eighteen_hours(shelter, hours, is_stale):
    ConfirmationFactory(shelter=shelter, at=hours_ago(hours))

    assert known(shelter).is_stale is is_stale


def test_a_house_may_have_hours_of_its_own(shelter):
    shelter.stale_after = 48
    ConfirmationFactory(shelter=shelter, at=hours_ago(40))

    assert not known(shelter).is_stale


def test_one_query_for_any_number_of_houses(shelter, ines, django_assert_num_queries):
    houses = [shelter, *(ConfirmationFactory().shelter for _number in range(4))]
    came(shelter, ines)

    with django_assert_num_queries(1):
        assert [row.is_stale for row in freshness.freshness(houses).values()] == [False] * 5
    with django_assert_num_queries(0):
        assert freshness.freshness([]) == {}


# --- The pages ---------------------------------------------------------------------------------------------------------


def test_one_tap_on_the_board_confirms_it_and_the_board_says_who(client, shelter, ines):
    client.force_login(ines)
    board = reverse("shelters:board", args=[shelter.slug])
    assert "Nobody has written anything here yet" in client.get(board).content.decode()

    answer = client.post(reverse("shelters:confirm_figures", args=[shelter.slug]), follow=True)

    assert answer.redirect_chain == [(board, 302)]
    shown = " ".join(answer.content.decode().split())
    assert f"{ines.name}, " in shown
    assert ": still so" in shown
    assert Confirmation.objects.get().by == ines


def test_nobody_confirms_the_figures_of_another_organisation(client, shelter):
    client.force_login(StaffFactory(role=Role.COORDINATOR))

    assert client.post(reverse("shelters:confirm_figures", args=[shelter.slug])).status_code == 404
    assert not Confirmation.objects.exists()


def test_the_list_of_houses_says_which_figures_are_unknown(client, shelter, ines):
    ConfirmationFactory(shelter=ShelterFactory(organisation=ines.organisation, name="Casa Otra"))
    client.force_login(ines)

    shown = client.get(reverse("shelters:list")).content.decode()

    assert shown.count("Figures unknown.") == 1


def test_who_only_looks_at_figures_reads_no_name_of_staff_in_the_list(client, shelter, ines):
    freshness.confirm(shelter=shelter, by=ines)
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.NETWORK_VIEWER))

    shown = client.get(reverse("shelters:list")).content.decode()

    assert ines.name not in shown
    assert ": still so" in shown


def test_a_house_that_is_unknown_is_not_offered_to_a_family(client, shelter, ines):
    other = ShelterFactory(organisation=ines.organisation, name="Casa Otra", slug="otra")
    SpaceFactory(shelter=other, name="Sala", beds=8)
    family = FamilyFactory(organisation=ines.organisation, people=5)
    client.force_login(ines)
    address = reverse("shelters:place_family", args=[family.pk]) + f"?shelter={shelter.slug}"
    assert "Casa Otra has them, in Sala" not in client.get(address).content.decode()

    ConfirmationFactory(shelter=other)

    assert "Casa Otra has them, in Sala" in client.get(address).content.decode()


# --- The word to its contact -------------------------------------------------------------------------------------------


@pytest.fixture
def silent(shelter):
    """A house with a contact, of which nobody has written anything for twenty hours."""
    Shelter.objects.filter(pk=shelter.pk).update(contact_email="responsable@prueba.example")
    ConfirmationFactory(shelter=shelter, at=hours_ago(20))
    shelter.refresh_from_db()
    return shelter


def test_the_contact_is_told_once_for_each_silence(silent, ines):
    assert [nudges.nudge_the_silent(), nudges.nudge_the_silent()] == [1, 0]

    freshness.confirm(shelter=silent, by=ines)
    assert nudges.nudge_the_silent() == 0
    Confirmation.objects.filter(by=ines).update(at=hours_ago(19))

    assert nudges.nudge_the_silent() == 1
    assert Nudge.objects.count() == 2


def test_the_message_has_no_name_in_it(silent):
    report_clock.look()

    [message] = mail.outbox
    assert message.to == ["responsable@prueba.example"]
    assert message.subject == "Recordatorio"
    words = message.body + message.alternatives[0][0]
    assert "18 horas" in words
    for name in (silent.name, silent.organisation.name, silent.slug):
        assert name not in words
    assert Nudge.objects.get().state == "sent"
    report_clock.look()
    assert len(mail.outbox) == 1


def test_no_message_leaves_where_somebody_spoke_meanwhile(silent, ines):
    nudges.nudge_the_silent()
    freshness.confirm(shelter=silent, by=ines)

    nudges.send_nudges()

    assert mail.outbox == []
    assert (Nudge.objects.get().state, Nudge.objects.get().reason) == ("suppressed", nudges.SPOKEN)


def test_no_message_leaves_where_there_is_no_contact_any_more(silent):
    nudges.nudge_the_silent()
    Shelter.objects.update(contact_email="")

    nudges.send_nudges()

    assert (mail.outbox, Nudge.objects.get().reason) == ([], nudges.NO_CONTACT)


def test_a_closed_house_one_without_contact_and_one_that_has_not_begun_are_left_alone(silent, ines):
    ShelterState.objects.create(shelter=silent, state=Opening.CLOSED, period=TimestamptzRange(hours_ago(1), None))
    ConfirmationFactory(shelter=ShelterFactory(organisation=ines.organisation), at=hours_ago(30))
    ShelterFactory(organisation=ines.organisation, contact_email="otra@prueba.example")

    assert nudges.nudge_the_silent() == 0


def test_the_contact_and_the_hours_are_set_with_the_house(client, shelter):
    client.force_login(StaffFactory(organisation=shelter.organisation, role=Role.COORDINATOR))
    address = reverse("shelters:edit", args=[shelter.slug])
    form = client.get(address).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    data |= {"evening_at": "18:00", "morning_at": "07:00", "report_at": "21:30", "send_at": "07:00"}

    answer = client.post(address, data | {"stale_after": "6", "contact_email": "responsable@prueba.example"})

    assert answer.status_code == 302
    shelter.refresh_from_db()
    assert (shelter.stale_after, shelter.contact_email) == (6, "responsable@prueba.example")
