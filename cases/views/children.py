"""The alert about a child without a carer: what the law asks, what was done, and when it is over."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.forms.children import CloseForm, NoticeForm
from cases.models import ChildAlert
from cases.services.children import LAWS, PROVISIONS, close_alert, record_notice
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.HANDLE_CHILD_ALERTS)
@transaction.atomic
def child_alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the alert; sent, records the notice to the child-protection office."""
    alert = getters.alert(request, pk)
    form, refused = NoticeForm(request.POST or None, alert=alert), ""
    if request.method == "POST" and form.is_valid():
        try:
            record_notice(alert=alert, by=request.user, **form.facts())
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The notice is recorded."))
            return redirect("cases:child_alert", pk=alert.pk)
    return alert_page(request, alert, form, CloseForm(alert=alert), refused)


@require_POST
@requires(Permission.HANDLE_CHILD_ALERTS)
@transaction.atomic
def child_alert_close(request: HttpRequest, pk: int) -> HttpResponse:
    alert = getters.alert(request, pk)
    form, refused = CloseForm(request.POST, alert=alert), ""
    if form.is_valid():
        try:
            close_alert(alert=alert, by=request.user, **form.facts())
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The alert is closed."))
            return redirect("cases:family", family_id=alert.family_id)
    return alert_page(request, alert, NoticeForm(alert=alert), form, refused)


def alert_page(
    request: HttpRequest, alert: ChildAlert, notice: NoticeForm, close: CloseForm, refused: str
) -> HttpResponse:
    audit.log_read(request, what="child_alert", subject=alert)
    context: dict[str, Any] = {
        "alert": alert,
        "provisions": PROVISIONS,
        "laws": LAWS,
        "form": notice,
        "formset": close,
        "offices": notice.offices(),
        "refused": refused,
        "place_is_authorised": alert.place is not None and alert.place.is_authorised_on(timezone.localdate()),
    }
    return render(request, "cases/children/alert.html", context)
