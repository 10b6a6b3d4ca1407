"""One row per notice: made in the same transaction as what it is about, sent by the outbox; and what came back.

Unique per source, occasion, rule, channel and recipient: a second one cannot be recorded.
"""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.appointments import Appointment, AppointmentChange, AppointmentState
from cases.models.contact import EmailAddress, Phone
from cases.models.notice_rules import TO_THE_FAMILY, NoticeRule, NoticeSource
from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.outbox import Channel, Outgoing, OutgoingQuerySet, OutgoingState

# What a number's own messages are about (a code, an answer): no rule makes them, so it is no NoticeSource. Their `source_id`
# is the row of what was written to us, or, of a code, how many this number was sent before.
OF_A_PHONE = "phone"
OF_A_TASK = "task"  # Something that cannot wait, told to who is responsible. No rule makes it either.
REMINDER_SOURCES = [
    *NoticeSource.choices,
    (OF_A_PHONE, _("A phone number")),
    (OF_A_TASK, _("Something that cannot wait")),
]
ONE_NOTICE = ("source", "source_id", "occasion", "rule", "words", "channel")


class ReminderReason(models.TextChoices):
    """Why one did not leave. Another text in `Outgoing.reason` is what whoever withdrew it gave as theirs."""

    PASSED = "passed", _("Its hour had passed when the appointment was booked")
    AFTER_LEAVING = "after_leaving", _("Its hour is after they leave the house")
    NO_CONSENT = "no_consent", _("The family has not agreed to reminders")
    NO_ADDRESS = "no_address", _("The address was removed")
    NO_SERVER = "no_server", _("No e-mail server is set up")
    CANCELLED = "cancelled", _("The appointment was cancelled")
    RESCHEDULED = "rescheduled", _("The appointment was moved to another date")
    OVER = "over", _("The appointment is over")
    NOT_ON = "not_on", _("The appointment is no longer on")
    TOO_LATE = "too_late", _("It was too late to be true")
    CHANGED = "changed", _("The rules or the person responsible changed")
    NOT_WORKING_HERE = "not_working_here", _("This person no longer works here")
    NO_GATEWAY = "no_gateway", _("No gateway for messages to phones is set up")
    OPTED_OUT = "opted_out", _("They wrote that they want no more messages")
    NOT_WANTED = "not_wanted", _("This number wants no messages")
    NOT_VERIFIED = "not_verified", _("Nobody has answered from this number since a message failed")
    IN_QUIET_HOURS = "quiet_hours", _("It would have woken them, and afterwards it was too late")
    CONFIRMED = "confirmed", _("They have confirmed already")
    TOLD = "told", _("They were told in person")
    LEFT = "left", _("Whose phone it is, is not in this family any more")
    UNTOLD = "untold", _("Nobody told them in the house in time")
    PAUSED = "paused", _("Sending was stopped until it was too late")


class MessageWords(models.TextChoices):
    """Which words a notice is made of; they stand in cases/data/messages.json in seven languages."""

    REMINDER = "reminder", _("A reminder")
    CONFIRM = "confirm", _("Please confirm")
    CHANGED = "changed", _("Something changed: ask at the desk")
    CODE = "code", _("A code, to see that the number is right")
    ANSWER = "answer", _("An answer to what they wrote")
    STOPPED = "stopped", _("That no more messages will come")
    STAFF = "staff", _("A reminder to who works here")


# Why it was not even tried to write to somebody who agreed to it.
NOBODY_WROTE = [
    *(ReminderReason.NO_SERVER, ReminderReason.NO_GATEWAY, ReminderReason.IN_QUIET_HOURS, ReminderReason.NOT_VERIFIED),
]
ONE_DAY = timedelta(days=1)


class ReminderQuerySet(OutgoingQuerySet):
    organisation_path = "organisation"

    def to_families(self) -> Self:
        return self.filter(staff=None).exclude(channel=Channel.HOUSE)

    def to_families_at_all(self) -> Self:
        """By a machine or by mouth."""
        by_mouth = Q(channel=Channel.HOUSE) & (Q(rule=None) | Q(rule__audience__in=TO_THE_FAMILY))
        return self.filter(~Q(channel=Channel.HOUSE) | by_mouth, staff=None)

    def to_send(self) -> Self:
        """Those that leave by a machine; what stands on the list of the house leaves by a mouth."""
        return self.exclude(channel=Channel.HOUSE)

    def unreached(self) -> Self:
        """Of those to families: what did not arrive, while nobody told them since and no later one arrived."""
        arrived = Reminder.objects.to_families_at_all().filter(
            source=OuterRef("source"),
            source_id=OuterRef("source_id"),
            state__in=[OutgoingState.SENT, OutgoingState.DELIVERED],
            due_at__gte=OuterRef("due_at"),
        )
        # Who heard of the date itself has not heard that it changed.
        arrived = arrived.filter(Q(words=OuterRef("words")) | Q(words=MessageWords.CHANGED))
        of_that_day = Q(occasion=OuterRef("occasion")) | Q(occasion=None)
        not_tried = Q(reason=ReminderReason.NO_SERVER) | Q(reason__in=NOBODY_WROTE, due_at__lte=timezone.now())
        did_not = Q(state__in=[OutgoingState.FAILED, OutgoingState.EXPIRED]) | not_tried
        return self.to_families_at_all().filter(did_not, called_at=None).exclude(Exists(arrived.filter(of_that_day)))

    def unreached_of_other_dates(self, now: datetime) -> Self:
        """Of those that did not arrive, what is about no appointment (a sign-in, a paper): while its day is not over."""
        ahead = self.unreached().filter(appointment=None, family__isnull=False, source__in=NoticeSource.values)
        return ahead.filter(occasion__gte=(now - ONE_DAY).date())


class Reminder(Outgoing):
    """A neutral text to one recipient about one thing: no name, place, agency or kind in it.

    What it is about: `source`, and its row's id in `source_id` (for an appointment also the row itself). `occasion` is the date
    that this one was meant for: of a sign-in, a paper or a stay another date is another occasion, with notices of its own. An
    appointment that moves is another row, so that its occasion stays empty.
    """

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="reminders")
    family = models.ForeignKey("cases.Family", models.PROTECT, null=True, blank=True, related_name="reminders")
    source = models.CharField(
        max_length=12, choices=REMINDER_SOURCES, default=NoticeSource.APPOINTMENT, db_default="appointment"
    )
    source_id = models.BigIntegerField()
    occasion = models.DateField(null=True, blank=True)
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="reminders")
    # None for what no rule asked for: that something changed, a code, an answer.
    rule = models.ForeignKey(NoticeRule, models.PROTECT, null=True, blank=True, related_name="reminders")
    words = models.CharField(max_length=10, choices=MessageWords, default=MessageWords.REMINDER, db_default="reminder")
    email = models.ForeignKey(EmailAddress, models.PROTECT, null=True, blank=True, related_name="reminders")
    phone = models.ForeignKey(Phone, models.PROTECT, null=True, blank=True, related_name="reminders")
    staff = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=3)  # Of the text: one of the seven of cases/data/messages.json.
    delivered_at = models.DateTimeField(null=True, blank=True)  # The gateway said that it arrived.
    called_at = models.DateTimeField(null=True, blank=True)  # It failed, and somebody told them otherwise.
    called_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = ReminderQuerySet.as_manager()

    class Meta(Outgoing.Meta):
        abstract = False
        constraints = [
            *Outgoing.Meta.constraints,
            *(
                models.UniqueConstraint(
                    fields=[*ONE_NOTICE, recipient],
                    condition=Q(**{f"{recipient}__isnull": False}),
                    nulls_distinct=False,
                    name=f"one_reminder_per_rule_and_{recipient}",
                )
                for recipient in ("email", "phone", "staff")
            ),
            models.UniqueConstraint(
                fields=[*ONE_NOTICE],
                condition=Q(email=None, phone=None, staff=None),
                nulls_distinct=False,
                name="one_reminder_per_rule_and_list",
            ),
            models.CheckConstraint(
                name="a_reminder_has_one_recipient",
                condition=Q(email__isnull=False, phone=None, staff=None, channel="email")
                | Q(email=None, phone__isnull=False, staff=None, channel__in=["sms", "whatsapp"])
                | Q(email=None, phone=None, staff__isnull=False, channel="email")
                | Q(email=None, phone=None, staff=None, channel="house"),
            ),
            models.CheckConstraint(
                name="an_appointments_reminder_names_it",
                condition=Q(appointment=None) | Q(source__in=["appointment", "unconfirmed"]),
            ),
        ]
        indexes = [
            *Outgoing.Meta.indexes,
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="reminders_by_provider_id"),
            models.Index(fields=["source", "source_id"], name="reminders_of_a_source"),
            models.Index(fields=["organisation", "due_at"], name="reminders_of_a_house_by_day"),
        ]


class Meaning(models.TextChoices):
    CONFIRM = "confirm", _("Yes")
    HELP = "help", _("Needs help")
    STOP = "stop", _("No more messages")
    UNKNOWN = "unknown", _("Something else")


class InboundQuerySet(OrganisationQuerySet):
    def seen_by(self, staff: Any) -> Self:
        """What was written to this organisation; and what came from numbers that no organisation here knows."""
        membership = getattr(staff, "membership", None)
        if membership is None:
            return self.none()
        return self.filter(Q(organisation=membership.organisation_id) | Q(organisation=None))

    def unhandled(self) -> Self:
        """What somebody must look at."""
        return self.with_waiting().filter(is_waiting=True)

    def with_waiting(self) -> Self:
        """Each with whether somebody must look at it (`is_waiting`): also a yes that confirmed nothing, for they count on it."""
        confirmed = AppointmentChange.objects.filter(
            appointment=OuterRef("appointment"), state=AppointmentState.CONFIRMED
        )
        waits = Q(meaning__in=[Meaning.HELP, Meaning.UNKNOWN]) | Q(~Exists(confirmed), meaning=Meaning.CONFIRM)
        return self.annotate(
            is_waiting=Case(
                When(waits, handled_at=None, then=Value(True)),
                default=Value(False),
                output_field=models.BooleanField(),
            )
        )


class Inbound(models.Model):
    """What somebody wrote back, once however often the gateway tells us. The text is encrypted: it may say anything."""

    # Empty where we know no such number and no house was named for those: everybody sees that something came, nobody what.
    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    phone = models.ForeignKey(Phone, models.PROTECT, null=True, blank=True, related_name="inbound")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="inbound")
    channel = models.CharField(max_length=10, choices=Channel)
    provider_id = models.CharField(max_length=120, unique=True)
    sender = EncryptedTextField()
    sender_hash = models.CharField(max_length=64, db_index=True, editable=False)
    text = EncryptedTextField()
    meaning = models.CharField(max_length=10, choices=Meaning)
    language = models.CharField(max_length=3, blank=True)  # In which the word was, where it was one of ours.
    at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = InboundQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["organisation", "-at"], name="inbound_of_a_house")]


class StrangerAnswerQuerySet(OutgoingQuerySet):
    organisation_path = "inbound__organisation"


class StrangerAnswer(Outgoing):
    """One neutral answer to a number that nobody here has: it is of no family, so that it is no reminder."""

    inbound = models.OneToOneField(Inbound, models.PROTECT, related_name="answer_to_a_stranger")
    language = models.CharField(max_length=2)

    objects = StrangerAnswerQuerySet.as_manager()

    class Meta(Outgoing.Meta):
        ordering = ["-pk"]


class SendingPauseQuerySet(OrganisationQuerySet):
    def running(self) -> Self:
        return self.filter(ended_at=None)


class SendingPause(models.Model):
    """Nothing of an organisation leaves between these two moments; what is due waits, and expires where it must."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    began_at = models.DateTimeField(default=timezone.now)
    began_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = SendingPauseQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation"], condition=Q(ended_at=None), name="one_pause_at_a_time")
        ]


tracked()(SendingPause)
