"""Two organisations with the same things in them, for the questions "who may open this?" and "does anything leak?"."""

from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.models import (
    AlertKind,
    Audience,
    ChildAlert,
    Diet,
    Family,
    FileLink,
    IntakeDraft,
    NoticeRule,
    Person,
    PossibleDuplicate,
    ReferralPaper,
    Reminder,
)
from cases.services.awaited_dates import await_date
from cases.services.calendar_feeds import make_feed
from cases.services.clock_rules import write_rule
from cases.services.clocks import rule_in_force
from cases.services.closures import enter_closure
from cases.services.documents import Facts as PaperFacts
from cases.services.documents import add_document
from cases.services.legal_aid import take_slot, write_legal_note
from cases.services.people import write_note
from cases.services.processes import write_case_note
from cases.services.protection import begin_sign_ins, record_sign_in
from cases.services.reminders import plan_reminders
from cases.services.tasks import add_task
from cases.services.us_matters import join_a_list, write_a_number
from ngo.models import City, Membership, Office, Organisation, Staff
from ngo.models.outbox import OutgoingState
from ngo.papers import Paper
from ngo.permissions import Role
from shelters.models import (
    Act,
    Answer,
    Bed,
    Belongings,
    CapacityReport,
    Composition,
    Direction,
    Placement,
    PlacementState,
    Shelter,
    Space,
    Stay,
    Trip,
    TurnAwayReason,
)
from shelters.nights import ONE_DAY, local, noon_of, tonight
from shelters.services import report_figures
from shelters.services.authority_events import enter_event
from shelters.services.cards import issue_cards
from shelters.services.departures import Facts
from shelters.services.desk import Place
from shelters.services.door import grant_leave, pass_door
from shelters.services.holds import hold_beds
from shelters.services.merge import merge
from shelters.services.roll_call import mark_guest
from shelters.services.space_rules import set_rule
from shelters.services.stays import check_in_family, check_out
from shelters.services.supplies import count_in, today_at
from shelters.services.trips import Goer, open_trip
from shelters.services.turn_aways import log_turn_away
from shelters.services.waiting import join_list
from tests.cases.papers import pdf
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    ChildPlaceFactory,
    CityFactory,
    ClockFactory,
    EmailAddressFactory,
    FamilyFactory,
    OfficeFactory,
    OrganisationFactory,
    ReferralFactory,
    ReportRecipientFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayExtensionFactory,
)
from tests.factories_cases import case_of, claim_of, return_of
from tests.factories_phones import InboundFactory, PhoneFactory
from tests.factories_supplies import ItemFactory, LegalAppointmentFactory, LegalProviderFactory, WeeklySlotFactory


@dataclass
class World:
    """One organisation with a shelter, a family in bed, one without, a hold, an alert, a draft and a member of every role.

    `mark` stands in every name of it, so that a leak can be seen.
    """

    mark: str
    organisation: Organisation
    staff: dict[str, Staff]
    shelter: Shelter
    space: Space
    bed: Bed  # Someone is in it.
    free_bed: Bed
    family: Family  # In the house.
    waiting: Family  # Registered, without a bed.
    person: Person
    stay: Stay
    act: Act
    hold: Placement
    alert: ChildAlert
    draft: IntakeDraft
    membership: Membership  # Someone who can be edited.
    invited: Membership
    city: City
    office: Office
    extra: dict[str, Any] = field(default_factory=dict)


def make_world(mark: str) -> World:
    organisation = OrganisationFactory(name=f"Organización {mark}", slug=f"organizacion-{mark.lower()}")
    staff = {
        role.value: StaffFactory(organisation=organisation, role=role, name=f"{role.value} {mark}") for role in Role
    }
    coordinator = staff[Role.COORDINATOR]
    shelter = ShelterFactory(organisation=organisation, name=f"Casa {mark}", slug=f"casa-{mark.lower()}")
    space = SpaceFactory(shelter=shelter, name=f"Dormitorio {mark}", beds=6)
    beds = list(space.beds.all())
    family, waiting = named_family(organisation, mark, coordinator), named_family(organisation, mark, coordinator)
    person = family.people[0]
    act = check_in_family(
        family=family,
        shelter=shelter,
        places={each.pk: Place(space.pk, bed.pk) for each, bed in zip(family.people, beds, strict=False)},
        by=coordinator,
    )
    hold_beds(
        shelter=shelter,
        beds=[beds[4]],
        by=coordinator,
        family=waiting,
        expires_at=timezone.now() + timedelta(hours=2),
    )
    write_note(family=family, text=f"Nota {mark}", by=coordinator)
    invited = Membership.objects.create(
        staff=Staff.objects.create_user(f"invitada@{mark.lower()}.example", name=f"Invitada {mark}"),
        organisation=organisation,
        role=Role.VOLUNTEER,
        invited_by=coordinator,
        invitation_expires_at=timezone.now() + timedelta(days=7),
    )
    city = CityFactory()
    stay = Stay.objects.get(person=person)
    world = World(
        mark=mark,
        organisation=organisation,
        staff=staff,
        shelter=shelter,
        space=space,
        bed=beds[0],
        free_bed=beds[5],
        family=family,
        waiting=waiting,
        person=person,
        stay=stay,
        act=act,
        hold=Placement.objects.get(shelter=shelter, state=PlacementState.HELD),
        alert=ChildAlert.objects.create(
            person=person, family=family, kind=AlertKind.AGE_IN_DOUBT, raised_by=coordinator
        ),
        draft=IntakeDraft.objects.create(organisation=organisation, staff=coordinator),
        membership=staff[Role.VOLUNTEER].membership,
        invited=invited,
        city=city,
        office=OfficeFactory(city=city, name="Oficina compartida")
        if not Office.objects.exists()
        else Office.objects.first(),
    )
    world.extra |= leaving_of(world)
    world.extra |= duplicates_of(world)

    world.extra |= papers_and_referrals_of(world)
    world.extra |= roll_call_of(shelter, stay, coordinator) | appointments_of(world)
    rule = set_rule(space=space, by=coordinator, since=tonight(shelter) + 30 * ONE_DAY, note=f"Obra {mark}")
    world.extra["space_rule"] = rule
    add_food_and_legal_aid(world)
    world.extra |= door_of(stay, coordinator)
    world.extra |= cases_of(world)
    world.extra |= clocks_of(world)
    world.extra |= authority_events_of(world)
    world.extra |= {"trip": trip_of(world)}
    world.extra |= {"report": frozen_report(shelter, coordinator), "recipient": ReportRecipientFactory(shelter=shelter)}
    return world


def leaving_of(world: World) -> dict[str, Any]:
    """A family that has left, with what it left behind, an extension that nobody has decided, a party that waits."""
    gone = named_family(world.organisation, world.mark, world.staff[Role.COORDINATOR])
    by = world.staff[Role.COORDINATOR]
    head = gone.people[0]
    bed = SpaceFactory(shelter=world.shelter, name=f"Cubículo {world.mark}", beds=1, position=999).beds.get()
    check_in_family(family=gone, shelter=world.shelter, places={head.pk: Place(bed.space_id, bed.pk)}, by=by)
    kept = Facts("family_for_now", Belongings.STORED, kept_where=f"Maleta {world.mark}")
    stays = Stay.objects.current().filter(family=gone)
    act = check_out(stays=stays, by=by, exit_reason="other", destination=f"Ciudad {world.mark}", facts=kept)
    waits = join_list(
        by=by, shelter=world.shelter, party=f"Grupo {world.mark}", people=3, contact=f"Capilla {world.mark}"
    )
    return {
        "departure": act,
        "extension": StayExtensionFactory(stay=world.stay, asked_by=by),
        "waiting": waits,
    }


def cases_of(world: World) -> dict[str, Any]:
    """A claim with a sign-in that was answered and one that is due, a return, a turn on a list, a task, a note."""
    by, person = world.staff[Role.COORDINATOR], world.person
    today = timezone.localdate()
    claim = claim_of(world.family, by, filed_on=today)
    duty = begin_sign_ins(claim=claim, person=person, every_days=7, next_on=today, by=by)
    signed = record_sign_in(duty=duty, result="signed", on=today, proof=f"Sello {world.mark}", by=by)
    plan = return_of(world.waiting, by)
    waits = case_of(world.waiting, "us-waitlist", by, is_main=False)
    turn = join_a_list(process=waits, list_name=f"Lista {world.mark}", joined_on=today, by=by)
    write_a_number(person=world.waiting.people[0], number=f"{world.organisation.pk:07}", by=by)
    task = add_task(
        organisation=world.organisation,
        process=claim.process,
        text=f"Tarea {world.mark}",
        due_on=today,
        owner=by,
        by=by,
    )
    write_case_note(process=claim.process, kind="general", text=f"Apunte {world.mark}", by=by)
    return {
        "case": claim.process,
        "return_case": plan.process,
        "us_case": waits,
        "duty": duty,
        "sign_in": signed,
        "turn": turn,
        "task": task,
        "pathway": claim.process.version.pathway,
    }


def duplicates_of(world: World) -> dict[str, Any]:
    """Two files that may be one person's, and two that were joined."""
    by = world.staff[Role.COORDINATOR]
    people = named_family(world.organisation, world.mark, by).people
    pair = PossibleDuplicate.objects.create(organisation=world.organisation, one=people[0], other=people[1], score=9)
    kept, merged = named_family(world.organisation, world.mark, by).people
    return {"pair": pair, "merge": merge(kept=kept, merged=merged, by=by, reason=f"Credencial {world.mark}")}


def papers_and_referrals_of(world: World) -> dict[str, Any]:
    """A paper with its file, consent to tell somebody outside, a referral there, and one with a paper that others sent here."""
    keeper = world.staff[Role.COORDINATOR]
    facts = PaperFacts("other", what=f"Acta {world.mark}", expires_on=timezone.localdate())
    document = add_document(family=world.family, facts=facts, paper=Paper("application/pdf", pdf()), by=keeper)
    outside = f"Clínica {world.mark}"
    sent = ReferralFactory(family=world.family, to_outside=outside, sent_by=keeper)
    other = FamilyFactory(organisation=OrganisationFactory(name="Red de prueba", slug="red-de-prueba"))
    received = ReferralFactory(family=other, to_organisation=world.organisation)
    theirs = add_document(
        family=other, facts=PaperFacts("passport"), paper=Paper("application/pdf", pdf()), by=received.sent_by
    )
    known = f"Credencial {world.mark}"
    link = FileLink.objects.create(grant=received.grants.get(), person=world.person, how=known, made_by=keeper)
    return {
        "document": document,
        "link": link,
        "place": ChildPlaceFactory(organisation=world.organisation, name=f"DIF {world.mark}"),
        "consent": sent.grants.get().consent,
        "referral": sent,
        "received": received,
        "shared_paper": ReferralPaper.objects.create(referral=received, document=theirs),
    }


def door_of(stay: Stay, by: Staff) -> dict[str, Any]:
    """A guest with a card, who has gone out and is on leave."""
    [card] = issue_cards(stays=[stay], by=by)
    back = timezone.now() + timedelta(days=1)
    leave = grant_leave(stay=stay, expected_back_at=back, reason="Trabajo", by=by)
    passage = pass_door(stay=stay, direction=Direction.OUT, by=by)
    return {"passage": passage, "leave": leave, "card": card}


def frozen_report(shelter: Shelter, by: Staff) -> CapacityReport:
    """Tonight's report, confirmed already."""
    now = timezone.now()
    return CapacityReport.objects.create(
        shelter=shelter,
        night=tonight(shelter),
        state="confirmed",
        figures=report_figures.count([shelter])[shelter.pk],
        counted_at=now,
        confirmed_at=now,
        confirmed_by=by,
        frozen_at=now,
    )


def appointments_of(world: World) -> dict[str, Any]:
    """A kind of appointment with a rule, and two dates of the family in the house: one tomorrow, one that is over."""
    kind = AppointmentKindFactory(
        organisation=world.organisation, name_es=f"Cita {world.mark}", name_en=f"Appointment {world.mark}"
    )
    rule = NoticeRule.objects.create(
        organisation=kind.organisation, kind=kind, audience=Audience.STAFF, days_before=1, at_time=time(9)
    )
    # Of the calendar: after midnight the day after that of the night is today.
    tomorrow = local(world.shelter, timezone.now()).date() + ONE_DAY
    leaves = noon_of(world.shelter, tomorrow)
    coordinator = world.staff[Role.COORDINATOR]
    given = {"family": world.family, "kind": kind, "place": f"Lugar {world.mark}", "owner": coordinator}
    ahead = AppointmentFactory(starts_at=leaves + timedelta(hours=1), leave_shelter_at=leaves, **given)
    over = AppointmentFactory(starts_at=timezone.now() - timedelta(days=1), **given)
    NoticeRule.objects.create(
        organisation=kind.organisation, kind=kind, audience=Audience.GUEST, days_before=0, at_time=time(0)
    )
    email = EmailAddressFactory(family=world.family, shared_with=f"Hermana {world.mark}", agreed=True)
    plan_reminders(appointment=ahead)
    failed = Reminder.objects.filter(appointment=ahead, email=email)
    failed.update(state=OutgoingState.FAILED, reason="", last_error="SMTPRecipientsRefused 550")
    awaited = await_date(
        family=world.family, kind=kind, people=world.family.people[:1], control_on=timezone.localdate(), by=coordinator
    )
    listed = NoticeRule.objects.create(
        organisation=kind.organisation, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(12), way="house"
    )
    soon = {"due_at": timezone.now() - timedelta(hours=1), "expires_at": leaves}
    notice = Reminder.objects.create(
        organisation=kind.organisation, family=world.family, source_id=ahead.pk, appointment=ahead, rule=listed,
        channel="house", language="es", next_try_at=timezone.now(), **soon,
    )  # fmt: skip
    other = Reminder.objects.create(
        organisation=kind.organisation, family=world.family, source="sign_in", source_id=1, email=email, state="failed",
        occasion=timezone.localdate() + ONE_DAY, language="es", next_try_at=timezone.now(), **soon,
    )  # fmt: skip
    source_rule = NoticeRule.objects.create(
        organisation=kind.organisation, source="sign_in", audience=Audience.GUEST, days_before=1, at_time=time(17)
    )
    feed, _token = make_feed(by=coordinator, scope="house")
    return {
        "feed": feed,
        "notice": notice,
        "other_notice": other,
        "source_rule": source_rule,
        "kind": kind,
        "rule": rule,
        "appointment": ahead,
        "over": over,
        "email": email,
        "awaited": awaited,
        "reminder": Reminder.objects.filter(appointment=ahead, email=email).first(),
    } | phone_of(world)


def phone_of(world: World) -> dict[str, Any]:
    """A phone of the family in the house, and something that was written from it and that nobody has looked after."""
    phone = PhoneFactory(family=world.family, shared_with=f"Vecina {world.mark}", channel="sms")
    inbound = InboundFactory(phone=phone, text=f"Escrito {world.mark}")
    return {"phone": phone, "inbound": inbound}


def add_food_and_legal_aid(world: World) -> None:
    """A store with a staple that expires and runs low, a special diet, a provider with a slot that is taken, a legal note."""
    mark, cook, lawyer = world.mark, world.staff[Role.SUPPLIES], world.staff[Role.LEGAL]
    world.person.diets = [Diet.NO_MEAT]
    world.person.save(update_fields=["diets"])
    item = ItemFactory(shelter=world.shelter, name=f"Arroz {mark}", daily_per_head=Decimal("0.25"))
    today = today_at(world.shelter)
    [move] = count_in(item=item, quantity=Decimal(2), by=cook, expires_on=today + timedelta(days=3))
    provider = LegalProviderFactory(organisation=world.organisation, name=f"Abogada {mark}")
    next_week = today + timedelta(days=7)
    slot = WeeklySlotFactory(provider=provider, weekday=next_week.weekday())
    appointment = LegalAppointmentFactory(family=world.family, local_date=next_week)
    take_slot(appointment=appointment, slot=slot, by=lawyer)
    write_legal_note(family=world.family, text=f"Confidencia {mark}", by=lawyer)
    world.extra |= {"item": item, "lot": move.lot, "stock_move": move, "provider": provider, "slot": slot}


def clocks_of(world: World) -> dict[str, Any]:
    """A clock that runs for somebody in the house, with a date that a closure moved, and a rule of the organisation's own."""
    by = world.staff[Role.COORDINATOR]
    today = timezone.localdate()
    clock = ClockFactory(
        family=world.family, by=by, event_on=today - timedelta(days=10), event_note=f"Motivo {world.mark}"
    )
    last = clock.likely_on
    closure, _moved = enter_closure(
        organisation=world.organisation,
        authority=clock.rule.authority,
        by=by,
        first_day=last - timedelta(days=1),
        last_day=last + timedelta(days=3),
        source=f"DOF {world.mark}",
    )
    own = write_rule(rule=rule_in_force(world.organisation, "mx-amparo"), by=by, source=f"Fuente {world.mark}")
    return {"clock": clock, "closure": closure, "clock_rule": own, "clock_result": clock.results.first()}


def trip_of(world: World) -> Trip:
    """Somebody of the house who is out with a companion, until this evening."""
    return open_trip(
        shelter=world.shelter,
        goers=[Goer(world.person, world.stay)],
        expected_at=timezone.now() + timedelta(hours=6),
        where_to=f"Garita {world.mark}",
        companion=f"Compañía {world.mark}",
        capacity="volunteer",
        by=world.staff[Role.COORDINATOR],
    )


def authority_events_of(world: World) -> dict[str, Any]:
    """What an authority cancelled of a kind of its own: the date of somebody without a bed."""
    kind = AppointmentKindFactory(organisation=world.organisation, name_es=f"Garita {world.mark}")
    AppointmentFactory(family=world.waiting, kind=kind, place=f"Garita {world.mark}")
    event, _new = enter_event(
        organisation=world.organisation,
        by=world.staff[Role.COORDINATOR],
        authority=f"Autoridad {world.mark}",
        what="cancelled",
        kind=kind,
        from_on=timezone.localdate(),
        source=f"Comunicado {world.mark}",
    )
    return {"authority_event": event}


def roll_call_of(shelter: Shelter, stay: Stay, by: Staff) -> dict[str, Any]:
    """An answer of tonight's roll-call, and a party that was turned away."""
    mark = mark_guest(shelter=shelter, night=tonight(shelter), stay=stay, answer=Answer.PRESENT, by=by)
    party = log_turn_away(
        shelter=shelter, party_size=3, composition=Composition.FAMILY, reason=TurnAwayReason.FULL, by=by
    )
    return {"mark": mark, "turn_away": party}


def named_family(organisation: Organisation, mark: str, by: Staff) -> Family:
    family = FamilyFactory(ages=[34, 36], organisation=organisation, registered_by=by)
    for person in family.people:
        person.given_names, person.first_surname = f"Nombre{mark}", f"Apellido{mark}"
        person.save(update_fields=["given_names", "first_surname"])
    return family
