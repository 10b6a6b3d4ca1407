"""How reports leave: over a real SMTP server, as HTML and text, to whom they still ought to go, without a small group."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from ngo.errors import Refused
from ngo.models.outbox import OutgoingState
from shelters import tasks
from shelters.models import ReportDelivery, ReportRecipient
from shelters.services import report_deliveries, reports
from tests.factories import OrganisationFactory, ReportRecipientFactory, ShelterFactory, StaffFactory
from tests.shelters.test_reports import NIGHT, clock, frozen, house, one_more_guest, wall  # noqa: F401
from tests.smtp import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink():
    with Sink() as running:
        yield running


@pytest.fixture(autouse=True)
def mail_goes_to_the_sink(sink, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    settings.DEFAULT_FROM_EMAIL = "Posada <avisos@posada.example>"
    settings.EMAIL_TIMEOUT = 2


@pytest.fixture
def coordinator(house):  # noqa: F811
    return StaffFactory(organisation=house.organisation, name="Inés Prueba")


def parts(taken) -> tuple[str, str]:
    message = taken.message
    return message.get_body(["plain"]).get_content(), message.get_body(["html"]).get_content()


def subject(taken) -> str:
    return taken.message["Subject"]


def test_a_confirmed_report_arrives_as_html_and_text_in_the_language_of_each(house, clock, coordinator, sink):  # noqa: F811
    ReportRecipientFactory(shelter=house, email="english@prueba.example", language="en")
    frozen(house, clock, coordinator)

    assert report_deliveries.send_reports().sent == 2
    assert report_deliveries.send_reports().touched == 0

    by_address = {taken.to: taken for taken in sink.taken}
    english = by_address.pop("english@prueba.example")
    (spanish,) = by_address.values()
    assert subject(spanish) == "Posada: reporte de la noche del mié 10 dic"
    assert subject(english) == "Posada: report for the night of Wed 10 Dec"
    for taken, word in ((spanish, "Casa Ensayo"), (english, "2 people sleep at Casa Ensayo")):
        text, html = parts(taken)
        assert word in text
        assert word in html
        assert "<del>" not in html
    assert f"<{ReportDelivery.objects.get(recipient__language='en').key}@posada.example>" == english.key


def test_the_subject_names_neither_the_house_nor_anybody(house, clock, coordinator, sink):  # noqa: F811
    frozen(house, clock, coordinator)
    report_deliveries.send_reports()

    assert "Ensayo" not in subject(sink.taken[0])
    assert "Prueba" not in "".join(parts(sink.taken[0]))  # Nor the text who confirmed it.


def test_two_guests_are_not_broken_down(house, clock, coordinator, sink):  # noqa: F811
    frozen(house, clock, coordinator)
    report_deliveries.send_reports()

    text, _html = parts(sink.taken[0])
    assert "Mujeres" not in text
    assert "18 a 59" not in text


def test_what_nobody_confirmed_says_so(house, clock, sink):  # noqa: F811
    clock.move_to(wall(0, 22))
    reports.draft_due()
    clock.move_to(wall(1, 7))
    tasks.look_after_reports()

    (taken,) = sink.taken
    assert "sin confirmar" in subject(taken)
    assert all("SIN CONFIRMAR" in part for part in parts(taken))


def test_a_correction_is_sent_again_with_its_reason_and_what_changed(house, clock, coordinator, sink):  # noqa: F811
    first = frozen(house, clock, coordinator)
    report_deliveries.send_reports()
    one_more_guest(house, wall(0, 21))
    reports.correct(report=first, by=coordinator, reason="Faltaba <una> persona")

    report_deliveries.send_reports()

    taken = sink.taken[1]
    text, html = parts(taken)
    assert "corrección" in subject(taken)
    assert "Faltaba <una> persona" in text
    assert "Faltaba &lt;una&gt; persona" in html
    assert "2 → 3" in text
    assert "<del>2</del> <ins>3</ins>" in html


def test_a_version_that_was_corrected_before_it_left_is_not_sent(house, clock, coordinator, sink):  # noqa: F811
    first = frozen(house, clock, coordinator)
    one_more_guest(house, wall(0, 21))
    reports.correct(report=first, by=coordinator, reason="Una más")

    report_deliveries.send_reports()

    old, new = ReportDelivery.objects.order_by("report__version")
    assert (old.state, old.reason) == (OutgoingState.SUPPRESSED, "superseded")
    assert new.state == OutgoingState.SENT
    assert len(sink.taken) == 1


def test_who_was_taken_off_the_list_gets_nothing_more(house, clock, coordinator, sink):  # noqa: F811
    frozen(house, clock, coordinator)
    report_deliveries.remove_recipient(recipient=ReportRecipient.objects.get(), by=coordinator)

    report_deliveries.send_reports()

    delivery = ReportDelivery.objects.get()
    assert (delivery.state, delivery.reason) == (OutgoingState.SUPPRESSED, "recipient_removed")
    assert sink.taken == []


def test_without_a_mail_server_nothing_is_said_to_have_left(house, clock, coordinator, sink, settings):  # noqa: F811
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    frozen(house, clock, coordinator)

    assert report_deliveries.send_reports().sent == 0
    assert ReportDelivery.objects.get().reason == "no_mail_server"


def test_a_server_that_is_busy_is_tried_again(house, clock, coordinator, sink):  # noqa: F811
    sink.answer["DATA"] = "451 4.3.0 Come again"
    frozen(house, clock, coordinator)
    assert report_deliveries.send_reports().failed == 1

    sink.answer.clear()
    ReportDelivery.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))

    assert report_deliveries.send_reports().sent == 1


def test_the_command_does_all_of_it(house, clock, sink, capsys):  # noqa: F811
    clock.move_to(wall(1, 8))
    call_command("send_reports")

    assert capsys.readouterr().out == "1 drafted, 1 frozen unconfirmed, 1 sent, 0 failed\n"
    assert len(sink.taken) == 1


# --- To whom ---------------------------------------------------------------------------------------------------------
def add(shelter, by, **more):
    return report_deliveries.add_recipient(
        **{"shelter": shelter, "name": "Red", "email": "Red@Prueba.example", "language": "es", "by": by, **more}
    )


def test_an_address_is_added_once_and_may_come_back(house, coordinator):  # noqa: F811
    first = add(house, coordinator)
    with pytest.raises(Refused, match="already"):
        add(house, coordinator, email="red@prueba.example")

    report_deliveries.remove_recipient(recipient=first, by=coordinator)
    with pytest.raises(Refused, match="no longer"):
        report_deliveries.remove_recipient(recipient=first, by=coordinator)
    add(house, coordinator)

    assert ReportRecipient.objects.filter(shelter=house, email="red@prueba.example").count() == 2


@pytest.mark.parametrize("wrong", [{"name": " "}, {"email": "no es"}, {"email": "a@b\nBcc: x@y.example"}])
def test_what_is_no_address_is_refused(house, coordinator, wrong):  # noqa: F811
    with pytest.raises(Refused):
        add(house, coordinator, **wrong)


def test_nobody_adds_an_address_to_another_organisations_shelter(coordinator):
    with pytest.raises(Refused):
        add(ShelterFactory(organisation=OrganisationFactory()), coordinator)
