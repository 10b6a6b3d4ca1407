"""What somebody is to their family."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cases.forms.family_changes import RoleForm
from cases.models import FamilyMember
from cases.services.families import set_role
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def person_role(request: HttpRequest, person_id: int) -> HttpResponse:
    """The relation to the head, who answers for the children, and whether the guardian's paper was seen."""
    person = getters.person(request, person_id)
    members = FamilyMember.objects.filter(left_on=None).select_related("family", "person").order_by("-pk")
    member = members.filter(person=person).first()
    if member is None:
        return redirect("cases:people")
    form, refused = RoleForm.of(member, request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            set_role(member=member, by=request.user, **form.role())
        except Refused as refusal:
            refused = str(refusal)
        else:
            return redirect("cases:family", family_id=member.family_id)
    audit.log_read(request, what="person", subject=person)
    context = {"form": form, "person": person, "family": member.family, "refused": refused}
    return render(request, "cases/families/role.html", context)
