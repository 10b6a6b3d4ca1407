"""Journey: somebody wants to go back. No date without its checks; then fear is said, and everything about the return stops.

The legal team is told the same day, a claim is filed, the consulate stays out of it, and the case goes over to protection.
"""

from datetime import date

import pytest
from playwright.sync_api import expect

from cases.models import Appointment, AppointmentKind, Case, Family, Group, Process, ReturnPlan, ReturnState

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
MONDAY, TUESDAY, THURSDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 26)
FEAR = "Se le preguntó a solas y en su idioma si teme volver"


def test_fear_stops_a_return_and_the_case_goes_over_to_protection(desk, house):
    desk.on(MONDAY, 10, house.caseworker)
    a_man_is_taken_in_who_wants_to_go_back(desk)
    no_date_without_the_checks(desk, house)
    most_of_the_checks_are_made(desk)
    a_date_at_the_consulate_is_booked(desk)
    desk.on(TUESDAY, 11, house.second_caseworker)
    fear_is_said_and_the_return_stops(desk)
    desk.sits(house.lawyer)
    the_legal_team_sees_it_and_files_a_claim(desk, house)
    desk.on(THURSDAY, 9, house.caseworker)
    the_consulate_stays_out_of_it(desk)
    the_case_goes_over_to_protection(desk)


def a_man_is_taken_in_who_wants_to_go_back(desk):
    desk.takes_in("return", ("Darío", 41, "m", None))
    desk.page.locator("section[aria-labelledby=h-cases] a", has_text="Retorno").click()  # The intake opened it.
    desk.sees("Todavía no está escrito el tipo de retorno. Sin eso nada sigue.")
    desk.follow("Qué tipo de retorno")
    desk.write(kind="iom")
    desk.send()
    desk.follow("Sigue: Revisiones antes de una fecha")
    desk.send()


def no_date_without_the_checks(desk, house):
    """Neither by the step of the pathway nor by the page of the date, which somebody may have kept."""
    desk.follow("Sigue: Documento de viaje con su consulado")
    desk.send()
    desk.is_refused("Faltan revisiones antes del retorno. Nada de una fecha o un viaje puede seguir.")
    desk.open("cases:case_return_date", Process.objects.get().pk)
    desk.write(travel_on=date(2026, 12, 4))
    desk.send()
    desk.is_refused(f"Darío Luna Ejemplo: {FEAR}.")
    assert desk.page.input_value("[name=travel_on_day]") == "4"  # Nothing typed is lost.
    assert ReturnPlan.objects.get().travel_on is None


def most_of_the_checks_are_made(desk):
    desk.follow("Revisiones antes del retorno")
    desk.sees("Faltan 12 revisiones antes de una fecha")
    desk.follow("Derechos de Darío")
    for box in desk.page.locator("[name=rights]").all():
        box.check(force=True)
    desk.send()
    for what, details in (("informado", ""), ("viajar", ""), ("quién", "Su hermana, en Tela")):
        answer(desk, what, "yes", details=details)


def answer(desk, what, said, **more):
    desk.page.get_by_role("link", name="Responder").and_(desk.page.locator(f"[href$='/{CHECKS[what]}/']")).click()
    desk.fits()
    desk.write(answer=said, **{name: value for name, value in more.items() if value != ""})
    desk.send()
    desk.is_told("La respuesta quedó escrita")


CHECKS = {"temor": "fear", "informado": "informed", "viajar": "health", "quién": "destination", "abogado": "counsel"}


def a_date_at_the_consulate_is_booked(desk):
    books_the_consulate(desk)
    desk.sees("Consulado de prueba")


def books_the_consulate(desk):
    desk.open("cases:family", Family.objects.get().pk)
    desk.follow("Cita nueva")
    desk.write(kind=str(AppointmentKind.objects.get(code="own-consulate").pk), local_date=date(2026, 12, 1))
    desk.write(local_time="10:00", leave_time="9:00", place="Consulado de prueba")
    desk.send()


def fear_is_said_and_the_return_stops(desk):
    desk.place("Procesos")
    desk.page.locator("main a[href$='whose=all']").click()
    desk.follow("Retorno")
    desk.follow("Revisiones antes del retorno")
    desk.sees("Faltan 2 revisiones antes de una fecha")
    answer(desk, "temor", "yes", in_private=True)
    desk.sees("El retorno está detenido: hay temor", "El equipo legal habla a solas con ella")
    assert Appointment.objects.get().state == "cancelled"
    desk.open("cases:case_return_date", Process.objects.get().pk)
    desk.write(travel_on=date(2026, 12, 4))
    desk.send()
    desk.is_refused("Hay temor: el retorno está detenido hasta que el equipo legal hable con la persona.")


def the_legal_team_sees_it_and_files_a_claim(desk, house):
    desk.place("Procesos")
    desk.follow("Retorno detenido: equipo legal, hable a solas con la persona")
    desk.sees("Urgente", "Darío Luna Ejemplo")
    desk.follow("Retorno")
    desk.sees("Teme volver: el retorno está detenido")
    desk.follow("Folio")
    desk.follow("Abrir un proceso")
    desk.page.get_by_text("Protección en México (COMAR)").click()
    desk.write(is_main=False)
    desk.send()
    desk.follow("Seguir la solicitud")
    desk.write(entered_on=date(2026, 11, 20))
    desk.send()
    desk.follow("Escribir en qué está")
    desk.write(state="filed", on=TUESDAY, filed_in="Baja California", paper_seen=True)
    desk.send()
    desk.sees("No contactar al consulado", "Debe quedarse en Baja California")


def the_consulate_stays_out_of_it(desk):
    desk.place("Procesos")
    desk.follow("Retorno")
    desk.sees("No contactar al consulado")
    desk.follow("Sigue: Documento de viaje con su consulado")
    desk.write(reason="Su hermana lo pide")  # No reason lets it through.
    desk.send()
    desk.is_refused("Hay una solicitud de protección y no se debe avisar al consulado.")
    assert desk.page.input_value("[name=reason]") == "Su hermana lo pide"
    assert Process.objects.get(version__pathway__code="return").step.code == "checks"
    books_the_consulate(desk)
    desk.is_refused("Pregunte al equipo legal antes de registrarla.")
    desk.open("cases:case", Process.objects.get(version__pathway__code="return").pk)


def the_case_goes_over_to_protection(desk):
    desk.follow("Cerrar el proceso")
    desk.write(closing="other_way", reason="Teme volver y pidió protección")
    desk.send()
    desk.is_told("El proceso está cerrado")
    desk.follow("Folio")
    section = desk.page.locator("section[aria-labelledby=h-groups]")
    expect(section).to_contain_text("Protección en México")
    expect(section).not_to_contain_text("Espera de retorno")
    assert Case.objects.open().get().group == Group.MEXICAN_PROTECTION
    assert ReturnPlan.objects.get().state == ReturnState.STOPPED
