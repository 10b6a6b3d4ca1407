"""The phones of a family: add one, what they want at it, whether it is right, remove it."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.forms.fields import country_names
from cases.forms.phones import CodeForm, PhoneForm
from cases.models import Family, Person, Phone
from cases.services import phones as services
from cases.services.recipients import agreed_to_reminders
from cases.views import getters
from cases.views.asking import posted
from cases.wa_link import reminder_link
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_phone_new(request: HttpRequest, family_id: int) -> HttpResponse:
    family, refused = getters.family(request, family_id), ""
    form = PhoneForm(posted(request), people=Person.objects.in_family(family))
    if request.method == "POST" and form.is_valid():
        number, country = form.cleaned_data["number"], form.cleaned_data["country"]
        try:
            phone = services.add_phone(
                family=family, number=number, country=country, wishes=form.wishes(), by=request.user
            )
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The number is kept."))
            return _after(family, phone)
    context = {"form": form, "family": family, "refused": refused, "countries": country_names()}
    return render(request, "cases/families/phone_new.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.VIEW_PEOPLE)
@transaction.atomic
def family_phone(request: HttpRequest, family_id: int, phone_id: int) -> HttpResponse:
    """The whole number, once, with a way to write to it: showing it is a reading of its own."""
    family = getters.family(request, family_id)
    phone = _phone(family, phone_id)
    audit.log_read(request, what="phone", subject=phone)
    context = {"family": family, "phone": phone, "chat": reminder_link(phone)}
    return render(request, "cases/families/phone.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_phone_edit(request: HttpRequest, family_id: int, phone_id: int) -> HttpResponse:
    """Whose it is, how messages reach it, whether they agree. The number itself is not shown."""
    family, refused = getters.family(request, family_id), ""
    phone = _phone(family, phone_id)
    form = PhoneForm(posted(request), people=Person.objects.in_family(family), phone=phone)
    if request.method == "POST" and form.is_valid():
        try:
            phone = services.change_phone(phone=phone, wishes=form.wishes(), by=request.user)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("What they said about this number is kept."))
            return _after(family, phone)
    context = {"form": form, "family": family, "phone": phone, "refused": refused}
    return render(request, "cases/families/phone_edit.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_phone_code(request: HttpRequest, family_id: int, phone_id: int) -> HttpResponse:
    """Send a code to it; what follows is to read it back."""
    family = getters.family(request, family_id)
    phone = _phone(family, phone_id)
    try:
        services.send_code(phone=phone)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:family_phone_edit", family_id=family.pk, phone_id=phone.pk)
    messages.success(request, _("A code is on its way to the phone."))
    return redirect("cases:family_phone_verify", family_id=family.pk, phone_id=phone.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_phone_verify(request: HttpRequest, family_id: int, phone_id: int) -> HttpResponse:
    """They read the code from the phone. A wrong one is counted, whatever the page then shows."""
    family, refused = getters.family(request, family_id), ""
    phone = _phone(family, phone_id)
    form = CodeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            is_right = services.check_code(phone=phone, code=form.cleaned_data["code"])
        except Refused as refusal:
            refused = str(refusal)
        else:
            if is_right:
                messages.success(request, _("The number is right: they have the phone in hand."))
                return redirect("cases:family", family_id=family.pk)
            form.add_error("code", _("These are not the digits that were sent. Read them again."))
    context = {"form": form, "family": family, "phone": phone, "refused": refused}
    return render(request, "cases/families/phone_verify.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_phone_remove(request: HttpRequest, family_id: int, phone_id: int) -> HttpResponse:
    family = getters.family(request, family_id)
    services.remove_phone(phone=_phone(family, phone_id))
    messages.success(request, _("The number is removed. Nothing is sent to it any more."))
    return redirect("cases:family", family_id=family.pk)


def _after(family: Family, phone: Phone) -> HttpResponse:
    """Without the family's consent to reminders, a number that wants messages is of no use: that is asked next."""
    if phone.channel and not agreed_to_reminders(family.pk):
        return redirect("cases:family_reminders", family_id=family.pk)
    return redirect("cases:family", family_id=family.pk)


def _phone(family: Family, pk: int) -> Phone:
    return get_object_or_404(family.phones.select_related("agreed_by").filter(removed_at=None), pk=pk)
