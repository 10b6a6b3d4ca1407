"""A family, or some of it, is referred to somebody who can help: to another organisation here, or to one outside.

What the other side may see stands in grants, one per person, each with its end; whether one is open is judged whenever it is
read. The other side never learns an id of ours: a referral, and a paper that it shares, have random addresses of their own.
"""

import uuid
from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.contact import Consent, Decision
from cases.models.documents import Document
from cases.models.people import Family, Person
from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.outbox import Outgoing, OutgoingQuerySet


class HelpKind(models.TextChoices):
    """What somebody is referred for."""

    BED = "bed", _("A bed")
    LEGAL = "legal", _("Legal help")
    MEDICAL = "medical", _("Medical care")
    MENTAL_HEALTH = "mental_health", _("Psychological care")
    CHILD_PROTECTION = "child_protection", _("Child protection")
    VIOLENCE = "violence", _("Help after violence")
    DOCUMENTS = "documents", _("Papers")
    SCHOOL = "school", _("School")
    WORK = "work", _("Work")
    TRAVEL = "travel", _("Transport or return")
    MONEY = "money", _("Money, food, clothes")
    OTHER = "other", _("Other help")


class SharedFact(models.TextChoices):
    """What may be told of each person, chosen one by one. Nothing else ever is."""

    NAME = "name", _("Name")
    AGE = "age", _("Age")
    BIRTH_DATE = "birth_date", _("Date of birth")
    SEX = "sex", _("Sex")
    NATIONALITY = "nationality", _("Nationality")
    LANGUAGES = "languages", _("Languages")
    PHONE = "phone", _("Phone")
    GROUP = "group", _("What they are waiting for")
    NEEDS = "needs", _("Needs that anybody may know")
    RESTRICTED_NEEDS = "restricted", _("Needs in confidence: violence, torture, illness, LGBTQ+")


class ReferralDeskQuerySet(OrganisationQuerySet):
    def open_to(self, organisation: Any) -> Self:
        """The other organisations here that may be asked."""
        return self.filter(is_open=True).exclude(organisation=organisation).select_related("organisation")


class ReferralDesk(models.Model):
    """What an organisation tells the others here about itself, so that they may refer people to it. Unopened, it is unseen."""

    organisation = models.OneToOneField("ngo.Organisation", models.PROTECT, related_name="referral_desk")
    is_open = models.BooleanField(_("other organisations here may refer people to us"), default=False)
    helps_with = ArrayField(
        models.CharField(max_length=16, choices=HelpKind), verbose_name=_("what we help with"), default=list, blank=True
    )
    about = models.CharField(_("what they should know first"), max_length=300, blank=True)
    changed_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    objects = ReferralDeskQuerySet.as_manager()

    class Meta:
        verbose_name = _("referral desk")
        ordering = ["organisation__name"]

    @property
    def help_words(self) -> list[str]:
        return [str(HelpKind(kind).label) for kind in self.helps_with]


class ReferralState(models.TextChoices):
    SENT = "sent", _("Waiting for an answer")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Not accepted")
    DONE = "done", _("Done")
    REVOKED = "revoked", _("Taken back")


OPEN_REFERRAL = [ReferralState.SENT, ReferralState.ACCEPTED]


class ReferralQuerySet(OrganisationQuerySet):
    """`visible_to` is the sending side; `received_by` the receiving one. No queryset is both."""

    def received_by(self, staff: Any) -> Self:
        """What others here have sent to the organisation that this person works for now."""
        membership = getattr(staff, "membership", None)
        if membership is None:
            return self.none()
        return self.filter(to_organisation_id=membership.organisation_id)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_REFERRAL)

    def waiting(self) -> Self:
        """Not answered yet, the first that must be answered first."""
        return self.filter(state=ReferralState.SENT).order_by("respond_by", "pk")

    def unanswered(self, now: datetime) -> Self:
        """Not answered although the time for it is over: judged now, whether or not anything has swept."""
        return self.waiting().filter(respond_by__lte=now)


class Referral(models.Model):
    """Some people of one family, referred to one recipient for one kind of help."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="referrals_sent")
    family = models.ForeignKey(Family, models.PROTECT, related_name="referrals")
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # What the other side calls it.
    to_organisation = models.ForeignKey(
        "ngo.Organisation", models.PROTECT, null=True, blank=True, related_name="referrals_received"
    )
    to_outside = models.CharField(_("who is asked"), max_length=160, blank=True)
    outside_contact = EncryptedTextField(_("how they are reached"), blank=True)
    help_kind = models.CharField(_("what for"), max_length=16, choices=HelpKind)
    facts = ArrayField(models.CharField(max_length=12, choices=SharedFact), verbose_name=_("what is told"))
    message = EncryptedTextField(_("what they should know"), blank=True)
    override_reason = EncryptedTextField(_("why it cannot wait for consent"), blank=True)
    sent_at = models.DateTimeField(default=timezone.now)
    sent_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    respond_by = models.DateTimeField(_("answer expected by"))
    state = models.CharField(max_length=10, choices=ReferralState, default=ReferralState.SENT)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    answer = EncryptedTextField(_("what they answered"), blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    ending = EncryptedTextField(_("how it ended"), blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    # To somebody outside: what they have on paper does not close by itself, so a person must ask them to destroy it.
    must_tell_since = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("referral")
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(to_organisation=None) & ~Q(to_outside=""))
                | Q(to_organisation__isnull=False, to_outside=""),
                name="a_referral_has_one_recipient",
            ),
            models.CheckConstraint(
                condition=Q(to_organisation=None) | ~Q(to_organisation=F("organisation")),
                name="nobody_refers_to_themselves",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_REFERRAL, ended_at=None)
                | (Q(ended_at__isnull=False) & ~Q(state__in=OPEN_REFERRAL)),
                name="a_referral_is_open_until_it_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "respond_by"],
                condition=Q(state=ReferralState.SENT),
                name="referrals_unanswered",
            ),
            models.Index(fields=["to_organisation", "state"], name="referrals_received"),
        ]

    @property
    def recipient(self) -> str:
        return str(self.to_organisation) if self.to_organisation_id else self.to_outside

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_REFERRAL

    def is_late_at(self, now: datetime) -> bool:
        return self.state == ReferralState.SENT and self.respond_by <= now


class GrantEnd(models.TextChoices):
    ENDED = "ended", _("The referral ended")
    WITHDRAWN = "withdrawn", _("Consent was withdrawn")
    EXPIRED = "expired", _("Its time was over")
    JOINED = "joined", _("Two files were joined")


class GrantQuerySet(models.QuerySet):
    def open(self, now: datetime) -> Self:
        """Grants under which somebody may be seen at this moment: nothing that ends them needs to have been written down."""
        day = timezone.localdate(now)
        agreed = Q(consent__withdrawn_at=None, consent__decision__in=[Decision.GIVEN, Decision.WRITTEN_PENDING]) & (
            Q(consent__expires_on=None) | Q(consent__expires_on__gte=day)
        )
        return self.filter(
            Q(consent=None) | agreed, ended_at=None, expires_at__gt=now, referral__state__in=OPEN_REFERRAL
        ).order_by("pk")

    def numbered(self) -> Self:
        """Each grant with `.number`: which person of its referral it is. It stays so when others are not shown any more."""
        up_to = self.model._default_manager.filter(referral=OuterRef("referral"), pk__lte=OuterRef("pk")).order_by()
        return self.annotate(number=Subquery(up_to.values("referral").annotate(n=models.Count("pk")).values("n")))


class ReferralGrant(models.Model):
    """One person may be seen by the other side, in what the referral shares, until then. Closed, never removed."""

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="grants")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    consent = models.ForeignKey(
        Consent, models.PROTECT, null=True, blank=True, related_name="grants"
    )  # None: overridden.
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=10, choices=GrantEnd, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant")
        constraints = [
            models.UniqueConstraint(fields=["referral", "person"], name="one_grant_per_person_of_a_referral"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="") | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="a_grant_ends_for_a_reason",
            ),
        ]


class ReferralPaper(models.Model):
    """A paper of the family that the other side may open while the grants of its person are open."""

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="papers")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        verbose_name = _("shared paper")
        constraints = [
            models.UniqueConstraint(fields=["referral", "document"], name="a_paper_is_shared_once_per_referral")
        ]


class ReferralNotice(Outgoing):
    """A line to one member of staff that a referral has no answer: it names neither people nor organisations."""

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="notices")
    staff = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    objects = OutgoingQuerySet.as_manager()

    class Meta(Outgoing.Meta):
        abstract = False
        constraints = [
            *Outgoing.Meta.constraints,
            models.UniqueConstraint(fields=["referral", "staff"], name="one_notice_per_referral_and_member_of_staff"),
        ]


for model in (ReferralDesk, Referral, ReferralGrant, ReferralPaper):
    tracked()(model)
