"""A family that goes on in two, and people who come to a family or come back to it."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.forms.family_changes import OtherFamilyForm, PeopleForm
from cases.models import Family, FamilyChangeKind, Person
from cases.views import getters as cases_getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires
from shelters.services import families as services
from shelters.views import getters


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_split(request: HttpRequest, family_id: int) -> HttpResponse:
    """Who goes on apart, and what each is to the new head."""
    family = cases_getters.family(request, family_id)
    form = PeopleForm(getters.posted(request), people=Person.objects.in_family(family), with_head=True)
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            new = services.split_family(family=family, by=request.user, **form.change())
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(
                request, _("They have a file of their own now. Ask them for a phone, and what they agree to.")
            )
            return redirect("cases:family", new.pk)
    audit.log_read(request, what="family", subject=family)
    return render(request, "shelters/families/split.html", {"form": form, "family": family, "refused": refused})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_join(request: HttpRequest, family_id: int) -> HttpResponse:
    """First the family that they come from, by its number; then who of it comes, and what each is to the head."""
    family = cases_getters.family(request, family_id)
    context: dict[str, Any] = {"family": family, "refused": "", "apart": _apart(family)}
    find = OtherFamilyForm(getters.posted(request), staff=request.user, family=family)
    context["find"] = find
    audit.log_read(request, what="family", subject=family)
    if request.method == "GET" or not find.is_valid():
        return render(request, "shelters/families/join.html", context)
    other = find.cleaned_data["folio"]
    people = [member.person for member in other.current_members]
    has_head = family.members.filter(left_on=None, is_head=True).exists()
    is_answer = "come" in request.POST
    form = PeopleForm(request.POST if is_answer else None, people=people, with_head=not has_head)
    context |= {"other": other, "form": form}
    audit.log_read(request, what="family", subject=other)
    if is_answer and form.is_valid():
        try:
            change = services.bring_into(family=family, by=request.user, **form.change())
        except Refused as refusal:
            context["refused"] = str(refusal)
        else:
            back = change.kind == FamilyChangeKind.REUNITED
            messages.success(request, _("They are together again.") if back else _("They are one family now."))
            return redirect("cases:family", family.pk)
    return render(request, "shelters/families/join.html", context)


def _apart(family: Family) -> list[Family]:
    """The families in which those are now who left this one: they may come back."""
    left = Person.objects.filter(family_memberships__family=family, family_memberships__left_on__isnull=False)
    now = Family.objects.filter(members__person__in=left, members__left_on=None).exclude(pk=family.pk)
    return list(now.distinct().with_members().order_by("pk")[:10])
