"""The people who work here, and the way in by invitation."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ngo.errors import Refused
from ngo.forms.staff import AccessForm, InviteForm, NewAccountForm
from ngo.messaging.email import is_configured
from ngo.models import Membership, Staff
from ngo.permissions import Permission, may, public, requires
from ngo.services import staff as services
from ngo.services.organisations import clock_of
from ngo.views.account import sign_in
from shelters.models import Shelter

ENDED_SHOWN = 30


@require_GET
@requires(Permission.MANAGE_STAFF)
def staff_list(request: HttpRequest) -> HttpResponse:
    ours = Membership.objects.visible_to(request.user).select_related("staff").prefetch_related("postings__shelter")
    open_ones = ours.filter(ended_at=None).order_by("staff__name", "pk")
    context = {
        "working": [one for one in open_ones if one.is_in_force],
        "invited": sorted((one for one in open_ones if one.accepted_at is None), key=lambda one: one.staff.email),
        "run_out": [one for one in open_ones if one.accepted_at is not None and not one.is_in_force],
        "ended": ours.exclude(ended_at=None).order_by("-ended_at")[:ENDED_SHOWN],
        "mail_is_configured": is_configured(),
        "zone": clock_of(request.user),
    }
    return render(request, "ngo/staff/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def invite(request: HttpRequest) -> HttpResponse:
    refusal = None
    form = InviteForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        who = {name: form.cleaned_data[name] for name in ("email", "language")}
        try:
            return hand_over(request, services.invite_staff(**who, **form.access(), by=request.user))
        except Refused as reason:
            refusal = str(reason)
    return render(request, "ngo/staff/invite.html", {"form": form, "refusal": refusal})


@require_POST
@requires(Permission.MANAGE_STAFF)
def resend_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    membership = get_object_or_404(Membership.objects.visible_to(request.user).pending(), pk=pk)
    return hand_over(request, services.renew_invitation(membership=membership, by=request.user))


def hand_over(request: HttpRequest, invitation: services.Invitation) -> HttpResponse:
    """Send the link; where it did not go out, show it this once: it is kept nowhere."""
    link = request.build_absolute_uri(reverse("ngo:accept_invitation", args=[invitation.token]))
    sent = services.send_invitation(invitation=invitation, link=link)
    context = {
        "membership": invitation.membership,
        "link": "" if sent else link,
        "mail_is_configured": is_configured(),
        "zone": clock_of(request.user),
    }
    return render(request, "ngo/staff/invited.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def staff_edit(request: HttpRequest, pk: int) -> HttpResponse:
    ours = Membership.objects.visible_to(request.user).filter(ended_at=None).select_related("staff", "invited_by")
    membership, refusal = get_object_or_404(ours, pk=pk), None
    form = AccessForm(request.POST or None, by=request.user, initial=access_of(membership, clock_of(request.user)))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_membership(membership=membership, **form.access(), by=request.user)
            messages.success(request, _("The change holds from now on."))
            return to_the_list(request)
        except Refused as reason:
            refusal = str(reason)
    return render(request, "ngo/staff/edit.html", {"form": form, "membership": membership, "refusal": refusal})


def access_of(membership: Membership, zone: str) -> dict[str, Any]:
    """What the form shows first: the stored end is the midnight after the last day."""
    shelters = Shelter.objects.filter(postings__membership=membership)
    return {"role": membership.role, "shelters": shelters, "expires_on": services.last_day(membership, zone)}


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def staff_end(request: HttpRequest, pk: int) -> HttpResponse:
    """A page of its own, for it cannot be undone: only a new invitation brings the person back."""
    ours = Membership.objects.visible_to(request.user).filter(ended_at=None).select_related("staff")
    membership, refusal = get_object_or_404(ours, pk=pk), None
    if request.method == "POST":
        try:
            services.end_membership(membership=membership, by=request.user)
            messages.success(request, _("The access has ended, and every sign-in with it."))
            return to_the_list(request)
        except Refused as reason:
            refusal = str(reason)
    return render(request, "ngo/staff/end.html", {"membership": membership, "refusal": refusal})


def to_the_list(request: HttpRequest) -> HttpResponse:
    """Back to the staff, or to today's page for someone who has just changed their own role."""
    as_they_are_now = Staff.objects.get(pk=request.user.pk)
    return redirect("ngo:staff_list" if may(as_they_are_now, Permission.MANAGE_STAFF) else "ngo:today")


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters()
@public
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link of an invitation. An account that exists already accepts signed in; nobody else learns that it exists."""
    membership, refusal = services.find_invitation(token), None
    if membership is None:
        return render(request, "ngo/staff/invitation_over.html", status=404)
    is_new = not membership.staff.has_usable_password()
    form = NewAccountForm(request.POST or None, staff=membership.staff) if is_new else None
    by = request.user if request.user == membership.staff else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            typed = form.cleaned_data if form else {}
            staff = services.accept_invitation(token=token, by=by, **typed)
            return redirect("ngo:today") if by else sign_in(request, staff)
        except Refused as reason:
            refusal = str(reason)
    context = {"form": form, "membership": membership, "refusal": refusal, "is_theirs": by is not None}
    return render(request, "ngo/staff/accept.html", context)
