"""The e-mail addresses of a family, and whether it agrees to reminders."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.forms.contact import AgreeForm, EmailForm
from cases.models import EmailAddress, Family
from cases.services import contact as services
from cases.services.recipients import agreed_to_reminders
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_email_new(request: HttpRequest, family_id: int) -> HttpResponse:
    family, refused = getters.family(request, family_id), ""
    form = EmailForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_email(family=family, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The address is kept."))
            if agreed_to_reminders(family.pk):
                return redirect("cases:family", family_id=family.pk)
            return redirect("cases:family_reminders", family_id=family.pk)  # Without consent it is of no use.
    context = {"form": form, "family": family, "refused": refused}
    return render(request, "cases/families/email_new.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.VIEW_PEOPLE)
@transaction.atomic
def family_email(request: HttpRequest, family_id: int, email_id: int) -> HttpResponse:
    """The whole address, once: showing it is a reading of its own."""
    family = getters.family(request, family_id)
    email = _email(family, email_id)
    audit.log_read(request, what="email", subject=email)
    return render(request, "cases/families/email.html", {"family": family, "email": email})


@require_POST
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_email_remove(request: HttpRequest, family_id: int, email_id: int) -> HttpResponse:
    family = getters.family(request, family_id)
    services.remove_email(email=_email(family, email_id))
    messages.success(request, _("The address is removed. Nothing is sent to it any more."))
    return redirect("cases:family", family_id=family.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_reminders(request: HttpRequest, family_id: int) -> HttpResponse:
    """The family agrees to reminders, after the notice was read to them."""
    family, refused = getters.family(request, family_id), ""
    form = AgreeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.agree_to_reminders(family=family, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("It is written that they agree to reminders."))
            return redirect("cases:family", family_id=family.pk)
    context = {"form": form, "family": family, "refused": refused, "notice": services.NOTICE}
    return render(request, "cases/families/reminders.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_reminders_stop(request: HttpRequest, family_id: int) -> HttpResponse:
    family = getters.family(request, family_id)
    try:
        services.withdraw_reminders_consent(family=family)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("No reminder is sent to them any more. Tell them in person."))
    return redirect("cases:family", family_id=family.pk)


def _email(family: Family, pk: int) -> EmailAddress:
    return get_object_or_404(family.email_addresses.filter(removed_at=None), pk=pk)
