"""How to reach a family, and what they agreed to."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.people import Family, Person
from ngo.crypto import EncryptedTextField
from ngo.models.base import tracked


class Phone(models.Model):
    """A number in E.164 with an explicit country, encrypted, found again by its keyed hash."""

    family = models.ForeignKey(Family, models.PROTECT, related_name="phones")
    number = EncryptedTextField(_("phone"))
    number_hash = models.CharField(max_length=64, db_index=True, editable=False)
    country = models.CharField(_("country of the number"), max_length=2)
    shared_with = models.CharField(_("who else uses it"), max_length=120, blank=True)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("phone")
        constraints = [
            models.UniqueConstraint(
                fields=["family", "number_hash"], condition=Q(removed_at=None), name="one_row_per_phone_of_a_family"
            )
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


class Decision(models.TextChoices):
    GIVEN = "given", _("Agreed")
    REFUSED = "refused", _("Did not agree")
    WRITTEN_PENDING = "pending", _("Agreed by word; signature pending")


class ConsentMethod(models.TextChoices):
    WRITTEN = "written", _("In writing")
    VERBAL = "verbal", _("By word, with a witness")


class Consent(models.Model):
    """What the head of a family said to one purpose, after which notice, in which language."""

    family = models.ForeignKey(Family, models.PROTECT, related_name="consents")
    person = models.ForeignKey(Person, models.PROTECT, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    method = models.CharField(_("how"), max_length=10, choices=ConsentMethod)
    notice_version = models.CharField(_("version of the notice"), max_length=20)
    notice_language = models.CharField(_("language of the notice"), max_length=3)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        constraints = [
            models.UniqueConstraint(
                fields=["family", "purpose"], condition=Q(withdrawn_at=None), name="one_consent_in_force_per_purpose"
            )
        ]


tracked()(Phone)
tracked()(EmailAddress)
tracked()(Consent)
