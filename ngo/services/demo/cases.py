"""The cases of the demo, through the services: three pathways, papers that end, referrals, two files of one person."""

from datetime import date, datetime, time, timedelta
from io import BytesIO

from django.utils import timezone
from PIL import Image, ImageDraw

from cases.models import (
    Authority,
    Check,
    ChildAlert,
    ClaimState,
    ConsentMethod,
    Decision,
    DocumentKind,
    Family,
    HelpKind,
    Pathway,
    PermitKind,
    PermitState,
    Person,
    Process,
    Purpose,
    ReturnKind,
    SharedFact,
    SignInResult,
)
from cases.services import documents, pairs, processes, protection, returns, us_matters
from cases.services.child_places import PlaceData, keep_place, place_child
from cases.services.closures import enter_closure
from cases.services.consents import Recipient, record_answer
from cases.services.contact import ConsentData
from cases.services.people import MemberData, register_family
from cases.services.referrals import answer_referral, send_referral, set_desk
from cases.services.tasks import add_task
from ngo import papers
from ngo.models import City, Membership, Organisation, Staff
from ngo.permissions import Role
from ngo.services.demo.evening import Date, book
from ngo.services.demo.law import INVENTED
from shelters.models import Stay

DAY = timedelta(days=1)


def add_cases(organisation: Organisation, city: City, by: Staff, now: datetime) -> None:
    """What stands in the cases of one organisation, whose houses are filled."""
    today = timezone.localdate(now)
    worker, lawyer = (someone(organisation, role) for role in (Role.CASEWORKER, Role.LEGAL))
    split, claims, choosing, _consulate, listed, _first, _second, leaving, *_others = families_here(organisation)
    two_ways(split, city, today, worker, lawyer)
    a_claim(claims, city.state, today, worker, lawyer)
    undecided(choosing, today, worker)
    stopped_by_fear(leaving, worker, lawyer)
    a_turn(listed, today, worker)
    rest_at_christmas(organisation, today, by)
    somewhere_for_children(organisation, today, by)
    come_twice(organisation, choosing, by)


def someone(organisation: Organisation, role: str) -> Staff:
    rows = Membership.objects.in_force().filter(organisation=organisation, role=role)
    return rows.select_related("staff").order_by("pk")[0].staff


def families_here(organisation: Organisation) -> list[Family]:
    """The families who sleep here, as they came, with their people."""
    here = Family.objects.filter(organisation=organisation, stays__in=Stay.objects.current())
    return list(here.distinct().order_by("pk").with_members())


def people_of(family: Family) -> list[Person]:
    return [row.person for row in family.current_members]  # type: ignore[attr-defined]


def open_case(people: list[Person], code: str, by: Staff, owner: Staff) -> Process:
    pathway = Pathway.objects.get(organisation=people[0].organisation_id, code=code)
    return processes.open_process(people=people, pathway=pathway, by=by, owner=owner)


# --- The three pathways ------------------------------------------------------------------------------------------------


def two_ways(family: Family, city: City, today: date, worker: Staff, lawyer: Staff) -> None:
    """A family of four: one half has a hearing in the United States, the other asks for protection here."""
    people = people_of(family)
    court = open_case(people[::2], "us-court", worker, worker)
    for code in ("hearing-notice", "identification"):
        processes.see_paper(process=court, code=code, by=worker)
    processes.go_to_step(process=court, step=court.version.steps.get(code="address"), by=worker)
    us_matters.write_a_number(person=people[0], number=f"A000{people[0].pk:06d}", by=lawyer)
    book(Date(24, "us-court", over_the_border(city), time(9), time(8), time(6)), family, today, worker)
    keep_paper(family, people[0], DocumentKind.US_APPOINTMENT, worker, None)
    asks = open_case(people[1::2], "mx-protection", worker, lawyer)
    protection.open_claim(process=asks, entered_on=today - 21 * DAY, is_estimated=True, by=lawyer)
    processes.write_plan(
        process=asks, plan="Quieren esperar juntos en la ciudad, pase lo que pase con la audiencia.", by=lawyer
    )


def over_the_border(city: City) -> str:
    return {"Tijuana": "San Diego", "Ciudad Juárez": "El Paso"}[city.name]


def a_claim(family: Family, state: str, today: date, worker: Staff, lawyer: Staff) -> None:
    """A claim with its constancia, a sign-in that was missed today, and another of which nobody has written anything."""
    people = people_of(family)
    process = open_case(people, "mx-protection", worker, lawyer)
    claim = protection.open_claim(process=process, entered_on=today - 30 * DAY, by=lawyer)
    claim = protection.change_claim(
        claim=claim, state=ClaimState.FILED, on=today - 17 * DAY, filed_in=state, paper_seen=True, by=lawyer
    )
    claim = protection.change_claim(
        claim=claim, state=ClaimState.CONSTANCIA, on=today - 15 * DAY, paper_seen=True, by=lawyer
    )
    first, second = (
        protection.begin_sign_ins(claim=claim, person=person, every_days=7, next_on=today, by=lawyer)
        for person in people[:2]
    )
    protection.record_sign_in(duty=first, result=SignInResult.MISSED, reason="La niña tuvo fiebre", by=lawyer)
    type(second).objects.filter(pk=second.pk).update(next_on=today - DAY)  # Begun in the past, as it would be.
    protection.write_permit(
        person=people[0],
        kind=PermitKind.CONSTANCIA,
        state=PermitState.ISSUED,
        issued_on=today - 15 * DAY,
        expires_on=today + 20 * DAY,
        by=lawyer,
    )
    keep_paper(family, people[0], DocumentKind.CONSTANCIA, lawyer, today + 20 * DAY)
    keep_paper(family, people[0], DocumentKind.PASSPORT, worker, today + 400 * DAY)
    processes.write_case_note(
        process=process, kind="talk", text="Entiende que una firma que falta puede costar la solicitud.", by=worker
    )


def undecided(family: Family, today: date, worker: Staff) -> None:
    """They do not know yet; two things are to be done, one of them late."""
    process = open_case(people_of(family), "undecided", worker, worker)
    call = add_task(
        organisation=family.organisation,
        process=process,
        text="Llamar a la clínica de prueba por las vacunas",
        due_on=today,
        owner=worker,
        by=worker,
    )
    if call is not None:
        type(call).objects.filter(pk=call.pk).update(due_on=today - DAY)
    add_task(
        organisation=family.organisation,
        process=process,
        text="Explicarles las tres vías con calma",
        due_on=today + DAY,
        owner=worker,
        by=worker,
    )


def stopped_by_fear(family: Family, worker: Staff, lawyer: Staff) -> None:
    """Somebody asked to go back, and in private said that they are afraid: nothing goes on before a lawyer has listened."""
    process = open_case(people_of(family), "return", worker, worker)
    plan = returns.open_return(process=process, kind=ReturnKind.IOM, by=worker)
    person = people_of(family)[0]
    returns.record_check(
        plan=plan,
        person=person,
        what=Check.FEAR,
        answer=True,
        language=person.speaks[0],
        in_private=True,
        details="Ejemplo: teme a quien lo amenazó en su barrio.",
        by=lawyer,
    )


def a_turn(family: Family, today: date, worker: Staff) -> None:
    process = open_case(people_of(family), "us-waitlist", worker, worker)
    us_matters.join_a_list(
        process=process, list_name="Lista de prueba del puerto", number="0417", joined_on=today - 9 * DAY, by=worker
    )


# --- What stands beside them ---------------------------------------------------------------------------------------------


def keep_paper(family: Family, person: Person, kind: str, by: Staff, expires_on: date | None) -> None:
    """A paper with a picture that says what it is: drawn here, nobody's."""
    facts = documents.Facts(kind=kind, person=person, expires_on=expires_on, never_expires=expires_on is None)
    documents.add_document(family=family, facts=facts, paper=papers.examine(drawn()), by=by)


def drawn() -> bytes:
    picture, out = Image.new("RGB", (640, 400), "#f4efe6"), BytesIO()
    pen = ImageDraw.Draw(picture)
    pen.rectangle((20, 20, 620, 380), outline="#27447d", width=6)
    pen.text((60, 170), "EJEMPLO INVENTADO - NO ES UN DOCUMENTO", fill="#27447d")
    picture.save(out, "PNG")
    return out.getvalue()


def rest_at_christmas(organisation: Organisation, today: date, by: Staff) -> None:
    """The commission takes nothing from Christmas Eve to New Year's Day, as it might be."""
    year = today.year if today < date(today.year, 12, 24) else today.year + 1
    enter_closure(
        organisation=organisation,
        authority=Authority.objects.get(code="comar"),
        first_day=date(year, 12, 24),
        last_day=date(year + 1, 1, 1),
        source=INVENTED,
        by=by,
    )


def somewhere_for_children(organisation: Organisation, today: date, by: Staff) -> None:
    """A place whose authorisation ends soon, and in it a child about whom the office was told."""
    data = PlaceData(
        "Casa de prueba para adolescentes", authorisation="EJEMPLO-DIF-7", authorised_until=today + 18 * DAY
    )
    place = keep_place(organisation=organisation, data=data, by=by)
    alerts = ChildAlert.objects.filter(family__organisation=organisation, notified_at__isnull=False)
    if (alert := alerts.open().first()) is not None:
        place_child(alert=alert, place=place, since=timezone.now(), by=by)


def come_twice(organisation: Organisation, family: Family, by: Staff) -> None:
    """Somebody who was written a second time, without the second surname. The invented names of the demo are few, and would
    make questions without end: everybody else counts as compared already."""
    Person.objects.filter(organisation=organisation, compared_at=None).update(compared_at=timezone.now())
    known = people_of(family)[0]
    again = MemberData(
        given_names=known.given_names,
        first_surname=known.first_surname,
        sex=known.sex,
        born_on=known.born_on,
        nationality=str(known.nationality),
        speaks=known.speaks,
    )
    register_family(
        organisation=organisation,
        members=[again],
        by=by,
        consents=[ConsentData(Purpose.RECORD, Decision.GIVEN)],
        group="undecided",
    )
    pairs.compare_new_people(organisation=organisation)


# --- Between the two -----------------------------------------------------------------------------------------------------


def refer_to_each_other(organisations: list[Organisation], by: list[Staff]) -> None:
    """Both take referrals; one waits for an answer, and one was accepted."""
    (here, there), now = organisations, timezone.now()
    for organisation, staff in zip(organisations, by, strict=True):
        kinds = [HelpKind.LEGAL, HelpKind.BED, HelpKind.MEDICAL]
        set_desk(organisation=organisation, is_open=True, helps_with=kinds, about="De prueba: de 9 a 17 h.", by=staff)
    waiting, accepted = families_here(here)[5:7]
    for family, kind in ((waiting, HelpKind.LEGAL), (accepted, HelpKind.MEDICAL)):
        person, recipient = people_of(family)[0], Recipient(organisation=there)
        record_answer(
            family=family,
            person=person,
            purpose=Purpose.SHARING,
            agreed=True,
            method=ConsentMethod.WRITTEN,
            notice_language="spa",
            recipient=recipient,
            by=by[0],
        )
        row = send_referral(
            family=family,
            people=[person],
            recipient=recipient,
            help_kind=kind,
            facts=[SharedFact.NAME, SharedFact.AGE, SharedFact.LANGUAGES],
            respond_by=now + 2 * DAY,
            shared_until=now + 60 * DAY,
            message="Ejemplo inventado: viaja la semana que entra.",
            by=by[0],
        )
        if family is accepted:
            answer_referral(referral=row, accepted=True, by=by[1])
