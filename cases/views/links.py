"""Linking somebody whom another organisation shows us with a file of ours, and undoing it. Files are never joined."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.forms.links import LinkForm, LookForm
from cases.link_file import likely_files
from cases.models import Family, Person, ReferralGrant
from cases.referral_file import shared_with_them
from cases.services import links as services
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires

SHOWN = 10


@require_http_methods(["GET", "POST"])
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def received_link(request: HttpRequest, code: UUID, number: int) -> HttpResponse:
    """Which file of ours is this person's: those that are likely, or found by name (`look`)."""
    grant, refused = getters.shared_person(request, code, number), ""
    posted = request.POST if request.method == "POST" else None
    look = LookForm(posted)
    text = look.cleaned_data["text"] if look.is_valid() else ""
    linking = posted if posted is not None and "look" not in posted else None
    form = LinkForm(linking, found=_files(request, grant, text))
    if linking is not None and form.is_valid() and form.found:
        try:
            services.link_file(grant=grant, by=request.user, **form.linking())
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The two files are linked. They stay two, and nothing was copied."))
            return redirect("cases:received_one", code=code)
    audit.log_read(request, what="referral_received", subject=grant.referral)
    told = shared_with_them(grant.referral, timezone.now())
    context = {"told": told, "person": next(one for one in told.people if one.number == number), "form": form}
    context |= {"look": look, "refused": refused, "looked_for": text}
    return render(request, "cases/referrals/link.html", context, status=409 if refused else 200)


def _files(request: HttpRequest, grant: ReferralGrant, text: str) -> list[Person]:
    """Files of ours: found by what was typed, and the likely ones after them."""
    ours = Person.objects.visible_to(request.user)
    found: list[Any] = []
    if text:
        found = list(ours.named_like(text)[:SHOWN])
        found += ours.filter(family_memberships__family__in=Family.objects.visible_to(request.user).matching(text))[
            :SHOWN
        ]
        audit.log_read(request, what="search", count=len(found))
    found += [candidate.person for candidate in likely_files(grant, request.user)]
    keys = list(dict.fromkeys(person.pk for person in found))
    files = {person.pk: person for person in ours.filter(pk__in=keys).with_family()}
    return [files[pk] for pk in keys]


@require_POST
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def received_unlink(request: HttpRequest, code: UUID, number: int) -> HttpResponse:
    link = getters.link(request, getters.shared_person(request, code, number))
    try:
        services.unlink_file(link=link, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The link is undone. Both files are as they were."))
    return redirect("cases:received_one", code=code)
