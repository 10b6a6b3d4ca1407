"""What families wrote back to us."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.inbound_list import inbound_for, lines
from cases.models import Inbound
from cases.services.inbound import mark_handled
from ngo import audit
from ngo.messaging import gateways
from ngo.models.outbox import Channel
from ngo.permissions import Permission, requires

PAGE = 50


@require_GET
@requires(Permission.VIEW_REMINDERS)
@transaction.atomic
def inbound(request: HttpRequest) -> HttpResponse:
    """What came back: what somebody must look after first."""
    page = Paginator(inbound_for(request.user), PAGE).get_page(request.GET.get("page"))
    found = lines(page.object_list, request.user)
    audit.log_read(request, what="inbound", count=len(found))
    has_gateway = gateways.is_configured(Channel.SMS) or gateways.is_configured(Channel.WHATSAPP)
    return render(request, "cases/reminders/inbound.html", {"page": page, "lines": found, "has_gateway": has_gateway})


@require_POST
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def inbound_handled(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """Somebody looked after it."""
    row = get_object_or_404(Inbound.objects.seen_by(request.user), pk=inbound_id)
    mark_handled(inbound=row, by=request.user)
    messages.success(request, _("It is written that somebody looked after it."))
    return redirect("cases:inbound")
