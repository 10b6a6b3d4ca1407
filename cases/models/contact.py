"""How to reach a family, and what they agreed to."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.people import Family, Person
from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.outbox import Channel

PHONE_CHANNELS = [(Channel.SMS.value, Channel.SMS.label), (Channel.WHATSAPP.value, Channel.WHATSAPP.label)]


class PhoneQuerySet(OrganisationQuerySet):
    organisation_path = "family__organisation"

    def reachable(self) -> Self:
        """Numbers to which messages may leave: in use, wanted, not opted out, and known to arrive since the last failure."""
        return self.filter(removed_at=None, opted_out_at=None, failed_at=None, agreed_at__isnull=False).exclude(
            channel=""
        )


class Phone(models.Model):
    """A number in E.164 with an explicit country, encrypted, found again by its keyed hash."""

    family = models.ForeignKey(Family, models.PROTECT, related_name="phones")
    # Whose it is, where they said so: a carer is reached by their own.
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="phones")
    number = EncryptedTextField(_("phone"))
    number_hash = models.CharField(max_length=64, db_index=True, editable=False)
    country = models.CharField(_("country of the number"), max_length=2)
    shared_with = models.CharField(_("who else uses it"), max_length=120, blank=True)
    # On which channel this number wants messages; empty: on none. Who agreed for it, and when.
    channel = models.CharField(
        _("messages by"), max_length=10, choices=PHONE_CHANNELS, blank=True, default="", db_default=""
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")  # Who wrote it.
    # They wrote a word that means "no more": nothing leaves to this number until they agree anew.
    opted_out_at = models.DateTimeField(null=True, blank=True)
    # The hour may stand in a message: only where they asked for it, and nobody else reads this phone.
    wants_hour = models.BooleanField(_("wants the hour in the message"), default=False, db_default=False)
    # Somebody at this number read a code back, or answered; after a failure it is asked again.
    verified_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    code_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    code_sent_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PhoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("phone")
        constraints = [
            models.UniqueConstraint(
                fields=["family", "number_hash"], condition=Q(removed_at=None), name="one_row_per_phone_of_a_family"
            ),
            models.CheckConstraint(
                name="who_wants_messages_agreed",
                condition=Q(channel="") | Q(agreed_at__isnull=False),
            ),
            models.CheckConstraint(name="no_hour_on_a_shared_phone", condition=Q(wants_hour=False) | Q(shared_with="")),
        ]


class EmailAddress(models.Model):
    """An address at which a family is reminded, encrypted, found again by its keyed hash."""

    family = models.ForeignKey(Family, models.PROTECT, related_name="email_addresses")
    address = EncryptedTextField(_("e-mail"))
    address_hash = models.CharField(max_length=64, db_index=True, editable=False)
    shared_with = models.CharField(_("who else reads it"), max_length=120, blank=True)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("e-mail address")
        constraints = [
            models.UniqueConstraint(
                fields=["family", "address_hash"], condition=Q(removed_at=None), name="one_row_per_address_of_a_family"
            )
        ]


class Purpose(models.TextChoices):
    RECORD = "record", _("Keeping the shelter's record")
    REMINDERS = "reminders", _("Reminders by phone or e-mail")
    STATISTICS = "statistics", _("Being counted in reports without a name")
    LEGAL_FILE = "legal_file", _("A legal file")
    PHOTO = "photo", _("A photo of them")
    SHARING = "sharing", _("Telling somebody else what they need to help")


# For the whole family, by its head; the others each person says for themselves, or who answers for them.
OF_THE_FAMILY = [Purpose.RECORD, Purpose.REMINDERS, Purpose.STATISTICS]
OF_EACH_PERSON = [Purpose.LEGAL_FILE, Purpose.PHOTO, Purpose.SHARING]


class Decision(models.TextChoices):
    GIVEN = "given", _("Agreed")
    REFUSED = "refused", _("Did not agree")
    WRITTEN_PENDING = "pending", _("Agreed by word; signature pending")


class ConsentMethod(models.TextChoices):
    WRITTEN = "written", _("In writing")
    VERBAL = "verbal", _("By word, with a witness")
    THUMB = "thumb", _("With a thumbprint, and a witness")


class Ending(models.TextChoices):
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REPLACED = "replaced", _("Asked again")


class ConsentQuerySet(OrganisationQuerySet):
    organisation_path = "family__organisation"

    def in_force(self, day: date) -> Self:
        """What was said and neither taken back nor asked again nor, if it was for a time, over."""
        return self.filter(Q(expires_on=None) | Q(expires_on__gte=day), withdrawn_at=None)

    def about_sharing_with(self, organisation: Any, name: str) -> Self:
        """What was said about telling one recipient: an organisation of this installation, or somebody by their name."""
        rows = self.filter(purpose=Purpose.SHARING)
        if organisation is not None:
            return rows.filter(recipient_organisation=organisation)
        return rows.filter(recipient_organisation=None, recipient_name__iexact=name)


class Consent(models.Model):
    """What somebody said to one purpose, after which notice, in which language; for sharing, about one recipient.

    `withdrawn_at` is when it ended: taken back, or asked again.
    """

    family = models.ForeignKey(Family, models.PROTECT, related_name="consents")
    person = models.ForeignKey(Person, models.PROTECT, related_name="consents")
    said_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")  # For a child.
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    recipient_organisation = models.ForeignKey(
        "ngo.Organisation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    recipient_name = models.CharField(_("who is told"), max_length=160, blank=True, default="", db_default="")
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    method = models.CharField(_("how"), max_length=10, choices=ConsentMethod)
    witness = models.CharField(_("witness"), max_length=120, blank=True, default="", db_default="")
    notice_version = models.CharField(_("version of the notice"), max_length=20)
    notice_language = models.CharField(_("language of the notice"), max_length=3)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    expires_on = models.DateField(_("good until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    ending = models.CharField(max_length=10, choices=Ending, blank=True, default="", db_default="")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        constraints = [
            models.UniqueConstraint(
                fields=["family", "purpose"],
                condition=Q(withdrawn_at=None, purpose__in=OF_THE_FAMILY),
                name="one_consent_in_force_per_purpose",
            ),
            models.UniqueConstraint(
                fields=["person", "purpose", "recipient_organisation", "recipient_name"],
                condition=Q(withdrawn_at=None, purpose__in=OF_EACH_PERSON),
                nulls_distinct=False,
                name="one_consent_in_force_per_person",
            ),
            models.CheckConstraint(
                condition=(Q(purpose=Purpose.SHARING) & Q(recipient_organisation=None) & ~Q(recipient_name=""))
                | Q(purpose=Purpose.SHARING, recipient_organisation__isnull=False, recipient_name="")
                | (~Q(purpose=Purpose.SHARING) & Q(recipient_organisation=None, recipient_name="")),
                name="sharing_has_one_recipient",
            ),
        ]

    @property
    def recipient(self) -> str:
        """Who is told, by name; empty where nobody is."""
        return str(self.recipient_organisation) if self.recipient_organisation_id else self.recipient_name

    def is_over_on(self, day: date) -> bool:
        return self.withdrawn_at is not None or (self.expires_on is not None and self.expires_on < day)


tracked()(Phone)
tracked()(EmailAddress)
tracked()(Consent)
