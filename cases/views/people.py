"""Finding people: by name, and by what they are waiting for."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.forms.appointments import OwnerForm
from cases.forms.fields import country_names, language_names
from cases.forms.people import FileForm, GroupForm, SearchForm
from cases.link_file import shared_people_like
from cases.models import RESTRICTED_NEEDS, Case, ChildAlert, Family, Group, Person
from cases.services import people as services
from cases.services.contact import hash_of
from cases.services.us_matters import people_with_a_number
from cases.services.ways import change_what_they_await
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires

SHOWN = 30  # Of a search.
PAGE = 50


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_PEOPLE)
@transaction.atomic
def people(request: HttpRequest) -> HttpResponse:
    """Search (by POST: a name must not stand in an address) and the groups with how many wait in each."""
    form = SearchForm(request.POST or None)
    found: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        found = search(request, form.cleaned_data["text"])
    groups = Case.objects.visible_to(request.user).by_group(timezone.now())
    context = {"form": form, "groups": groups, "total": sum(row.people for row in groups)} | found
    if may(request.user, Permission.HANDLE_CHILD_ALERTS):
        context["alerts"] = ChildAlert.objects.visible_to(request.user).open().select_related("family")[:PAGE]
    return render(request, "cases/people/list.html", context)


def family_of(person: Person) -> Family | None:
    return Family.objects.with_member(person).first()


def search(request: HttpRequest, text: str) -> dict[str, Any]:
    """The people and families that fit, and a line in the read log with how many."""
    families = list(Family.objects.visible_to(request.user).matching(text, hash_of(text)).with_members()[:SHOWN])
    persons = list(Person.objects.visible_to(request.user).named_like(text).with_family()[: SHOWN + 1])
    if may(request.user, Permission.VIEW_CASES) and (numbered := people_with_a_number(text)):
        persons = [*Person.objects.visible_to(request.user).filter(pk__in=numbered).with_family(), *persons]
    shared = shared_people_like(request.user, text, timezone.now())
    audit.log_read(request, what="search", count=len(families) + len(persons[:SHOWN]) + len(shared))
    for referral in {one.referral for one in shared}:  # Who sent it sees that it was read.
        audit.log_read(request, what="referral_received", subject=referral)
    found = {"families": families, "persons": persons[:SHOWN], "has_more": len(persons) > SHOWN, "shared": shared}
    return {"is_answer": True} | found


@require_GET
@requires(Permission.VIEW_PEOPLE)
@transaction.atomic
def group(request: HttpRequest, group: str) -> HttpResponse:
    """Everybody in a group with their next date and who is responsible: who waits longest first, or by date."""
    if group not in Group.values:
        raise Http404
    cases = Case.objects.visible_to(request.user).waiting().filter(group=group).with_next_date(timezone.now())
    by_date = request.GET.get("by") == "date"
    cases = (cases.next_date_first() if by_date else cases.longest_first()).with_people()
    page = Paginator(cases, PAGE).get_page(request.GET.get("page"))
    audit.log_read(request, what="group", count=len(page.object_list))
    return render(request, "cases/people/group.html", {"group": Group(group), "page": page, "by_date": by_date})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def person_owner(request: HttpRequest, person_id: int) -> HttpResponse:
    """Who is responsible for somebody; in one press oneself (`mine`)."""
    person = getters.person(request, person_id)
    family = family_of(person)
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and data.get("mine"):
        data["owner"] = str(request.user.pk)
    case = person.cases.filter(closed_at=None).first()
    given = {"owner": case.owner_id if case and case.owner_id else request.user.pk}
    form, refused = OwnerForm(data, by=request.user, is_family=family is not None, initial=given), ""
    if data is not None and form.is_valid():
        whole = family is not None and form.cleaned_data.get("whole_family")
        people = list(Person.objects.in_family(family)) if whole and family else [person]
        try:
            services.assign_owner(people=people, owner=form.cleaned_data["owner"], by=request.user)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("It is written who is responsible."))
            return _after_owner(case, family, back=data.get("back") == "group")
    audit.log_read(request, what="owner", subject=person)
    context = {"form": form, "person": person, "family": family, "case": case, "refused": refused}
    return render(request, "cases/people/owner.html", context)


def _after_owner(case: Case | None, family: Family | None, *, back: bool) -> HttpResponse:
    """Back to the list that it was done from, or else to the family."""
    if back and case is not None:
        return redirect("cases:group", case.group)
    return redirect("cases:family", family.pk) if family else redirect("cases:people")


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def person_group(request: HttpRequest, person_id: int) -> HttpResponse:
    person = getters.person(request, person_id)
    family = family_of(person)
    return change_group(request, family=family, persons=[person], subject=person)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_group(request: HttpRequest, family_id: int) -> HttpResponse:
    family = getters.family(request, family_id)
    return change_group(request, family=family, persons=list(Person.objects.in_family(family)), subject=family)


def change_group(request: HttpRequest, *, family: Family | None, persons: list[Person], subject: Any) -> HttpResponse:
    """One page for one person or a whole family: where they are, where they go on to, and why."""
    form, refused = GroupForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            change_what_they_await(people=persons, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = str(refusal)
        else:
            return redirect("cases:family", family_id=family.pk) if family else redirect("cases:people")
    audit.log_read(request, what="group_change", subject=subject)
    cases = Case.objects.open().filter(person__in=persons).select_related("person").order_by("pk")
    context = {"form": form, "family": family, "persons": persons, "cases": cases, "refused": refused}
    return render(request, "cases/people/change_group.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def person_edit(request: HttpRequest, person_id: int) -> HttpResponse:
    """Correct what a file says of someone."""
    person = getters.person(request, person_id)
    sees_all = may(request.user, Permission.VIEW_RESTRICTED_NEEDS)
    form, refused = FileForm.of(person, sees_all=sees_all, data=request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_person(person=person, by=request.user, **form.correction())
        except Refused as refusal:
            refused = str(refusal)
        else:
            family = family_of(person)
            return redirect("cases:family", family_id=family.pk) if family else redirect("cases:people")
    audit.log_read(request, what="person", subject=person)
    context = {"form": form, "person": person, "family": family_of(person), "refused": refused}
    needs = person.needs.select_related("noted_by").order_by("noted_at", "pk")
    context["needs"] = needs if sees_all else needs.exclude(code__in=RESTRICTED_NEEDS)
    context |= {"countries": country_names(), "languages": language_names()}
    return render(request, "cases/people/edit.html", context)
