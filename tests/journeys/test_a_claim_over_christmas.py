"""Journey: a claim for protection in Mexico from the first day to recognition, over Christmas.

A sign-in is missed and alerts the same evening; a closure is entered, moves what the authority may take, and who was told stands
beside it; nobody misses a sign-in while the office is shut; papers come with the day on which they end.
"""

from datetime import date, datetime

import pytest
from playwright.sync_api import expect

from cases.models import Authority, Claim, Clock, Process, SignIn, SignInDuty, Task, TaskKind
from cases.services import sign_in_clock
from cases.services.protection import curp_check_digit
from ngo.models import OfficeKind
from tests.factories import OfficeFactory
from tests.journeys.desk import HOUSE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
ENTERED, ARRIVES, REGISTERS, FILES = date(2026, 11, 16), date(2026, 11, 23), date(2026, 11, 26), date(2026, 12, 2)
MISSES, NEXT = date(2026, 12, 17), date(2026, 12, 18)
SHUT, OPENS, DECIDES = (date(2026, 12, 21), date(2027, 1, 5)), date(2027, 1, 6), date(2027, 3, 2)
CURP = "LUEM920208MNEXJR0"  # Without its last digit.
NAME = "Marisol Luna Ejemplo"


@pytest.fixture(autouse=True)
def office(house):
    return OfficeFactory(kind=OfficeKind.COMAR, name="COMAR de prueba")


def test_a_claim_runs_over_christmas_to_recognition(desk, house):
    desk.on(ARRIVES, 10, house.caseworker)
    they_want_to_ask_for_protection(desk)
    desk.on(REGISTERS, 12, house.caseworker)
    a_code_protects_nobody(desk)
    desk.on(FILES, 15, house.caseworker)
    it_is_filed_and_has_its_constancia(desk)
    she_signs_each_week(desk, house)
    a_missed_sign_in_alerts_the_same_evening(desk, house)
    desk.on(NEXT, 9, house.lawyer)
    a_closure_moves_what_the_authority_may_take(desk)
    desk.on(NEXT, 12, house.caseworker)
    it_is_written_who_was_told(desk)
    nobody_misses_a_sign_in_while_the_office_is_shut(desk, house)
    papers_come_with_their_days(desk)
    desk.on(DECIDES, 11, house.caseworker)
    they_are_recognised(desk)
    the_case_is_closed_with_its_reason(desk)


def open_case(desk):
    desk.place("Procesos")
    desk.follow("Protección en México (COMAR)")


def stands_at(desk, state, on, **more):
    desk.follow("Escribir en qué está")
    desk.write(state=state, on=on, **more)
    desk.send()
    desk.is_told("Quedó escrito en qué está la solicitud")


def goes_to_step(desk, name):
    """On to a step of the pathway; papers that nobody saw want a reason."""
    desk.follow("Sigue: ")
    desk.page.get_by_label(name).check(force=True)
    desk.write(reason="Se lleva aparte")
    desk.send()


def they_want_to_ask_for_protection(desk):
    desk.takes_in("mexican_protection", ("Marisol", 34, "f", None), ("Mateo", 4, "m", "child"))
    desk.follow("Protección en México (COMAR)")  # The intake opened it.
    desk.sees("Todavía no se sigue ninguna solicitud")
    desk.follow("Seguir la solicitud")
    desk.write(entered_on=date(2026, 12, 16))
    desk.send()
    desk.is_refused("futuro")
    assert desk.page.input_value("[name=entered_on_day]") == "16"
    desk.write(entered_on=ENTERED)
    desk.send()
    desk.sees("Quiere pedir protección", "Solicitar la condición de refugiado", "Sin documento que proteja")


def a_code_protects_nobody(desk):
    open_case(desk)
    stands_at(desk, "pre_registered", REGISTERS)
    desk.sees("Registro previo: un código, todavía sin protección", "Sin documento que proteja")
    desk.place("Procesos")
    desk.follow("Documentos y firmas")
    desk.sees("2 personas no tienen documento que las proteja", NAME)


def it_is_filed_and_has_its_constancia(desk):
    open_case(desk)
    stands_at(desk, "filed", FILES, filed_in="Baja California", paper_seen=True)
    desk.sees("No contactar al consulado", "Debe quedarse en Baja California", "Resolver la solicitud")
    stands_at(desk, "constancia", FILES, paper_seen=True)
    desk.sees("Tiene constancia", "La constancia es de cada persona", "Sin documento que proteja")
    for name in ("Marisol", "Mateo"):
        desk.follow(f"Escribir un documento de {name}")
        desk.write(kind="constancia", state="issued", issued_on=FILES)
        desk.send()
    desk.sees_not("Sin documento que proteja")


def she_signs_each_week(desk, house):
    desk.follow("Quién firma y cada cuánto")
    desk.write(every_days="7", next_on=date(2026, 12, 10), office=str(office_pk()))
    desk.page.get_by_label(NAME).check(force=True)
    desk.send()
    desk.sees("Firma cada 7 días. Próxima: 10 dic 2026")
    desk.on(date(2026, 12, 10), 16, house.caseworker)
    open_case(desk)
    desk.follow("¿Firmó? Marisol")
    desk.write(result="signed")
    desk.send()
    desk.is_refused("Escriba qué lo muestra")
    desk.write(proof="Sello en la hoja")
    desk.send()
    desk.sees("Próxima: 17 dic 2026")


def office_pk():
    from ngo.models import Office

    return Office.objects.get(name="COMAR de prueba").pk


def a_missed_sign_in_alerts_the_same_evening(desk, house):
    """Nobody wrote anything: when the offices have shut, whoever is responsible has it at the top."""
    desk.traveller.move_to(datetime(2026, 12, 17, 17, 30, tzinfo=HOUSE))
    assert sign_in_clock.look() == 0
    desk.traveller.move_to(datetime(2026, 12, 17, 18, 30, tzinfo=HOUSE))
    assert sign_in_clock.look() == 1
    assert sign_in_clock.look() == 0
    desk.on(MISSES, 19, house.lawyer)
    desk.place("Procesos")
    desk.sees("Faltó una firma: hable hoy con la persona")
    desk.sits(house.caseworker)
    desk.place("Procesos")
    desk.follow("Faltó una firma: hable hoy con la persona")
    desk.sees("Urgente", NAME, "Inés Prueba")
    desk.open("cases:case", Process.objects.get().pk)
    desk.follow("¿Firmó? Marisol")
    desk.write(result="missed", reason="Mateo tenía fiebre")
    desk.send()
    desk.sees("Próxima: 24 dic 2026", "Mateo tenía fiebre")
    desk.page.get_by_role("link", name="Faltó una firma").first.click()
    desk.write(result="Va mañana con la receta")
    desk.send()
    assert Task.objects.get(kind=TaskKind.SIGN_IN_MISSED).done_at is not None


def a_closure_moves_what_the_authority_may_take(desk):
    before = Clock.objects.get(rule__code="mx-decision")
    desk.place("Plazos")
    desk.follow("Cierres")
    desk.follow("Anotar un cierre")
    desk.write(where=f"authority-{Authority.objects.get(code='comar').pk}", first_day=SHUT[0], last_day=SHUT[1])
    desk.write(source="Aviso de la COMAR, DOF de prueba del 15-12-2026")
    desk.press("Ver a quién mueve")
    desk.sees("Se mueve 1 plazo", "Resolver la solicitud")
    desk.press("Anotar el cierre y contar de nuevo")
    desk.is_told("Se contó de nuevo: se movió la fecha de 1 plazo.")
    desk.sees("Se movió 1 fecha y nadie avisó")
    after = Clock.objects.get(pk=before.pk)
    assert after.safe_on == before.safe_on
    assert after.likely_on > before.likely_on


def it_is_written_who_was_told(desk):
    desk.open("cases:clock_changes")
    desk.write(whom="Marisol")
    desk.press("Anotar que se avisó")
    desk.sees("Se avisó de todas las fechas que se movieron")
    open_case(desk)
    desk.follow("Resolver la solicitud")
    desk.sees("Probable: la autoridad puede tardar hasta", "45 días hábiles desde", "Se avisó a Marisol")
    desk.sees("21 dic 2026 a 24 dic 2026 (cierre: Aviso de la COMAR, DOF de prueba del 15-12-2026); 25 dic 2026")
    desk.follow("Ir al proceso")
    desk.sees("Firma cada 7 días")


def nobody_misses_a_sign_in_while_the_office_is_shut(desk, house):
    desk.traveller.move_to(datetime(2026, 12, 24, 19, tzinfo=HOUSE))
    assert sign_in_clock.look() == 0
    assert SignInDuty.objects.get().next_on == OPENS
    desk.on(OPENS, 13, house.caseworker)
    open_case(desk)
    desk.sees("Firma: La oficina no tomó firmas.", "Próxima: 6 ene 2027")
    desk.follow("¿Firmó? Marisol")
    desk.write(result="signed", proof="Sello en la hoja")
    desk.send()
    desk.sees("Próxima: 7 ene 2027")
    assert list(SignIn.objects.order_by("due_on").values_list("result", flat=True)) == [
        "signed",
        "missed",
        "closed",
        "signed",
    ]


def papers_come_with_their_days(desk):
    desk.follow("Escribir un documento de Marisol")
    desk.write(kind="tvrh", state="issued", issued_on=OPENS, expires_on=date(2028, 1, 5), number="T-0001")
    desk.send()
    wrong = (int(curp_check_digit(CURP)) + 1) % 10
    desk.follow("Escribir un documento de Marisol")
    desk.write(kind="curp_temporary", state="issued", number=f"{CURP}{wrong}", issued_on=OPENS)
    desk.send()
    expect(desk.page.locator(".po-errors")).to_contain_text("El último número de esta CURP no va con los demás")
    assert desk.page.input_value("[name=number]") == f"{CURP}{wrong}"
    desk.write(number=f"{CURP}{curp_check_digit(CURP)}")
    desk.send()
    desk.sees("Hasta el 5 ene 2028", "Hasta el 5 jul 2027")  # 180 days.
    assert CURP not in desk.page.content()
    stands_at(desk, "interviewed", OPENS)


def they_are_recognised(desk):
    open_case(desk)
    desk.follow("Cerrar el proceso")
    desk.write(closing="reached")
    desk.send()
    desk.is_refused("La solicitud sigue abierta.")
    desk.follow("Protección en México (COMAR)")
    stands_at(desk, "recognised", DECIDES, paper_seen=True, told_on=DECIDES)
    desk.sees("Reconocida como refugiada", "Se les dijo el 2 mar 2027")
    desk.sees_not("Firma cada 7 días")
    desk.sees("No contactar al consulado")  # A refugee too decides in writing whether it may be told.
    goes_to_step(desk, "Residencia permanente en el INM")
    for name in ("Marisol", "Mateo"):
        desk.follow(f"Escribir un documento de {name}")
        desk.write(kind="resident", state="issued", issued_on=DECIDES)
        desk.send()


def the_case_is_closed_with_its_reason(desk):
    desk.follow("Cerrar el proceso")
    desk.write(closing="reached", reason="Refugiadas reconocidas, con residencia")
    desk.send()
    desk.is_told("El proceso está cerrado")
    desk.sees("Logró lo que querían", "Refugiadas reconocidas, con residencia")
    assert Claim.objects.get().state == "recognised"
    assert Process.objects.get().closing == "reached"
    assert not Task.objects.open().filter(process=Process.objects.get()).exists()
    assert not Clock.objects.running().exists()
