"""Test data by name: `FamilyFactory(people=3)`, `ShelterFactory(beds=2)`, `StaffFactory(role=Role.VOLUNTEER)`.

Names are plainly invented (Prueba, Ensayo). Parts of one test must stand in one organisation: pass `organisation=` where a
test has several families or shelters that belong together, or `staff.organisation`.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory
from psycopg.types.range import DateRange, TimestamptzRange

from cases.models import (
    Appointment,
    AppointmentChange,
    AppointmentKind,
    AppointmentPerson,
    Authority,
    BirthPrecision,
    Case,
    ChildPlace,
    Clock,
    ClockRule,
    Closure,
    Consent,
    ConsentMethod,
    Decision,
    Document,
    DocumentKind,
    EmailAddress,
    Family,
    FamilyMember,
    Group,
    HelpKind,
    Person,
    PossibleDuplicate,
    Purpose,
    Referral,
    ReferralDesk,
    ReferralGrant,
    Relationship,
    Sex,
    SharedFact,
)
from cases.services.clock_rules import load_clocks
from cases.services.clocks import start_clock
from ngo.crypto import keyed_hash
from ngo.models import City, Membership, Office, OfficeKind, Organisation, Staff
from ngo.permissions import Role
from shelters.models import (
    Answer,
    Bed,
    BedKind,
    BedPeriod,
    CapacityReport,
    Composition,
    Confirmation,
    Direction,
    Leave,
    Passage,
    Placement,
    PlacementState,
    Posting,
    ReportRecipient,
    ReportState,
    RollCall,
    RollCallMark,
    Shelter,
    Space,
    Stay,
    StayExtension,
    TurnAway,
    TurnAwayReason,
)
from shelters.nights import night_of, tonight

PASSWORD = (
    "una-clave-de-prueba"  # For StaffFactory(password=PASSWORD); without it use client.force_login, which is faster.
)
ALWAYS = date(2020, 1, 1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # Before every moment to which a test goes back.
GIVEN_NAMES = ["Ana", "Bruno", "Celia", "Darío", "Elsa", "Fabio", "Gala", "Hugo", "Irma", "Joel"]


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation
        django_get_or_create = ("slug",)

    name = factory.Sequence(lambda n: f"Organización de prueba {n}")
    slug = factory.Sequence(lambda n: f"organizacion-{n}")


class StaffFactory(DjangoModelFactory):
    """Someone with a membership in force; `password=PASSWORD` where the test signs in by hand.

    `organisation=` (a new one where not given; None for someone without a membership), `role=` (front desk), `shelters=` to
    post them to some shelters, `expires_at=`.
    """

    class Meta:
        model = Staff
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"persona{n}@prueba.example")
    name = factory.Sequence(lambda n: f"Personal de prueba {n}")
    language = "en"

    @classmethod
    def _create(cls, model_class: type[Staff], *args: Any, **kwargs: Any) -> Staff:
        given = "organisation" in kwargs
        organisation = kwargs.pop("organisation", None)
        role = kwargs.pop("role", Role.FRONT_DESK)
        shelters = kwargs.pop("shelters", ())
        expires_at = kwargs.pop("expires_at", None)
        staff = Staff.objects.create_user(kwargs.pop("email"), kwargs.pop("password", None), **kwargs)
        if organisation is not None or not given:
            membership = MembershipFactory(
                staff=staff, organisation=organisation or OrganisationFactory(), role=role, expires_at=expires_at
            )
            Posting.objects.bulk_create(Posting(membership=membership, shelter=shelter) for shelter in shelters)
        return staff


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    staff = factory.SubFactory(StaffFactory, organisation=None)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.FRONT_DESK
    invited_at = LONG_AGO
    accepted_at = LONG_AGO


class CityFactory(DjangoModelFactory):
    class Meta:
        model = City
        django_get_or_create = ("name",)

    name = "Tijuana"
    state = "Baja California"
    inegi_code = "02004"
    zone = "America/Tijuana"


class OfficeFactory(DjangoModelFactory):
    class Meta:
        model = Office

    kind = OfficeKind.CHILD_PROTECTION
    name = factory.Sequence(lambda n: f"Procuraduría de prueba {n}")
    city = factory.SubFactory(CityFactory)
    zone = "America/Tijuana"


class ShelterFactory(DjangoModelFactory):
    """A shelter without a space; `beds=4` gives it one space for anyone with four single beds, in service since 2020.

    Its beds need no cleaning after a departure; `cleans_beds=True` as a real house has it.
    """

    class Meta:
        model = Shelter
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Casa de prueba {n}")
    slug = factory.Sequence(lambda n: f"casa-{n}")
    city = factory.SubFactory(CityFactory)
    zone = factory.LazyAttribute(lambda shelter: shelter.city.zone if shelter.city else "America/Tijuana")
    cleans_beds = False

    @factory.post_generation
    def beds(self: Shelter, create: bool, extracted: int | None, **kwargs: Any) -> None:
        if create and extracted:
            SpaceFactory(shelter=self, beds=extracted)


class ConfirmationFactory(DjangoModelFactory):
    """Somebody without a name here tapped that the figures of a house are still so; `at=` another moment than now."""

    class Meta:
        model = Confirmation

    shelter = factory.SubFactory(ShelterFactory)
    by = factory.SubFactory(StaffFactory, organisation=None)


class SpaceFactory(DjangoModelFactory):
    """A space for anyone; `beds=4` gives it four single beds in service since 2020, labelled 1 to 4."""

    class Meta:
        model = Space
        skip_postgeneration_save = True

    shelter = factory.SubFactory(ShelterFactory)
    name = factory.Sequence(lambda n: f"Dormitorio {n}")
    position = factory.Sequence(lambda n: n % 1000)

    @factory.post_generation
    def beds(self: Space, create: bool, extracted: int | None, **kwargs: Any) -> None:
        for number in range(1, (extracted or 0) + 1):
            BedFactory(space=self, label=str(number), position=number)


class BedFactory(DjangoModelFactory):
    """A single bed in service since 2020 and without end; `since=` another night, `until=` the first night it is gone,
    or `since=None` for a bed without any period."""

    class Meta:
        model = Bed
        skip_postgeneration_save = True

    space = factory.SubFactory(SpaceFactory)
    label = factory.Sequence(lambda n: f"B-{n}")
    kind = BedKind.SINGLE

    @classmethod
    def _create(cls, model_class: type[Bed], *args: Any, **kwargs: Any) -> Bed:
        since, until = kwargs.pop("since", ALWAYS), kwargs.pop("until", None)
        bed = super()._create(model_class, *args, **kwargs)
        if since is not None:
            BedPeriod.objects.create(bed=bed, space=bed.space, nights=DateRange(since, until))
        return bed


class PersonFactory(DjangoModelFactory):
    """An adult woman or man. `age=9` sets the birth date; `born_on=None` makes the age unknown."""

    class Meta:
        model = Person

    organisation = factory.SubFactory(OrganisationFactory)
    given_names = factory.Sequence(lambda n: f"{GIVEN_NAMES[n % 10]}")
    first_surname = "Prueba"
    second_surname = factory.Sequence(lambda n: f"Ensayo {n}")
    sex = factory.Iterator([Sex.FEMALE, Sex.MALE])
    nationality = "HN"
    speaks = factory.LazyFunction(lambda: ["spa"])
    reads = factory.LazyFunction(lambda: ["spa"])
    born_on = date(1990, 6, 15)

    @classmethod
    def _create(cls, model_class: type[Person], *args: Any, **kwargs: Any) -> Person:
        age = kwargs.pop("age", None)
        if age is not None:
            today = timezone.localdate()
            kwargs["born_on"] = date(today.year - age, 1, 1)
        if kwargs.get("born_on") is None:
            kwargs["birth_precision"] = BirthPrecision.UNKNOWN
        person = super()._create(model_class, *args, **kwargs)
        person.refresh_from_db(fields=["name_key"])
        return person


class FamilyFactory(DjangoModelFactory):
    """A family of `people=` adults (one), head first, each with an open case in `group=`.

    `ages=[34, 9, 2]` in place of `people` gives their ages: the adults care for the children. `family.people` lists them.
    """

    class Meta:
        model = Family

    organisation = factory.SubFactory(OrganisationFactory)
    folio = factory.Sequence(lambda n: f"F-{n + 1:04d}")

    @classmethod
    def _create(cls, model_class: type[Family], *args: Any, **kwargs: Any) -> Family:
        people, ages = kwargs.pop("people", 1), kwargs.pop("ages", None)
        group = kwargs.pop("group", Group.US_APPOINTMENT)
        family = super()._create(model_class, *args, **kwargs)
        ages = ages or [30] * people
        family.people = [_member(family, position, age, group) for position, age in enumerate(ages)]
        return family


def _member(family: Family, position: int, age: int | None, group: Group) -> Person:
    person = PersonFactory(organisation=family.organisation, **({"born_on": None} if age is None else {"age": age}))
    is_adult = age is not None and age >= 18
    relationship = Relationship.PARTNER if is_adult else Relationship.CHILD
    FamilyMember.objects.create(
        family=family,
        person=person,
        relationship=Relationship.HEAD if position == 0 else relationship,
        is_head=position == 0,
        is_carer=is_adult,
    )
    Case.objects.create(person=person, group=group, opened_by=family.registered_by)
    return person


class PossibleDuplicateFactory(DjangoModelFactory):
    """Two files of an organisation that nobody has looked at yet; `one=`, `other=`, `organisation=`."""

    class Meta:
        model = PossibleDuplicate

    organisation = factory.SubFactory(OrganisationFactory)
    one = factory.LazyAttribute(lambda pair: PersonFactory(organisation=pair.organisation))
    other = factory.LazyAttribute(lambda pair: PersonFactory(organisation=pair.organisation))
    score = 9.0


class ReportRecipientFactory(DjangoModelFactory):
    """Someone to whom a shelter's report is sent, in Spanish."""

    class Meta:
        model = ReportRecipient

    shelter = factory.SubFactory(ShelterFactory)
    name = factory.Sequence(lambda n: f"Red de prueba {n}")
    email = factory.Sequence(lambda n: f"reportes{n}@prueba.example")


class StayFactory(DjangoModelFactory):
    """A stay that goes on; `arrived_at=`, `departed_at=`. By default of the head of a new family of the
    shelter's organisation."""

    class Meta:
        model = Stay

    shelter = factory.SubFactory(ShelterFactory)
    family = factory.LazyAttribute(lambda stay: FamilyFactory(organisation=stay.shelter.organisation))
    person = factory.LazyAttribute(
        lambda stay: Person.objects.get(family_memberships__family=stay.family, family_memberships__is_head=True)
    )
    arrived_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=2))


class PlacementFactory(DjangoModelFactory):
    """Someone in a bed: with its stay. `bed=` decides the space and the shelter; `bed=None` with `space=` or `shelter=` is a
    guest on the floor. `state=PlacementState.HELD` is a hold for two hours, without a person."""

    class Meta:
        model = Placement

    state = PlacementState.IN

    @classmethod
    def _create(cls, model_class: type[Placement], *args: Any, **kwargs: Any) -> Placement:
        state = kwargs.get("state", PlacementState.IN)
        _fill_place(kwargs)
        now = timezone.now()
        if state == PlacementState.HELD:
            kwargs.setdefault("planned", TimestamptzRange(now, None))
            kwargs.setdefault("hold_expires_at", now + timedelta(hours=2))
            return super()._create(model_class, *args, **kwargs)
        _fill_stay(kwargs, departed_at=now if state == PlacementState.OUT else None)
        stay = kwargs["stay"]
        kwargs.setdefault("person", stay.person)
        kwargs.setdefault("family", stay.family)
        kwargs.setdefault("actual", TimestamptzRange(stay.arrived_at, stay.departed_at))
        kwargs.setdefault("planned", TimestamptzRange(stay.arrived_at, stay.departed_at))
        return super()._create(model_class, *args, **kwargs)


def _fill_place(kwargs: dict[str, Any]) -> None:
    if "bed" not in kwargs and not {"space", "shelter", "stay"} & set(kwargs):
        kwargs["bed"] = BedFactory()
    if bed := kwargs.get("bed"):
        kwargs.setdefault("space", bed.space)
    space, stay = kwargs.get("space"), kwargs.get("stay")
    kwargs.setdefault("shelter", space.shelter if space else stay.shelter if stay else ShelterFactory())


def _fill_stay(kwargs: dict[str, Any], departed_at: datetime | None) -> None:
    if "stay" in kwargs:
        return
    times = {"arrived_at": kwargs.pop("arrived_at")} if "arrived_at" in kwargs else {}
    who = {name: kwargs[name] for name in ("person", "family") if name in kwargs}
    if "person" in who and "family" not in who:
        membership = who["person"].family_memberships.filter(left_on=None).first()
        who["family"] = membership.family if membership else None
    kwargs["stay"] = StayFactory(shelter=kwargs["shelter"], departed_at=departed_at, **who, **times)


class AppointmentKindFactory(DjangoModelFactory):
    """A kind of appointment of its organisation, without a rule for reminders."""

    class Meta:
        model = AppointmentKind

    organisation = factory.SubFactory(OrganisationFactory)
    code = factory.Sequence(lambda n: f"kind-{n}")
    name_es = factory.Sequence(lambda n: f"Cita de prueba {n}")
    name_en = factory.Sequence(lambda n: f"Trial appointment {n}")
    bring_es = "Su carpeta"
    bring_en = "Their folder"


class AppointmentFactory(DjangoModelFactory):
    """An appointment as it stands in the table, past ones too: in two days, one hour after leaving the house, for everybody
    of a new family. `organisation=` or `family=`, `people=`, `starts_at=` with `zone=` and `home_zone=`, `leave_shelter_at=`.

    Where the rules of booking matter, use cases.services.appointments.schedule_appointment.
    """

    class Meta:
        model = Appointment

    zone = "America/Tijuana"
    home_zone = factory.LazyAttribute(lambda row: row.zone)
    place = "Clínica de prueba"

    @classmethod
    def _create(cls, model_class: type[Appointment], *args: Any, **kwargs: Any) -> Appointment:
        people = kwargs.pop("people", None)
        if "family" not in kwargs:
            house = kwargs["organisation"] if "organisation" in kwargs else OrganisationFactory()
            kwargs["family"] = FamilyFactory(organisation=house)
        kwargs["organisation"] = kwargs["family"].organisation
        if "kind" not in kwargs:
            kwargs["kind"] = AppointmentKindFactory(organisation=kwargs["organisation"])
        starts_at = kwargs.setdefault("starts_at", timezone.now() + timedelta(days=2))
        kwargs.setdefault("report_at", starts_at)
        kwargs.setdefault("leave_shelter_at", kwargs["report_at"] - timedelta(hours=1))
        there = starts_at.astimezone(ZoneInfo(kwargs["zone"]))
        kwargs |= {"local_date": there.date(), "local_time": there.time()}
        row = super()._create(model_class, *args, **kwargs)
        people = Person.objects.in_family(row.family) if people is None else people
        AppointmentPerson.objects.bulk_create(AppointmentPerson(appointment=row, person=person) for person in people)
        AppointmentChange.objects.create(appointment=row, state=row.state, by=row.made_by)
        return row


# --- Leaving the house -------------------------------------------------------------------------------------------------
class StayExtensionFactory(DjangoModelFactory):
    """An extension that is asked for and not decided: ten days more for `stay=` (a new one)."""

    class Meta:
        model = StayExtension

    stay = factory.SubFactory(StayFactory)
    from_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=20))
    to_on = factory.LazyAttribute(lambda row: row.from_on + timedelta(days=10))
    reason = "Espera su cita de prueba"
    asked_by = factory.LazyAttribute(lambda row: StaffFactory(organisation=row.stay.shelter.organisation))


# --- How a family is reached -------------------------------------------------------------------------------------------
class EmailAddressFactory(DjangoModelFactory):
    """An address of a family; `agreed=True` also records that its head agreed to reminders."""

    class Meta:
        model = EmailAddress

    family = factory.SubFactory(FamilyFactory)
    address = factory.Sequence(lambda n: f"familia{n}@prueba.example")
    address_hash = factory.LazyAttribute(lambda self: keyed_hash(self.address))

    @classmethod
    def _create(cls, model_class: type[EmailAddress], *args: Any, **kwargs: Any) -> EmailAddress:
        agreed = kwargs.pop("agreed", False)
        email = super()._create(model_class, *args, **kwargs)
        if agreed and not email.family.consents.filter(purpose=Purpose.REMINDERS, withdrawn_at=None).exists():
            ConsentFactory(family=email.family)
        return email


class ConsentFactory(DjangoModelFactory):
    """The head of the family agrees to reminders, in writing."""

    class Meta:
        model = Consent

    family = factory.SubFactory(FamilyFactory)
    person = factory.LazyAttribute(lambda self: self.family.members.get(is_head=True).person)
    purpose = Purpose.REMINDERS
    decision = Decision.GIVEN
    method = ConsentMethod.WRITTEN
    notice_version = "prueba"
    notice_language = "spa"
    by = factory.LazyAttribute(lambda self: StaffFactory(organisation=self.family.organisation))


class RollCallMarkFactory(DjangoModelFactory):
    """An answer of a roll-call about `stay=` (a new one), on `night=` (the shelter's tonight). `happened_at=` now."""

    class Meta:
        model = RollCallMark

    answer = Answer.PRESENT
    happened_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class: type[RollCallMark], *args: Any, **kwargs: Any) -> RollCallMark:
        stay = kwargs.setdefault("stay", None) or StayFactory()
        night = kwargs.pop("night", None) or tonight(stay.shelter)
        kwargs["stay"] = stay
        if "roll_call" not in kwargs:
            kwargs["roll_call"], _new = RollCall.objects.get_or_create(shelter=stay.shelter, night=night)
        return super()._create(model_class, *args, **kwargs)


class TurnAwayFactory(DjangoModelFactory):
    """A family of three that was turned away tonight because the house was full."""

    class Meta:
        model = TurnAway

    shelter = factory.SubFactory(ShelterFactory)
    happened_at = factory.LazyFunction(timezone.now)
    night = factory.LazyAttribute(lambda party: night_of(party.shelter, party.happened_at))
    party_size = 3
    composition = Composition.FAMILY
    reason = TurnAwayReason.FULL


REPORT_FIGURES = {"occupied": 3, "nominal": 10, "out_of_service": 0, "over": 0}


class ReportFactory(DjangoModelFactory):
    """A report as it stands in the table, a draft of `shelter=` on `night=`; `frozen=True` sent without confirmation;
    `occupied=3, nominal=10, over=0` among its figures. Where its life matters use shelters.services.reports."""

    class Meta:
        model = CapacityReport

    @classmethod
    def _create(cls, model_class: type[CapacityReport], *args: Any, **kwargs: Any) -> CapacityReport:
        figures = {name: kwargs.pop(name, default) for name, default in REPORT_FIGURES.items()}
        if kwargs.pop("frozen", False):
            kwargs |= {"state": ReportState.UNCONFIRMED, "frozen_at": timezone.now()}
        return super()._create(model_class, *args, figures=figures, counted_at=timezone.now(), **kwargs)


# --- The door ----------------------------------------------------------------------------------------------------------
class PassageFactory(DjangoModelFactory):
    """Someone who went out a quarter of an hour ago; `direction=`, `happened_at=`, `stay=`."""

    class Meta:
        model = Passage

    stay = factory.SubFactory(StayFactory)
    direction = Direction.OUT
    happened_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=15))
    by = factory.LazyAttribute(lambda row: StaffFactory(organisation=row.stay.shelter.organisation))


class LeaveFactory(DjangoModelFactory):
    """Leave since an hour, back tomorrow; `starts_at=`, `expected_back_at=`, `stay=`."""

    class Meta:
        model = Leave

    stay = factory.SubFactory(StayFactory)
    starts_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    expected_back_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
    recorded_by = factory.LazyAttribute(lambda row: StaffFactory(organisation=row.stay.shelter.organisation))


# --- Clocks of the law -------------------------------------------------------------------------------------------------
class ClockFactory(DjangoModelFactory):
    """A clock as `start_clock` makes it: `rule="mx-claim"` since `event_on=` (ten days ago) for the head of `family=`; the
    rules are loaded where nobody did. `person=None` is the whole family."""

    class Meta:
        model = Clock

    @classmethod
    def _create(cls, model_class: type[Clock], *args: Any, **kwargs: Any) -> Clock:
        if not ClockRule.objects.exists():
            load_clocks()
        family = kwargs.pop("family", None) or FamilyFactory()
        by = kwargs.pop("by", None) or StaffFactory(organisation=family.organisation)
        kwargs.setdefault("person", Person.objects.in_family(family).first())
        kwargs.setdefault("event_on", timezone.localdate() - timedelta(days=10))
        return start_clock(family=family, rule=kwargs.pop("rule", "mx-claim"), by=by, **kwargs)


class ClosureFactory(DjangoModelFactory):
    """A closure as it stands in the table: of COMAR, for a week from today; nothing is counted again."""

    class Meta:
        model = Closure

    organisation = factory.SubFactory(OrganisationFactory)
    first_day = factory.LazyFunction(timezone.localdate)
    last_day = factory.LazyAttribute(lambda row: row.first_day + timedelta(days=6))
    source = "DOF de prueba"
    entered_by = factory.LazyAttribute(lambda row: StaffFactory(organisation=row.organisation))

    @classmethod
    def _create(cls, model_class: type[Closure], *args: Any, **kwargs: Any) -> Closure:
        if not ClockRule.objects.exists():
            load_clocks()
        kwargs.setdefault("authority", Authority.objects.get(code="comar"))
        return super()._create(model_class, *args, **kwargs)


# --- Papers, consent and referrals -------------------------------------------------------------------------------------
class DocumentFactory(DjangoModelFactory):
    """A passport that somebody saw, without a copy; with a file use cases.services.documents.add_document."""

    class Meta:
        model = Document

    family = factory.SubFactory(FamilyFactory)
    kind = DocumentKind.PASSPORT
    seen_as = "original"
    added_by = factory.LazyAttribute(lambda row: StaffFactory(organisation=row.family.organisation))


class SharingConsentFactory(DjangoModelFactory):
    """In writing, the head of a family agrees that `organisation=` (a new one) or, with `outside=`, somebody by name is told."""

    class Meta:
        model = Consent

    purpose = Purpose.SHARING
    decision = Decision.GIVEN
    method = ConsentMethod.WRITTEN
    notice_version = "prueba"
    notice_language = "spa"

    @classmethod
    def _create(cls, model_class: type[Consent], *args: Any, **kwargs: Any) -> Consent:
        outside = kwargs.pop("outside", "")
        told = kwargs.pop("organisation", None) or (None if outside else OrganisationFactory())
        if "family" not in kwargs:
            kwargs["family"] = FamilyFactory()
        if "person" not in kwargs:
            kwargs["person"] = kwargs["family"].people[0]
        kwargs.setdefault("by", StaffFactory(organisation=kwargs["family"].organisation))
        return super()._create(model_class, *args, recipient_organisation=told, recipient_name=outside, **kwargs)


class ReferralDeskFactory(DjangoModelFactory):
    """An organisation that takes referrals of every kind."""

    class Meta:
        model = ReferralDesk

    organisation = factory.SubFactory(OrganisationFactory)
    is_open = True
    helps_with = factory.LazyFunction(lambda: [kind.value for kind in HelpKind])
    changed_by = factory.LazyAttribute(lambda desk: StaffFactory(organisation=desk.organisation))


class ReferralFactory(DjangoModelFactory):
    """A referral as it stands in the table, of the head of a family who agreed to it, waiting for an answer.

    `to_organisation=` (a new one) or `to_outside=`; `people=`, `facts=`, `expires_at=` of the grants. Where the rules of sending
    matter, use cases.services.referrals.send_referral.
    """

    class Meta:
        model = Referral

    help_kind = HelpKind.LEGAL
    facts = factory.LazyFunction(lambda: [SharedFact.NAME, SharedFact.AGE])
    respond_by = factory.LazyFunction(lambda: timezone.now() + timedelta(days=3))

    @classmethod
    def _create(cls, model_class: type[Referral], *args: Any, **kwargs: Any) -> Referral:
        people, expires_at = kwargs.pop("people", None), kwargs.pop("expires_at", None)
        if "family" not in kwargs:
            kwargs["family"] = FamilyFactory()
        kwargs["organisation"] = kwargs["family"].organisation
        if not kwargs.get("to_outside"):
            kwargs.setdefault("to_organisation", OrganisationFactory())
        if "sent_by" not in kwargs:
            kwargs["sent_by"] = StaffFactory(organisation=kwargs["organisation"])
        row = super()._create(model_class, *args, **kwargs)
        told = {"organisation": row.to_organisation, "outside": row.to_outside}
        for person in people or list(Person.objects.in_family(row.family))[:1]:
            consent = SharingConsentFactory(family=row.family, person=person, by=row.sent_by, **told)
            ends = expires_at or row.respond_by + timedelta(days=87)
            ReferralGrant.objects.create(referral=row, person=person, consent=consent, expires_at=ends)
        return row


class ChildPlaceFactory(DjangoModelFactory):
    """A place that the DIF has authorised for a year."""

    class Meta:
        model = ChildPlace

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Albergue infantil de prueba {n}")
    authorisation = "DIF-PRUEBA-1"
    authorised_until = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=365))
    changed_by = factory.LazyAttribute(lambda place: StaffFactory(organisation=place.organisation))
