"""One's own calendar feeds, and what a calendar program reads at the address of one."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.forms.calendar import FeedForm
from cases.models import CalendarFeed
from cases.services import calendar_feeds as services
from cases.views import getters
from ngo.errors import Refused
from ngo.permissions import Permission, public, requires

# Neither kept on the way nor found by a search engine.
NOT_KEPT = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow"}


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_APPOINTMENTS)
def appointment_feeds(request: HttpRequest) -> HttpResponse:
    """One's feeds, and a new one: its address stands on the page that answers the form, and nowhere after that."""
    form = FeedForm(request.POST if request.method == "POST" else None)
    refused, address = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            _feed, token = services.make_feed(by=request.user, scope=form.cleaned_data["scope"])
        except Refused as refusal:
            refused = refusal
        else:
            address = request.build_absolute_uri(reverse("cases:calendar_feed", args=[token]))
    feeds = CalendarFeed.objects.visible_to(request.user).of(request.user)
    context = {"form": form, "feeds": feeds, "refused": refused, "address": address}
    return render(request, "cases/appointments/feeds.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.VIEW_APPOINTMENTS)
def appointment_feed_revoke(request: HttpRequest, feed_id: int) -> HttpResponse:
    """One's own alone: not even the coordinator's power reaches a colleague's; that ends with their membership."""
    services.revoke_feed(feed=getters.calendar_feed(request, feed_id))
    messages.success(request, _("This address answers nobody any more. Remove it from the calendar where you put it."))
    return redirect("cases:appointment_feeds")


@require_safe
@public
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The feed of a token. Whatever is wrong with it, whether it was never there or is no longer, is the same 404."""
    if services.too_many(token, get_adapter().get_client_ip(request)):
        return HttpResponse(status=429, headers={"Retry-After": str(services.IN_SECONDS), **NOT_KEPT})
    feed = services.open_feed(token)
    if feed is None:
        return HttpResponse(status=404, headers=NOT_KEPT)  # Bare: our page would repeat the address.
    page_of = request.build_absolute_uri(reverse("cases:appointment", args=[0]))
    lines = services.read_feed(feed)
    etag = quote_etag(services.seal_of(lines, page_of))
    answer = get_conditional_response(request, etag=etag)
    services.note_reading(feed=feed, events=None if answer else len(lines))
    if answer is None:
        answer = HttpResponse(services.text_of(lines, page_of), content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = 'inline; filename="posada.ics"'
    for name, value in {"ETag": etag, **NOT_KEPT}.items():
        answer[name] = value
    return answer
