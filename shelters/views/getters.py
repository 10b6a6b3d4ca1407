"""One getter per object: it fetches and authorises at once. What is not ours is not there (404)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.forms import Form
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Appointment, AppointmentPerson, Family
from ngo.errors import Refused
from ngo.permissions import Permission, may
from shelters.models import (
    Act,
    AuthorityChange,
    Bed,
    Item,
    Leave,
    Lot,
    Opening,
    Passage,
    Placement,
    ReportRecipient,
    RollCallMark,
    Shelter,
    Space,
    SpaceRule,
    Stay,
    StayExtension,
    StockMove,
    Trip,
    TurnAway,
    WaitingEntry,
)

JUST_TAKEN_IN = timedelta(hours=1)  # As long as the desk may undo what it did.
A_NIGHT = timedelta(days=1)


def shelters_of(request: Any) -> Any:
    return Shelter.objects.visible_to(request.user)


def houses_to_ask(request: Any) -> Any:
    """Every house of the organisation that is not closed: who is posted to one may ask another for places."""
    houses = Shelter.objects.filter(organisation=request.user.organisation)
    return houses.with_opening(timezone.now()).exclude(opening=Opening.CLOSED)


def shelter(request: Any, slug: str) -> Shelter:
    shelters = shelters_of(request).with_opening(timezone.now()).select_related("city")
    return get_object_or_404(shelters, slug=slug)


def space(request: Any, slug: str, pk: int) -> Space:
    spaces = Space.objects.visible_to(request.user).select_related("shelter")
    return get_object_or_404(spaces, pk=pk, shelter__slug=slug, shelter__in=shelters_of(request))


def space_rule(request: Any, pk: int) -> SpaceRule:
    rules = SpaceRule.objects.visible_to(request.user).standing().select_related("space__shelter")
    return get_object_or_404(rules, pk=pk, space__shelter__in=shelters_of(request))


def bed(request: Any, pk: int) -> Bed:
    beds = Bed.objects.visible_to(request.user).select_related("space__shelter")
    return get_object_or_404(beds, pk=pk, space__shelter__in=shelters_of(request))


def stay(request: Any, pk: int) -> Stay:
    """A stay that goes on."""
    stays = Stay.objects.visible_to(request.user).current().select_related("shelter", "person", "family")
    return get_object_or_404(stays, pk=pk, shelter__in=shelters_of(request))


def stay_or_left(request: Any, pk: int) -> Stay:
    """A stay, also one that has ended: a press that comes twice is told so by the service."""
    stays = Stay.objects.visible_to(request.user).select_related("shelter", "person", "family")
    return get_object_or_404(stays, pk=pk, shelter__in=shelters_of(request))


def stay_ever(request: Any, shelter: Shelter, pk: int) -> Stay:
    """A stay in a shelter, also one that has ended."""
    return get_object_or_404(Stay.objects.visible_to(request.user).filter(shelter=shelter), pk=pk)


def passage(request: Any, pk: int) -> Passage:
    rows = Passage.objects.visible_to(request.user).select_related("stay__shelter")
    return get_object_or_404(rows, pk=pk, stay__shelter__in=shelters_of(request))


def leave(request: Any, pk: int) -> Leave:
    rows = Leave.objects.visible_to(request.user).select_related("stay__shelter")
    return get_object_or_404(rows, pk=pk, stay__shelter__in=shelters_of(request))


def trip(request: Any, pk: int) -> Trip:
    """A trip that is not erased yet."""
    whose = ("shelter", "appointment__kind", "first", "second", "taken_by", "opened_by")
    rows = Trip.objects.visible_to(request.user).select_related(*whose)
    return get_object_or_404(rows, pk=pk, shelter__in=shelters_of(request))


def roll_call_mark(request: Any, pk: int) -> RollCallMark:
    marks = RollCallMark.objects.visible_to(request.user).select_related("roll_call__shelter")
    return get_object_or_404(marks, pk=pk, roll_call__shelter__in=shelters_of(request))


def turn_away(request: Any, pk: int) -> TurnAway:
    rows = TurnAway.objects.visible_to(request.user).select_related("shelter")
    return get_object_or_404(rows, pk=pk, shelter__in=shelters_of(request))


def waiting_of(request: Any) -> Any:
    """Who waits, or waited, for a house of this person's, or for any of the organisation."""
    return WaitingEntry.objects.visible_to(request.user).for_shelters(shelters_of(request))


def waiting_entry(request: Any, pk: int) -> WaitingEntry:
    rows = waiting_of(request).select_related("shelter", "offered_shelter", "recorded_by")
    members = Family.objects.with_members()
    return get_object_or_404(rows.prefetch_related(Prefetch("family", queryset=members)), pk=pk)


def act(request: Any, pk: int) -> Act:
    acts = Act.objects.visible_to(request.user).select_related("shelter", "family", "by")
    return get_object_or_404(acts, pk=pk, shelter__in=shelters_of(request))


def extension(request: Any, batch: UUID) -> StayExtension:
    """The first of what was asked together."""
    rows = StayExtension.objects.visible_to(request.user).filter(batch=batch, stay__shelter__in=shelters_of(request))
    row = rows.select_related("stay__shelter").order_by("stay_id").first()
    if row is None:
        raise Http404
    return row


def authority_event(request: Any, pk: int) -> AuthorityChange:
    names = ("kind", "pathway", "office", "by", "undone_by")
    return get_object_or_404(AuthorityChange.objects.visible_to(request.user).select_related(*names), pk=pk)


def hold(request: Any, pk: int) -> Placement:
    """A hold of a house of ours, or one that a house of ours asked for; also one that is over: the service says so."""
    holds = Placement.objects.visible_to(request.user).exclude(hold_expires_at=None)
    ours = Q(shelter__in=shelters_of(request)) | Q(sender__in=shelters_of(request))
    return get_object_or_404(holds.filter(ours).select_related("shelter", "bed", "sender"), pk=pk)


def item(request: Any, pk: int) -> Item:
    items = Item.objects.visible_to(request.user).select_related("shelter")
    return get_object_or_404(items, pk=pk, shelter__in=shelters_of(request))


def lot(request: Any, pk: int) -> Lot:
    lots = Lot.objects.visible_to(request.user).select_related("item__shelter")
    return get_object_or_404(lots, pk=pk, item__shelter__in=shelters_of(request))


def stock_move(request: Any, pk: int) -> StockMove:
    moves = StockMove.objects.visible_to(request.user).select_related("lot__item__shelter")
    return get_object_or_404(moves, pk=pk, lot__item__shelter__in=shelters_of(request))


def report_recipient(request: Any, slug: str, pk: int) -> ReportRecipient:
    """Someone to whom the reports of a shelter of ours are sent now."""
    recipients = ReportRecipient.objects.visible_to(request.user).filter(removed_at=None).select_related("shelter")
    return get_object_or_404(recipients, pk=pk, shelter__slug=slug, shelter__in=shelters_of(request))


def families_of(request: Any) -> Any:
    """The families whose beds this person may arrange.

    Who may open files: all of the organisation. Who may not: those that they took in within the hour, those of the last day
    who still have no place, those that are in the house now or wait for it, and those for whom the desk did something within
    the hour, so that it can be undone.
    """
    families = Family.objects.visible_to(request.user)
    if may(request.user, Permission.VIEW_PEOPLE):
        return families
    here = Stay.objects.current().filter(family=OuterRef("pk"), shelter__in=shelters_of(request))
    since = timezone.now() - JUST_TAKEN_IN
    done = Act.objects.filter(family=OuterRef("pk"), shelter__in=shelters_of(request), recorded_at__gt=since)
    waits = waiting_of(request).on_list().filter(family=OuterRef("pk"))  # The door places them, whoever took them in.
    mine = Q(registered_by=request.user, recorded_at__gt=since)
    had_a_place = Exists(Stay.objects.valid().filter(family=OuterRef("pk")))
    at_the_door = Q(~had_a_place, recorded_at__gt=timezone.now() - A_NIGHT)  # Whoever is on shift places them.
    return families.filter(mine | at_the_door | Exists(here) | Exists(done) | Exists(waits))


def family(request: Any, pk: int) -> Family:
    return get_object_or_404(families_of(request).with_members(), pk=pk)


def shows_names(request: Any, family: Family) -> bool:
    """Whether this person may read the names of a family: by their role, or because they took it in within the hour."""
    mine = family.registered_by_id == request.user.pk and family.recorded_at > timezone.now() - JUST_TAKEN_IN
    return mine or may(request.user, Permission.VIEW_NAMES)


def words(form: Form) -> dict[str, Any]:
    """What a form without a page of its own was sent, cleaned; refused in its own sentences where something is wrong."""
    if not form.is_valid():
        raise Refused(" ".join(str(fault) for faults in form.errors.values() for fault in faults))
    return form.cleaned_data


def say_done_already(request: Any) -> None:
    """The same press came twice: what it asks was done the first time."""
    messages.info(request, _("This was saved already, the first time that you sent it. Nothing was written twice."))


def posted(request: Any) -> Any:
    """What a form is bound to: what was posted, were it nothing at all; None for a page that is only shown."""
    return request.POST if request.method == "POST" else None


def departure(request: Any, pk: int) -> Appointment:
    """An appointment that this person may tell of: somebody of it sleeps in a house of theirs, or in none at all."""
    stays = Stay.objects.current().filter(person=OuterRef("person"))
    goers = AppointmentPerson.objects.filter(appointment=OuterRef("pk"))
    here = goers.filter(Exists(stays.filter(shelter__in=shelters_of(request))))
    nowhere = goers.filter(~Exists(stays))
    rows = Appointment.objects.visible_to(request.user).filter(Exists(here) | Exists(nowhere))
    return get_object_or_404(rows, pk=pk)
