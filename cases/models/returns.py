"""Return: what kind it is, and the checks without which no date is confirmed (domain annex C; LM 118 to 121)."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import Person
from cases.models.processes import Process
from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked


class ReturnKind(models.TextChoices):
    """Only the first four are arranged here. The others happen to people: they are written down, and nothing more."""

    IOM = "iom", pgettext_lazy("return", "Voluntary return with the IOM")
    ASSISTED = "assisted", pgettext_lazy("return", "Assisted return by the INM, at their own request")
    OWN_MEANS = "own_means", pgettext_lazy("return", "Return by their own means")
    HOME_STATE = "home_state", pgettext_lazy("return", "A Mexican goes back to their own state")
    ORDER_TO_LEAVE = "order_to_leave", pgettext_lazy("return", "Order to leave the country")
    DEPORTATION = "deportation", pgettext_lazy("return", "Deportation")
    EXPULSION = "expulsion", pgettext_lazy("return", "Expulsion")


ARRANGED = [ReturnKind.IOM, ReturnKind.ASSISTED, ReturnKind.OWN_MEANS, ReturnKind.HOME_STATE]


class ReturnState(models.TextChoices):
    INTEREST = "interest", pgettext_lazy("return", "Interested")
    COUNSELLED = "counselled", pgettext_lazy("return", "Informed")
    SCREENED = "screened", pgettext_lazy("return", "Asked about fear")
    CONSENTED = "consented", pgettext_lazy("return", "Agreed")
    SCHEDULED = "scheduled", pgettext_lazy("return", "Has a date")
    TRAVELLED = "travelled", pgettext_lazy("return", "Travelled")
    WITHDRAWN = "withdrawn", pgettext_lazy("return", "Does not want it any more")
    STOPPED = "stopped_fear", pgettext_lazy("return", "Stopped: there is fear")
    RECORDED = "recorded", pgettext_lazy("return", "Written down")  # Of a kind that nobody here arranges.


class ReturnQuerySet(OrganisationQuerySet):
    organisation_path = "process__organisation"


class ReturnPlan(models.Model):
    """The return of one case. A date stands in it only once every check of every person stands (services/returns.py)."""

    process = models.OneToOneField(Process, models.PROTECT, related_name="return_plan")
    kind = models.CharField(_("kind of return"), max_length=15, choices=ReturnKind)
    state = models.CharField(_("where it stands"), max_length=12, choices=ReturnState, default=ReturnState.INTEREST)
    travel_on = models.DateField(_("date of travel"), null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")

    objects = ReturnQuerySet.as_manager()

    class Meta:
        verbose_name = _("return")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="scheduled")
                | Q(travel_on__isnull=False, confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="a_date_of_return_is_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ARRANGED) | ~Q(state="scheduled"),
                name="nobody_arranges_a_deportation",
            ),
        ]

    @property
    def is_arranged(self) -> bool:
        return self.kind in ARRANGED


class Check(models.TextChoices):
    """What must be known of each person before a date. The seven rights are those of LM 119."""

    FEAR = "fear", pgettext_lazy("check", "Asked in private, in their language, whether they fear to go back")
    COUNSEL = "counsel", pgettext_lazy("check", "Talked to a lawyer, and still wants to go")
    CLAIM = "claim", pgettext_lazy("check", "Withdrew the claim in writing, after legal advice")
    RIGHT_CONSULATE = "right_consulate", pgettext_lazy("check", "Knows: the consulate is contacted only if they want")
    RIGHT_REMEDIES = "right_remedies", pgettext_lazy("check", "Knows: how to stay regularly, and what they can appeal")
    RIGHT_CALL = "right_call", pgettext_lazy("check", "Knows: may call family or a lawyer")
    RIGHT_INTERPRETER = "right_interpreter", pgettext_lazy("check", "Knows: has a right to an interpreter")
    RIGHT_ADVICE = "right_advice", pgettext_lazy("check", "Knows: legal advice, and may read the file")
    RIGHT_COUNTRY = "right_country", pgettext_lazy("check", "Knows: the INM checks which country receives them")
    RIGHT_BELONGINGS = "right_belongings", pgettext_lazy("check", "Knows: their belongings go with them")
    INFORMED = "informed", pgettext_lazy("check", "Has current information about the place they go to")
    CONSENT = "consent", pgettext_lazy("check", "Agreed in writing, and may take it back until boarding")
    HEALTH = "health", pgettext_lazy("check", "Is fit to travel")
    DESTINATION = "destination", pgettext_lazy("check", "Where they go, and who awaits them")
    BEST_INTEREST = "best_interest", pgettext_lazy("check", "Minor: best-interest decision of the Procuraduría")
    ESCORT = "escort", pgettext_lazy("check", "Minor: who travels with them")
    RECEIVER = "receiver", pgettext_lazy("check", "Minor: which carer receives them")


RIGHTS = [check for check in Check if check.startswith("right_")]
OF_MINORS = [Check.BEST_INTEREST, Check.ESCORT, Check.RECEIVER]
OF_EVERYONE = [Check.FEAR, *RIGHTS, Check.INFORMED, Check.CONSENT, Check.HEALTH, Check.DESTINATION]


class ReturnCheckQuerySet(OrganisationQuerySet):
    organisation_path = "plan__process__organisation"

    def latest_first(self) -> Self:
        return self.order_by("-at", "-pk")


class ReturnCheck(models.Model):
    """One answer about one person. Written once: the latest of a kind counts, and the ones before it stay."""

    plan = models.ForeignKey(ReturnPlan, models.PROTECT, related_name="checks")
    person = models.ForeignKey(Person, models.PROTECT, related_name="return_checks")
    what = models.CharField(_("what"), max_length=20, choices=Check)
    # To FEAR, yes is that there is fear; to everything else, that it stands. None: cannot say, or does not want to.
    answer = models.BooleanField(null=True)
    language = models.CharField(_("in which language"), max_length=3, blank=True)  # ISO 639-3
    in_private = models.BooleanField(_("alone, nobody else heard it"), default=False)
    details = EncryptedTextField(_("details"), blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    objects = ReturnCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("check before a return")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["plan", "person", "what"], name="checks_of_a_return")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(what=Check.FEAR.value)
                | Q(answer=True)
                | Q(answer=None)
                | (Q(in_private=True) & ~Q(language="")),
                name="fear_is_asked_in_private_and_in_their_language",
            )
        ]


tracked()(ReturnPlan)
