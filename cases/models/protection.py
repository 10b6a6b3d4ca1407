"""Protection in Mexico: the claim before the refugee commission, its sign-ins, and the papers that protect (domain annex B)."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import Group, Person
from cases.models.processes import Process, ProcessPerson
from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked


class ClaimState(models.TextChoices):
    """Where a claim stands. `pre_registered` is a paper with a code and protects from nothing."""

    INTENDS = "intends", pgettext_lazy("claim", "Wants to ask for protection")
    PRE_REGISTERED = "pre_registered", pgettext_lazy("claim", "Pre-registered: a code, no protection yet")
    FILED = "filed", pgettext_lazy("claim", "Filed, without a constancia yet")
    CONSTANCIA = "constancia", pgettext_lazy("claim", "Has a constancia")
    INTERVIEWED = "interviewed", pgettext_lazy("claim", "Interviewed")
    RECOGNISED = "recognised", pgettext_lazy("claim", "Recognised as a refugee")
    COMPLEMENTARY = "complementary", pgettext_lazy("claim", "Complementary protection")
    REFUSED = "refused", pgettext_lazy("claim", "Refused")
    REVIEW = "review", pgettext_lazy("claim", "Review asked for")
    FINAL = "final", pgettext_lazy("claim", "Final refusal")
    ABANDONED = "abandoned", pgettext_lazy("claim", "Declared abandoned")
    WITHDRAWN = "withdrawn", pgettext_lazy("claim", "Withdrawn in writing")
    TRANSFERRED = "transferred", pgettext_lazy("claim", "Moved to the office of another state")


S = ClaimState
# What may follow what. A mistake is corrected with a reason, whatever stands here.
NEXT_STATES: dict[str, list[str]] = {
    S.INTENDS: [S.PRE_REGISTERED, S.FILED, S.WITHDRAWN],
    S.PRE_REGISTERED: [S.FILED, S.CONSTANCIA, S.WITHDRAWN],
    S.FILED: [S.CONSTANCIA, S.INTERVIEWED, S.TRANSFERRED, S.ABANDONED, S.WITHDRAWN],
    S.CONSTANCIA: [
        *(S.INTERVIEWED, S.RECOGNISED, S.COMPLEMENTARY, S.REFUSED),
        *(S.TRANSFERRED, S.ABANDONED, S.WITHDRAWN),
    ],
    S.INTERVIEWED: [S.RECOGNISED, S.COMPLEMENTARY, S.REFUSED, S.TRANSFERRED, S.ABANDONED, S.WITHDRAWN],
    S.TRANSFERRED: [
        *(S.CONSTANCIA, S.INTERVIEWED, S.RECOGNISED, S.COMPLEMENTARY, S.REFUSED),
        *(S.ABANDONED, S.WITHDRAWN),
    ],
    S.COMPLEMENTARY: [S.REVIEW],
    S.REFUSED: [S.REVIEW, S.FINAL],
    S.REVIEW: [S.RECOGNISED, S.COMPLEMENTARY, S.FINAL, S.WITHDRAWN],
    S.ABANDONED: [S.REVIEW, S.FILED],
    S.RECOGNISED: [],
    S.FINAL: [],
    S.WITHDRAWN: [],
}
# From filing until an end: nobody tells the consulate (LRPCAP 21), and who moves to another state may lose the claim.
OPEN_CLAIM = [S.FILED, S.CONSTANCIA, S.INTERVIEWED, S.TRANSFERRED, S.REFUSED, S.REVIEW]
GRANTED = [S.RECOGNISED, S.COMPLEMENTARY]
ENDED = [S.RECOGNISED, S.COMPLEMENTARY, S.FINAL, S.ABANDONED, S.WITHDRAWN]

BEFORE_FILING = [S.INTENDS, S.PRE_REGISTERED]


class ClaimQuerySet(OrganisationQuerySet):
    organisation_path = "process__organisation"

    def running(self) -> Self:
        """Claims that are filed and have not ended."""
        return self.filter(state__in=OPEN_CLAIM)


class Claim(models.Model):
    """The claim of one case before the commission. Its dates are what the clocks of law count from."""

    process = models.OneToOneField(Process, models.PROTECT, related_name="claim")
    state = models.CharField(_("where it stands"), max_length=15, choices=ClaimState, default=ClaimState.INTENDS)
    entered_on = models.DateField(_("entered Mexico on"), null=True, blank=True)
    entry_is_estimated = models.BooleanField(_("that day is not sure"), default=False)
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    filed_in = models.CharField(_("state in which it was filed"), max_length=80, blank=True)  # As City.state has it.
    office = models.ForeignKey("ngo.Office", models.PROTECT, null=True, blank=True, related_name="+")
    folio = EncryptedTextField(_("file number of the commission"), blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    told_on = models.DateField(_("they were told the decision on"), null=True, blank=True)
    may_leave_the_state = models.BooleanField(_("has written leave to move to another state"), default=False)
    # The flag `do_not_contact_consulate`: it stands unless the person said otherwise in writing.
    consulate_is_silent = models.BooleanField(_("the consulate is not told"), default=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=BEFORE_FILING) | Q(state=S.WITHDRAWN) | Q(filed_on__isnull=False),
                name="a_filed_claim_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(told_on=None) | Q(decided_on=None) | Q(told_on__gte=F("decided_on")),
                name="told_after_it_was_decided",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_CLAIM


class ClaimChange(models.Model):
    """A state that a claim was put in: on which day, which paper was seen, by whom, why. Written once, never changed."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="changes")
    state = models.CharField(max_length=15, choices=ClaimState)
    on = models.DateField()
    paper_seen = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]


# --- Sign-ins ----------------------------------------------------------------------------------------------------------


class SignInDutyQuerySet(OrganisationQuerySet):
    organisation_path = "claim__process__organisation"

    def running(self) -> Self:
        return self.filter(ended_at=None)

    def overdue(self, day: date) -> Self:
        """Duties whose day is over and about which nobody wrote anything."""
        return self.running().filter(next_on__lt=day)


class SignInDuty(models.Model):
    """That one person must sign at an office every so many days. The interval is what their paper says, never a constant."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="duties")
    person = models.ForeignKey(Person, models.PROTECT, related_name="sign_in_duties")
    office = models.ForeignKey("ngo.Office", models.PROTECT, null=True, blank=True, related_name="+")
    every_days = models.PositiveSmallIntegerField(_("every how many days"))
    next_on = models.DateField(_("next sign-in"))
    meant_on = models.DateField(null=True, blank=True)  # The day of the rhythm, where the office takes none on it.
    began_at = models.DateTimeField(default=timezone.now)
    began_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SignInDutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty to sign in")
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "person"], condition=Q(ended_at=None), name="one_sign_in_duty_per_person"
            ),
            models.CheckConstraint(condition=Q(every_days__gte=1, every_days__lte=60), name="sign_in_interval_is_days"),
        ]
        indexes = [models.Index(fields=["next_on"], condition=Q(ended_at=None), name="sign_ins_by_day")]


class SignInResult(models.TextChoices):
    SIGNED = "signed", pgettext_lazy("sign-in", "Signed")
    MISSED = "missed", pgettext_lazy("sign-in", "Did not sign")
    CLOSED = "closed", pgettext_lazy("sign-in", "The office took no sign-ins")
    MOVED = "moved", pgettext_lazy("sign-in", "The office moved it to another day")
    WAIVED = "waived", pgettext_lazy("sign-in", "The office said that it falls away")


SAID_BEFORE = {SignInResult.MOVED, SignInResult.WAIVED}  # Exceptions to the rhythm, written before their day.


class SignIn(models.Model):
    """What became of one sign-in. Written once per duty and day; a correction is a row that replaces it."""

    duty = models.ForeignKey(SignInDuty, models.PROTECT, related_name="sign_ins")
    due_on = models.DateField()
    result = models.CharField(_("what happened"), max_length=10, choices=SignInResult)
    on = models.DateField(null=True, blank=True)  # The day on which they signed, or to which it was moved.
    proof = models.CharField(_("proof: stamp, photo or receipt"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("sign-in")
        ordering = ["-due_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["duty", "due_on"], condition=Q(replaced_at=None), name="one_answer_per_sign_in"
            ),
            models.CheckConstraint(
                condition=~Q(result="signed") | Q(on__isnull=False), name="who_signed_signed_on_a_day"
            ),
        ]


# --- Papers that protect -----------------------------------------------------------------------------------------------


class PermitKind(models.TextChoices):
    CONSTANCIA = "constancia", _("Constancia of the commission")
    TVRH = "tvrh", _("Humanitarian visitor card (TVRH)")
    CURP_TEMPORARY = "curp_temporary", _("Temporary CURP")
    CURP = "curp", _("CURP")
    RESIDENT = "resident", _("Permanent residence")


PROTECTS = [PermitKind.CONSTANCIA, PermitKind.TVRH, PermitKind.RESIDENT]  # A CURP is a number, it protects nobody.


class PermitState(models.TextChoices):
    APPLIED = "applied", pgettext_lazy("permit", "Applied for")
    ISSUED = "issued", pgettext_lazy("permit", "Issued")
    REFUSED = "refused", pgettext_lazy("permit", "Refused")
    LOST = "lost", pgettext_lazy("permit", "Lost or taken away")


class PermitQuerySet(OrganisationQuerySet):
    organisation_path = "person__organisation"

    def standing(self) -> Self:
        """The latest word about each paper; what it replaced stays in the table."""
        return self.filter(replaced_at=None)

    def protecting(self, day: date) -> Self:
        """Papers that protect their holder on a day."""
        valid = Q(expires_on=None) | Q(expires_on__gte=day)
        return self.standing().filter(valid, kind__in=PROTECTS, state=PermitState.ISSUED)

    def ending_by(self, day: date) -> Self:
        return self.standing().filter(state=PermitState.ISSUED, expires_on__lte=day).order_by("expires_on", "pk")


class Permit(models.Model):
    """A paper of the Mexican state that someone has applied for, holds, was refused or has lost."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="permits")
    kind = models.CharField(_("paper"), max_length=15, choices=PermitKind)
    state = models.CharField(_("state"), max_length=10, choices=PermitState)
    number = EncryptedTextField(_("number"), blank=True)
    number_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    applied_on = models.DateField(_("applied on"), null=True, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    expires_on = models.DateField(_("valid until, that day included"), null=True, blank=True)
    was_renewed = models.BooleanField(_("renewed once already"), default=False)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects = PermitQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"], condition=Q(replaced_at=None), name="one_standing_paper_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(issued_on=None) | Q(expires_on__gte=F("issued_on")),
                name="a_paper_ends_after_it_was_issued",
            ),
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(issued_on__isnull=False), name="an_issued_paper_has_its_day"
            ),
        ]


def without_a_protecting_paper(day: date) -> models.QuerySet[ProcessPerson]:
    """People of open claims, or who want to make one, who hold no paper that protects them on a day.

    Also those of a case of protection whose claim nobody has begun to follow yet.
    """
    protected = Permit.objects.protecting(day).filter(person=OuterRef("person"))
    wants = Q(process__claim__state__in=[*BEFORE_FILING, *OPEN_CLAIM]) | Q(
        process__claim=None, process__version__pathway__group=Group.MEXICAN_PROTECTION
    )
    rows = ProcessPerson.objects.current().filter(wants, process__closed_at=None)
    return rows.filter(~Exists(protected))


for model in (Claim, SignInDuty, SignIn, Permit):
    tracked()(model)
