"""A safe trip: who left for an appointment, with whom, when they are expected, and who is told where they are not back.

Where somebody is and when they left and came back is written for as long as they are out and a day longer, and then deleted
(`PastTrip` says only that a trip ended, and how). For that reason nothing of a trip has a history by triggers: a copy of each
change, with its time, would stay for ever. What happened on the way stands in `TripEntry`, which goes with the trip.
"""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.outbox import Outgoing, OutgoingQuerySet
from shelters.models.places import OfShelterQuerySet


class TripState(models.TextChoices):
    OUT = "out", pgettext_lazy("trip", "Out")
    WARNED = "warned", pgettext_lazy("trip", "Not back: somebody was told")
    ALARM = "alarm", pgettext_lazy("trip", "Not back: everybody was told")
    NOT_BACK = "not_back", pgettext_lazy("trip", "Did not return")
    BACK = "back", pgettext_lazy("trip", "Back")
    CLOSED = "closed", pgettext_lazy("trip", "Closed")


ON_THE_WAY = [TripState.OUT, TripState.WARNED, TripState.ALARM]  # Those that the sweep watches.
TRIP_OVER = [TripState.BACK, TripState.CLOSED]


class TripEnd(models.TextChoices):
    """How a trip ended; who is safe somewhere else is not on the way any more."""

    BACK = "back", pgettext_lazy("trip", "They came back")
    CALLED_OFF = "called_off", pgettext_lazy("trip", "They did not leave after all")
    ELSEWHERE = "elsewhere", pgettext_lazy("trip", "They are safe, and stay somewhere else")
    DEPARTED = "departed", pgettext_lazy("trip", "They have left the house for good")
    MISTAKE = "mistake", pgettext_lazy("trip", "It was opened by mistake")


class Capacity(models.TextChoices):
    """In what capacity somebody goes along."""

    STAFF = "staff", pgettext_lazy("goes along as", "Staff of the house")
    VOLUNTEER = "volunteer", pgettext_lazy("goes along as", "Volunteer")
    LAWYER = "lawyer", pgettext_lazy("goes along as", "Lawyer or legal team")
    RELATIVE = "relative", pgettext_lazy("goes along as", "Relative or friend")
    OTHER = "other", pgettext_lazy("goes along as", "Somebody else")


class TripQuerySet(OrganisationQuerySet):
    def open(self) -> Self:
        """Trips of which nobody is sure that all are back; those that did not return among them."""
        return self.exclude(state__in=TRIP_OVER)

    def on_the_way(self) -> Self:
        return self.filter(state__in=ON_THE_WAY)

    def with_people(self) -> Self:
        """Each trip with `.goers`: its rows of people, with who they are."""
        rows = TripPerson.objects.select_related("person", "stay__family", "came_in").order_by("pk")
        return self.prefetch_related(models.Prefetch("people", queryset=rows, to_attr="goers"))


class Trip(models.Model):
    """People who left a house together. Times are instants; the hour of return is typed on the clock of the house.

    `round` counts how often the chain began: each new hour of return, or sign of life, begins another one, so that what was
    still to be told of the old one is not told any more.
    """

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="+")
    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="trips")  # Its clock, its door.
    appointment = models.ForeignKey("cases.Appointment", models.PROTECT, null=True, blank=True, related_name="trips")
    state = models.CharField(max_length=10, choices=TripState, default=TripState.OUT)
    left_at = models.DateTimeField()
    expected_at = models.DateTimeField(_("expected back"))
    alarm_from = models.DateTimeField()  # When the first is told: the hour of return, or later after a sign of life.
    round = models.PositiveSmallIntegerField(default=1)
    where_to = EncryptedTextField(_("where to"), blank=True)
    companion = EncryptedTextField(_("who goes with them"), blank=True)
    capacity = models.CharField(_("goes along as"), max_length=10, choices=Capacity, blank=True)
    companion_phone = EncryptedTextField(_("their telephone"), blank=True)
    first = models.ForeignKey(
        "ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+"
    )  # Who is told first.
    second = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)  # Somebody looks after it, in this round.
    taken_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    opened_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=TripEnd, blank=True)

    objects = TripQuerySet.as_manager()

    class Meta:
        verbose_name = _("safe trip")
        ordering = ["expected_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expected_at__gt=F("left_at")),
                name="a_trip_ends_after_it_begins",
                violation_error_message=_("The return must be after they leave."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=TRIP_OVER, ended_at__isnull=False, outcome__in=TripEnd.values)
                | (~Q(state__in=TRIP_OVER) & Q(ended_at=None, outcome="")),
                name="a_trip_that_ended_says_how",
            ),
            models.CheckConstraint(
                condition=Q(taken_at=None, taken_by=None) | Q(taken_at__isnull=False, taken_by__isnull=False),
                name="who_looks_after_a_trip_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["alarm_from"], condition=Q(state__in=ON_THE_WAY), name="trips_on_the_way"),
            models.Index(fields=["ended_at"], condition=Q(state__in=TRIP_OVER), name="trips_to_erase"),
        ]

    @property
    def is_on_the_way(self) -> bool:
        return self.state in ON_THE_WAY

    @property
    def has_ended(self) -> bool:
        return self.state in TRIP_OVER

    @property
    def needs_someone(self) -> bool:
        """Whether somebody was told that they are not back, or an alarm was given."""
        return self.state in {TripState.WARNED, TripState.ALARM, TripState.NOT_BACK}

    def is_late_at(self, now: object) -> bool:
        return self.is_on_the_way and self.alarm_from <= now  # type: ignore[operator]


class TripPerson(models.Model):
    """Someone who is on a trip. Who sleeps in a house of ours comes back through its door; `stay` is empty for the others."""

    trip = models.ForeignKey(Trip, models.CASCADE, related_name="people")
    person = models.ForeignKey("cases.Person", models.PROTECT, related_name="trip_rows")
    stay = models.ForeignKey("shelters.Stay", models.PROTECT, null=True, blank=True, related_name="trip_rows")
    is_out = models.BooleanField(default=True)
    back_at = models.DateTimeField(null=True, blank=True)
    came_in = models.ForeignKey("shelters.Passage", models.PROTECT, null=True, blank=True, related_name="trips_ended")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stay"], condition=Q(is_out=True), name="one_trip_of_a_stay_at_a_time"),
            models.CheckConstraint(
                condition=Q(is_out=False) | Q(back_at=None, came_in=None), name="who_is_out_is_not_back"
            ),
        ]
        indexes = [models.Index(fields=["person"], name="trips_of_a_person")]


class TripStep(models.TextChoices):
    """What happened on a trip; the first four tell somebody."""

    FIRST = "first", pgettext_lazy("trip", "The first person was told that they are not back")
    SECOND = "second", pgettext_lazy("trip", "The second person was told that they are not back")
    EVERYBODY = "everybody", pgettext_lazy("trip", "Every coordinator was told that they are not back")
    SOS = "sos", pgettext_lazy("trip", "Alarm: everybody was told at once")
    OPENED = "opened", pgettext_lazy("trip", "They left")
    TAKEN = "taken", pgettext_lazy("trip", "Somebody looks after it")
    EXTENDED = "extended", pgettext_lazy("trip", "Another hour of return")
    CALLED = "called", pgettext_lazy("trip", "They called: all well")
    BACK = "back", pgettext_lazy("trip", "Back")
    UNDONE = "undone", pgettext_lazy("trip", "The return was taken back")
    NOT_BACK = "not_back", pgettext_lazy("trip", "Did not return")
    CLOSED = "closed", pgettext_lazy("trip", "Closed")


ALARM_STEPS = [TripStep.FIRST, TripStep.SECOND, TripStep.EVERYBODY, TripStep.SOS]


class TripEntry(models.Model):
    """One line of what happened on a trip: when, by whom (nobody: the sweep). Deleted with it."""

    trip = models.ForeignKey(Trip, models.CASCADE, related_name="entries")
    round = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=10, choices=TripStep)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    words = EncryptedTextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["trip", "round", "what"],
                condition=Q(what__in=ALARM_STEPS),
                name="each_step_of_the_chain_once",
            )
        ]


class TripAlarmQuerySet(OutgoingQuerySet):
    organisation_path = "trip__organisation"


class TripAlarm(Outgoing):
    """A line to somebody of the staff: someone is not back at the hour that was agreed. No name, place or kind in it."""

    trip = models.ForeignKey(Trip, models.CASCADE, related_name="alarms")
    staff = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=10, choices=TripStep)

    objects = TripAlarmQuerySet.as_manager()

    class Meta(Outgoing.Meta):
        abstract = False
        verbose_name = _("alarm of a trip")
        constraints = [
            *Outgoing.Meta.constraints,
            models.UniqueConstraint(fields=["trip", "round", "step", "staff"], name="one_alarm_per_step_and_person"),
            models.CheckConstraint(condition=Q(step__in=ALARM_STEPS), name="an_alarm_is_of_a_step_that_tells"),
        ]


class PastTrip(models.Model):
    """What remains of a trip: that one ended, in which month, how, and how far the alarm had gone. No hour, no place, nobody."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="+")
    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="past_trips")
    month = models.DateField()  # Its first day.
    people = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=TripEnd)
    told = models.CharField(max_length=10, choices=TripStep, blank=True)  # The last step of the chain; empty: none.

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("past trip")
        ordering = ["-month", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="a_past_trip_keeps_no_day"),
        ]
        indexes = [models.Index(fields=["organisation", "month"], name="past_trips_by_month")]


class TripRules(models.Model):
    """How long a house waits between the steps of the chain, and who is told where nobody is named for a trip."""

    shelter = models.OneToOneField("shelters.Shelter", models.PROTECT, related_name="trip_rules")
    minutes = models.PositiveSmallIntegerField(
        _("minutes between one step and the next"),
        default=60,
        validators=[MinValueValidator(5), MaxValueValidator(720)],
    )
    first = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    second = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    changed_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    objects = OfShelterQuerySet.as_manager()

    class Meta:
        verbose_name = _("rules for trips of a house")
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=720), name="a_step_waits_some_minutes")
        ]


tracked()(TripRules)
