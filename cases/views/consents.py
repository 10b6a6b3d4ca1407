"""What the people of a family agreed to: all of it, a new answer, and taking one back."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from cases.forms.consents import AnswerForm
from cases.models import OF_EACH_PERSON, Consent, Person, Purpose, Referral
from cases.services import consents as services
from cases.services.grants import open_grants_of
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.VIEW_PEOPLE)
@transaction.atomic
def family_consents(request: HttpRequest, family_id: int) -> HttpResponse:
    """What holds now, and what was said before."""
    family, today = getters.family(request, family_id), timezone.localdate()
    rows = list(
        Consent.objects.visible_to(request.user)
        .filter(Q(family=family) | Q(person__in=Person.objects.in_family(family), purpose__in=OF_EACH_PERSON))
        .select_related("person", "said_by", "recipient_organisation", "by", "ended_by")
        .order_by("-at", "-pk")
    )
    audit.log_read(request, what="consents", subject=family)
    context = {
        "family": family,
        "now": [row for row in rows if not row.is_over_on(today)],
        "before": [row for row in rows if row.is_over_on(today)],
        "today": today,
        "can_change": Person.objects.in_family(family).exists(),
    }
    return render(request, "cases/consents/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def consent_new(request: HttpRequest, family_id: int) -> HttpResponse:
    family, refused = getters.family(request, family_id), ""
    members = list(Person.objects.in_family(family))
    posted = request.POST if request.method == "POST" else None
    asked = {name: request.GET[name] for name in ("purpose", "recipient") if name in request.GET}
    form = AnswerForm(posted, members=members, by=request.user, initial=asked)
    if request.method == "POST" and form.is_valid():
        try:
            consent = services.record_answer(family=family, by=request.user, **form.said())
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _said(consent))
            return redirect("cases:family_consents", family_id=family.pk)
    audit.log_read(request, what="consents", subject=family)
    context = {
        "form": form,
        "family": family,
        "refused": refused,
        "notices": [services.NOTICE, services.SHARING_NOTICE],
    }
    context |= {"known": known_names(request)}
    return render(request, "cases/consents/new.html", context, status=409 if refused else 200)


def _said(consent: Consent) -> str:
    if consent.decision == "pending":
        return _("It is written. They agreed by word: have it signed when you can.")
    return _("Their answer is written.")


def known_names(request: HttpRequest) -> list[str]:
    """Names of recipients outside that this organisation has used, as suggestions."""
    asked = Consent.objects.visible_to(request.user).filter(purpose=Purpose.SHARING).exclude(recipient_name="")
    sent = Referral.objects.visible_to(request.user).exclude(to_outside="")
    names = set(asked.values_list("recipient_name", flat=True)) | set(sent.values_list("to_outside", flat=True))
    return sorted(names)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def consent_withdraw(request: HttpRequest, consent_id: int) -> HttpResponse:
    """They take it back: says first how many people somebody else sees no more."""
    consent, refused = getters.consent(request, consent_id), ""
    if request.method == "POST":
        try:
            closed = services.withdraw_consent(consent=consent, by=request.user)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _closed(closed))
            return redirect("cases:family_consents", family_id=consent.family_id)
    audit.log_read(request, what="consents", subject=consent.family)
    context = {"consent": consent, "refused": refused, "closes": open_grants_of(consent), "today": timezone.localdate()}
    return render(request, "cases/consents/withdraw.html", context, status=409 if refused else 200)


def _closed(people: int) -> str:
    if not people:
        return _("It is withdrawn.")
    return ngettext(
        "It is withdrawn. %(count)d person is not seen by anybody else any more.",
        "It is withdrawn. %(count)d people are not seen by anybody else any more.",
        people,
    ) % {"count": people}
