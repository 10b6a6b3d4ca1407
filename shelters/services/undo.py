"""Undo what the desk did: within the hour, a departure within a day. The record keeps both the act and its undoing."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.services.tasks import take_back
from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import Act, ActKind, Bed, Placement, PlacementState, Space, Stay
from shelters.services import cleaning, departures, desk, holds, promises, stays, waiting
from shelters.services.rules import Makeup

UNDO_WITHIN = timedelta(hours=1)
UNDO_DEPARTURE_WITHIN = timedelta(
    days=1
)  # Who was written off by mistake is often missed only at night, or comes back.


def can_be_undone(act: Act, now: datetime | None = None) -> bool:
    """Whether an act is still young enough, and has not been undone."""
    within = UNDO_DEPARTURE_WITHIN if act.kind == ActKind.CHECK_OUT else UNDO_WITHIN
    return act.undone_at is None and (now or timezone.now()) - act.recorded_at <= within


def still_undoable(now: datetime) -> Q:
    """The acts that can be undone at an instant, for a filter."""
    departures = Q(kind=ActKind.CHECK_OUT, recorded_at__gt=now - UNDO_DEPARTURE_WITHIN)
    return Q(undone_at=None) & (Q(recorded_at__gt=now - UNDO_WITHIN) | departures)


@transaction.atomic
def undo(*, act: Act, by: Staff) -> Act:
    """Put everything back as it was before an act.

    Raises Refused once its time has passed, where something later stands on it, or where the old bed has been taken meanwhile.
    """
    shelter = desk.lock(act.shelter, by)
    act = Act.objects.select_for_update().get(pk=act.pk)
    if act.undone_at is not None:
        raise Refused(_("This has already been undone. Load the page again to see how it stands."))
    if not can_be_undone(act) and act.kind == ActKind.CHECK_OUT:
        raise Refused(_("More than a day has passed. Check them in again; the departure stays in the record."))
    if not can_be_undone(act):
        raise Refused(_("More than an hour has passed. Use move or check-out to correct it; both will be seen."))
    _check_nothing_later(act)
    now = timezone.now()
    before = promises.begin(shelter, now)
    try:
        with transaction.atomic():
            _put_back(act, by, now)
            _check_what_is_hard(act, by, now)
            _look_after_children(act, by, now)
            promises.check_kept(shelter, before, now, adds=True)
    except IntegrityError as error:
        if desk.is_about_the_person(error):
            raise Refused(desk.sentence_for(error)) from error
        raise Refused(_("The old place has been taken by someone else meanwhile. Move them instead.")) from error
    act.undone_at, act.undone_by = now, by
    act.save(update_fields=["undone_at", "undone_by", "changed"])
    act.shelter = shelter
    return act


def _check_nothing_later(act: Act) -> None:
    """Refuse where a later act that still stands touched the same stays or places."""
    people, places = set(act.changed.get("stays", [])), _touched(act)
    later = Act.objects.filter(shelter=act.shelter, pk__gt=act.pk, undone_at=None)
    for other in later:
        if people & set(other.changed.get("stays", [])) or places & _touched(other):
            raise Refused(
                _("Something happened after it: “%(act)s”. Undo that first.") % {"act": other.get_kind_display()}
            )


def _touched(act: Act) -> set[int]:
    changed = act.changed
    pairs = [*changed.get("closed", []), *changed.get("extended", [])]
    return {*changed.get("opened", []), *changed.get("released", []), *(row[0] for row in pairs)}


def _put_back(act: Act, by: Staff, now: datetime) -> None:
    changed = act.changed
    state = PlacementState.RELEASED if act.kind == ActKind.HOLD else PlacementState.VOID
    Placement.objects.filter(pk__in=changed.get("opened", [])).update(state=state)
    if act.kind == ActKind.CHECK_IN:
        Stay.objects.filter(pk__in=changed["stays"]).update(voided_at=now)
        waiting.reopen(changed.get("waited", []), by)
        take_back(changed.get("tasks", []), by, _("The check-in was undone."))
    if act.kind == ActKind.CHECK_OUT:
        Stay.objects.filter(pk__in=changed["stays"]).update(departed_at=None, exit_reason="", destination="")
        departures.take_back(act, by, now)
    for stay_id, before, written in changed.get("until", []):
        _put_back_day(stay_id, before, written)
    cleaning.put_back(changed, now)
    for placement_id, began, promised_until in changed.get("closed", []):
        _reopen(Placement.objects.get(pk=placement_id), datetime.fromisoformat(began), promised_until, now)
    for placement_id, expiry in changed.get("extended", []):
        still = Placement.objects.filter(pk=placement_id, state=PlacementState.HELD)
        still.update(hold_expires_at=datetime.fromisoformat(expiry))
    lost = []
    given_back = Placement.objects.filter(pk__in=changed.get("released", []), hold_expires_at__gt=now)
    for hold in given_back.select_related("bed__space__shelter", "space", "shelter").order_by("pk"):
        if act.kind == ActKind.RELEASE:
            _hold_again(hold, now)
        elif not _hold_again_if_it_can_be(hold, now):
            lost.append(hold.pk)
    if lost:
        act.changed["not_held_again"] = lost


def _hold_again(hold: Placement, now: datetime) -> None:
    """What was given back is held again, where it could be held anew: the bed is there, the space and the house are open."""
    start = max(now, hold.planned.lower)
    planned = DateTimeTZRange(start, hold.planned.upper)
    holds.check_open(hold.shelter, start)
    if hold.space is not None:
        night = nights.night_of(hold.shelter, start)
        for space in Space.objects.filter(pk=hold.space.pk).with_closure(night).with_closing(night):
            desk.check_is_open(space)
            desk.check_space_stays_open(space, planned)
    if hold.bed is not None:
        _check_it_stands_there(hold)
        desk.release_expired_holds([hold.bed.pk], now)
        holds.check_nobody_stays_on([hold.bed], planned)
    hold.state = PlacementState.HELD
    hold.save(update_fields=["state"])


def _hold_again_if_it_can_be(hold: Placement, now: datetime) -> bool:
    """The same for what an act released by the way: where it cannot be, the act is undone without it, which is said."""
    scope = promises.scopes_of(hold.space_id, hold.space.kind if hold.space else hold.space_kind)[0]
    span = DateTimeTZRange(max(now, hold.planned.lower), hold.planned.upper)
    if span.upper <= span.lower or (hold.bed is None and not promises.left(hold.shelter, span, now).get(scope, 0)):
        return False
    try:
        with transaction.atomic():
            _hold_again(hold, now)
    except (Refused, IntegrityError):
        return False
    return True


def _check_what_is_hard(act: Act, by: Staff, now: datetime) -> None:
    """Whoever comes back to an old place must be allowed there as it is now: children, fire limits, broken beds."""
    ids = [row[0] for row in act.changed.get("closed", [])]
    back = list(Placement.objects.filter(pk__in=ids).select_related("person", "space__shelter", "bed", "family"))
    beds = [place.bed_id for place in back if place.bed_id]
    night = nights.night_of(act.shelter, now)
    desk.check_spaces_are_open({place.space for place in back if place.space}, night)
    _check_beds_stand_there(act)
    usable = {
        bed.pk: bed for bed in Bed.objects.filter(pk__in=beds).usable(night).with_end(night).select_related("space")
    }
    if len(beds) > len(usable):
        raise Refused(_("The old bed is out of service now. Move them instead."))
    for place in back:
        if place.space is not None and place.bed_id:
            usable[place.bed_id].space.shelter = place.space.shelter
            desk.check_bed_stays(usable[place.bed_id], place.planned)
    others = desk.sleepers(act.shelter, now)
    desk.check_fire_limits({place.space for place in back if place.space}, others, {})
    spaces = Space.objects.filter(pk__in=[place.space_id for place in back if place.space_id]).on_night(night).in_bulk()
    for place in back:
        if place.person is None or place.space_id is None:
            continue
        space = spaces[place.space_id]
        guest = desk.guests([place.person], place.family, now, act.shelter, by)[place.person.pk]
        found = desk.problems_of(guest, space, None, others, Makeup(True, True))
        desk.refuse_or_bend([problem for problem in found if problem.is_hard], "")


def _look_after_children(act: Act, by: Staff, now: datetime) -> None:
    """No child stays behind alone unseen: refused where it came in after its adults, else it is on the list of the alone."""
    if act.kind not in {ActKind.CHECK_IN, ActKind.CHECK_OUT} or act.family is None:
        return
    if act.kind == ActKind.CHECK_IN:
        alone = departures.children_left_alone([act.family], act.shelter, now).get(act.family.pk, [])
        later = Act.objects.filter(shelter=act.shelter, kind=ActKind.CHECK_IN, pk__gt=act.pk, undone_at=None)
        came_after = {pk for other in later for pk in other.changed.get("stays", [])} if alone else set()
        if child := next((stay for stay in alone if stay.pk in came_after), None):
            raise Refused(
                _("%(name)s came in after them and would be alone here. Undo the check-in of the child first.")
                % {"name": desk.word_for(child.person, act.family, by)}
            )
    departures.raise_alerts_for_children_left(act.family, act.shelter, now, by)


def _check_beds_stand_there(act: Act) -> None:
    """A bed that was carried to another space meanwhile is not the old place any more."""
    ids = [row[0] for row in act.changed.get("closed", [])]
    for place in Placement.objects.filter(pk__in=ids).exclude(bed=None).select_related("bed"):
        _check_it_stands_there(place)


def _check_it_stands_there(place: Placement) -> None:
    if place.bed is not None and place.bed.space_id != place.space_id:
        raise Refused(
            _("Bed %(bed)s was carried to another space meanwhile. Carry it back, or give another place.")
            % {"bed": place.bed.label}
        )


def _put_back_day(stay_id: int, before: str | None, written: str | None) -> None:
    stay = Stay.objects.select_related("shelter").get(pk=stay_id)
    then = stay.expected_departure_on.isoformat() if stay.expected_departure_on else None
    if stay.departed_at or stay.voided_at or then != written:
        raise Refused(_("Something happened after it: their departure or its day was changed. Correct that instead."))
    stays.put_back_departure(stay=stay, expected_departure_on=date.fromisoformat(before) if before else None)


def _reopen(place: Placement, began: datetime, promised_until: str | None, now: datetime) -> None:
    if place.bed_id:
        desk.release_expired_holds([place.bed_id], now)
    leaves_on = place.stay.expected_departure_on if place.stay else None
    noon = nights.noon_of(place.shelter, leaves_on) if leaves_on else None
    # Until the day that is written now, which may have changed since; one that was over then stands as it was promised.
    end = datetime.fromisoformat(promised_until) if promised_until and noon and noon <= now else noon
    place.state = PlacementState.IN
    place.actual = DateTimeTZRange(began, None)
    place.planned = DateTimeTZRange(began, end)
    place.save(update_fields=["state", "actual", "planned"])
