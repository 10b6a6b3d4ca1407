"""Journey: a family of four whose members go two ways: he before a U.S. court, she and the children to protection in Mexico.

Each is counted by their main case. The court's date is checked every week, its clerk is told of a new house, and what became of
the hearing stands in the case.
"""

from datetime import date

import pytest
from playwright.sync_api import expect

from cases.models import AlienNumber, Appointment, AppointmentKind, Case, Group, Process, Task, TaskKind
from ngo.dashboard.groups import groups_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
ARRIVE, A_WEEK_LATER, MOVE, HEARING = (date(2026, 12, day) for day in (1, 8, 21, 22))
THEY = [
    ("Marisol", 34, "f", None),
    ("Joel", 36, "m", "partner"),
    ("Abril", 9, "f", "child"),
    ("Mateo", 4, "m", "child"),
]
VERIFY, ADDRESS = "Compruebe la fecha de la audiencia", "Avise a la corte del domicilio nuevo"


def test_a_family_of_four_goes_two_ways(desk, house):
    desk.on(ARRIVE, 10, house.caseworker)
    desk.takes_in("undecided", *THEY)
    they_go_two_ways(desk)
    each_is_counted_by_the_main_case(desk, house)
    his_number_and_his_hearing_are_written(desk)
    desk.on(A_WEEK_LATER, 9, house.caseworker)
    the_date_is_checked_every_week(desk)
    desk.on(MOVE, 11, house.caseworker)
    they_move_and_the_court_is_told(desk)
    desk.on(HEARING, 18, house.caseworker)
    the_hearing_was_held(desk)
    his_case_ends_and_theirs_goes_on(desk, house)


def family(desk):
    desk.place("Personas")
    desk.write(text="Luna")
    desk.press("Buscar")
    desk.follow("Luna")


def opens(desk, pathway, *names):
    desk.follow("Abrir un proceso")
    for box in desk.page.locator("[name=people]").all():
        box.uncheck(force=True)
    for name in names:
        desk.page.get_by_label(name).check(force=True)
    desk.page.get_by_text(pathway).click()
    desk.send()
    desk.is_told("El proceso está abierto")


def they_go_two_ways(desk):
    opens(desk, "Audiencia en una corte de EE. UU.", "Joel")
    desk.follow("Folio")
    opens(desk, "Protección en México (COMAR)", "Marisol", "Abril", "Mateo")
    desk.follow("Seguir la solicitud")
    desk.write(entered_on=date(2026, 11, 20))
    desk.send()


def each_is_counted_by_the_main_case(desk, house):
    desk.follow("Folio")
    cases = desk.page.locator("section[aria-labelledby=h-cases]")
    expect(cases.locator("li", has_text="Audiencia en una corte de EE. UU.")).to_contain_text("Joel")
    expect(cases.locator("li", has_text="Protección en México (COMAR)")).to_contain_text("Marisol")
    waits = desk.page.locator("section[aria-labelledby=h-groups]")
    expect(waits.locator("li", has_text="Espera de cita en Estados Unidos")).to_contain_text("Joel")
    expect(waits.locator("li", has_text="Protección en México")).to_contain_text("Abril")
    people = {row.group: row.people for row in groups_of(house.caseworker)}
    assert (people[Group.US_APPOINTMENT], people[Group.MEXICAN_PROTECTION], people[Group.UNDECIDED]) == (1, 3, 0)
    desk.place("Hoy")
    counted = desk.page.locator("section[aria-labelledby=h-groups]")
    expect(counted.locator("li", has_text="Protección en México")).to_contain_text("3 personas")


def his_number_and_his_hearing_are_written(desk):
    desk.place("Procesos")
    desk.follow("Audiencia en una corte de EE. UU.")
    desk.follow("Escribirlo", within="Joel")
    desk.write(number="A12345")
    desk.send()
    expect(desk.page.locator(".po-errors")).to_contain_text("Un número A tiene 7, 8 o 9 números; este tiene 5.")
    assert desk.page.input_value("[name=number]") == "A12345"
    desk.write(number="A 012-345-678")
    desk.send()
    desk.sees("A••• ••• 678")
    assert AlienNumber.objects.get().number == "012345678"
    desk.follow("Folio")
    desk.follow("Cita nueva")
    desk.write(kind=str(AppointmentKind.objects.get(code="us-court").pk), local_date=HEARING, local_time="13:00")
    desk.write(leave_time="6:30", place="Corte de prueba")
    desk.page.locator("[name=people]").nth(1).check(force=True)
    desk.send()
    desk.press("Ya se les avisó")
    desk.sees("Corte de prueba", "orden de expulsión en ausencia")


def the_date_is_checked_every_week(desk):
    desk.place("Procesos")
    desk.follow(VERIFY)
    desk.sees("8 dic 2026", "22 dic 2026")
    desk.write(result="Sigue el 22, a la 1")
    desk.send()
    desk.place("Procesos")
    desk.sees(VERIFY, "15 dic")
    assert Task.objects.open().get(kind=TaskKind.VERIFY_HEARING).due_on == date(2026, 12, 15)


def they_move_and_the_court_is_told(desk):
    """Calendar days make the safe day; by the form it is five U.S. working days, and Christmas is none."""
    family(desk)
    desk.page.get_by_role("link", name="Salida de toda la familia").first.click()
    desk.write(exit_reason="other_shelter")
    desk.page.locator("main form .btn-danger").click()
    family(desk)
    desk.page.get_by_role("link", name="Dar cama a 4 personas").first.click()
    desk.write(shelter="casa-muestra")
    desk.press("Ver esta casa")
    desk.press("Dar entrada aquí")
    desk.place("Procesos")
    desk.follow(ADDRESS)
    desk.sees("26 dic 2026", "el último según la regla es el 29 dic 2026", "Joel Luna")
    desk.write(result="EOIR-33 enviado, folio de prueba 12")
    desk.send()
    assert Task.objects.get(kind=TaskKind.ADDRESS).done_at is not None


def the_hearing_was_held(desk):
    desk.place("Procesos")
    desk.follow("Audiencia en una corte de EE. UU.")
    desk.follow("Otra audiencia en corte de EE. UU.")
    desk.follow("Escribir en qué quedó")
    desk.write(state="attended", reason="La jueza aceptó su caso; cruza el 23")
    desk.send()
    assert Appointment.objects.get().state == "attended"
    assert not Task.objects.open().filter(kind=TaskKind.VERIFY_HEARING).exists()
    desk.place("Procesos")
    desk.follow("Audiencia en una corte de EE. UU.")
    desk.sees("La jueza aceptó su caso; cruza el 23", "EOIR-33 enviado, folio de prueba 12")


def his_case_ends_and_theirs_goes_on(desk, house):
    desk.follow("Sigue: ")
    desk.page.get_by_label("Qué decidió la corte").check(force=True)
    desk.write(reason="La audiencia ya fue")
    desk.send()
    desk.follow("Cerrar el proceso")
    desk.write(closing="reached", reason="Cruza con su cita")
    desk.send()
    desk.sees("Logró lo que querían", "Cruza con su cita")
    desk.follow("Folio")
    cases = desk.page.locator("section[aria-labelledby=h-cases]")
    expect(cases).not_to_contain_text("Audiencia en una corte")
    expect(cases).to_contain_text("Protección en México (COMAR)")
    people = {row.group: row.people for row in groups_of(house.caseworker)}
    assert (people[Group.US_APPOINTMENT], people[Group.MEXICAN_PROTECTION]) == (0, 3)
    assert Process.objects.open().get().people.current().count() == 3
    assert not Case.objects.open().filter(person__given_names="Joel").exists()
