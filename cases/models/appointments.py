"""Appointments: what kind, where, when on which clock, who goes, and what became of them.

Three clocks for a date (docs/architecture.md): the wall time at the place, the zone of the place, and the instant. If a zone's
rule changes after booking, the wall time is what was promised. A rescheduled appointment stays as it was; its successor names it.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cases.models.people import Family, Group, Person
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.catalogue import is_a_zone


class Severity(models.TextChoices):
    """How much is lost by who is not there."""

    ROUTINE = "routine", pgettext_lazy("appointment", "Routine")
    IMPORTANT = "important", pgettext_lazy("appointment", "Important")
    GRAVE = "grave", pgettext_lazy("appointment", "Grave if missed")


class MayCome(models.TextChoices):
    """Who may go along with those who are called."""

    ANYBODY = "anybody", pgettext_lazy("companion", "Anybody may go along")
    CALLED = "called", pgettext_lazy("companion", "Only those who are called go in")
    FAMILY = "family", pgettext_lazy("companion", "Only the family goes along")
    REQUIRED = "required", pgettext_lazy("companion", "Somebody must go along")


class AppointmentKindQuerySet(OrganisationQuerySet):
    def in_use(self) -> Self:
        return self.filter(is_active=True)


class AppointmentKind(models.Model):
    """A kind of appointment: data of the organisation, seeded when it is set up, edited by its coordinator."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="appointment_kinds")
    code = models.SlugField(_("short name"), max_length=40)
    name_es = models.CharField(_("name in Spanish"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    group = models.CharField(_("group"), max_length=20, choices=Group, blank=True)
    is_legal = models.BooleanField(_("takes a slot of a legal provider"), default=False)
    # Neutral words: they stand on a sheet that lies about. "Their folder", never what is in it.
    bring_es = models.CharField(_("what to bring, in Spanish"), max_length=200, blank=True)
    bring_en = models.CharField(_("what to bring, in English"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    # What follows for somebody who is not there, in plain words. For the page of the appointment, never for a phone.
    missing_es = models.CharField(_("what missing it means, in Spanish"), max_length=400, blank=True)
    missing_en = models.CharField(_("what missing it means, in English"), max_length=400, blank=True)
    # What to do then, in plain words, and where that is known from. "Late: see a lawyer", never that it is too late.
    after_missing_es = models.CharField(_("what to do after a miss, in Spanish"), max_length=500, blank=True)
    after_missing_en = models.CharField(_("what to do after a miss, in English"), max_length=500, blank=True)
    after_missing_source = models.CharField(_("source of what to do after a miss"), max_length=300, blank=True)
    is_checked_weekly = models.BooleanField(_("its date is checked with the court every week"), default=False)
    severity = models.CharField(
        _("how grave it is to miss it"),
        max_length=10,
        choices=Severity,
        default=Severity.ROUTINE,
        db_default=Severity.ROUTINE,
    )
    companions = models.CharField(
        _("who may go along"), max_length=10, choices=MayCome, default=MayCome.ANYBODY, db_default=MayCome.ANYBODY
    )
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("order in lists"), default=0)

    objects = AppointmentKindQuerySet.as_manager()

    class Meta:
        verbose_name = _("kind of appointment")
        verbose_name_plural = _("kinds of appointment")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="one_appointment_kind_per_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "es").startswith("en") else self.name_es

    @property
    def bring(self) -> str:
        return self.bring_en if (get_language() or "es").startswith("en") else self.bring_es

    @property
    def missing(self) -> str:
        return self.missing_en if (get_language() or "es").startswith("en") else self.missing_es

    @property
    def after_missing(self) -> str:
        return self.after_missing_en if (get_language() or "es").startswith("en") else self.after_missing_es

    @property
    def is_grave(self) -> bool:
        """Whether a miss may cost more than a new date: it belongs to a pathway, or somebody wrote what missing it means."""
        return bool(self.group or self.missing_es or self.missing_en)


class AppointmentState(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("appointment", "Planned")
    OFFERED = "offered", pgettext_lazy("appointment", "Offered, to be confirmed")
    CONFIRMED = "confirmed", pgettext_lazy("appointment", "Confirmed")
    ATTENDED = "attended", pgettext_lazy("appointment", "Attended")
    MISSED = "missed", pgettext_lazy("appointment", "Missed")
    TURNED_AWAY = "turned_away", pgettext_lazy("appointment", "Turned away there")
    CANCELLED = "cancelled", pgettext_lazy("appointment", "Cancelled by the family")
    CANCELLED_BY_AUTHORITY = "cancelled_auth", pgettext_lazy("appointment", "Cancelled by the authority")
    RESCHEDULED = "rescheduled", pgettext_lazy("appointment", "Moved to another date")


ONE_DAY = timedelta(days=1)
STILL_ON = [AppointmentState.PLANNED, AppointmentState.OFFERED, AppointmentState.CONFIRMED]


class Food(models.TextChoices):
    """What the kitchen prepares for who leaves."""

    NONE = "none", pgettext_lazy("food on the way", "Nothing special")
    BREAKFAST = "breakfast", pgettext_lazy("food on the way", "Early breakfast")
    LUNCH = "lunch", pgettext_lazy("food on the way", "Packed lunch")
    BOTH = "both", pgettext_lazy("food on the way", "Early breakfast and packed lunch")


class Precision(models.TextChoices):
    """How much of the date is known."""

    EXACT = "exact", pgettext_lazy("appointment", "Day and hour")
    DAY = "day", pgettext_lazy("appointment", "Only the day: the hour is to be told")


HOUR_TO_BE_TOLD = time(8)  # Stands for the hour of a day, in the order of lists alone: it is shown nowhere.
REST_OF_THE_DAY = timedelta(hours=16)  # From that hour on: a date of which only the day is known is over after its day.


class Capacity(models.TextChoices):
    """As what somebody goes along who is not of the family."""

    VOLUNTEER = "volunteer", pgettext_lazy("companion", "Volunteer")
    LAWYER = "lawyer", pgettext_lazy("companion", "Lawyer")
    INTERPRETER = "interpreter", pgettext_lazy("companion", "Interpreter")
    CARER = "carer", pgettext_lazy("companion", "Carer")
    STAFF = "staff", pgettext_lazy("companion", "Staff of the house")
    OTHER = "other", pgettext_lazy("companion", "Somebody else")


class InterpreterState(models.TextChoices):
    NOT_NEEDED = "not_needed", pgettext_lazy("interpreter", "Not needed")
    NEEDED = "needed", pgettext_lazy("interpreter", "Needed: nobody yet")
    ARRANGED = "arranged", pgettext_lazy("interpreter", "Arranged")


class Transport(models.TextChoices):
    """How they get there."""

    FOOT = "foot", pgettext_lazy("transport", "On foot")
    PUBLIC = "public", pgettext_lazy("transport", "Public transport")
    HOUSE = "house", pgettext_lazy("transport", "The house's vehicle")
    TAXI = "taxi", pgettext_lazy("transport", "Taxi")
    AUTHORITY = "authority", pgettext_lazy("transport", "An authority takes them")
    OTHER = "other", pgettext_lazy("transport", "Another way")


class AppointmentQuerySet(OrganisationQuerySet):
    def still_on(self) -> Self:
        return self.filter(state__in=STILL_ON)

    def unchecked(self) -> Self:
        """Dates that nobody but who booked them has read on the paper."""
        return self.filter(date_checked_at=None)

    def not_confirmed_in_time(self, now: datetime) -> Self:
        """Offers whose time to confirm is over, and which have not begun."""
        return self.filter(state=AppointmentState.OFFERED, confirm_by__lte=now, starts_at__gt=now)

    def upcoming(self, now: datetime) -> Self:
        """Appointments that are on and have not begun, the next first."""
        ahead = Q(starts_at__gte=now) | Q(precision=Precision.DAY)
        return self.still_on().filter(ahead, starts_at__gte=now - REST_OF_THE_DAY).order_by("starts_at", "pk")

    def leaving_between(self, start: datetime, end: datetime) -> Self:
        """Appointments that are on and for which somebody leaves the house in [start, end), who leaves first first."""
        return (
            self.still_on()
            .filter(leave_shelter_at__gte=start, leave_shelter_at__lt=end)
            .order_by("leave_shelter_at", "pk")
        )

    def on_days(self, first: date, last: date) -> Self:
        """Those that begin on a date from the first to the last, by the clock of the house they leave; that date is `day`."""
        clock = Func(F("home_zone"), F("starts_at"), function="timezone", output_field=models.DateTimeField())
        # No clock is further from UTC than 14 hours: the index finds the days around, the clock of each decides.
        start, end = (datetime.combine(day, time(), UTC) for day in (first - ONE_DAY, last + 2 * ONE_DAY))
        rows = self.filter(starts_at__gte=start, starts_at__lt=end).annotate(day=Cast(clock, models.DateField()))
        return rows.filter(day__gte=first, day__lte=last)

    def without_outcome(self, now: datetime) -> Self:
        """Appointments that have begun, and nobody wrote what became of them; the latest first."""
        over = Q(precision=Precision.EXACT) | Q(starts_at__lt=now - REST_OF_THE_DAY)
        return self.still_on().filter(over, starts_at__lt=now).order_by("-starts_at", "-pk")

    def of_an_authority(
        self, *, kind: AppointmentKind, since: date, until: date | None = None, office: Any = None, place: str = ""
    ) -> Self:
        """Those of a kind that are on, from a day on, or until a day: at an office, at a place written by hand, or everywhere."""
        rows = self.still_on().filter(kind=kind, local_date__gte=since)
        if until is not None:
            rows = rows.filter(local_date__lte=until)
        if office is not None:
            return rows.filter(office=office)
        return rows.filter(office=None, place=place) if place else rows

    def with_place(self) -> Self:
        return self.select_related(
            "kind", "office__city", "family", "owner", "told_by", "source_document", "date_checked_by"
        )

    def with_people(self) -> Self:
        """Each appointment with `.goers`: its rows of people, in the order of the family."""
        rows = AppointmentPerson.objects.select_related("person").order_by("is_companion", "pk")
        return self.prefetch_related(models.Prefetch("people", queryset=rows, to_attr="goers"))


class Appointment(models.Model):
    """One date that must not be missed. `local_date` and `local_time` are the wall clock of the place (`zone`)."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="appointments")
    family = models.ForeignKey(Family, models.PROTECT, related_name="appointments")
    kind = models.ForeignKey(AppointmentKind, models.PROTECT, related_name="appointments")
    office = models.ForeignKey("ngo.Office", models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(_("place"), max_length=160, blank=True)  # Where it is no office of the catalogue.
    zone = models.CharField(_("time zone of the place"), max_length=60, validators=[is_a_zone])
    local_date = models.DateField(_("date"))
    local_time = models.TimeField(_("hour"))  # Of "only the day" it means nothing.
    precision = models.CharField(
        _("what is known of the date"),
        max_length=5,
        choices=Precision,
        default=Precision.EXACT,
        db_default=Precision.EXACT,
    )
    starts_at = models.DateTimeField()
    home_zone = models.CharField(max_length=60, validators=[is_a_zone])  # The clock of the house they leave from.
    leave_shelter_at = models.DateTimeField(_("leaves the house at"))
    report_at = models.DateTimeField(_("must be there at"))
    offered_at = models.DateTimeField(null=True, blank=True)  # By an authority, to be confirmed
    confirm_by = models.DateTimeField(_("to be confirmed until"), null=True, blank=True)  # until then.
    accompanied_by = models.CharField(_("who goes with them"), max_length=120, blank=True)
    companion_as = models.CharField(_("goes along as"), max_length=12, choices=Capacity, blank=True, db_default="")
    interpreter_state = models.CharField(
        _("interpreter"),
        max_length=10,
        choices=InterpreterState,
        default=InterpreterState.NOT_NEEDED,
        db_default=InterpreterState.NOT_NEEDED,
    )
    interpreter_language = models.CharField(_("into which language"), max_length=8, blank=True, db_default="")
    interpreter = models.CharField(_("who interprets"), max_length=120, blank=True, db_default="")
    transport = models.CharField(_("how they get there"), max_length=10, choices=Transport, blank=True, db_default="")
    transport_note = models.CharField(_("about the way"), max_length=120, blank=True, db_default="")
    # The paper that names the date, and who read it there: never who booked it.
    source_document = models.ForeignKey(
        "cases.Document", models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    date_checked_at = models.DateTimeField(null=True, blank=True)
    date_checked_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    food = models.CharField(_("food"), max_length=10, choices=Food, default=Food.NONE)
    owner = models.ForeignKey(
        "ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible")
    )
    state = models.CharField(_("state"), max_length=15, choices=AppointmentState, default=AppointmentState.PLANNED)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    told_at = models.DateTimeField(null=True, blank=True)  # In person, in the house: the main channel.
    told_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="leave_then_report_then_start",
                condition=Q(leave_shelter_at__lte=F("report_at")) & Q(report_at__lte=F("starts_at")),
                violation_error_message=_("They leave the house first, then have to be there, then it begins."),
            ),
            models.CheckConstraint(
                name="told_has_time_and_author",
                condition=Q(told_at=None, told_by=None) | Q(told_at__isnull=False, told_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_checked_date_has_time_and_another_author",
                condition=Q(date_checked_at=None, date_checked_by=None)
                | (
                    Q(date_checked_at__isnull=False, date_checked_by__isnull=False)
                    & (Q(made_by=None) | ~Q(date_checked_by=F("made_by")))
                ),
            ),
            models.CheckConstraint(
                name="what_must_be_confirmed_was_offered",
                condition=Q(confirm_by=None) | Q(offered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_arranged_interpreter_has_a_name",
                condition=~Q(interpreter_state=InterpreterState.ARRANGED) | ~Q(interpreter=""),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "leave_shelter_at"], name="appointments_by_leaving"),
            models.Index(fields=["organisation", "starts_at"], name="appointments_by_start"),
            models.Index(fields=["family", "starts_at"], name="appointments_of_a_family"),
            models.Index(
                fields=["organisation", "starts_at"], condition=Q(state__in=STILL_ON), name="appointments_still_on"
            ),
        ]

    @property
    def is_on(self) -> bool:
        return self.state in STILL_ON

    @property
    def day_here(self) -> date:
        """The date on the clock of the house."""
        return timezone.localdate(self.starts_at, ZoneInfo(self.home_zone))

    @property
    def leaves(self) -> datetime:
        """When they leave, on the clock of the house."""
        return timezone.localtime(self.leave_shelter_at, ZoneInfo(self.home_zone))

    @property
    def where(self) -> str:
        return str(self.office) if self.office_id else self.place

    @property
    def hour_is_known(self) -> bool:
        """Whether its hours mean anything: of "only the day" none of the three is to be shown, here or on paper."""
        return self.precision == Precision.EXACT

    @property
    def asked_at(self) -> datetime:
        """From when on it is asked what became of it: from its hour, or, of "only the day", from the end of that day."""
        return self.starts_at if self.hour_is_known else self.starts_at + REST_OF_THE_DAY

    @property
    def is_checked(self) -> bool:
        return self.date_checked_at is not None

    def was_not_confirmed_by(self, now: datetime) -> bool:
        """Whether it is an offer whose time to confirm is over."""
        return self.state == AppointmentState.OFFERED and self.confirm_by is not None and self.confirm_by <= now

    @property
    def has_two_clocks(self) -> bool:
        """Whether the clock at the place shows another hour than the clock of the house."""
        here, there = (timezone.localtime(self.starts_at, ZoneInfo(name)) for name in (self.home_zone, self.zone))
        return here.utcoffset() != there.utcoffset()


class AppointmentPerson(models.Model):
    """Someone who goes: called there, or with them."""

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="people")
    person = models.ForeignKey(Person, models.PROTECT, related_name="appointment_rows")
    is_companion = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "person"], name="one_row_per_person_of_an_appointment")
        ]
        indexes = [models.Index(fields=["person"], name="appointments_of_a_person")]


class AppointmentChange(models.Model):
    """A state that an appointment was put in: when, by whom, why. Written once, never changed."""

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="changes")
    state = models.CharField(max_length=15, choices=AppointmentState)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True, db_default="")  # Of what became of it.

    class Meta:
        ordering = ["-at", "-pk"]


# --- Dates that nobody has told yet --------------------------------------------------------------------------------------


class AwaitedState(models.TextChoices):
    OPEN = "open", pgettext_lazy("awaited date", "Awaited")
    BOOKED = "booked", pgettext_lazy("awaited date", "Told and booked")
    GIVEN_UP = "given_up", pgettext_lazy("awaited date", "Given up")


class AwaitedDateQuerySet(OrganisationQuerySet):
    def open(self) -> Self:
        return self.filter(state=AwaitedState.OPEN)

    def next_first(self) -> Self:
        """Whoever is to be asked about first, first."""
        return self.order_by("control_on", "pk")

    def with_people(self) -> Self:
        """Each with what its line shows, and `.called`: whose date it is."""
        rows = AwaitedPerson.objects.select_related("person").order_by("pk")
        return self.select_related("kind", "office__city", "family").prefetch_related(
            models.Prefetch("people", queryset=rows, to_attr="called")
        )


class AwaitedDate(models.Model):
    """A date that is to be told: of what kind, for whom, and on which day somebody asks again. Not an appointment yet."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="awaited_dates")
    family = models.ForeignKey(Family, models.PROTECT, related_name="awaited_dates")
    kind = models.ForeignKey(AppointmentKind, models.PROTECT, related_name="awaited_dates")
    office = models.ForeignKey("ngo.Office", models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(_("place"), max_length=160, blank=True)
    control_on = models.DateField(_("ask again on"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=AwaitedState, default=AwaitedState.OPEN)
    appointment = models.OneToOneField(
        Appointment, models.PROTECT, null=True, blank=True, related_name="was_awaited_as"
    )
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    ended_because = models.CharField(_("why it is given up"), max_length=200, blank=True)

    objects = AwaitedDateQuerySet.as_manager()

    class Meta:
        verbose_name = _("awaited date")
        ordering = ["control_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="an_awaited_date_is_open_booked_or_given_up",
                condition=Q(state=AwaitedState.OPEN, appointment=None, ended_at=None)
                | Q(state=AwaitedState.BOOKED, appointment__isnull=False, ended_at__isnull=False)
                | (Q(state=AwaitedState.GIVEN_UP, appointment=None, ended_at__isnull=False) & ~Q(ended_because="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "control_on"], condition=Q(state=AwaitedState.OPEN), name="awaited_dates_by_day"
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == AwaitedState.OPEN

    @property
    def where(self) -> str:
        return str(self.office) if self.office_id else self.place


class AwaitedPersonQuerySet(OrganisationQuerySet):
    organisation_path = "awaited__organisation"


class AwaitedPerson(models.Model):
    """Somebody whose date is awaited."""

    awaited = models.ForeignKey(AwaitedDate, models.CASCADE, related_name="people")
    person = models.ForeignKey(Person, models.PROTECT, related_name="awaited_dates")

    objects = AwaitedPersonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["awaited", "person"], name="one_row_per_person_of_an_awaited_date")
        ]


for model in (AppointmentKind, Appointment, AppointmentPerson, AppointmentChange, AwaitedDate, AwaitedPerson):
    tracked()(model)
