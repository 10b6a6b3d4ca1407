"""Journey: the roll is called on a phone, the report is drafted by a real worker and beat at its hour, confirmed, mailed over a
real SMTP server, frozen, and corrected. The night that another house did not report stays unknown.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from shelters.models import CapacityReport, ReportDelivery, ReportState, RollCallMark
from shelters.nights import local, tonight
from tests.factories import (
    PASSWORD,
    FamilyFactory,
    OrganisationFactory,
    PlacementFactory,
    ReportRecipientFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)
from tests.processes import wait_until
from tests.smtp import Sink
from tests.workers import Crew

pytestmark = [
    pytest.mark.browser,
    pytest.mark.chaos,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
ADDRESS = "red@prueba.example"
LATER = time(23, 59)


def zone_where_it_is_evening() -> str:
    """A zone of whole hours in which it is about eight in the evening now: the journey waits for no real evening."""
    hours = (20 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"  # Their signs are the other way round.


@pytest.fixture
def sink():
    with Sink() as running:
        yield running


@pytest.fixture
def crew(tmp_path, sink, monkeypatch):
    monkeypatch.setenv("POSADA_REPORT_SECONDS", "1")
    with Crew(tmp_path, sink) as ours:
        yield ours


@pytest.fixture
def houses():
    """One house with two guests and six beds, and one whose report hour does not come tonight."""
    organisation, zone = OrganisationFactory(name="Organización Ensayo"), zone_where_it_is_evening()
    given = {"organisation": organisation, "zone": zone, "city": None, "report_at": LATER}
    house = ShelterFactory(beds=6, name="Casa Ensayo", slug="casa-ensayo", **given)
    other = ShelterFactory(beds=2, name="Casa Muestra", slug="casa-muestra", **given)
    family = FamilyFactory(organisation=organisation, people=2)
    for person, bed in zip(family.people, house.spaces.get().beds.all(), strict=False):
        person.given_names, person.first_surname = "Marisol", "Luna"
        person.save()
        arrived_at = timezone.now() - timedelta(hours=3)
        stay = StayFactory(shelter=house, family=family, person=person, arrived_at=arrived_at)
        PlacementFactory(bed=bed, stay=stay)
    ReportRecipientFactory(shelter=house, email=ADDRESS)
    return house, other


@pytest.fixture
def phone(page, live_server, houses):
    """A coordinator who has signed in, in Spanish, on a phone."""
    organisation = houses[0].organisation
    given = {"role": Role.COORDINATOR, "email": "casa@ensayo.example", "password": PASSWORD, "language": "es"}
    StaffFactory(organisation=organisation, name="Inés Prueba", **given)
    page.goto(f"{live_server.url}{reverse('account_login')}")
    page.fill("[name=login]", given["email"])
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    return page


def test_the_roll_is_called_and_the_report_is_drafted_confirmed_mailed_frozen_and_corrected(
    phone, live_server, houses, sink, crew
):
    house, other = houses
    first, second = house.stays.order_by("pk")
    pages = Pages(live_server.url, house)
    the_roll_is_called(phone, pages, first, second)
    crew.start()
    the_report_hour_comes(house, crew)
    the_draft_counts_one_and_is_confirmed(phone, pages)
    mail_arrives_as_html_and_text_without_a_name(sink, crew)
    nothing_changes_what_is_frozen(house)
    the_second_guest_was_there_after_all(phone, pages, second)
    the_report_is_corrected(phone, pages)
    the_correction_arrives(sink, crew)
    what_was_not_reported_is_not_known(phone, live_server, other)


class Pages:
    def __init__(self, root, house):
        self.night = tonight(house)
        self.roll_call = f"{root}{reverse('shelters:roll_call', args=[house.slug])}"
        self.report = f"{root}{reverse('shelters:report', args=[house.slug, self.night])}"
        self.correct = f"{root}{reverse('shelters:report_correct', args=[house.slug, self.night])}"


def tap(phone, stay, answer):
    phone.check(f"[name=a_{stay.pk}][value={answer}]", force=True)
    assert wait_until(lambda: RollCallMark.objects.current().filter(stay=stay, answer=answer).exists())


def the_roll_is_called(phone, pages, first, second):
    phone.goto(pages.roll_call)
    tap(phone, first, "present")
    tap(phone, second, "absent")
    phone.locator("#roll-close").click()
    expect(phone.locator("#roll-reopen")).to_be_visible()


def the_report_hour_comes(house, crew):
    assert not CapacityReport.objects.exists()
    in_a_moment = local(house, timezone.now() + timedelta(seconds=5))
    house.report_at = in_a_moment.time().replace(tzinfo=None)
    house.save()
    assert wait_until(lambda: CapacityReport.objects.filter(shelter=house).exists(), 60), crew.said
    report = CapacityReport.objects.get()
    assert (report.state, report.night) == (ReportState.DRAFT, tonight(house))
    assert report.drafted_at >= in_a_moment.astimezone(ZoneInfo("UTC"))


def the_draft_counts_one_and_is_confirmed(phone, pages):
    phone.goto(pages.report)
    expect(phone.get_by_text("Borrador")).to_be_visible()
    expect(phone.get_by_role("heading", level=1)).to_have_text("1 persona duerme en Casa Ensayo, con 6 lugares útiles.")
    expect(phone.get_by_text("No se anotó a nadie como no recibida.")).to_be_visible()
    phone.get_by_role("button", name="Confirmar estas cifras").click()
    expect(phone.get_by_text("Confirmado. El reporte va en camino.")).to_be_visible()
    expect(phone.get_by_text("por pase de lista")).to_be_visible()


def bodies(taken) -> list[str]:
    return [taken.message.get_body([kind]).get_content() for kind in ("plain", "html")]


def mail_arrives_as_html_and_text_without_a_name(sink, crew):
    assert wait_until(lambda: ReportDelivery.objects.filter(state=OutgoingState.SENT).exists(), 60), crew.said
    (taken,) = sink.taken
    assert taken.to == ADDRESS
    assert taken.message["Subject"].startswith("Posada: reporte de la noche del ")
    for body in bodies(taken):
        assert "1 persona duerme en Casa Ensayo" in body
        assert "Confirmado el " in body
        assert [name for name in ("Marisol", "Luna", "Prueba") if name in body] == []


def nothing_changes_what_is_frozen(house):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE shelters_capacityreport SET figures = '{}' WHERE shelter_id = %s", [house.pk])


def the_second_guest_was_there_after_all(phone, pages, second):
    phone.goto(pages.roll_call)
    tap(phone, second, "present")
    phone.goto(pages.report)
    expect(phone.get_by_role("heading", level=1)).to_have_text("1 persona duerme en Casa Ensayo, con 6 lugares útiles.")


def the_report_is_corrected(phone, pages):
    phone.get_by_role("link", name="Corregir", exact=True).click()
    phone.wait_for_url(pages.correct)
    expect(phone.locator("del").first).to_be_visible()
    phone.fill("[name=reason]", "Llegó tarde de su trabajo")
    phone.get_by_role("button", name="Corregir el reporte").click()
    phone.wait_for_url(pages.report)
    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "2 personas duermen en Casa Ensayo, con 6 lugares útiles."
    )
    expect(phone.get_by_text("Motivo: Llegó tarde de su trabajo")).to_be_visible()


def the_correction_arrives(sink, crew):
    assert wait_until(lambda: len(sink.taken) == 2, 60), crew.said
    taken = sink.taken[1]
    assert "corrección" in taken.message["Subject"]
    assert all("Llegó tarde de su trabajo" in body for body in bodies(taken))
    assert taken.key != sink.taken[0].key


def what_was_not_reported_is_not_known(phone, live_server, other):
    phone.goto(f"{live_server.url}{reverse('shelters:reports')}")
    section = phone.locator("section", has=phone.get_by_role("heading", name="Casa Muestra"))
    expect(section.get_by_text("Todavía no")).to_be_visible()
    section.locator("summary").click()
    expect(section.get_by_text("Sin reporte", exact=True)).to_have_count(14)
    expect(section.get_by_text("0 personas")).to_have_count(0)
    assert not CapacityReport.objects.filter(shelter=other).exists()
