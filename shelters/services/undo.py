"""Undo what the desk did: within the hour, a departure within a day. The record keeps both the act and its undoing."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import PROMISED, Act, ActKind, Bed, Placement, PlacementState, Space, Stay
from shelters.services import cleaning, departures, desk, promises, waiting
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
            promises.check_kept(shelter, before, now, adds=True)
    except IntegrityError as error:
        if desk.is_about_the_person(error):
            raise Refused(desk.sentence_for(error)) from error
        raise Refused(_("The old place has been taken by someone else meanwhile. Move them instead.")) from error
    act.undone_at, act.undone_by = now, by
    act.save(update_fields=["undone_at", "undone_by"])
    act.shelter = shelter
    return act


def _check_nothing_later(act: Act) -> None:
    """Refuse where a later act that still stands touched the same stays or places."""
    stays, places = set(act.changed.get("stays", [])), _touched(act)
    later = Act.objects.filter(shelter=act.shelter, pk__gt=act.pk, undone_at=None)
    for other in later:
        if stays & set(other.changed.get("stays", [])) or places & _touched(other):
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
    if act.kind == ActKind.CHECK_OUT:
        Stay.objects.filter(pk__in=changed["stays"]).update(departed_at=None, exit_reason="", destination="")
        departures.take_back(act, by, now)
    cleaning.put_back(changed, now)
    for placement_id, began, promised_until in changed.get("closed", []):
        _reopen(Placement.objects.get(pk=placement_id), datetime.fromisoformat(began), promised_until, now)
    for placement_id, expiry in changed.get("extended", []):
        still = Placement.objects.filter(pk=placement_id, state=PlacementState.HELD)
        still.update(hold_expires_at=datetime.fromisoformat(expiry))
    for hold in Placement.objects.filter(pk__in=changed.get("released", []), hold_expires_at__gt=now):
        desk.release_expired_holds([hold.bed_id] if hold.bed_id else [], now)
        hold.state = PlacementState.HELD
        hold.save(update_fields=["state"])


def _check_what_is_hard(act: Act, by: Staff, now: datetime) -> None:
    """Whoever comes back to an old place must be allowed there as it is now: children, fire limits, broken beds."""
    ids = [row[0] for row in act.changed.get("closed", [])]
    back = list(Placement.objects.filter(pk__in=ids).select_related("person", "space__shelter", "bed", "family"))
    beds = [place.bed_id for place in back if place.bed_id]
    night = nights.night_of(act.shelter, now)
    desk.check_spaces_are_open({place.space for place in back if place.space}, night)
    _check_beds_stand_there(act)
    if len(beds) > Bed.objects.filter(pk__in=beds).usable(night).count():
        raise Refused(_("The old bed is out of service now. Move them instead."))
    desk.check_fire_limits({place.space for place in back if place.space}, desk.sleepers(act.shelter, now), {})
    others = desk.sleepers(act.shelter, now)
    spaces = Space.objects.filter(pk__in=[place.space_id for place in back if place.space_id]).on_night(night).in_bulk()
    for place in back:
        if place.person is None or place.family is None or place.space_id is None:
            continue
        space = spaces[place.space_id]
        guest = desk.guests([place.person], place.family, now, act.shelter, by)[place.person.pk]
        found = desk.problems_of(guest, space, None, others, Makeup(True, True))
        desk.refuse_or_bend([problem for problem in found if problem.is_hard], "")


def _check_beds_stand_there(act: Act) -> None:
    """A bed that was carried to another space meanwhile is not the old place any more, for a guest or for a hold."""
    ids = [row[0] for row in act.changed.get("closed", [])] + act.changed.get("released", [])
    moved = Placement.objects.filter(pk__in=ids, state__in=PROMISED).exclude(bed__space=F("space")).exclude(bed=None)
    if place := moved.select_related("bed").first():
        raise Refused(
            _("Bed %(bed)s was carried to another space meanwhile. Carry it back, or give another place.")
            % {"bed": place.bed.label if place.bed else ""}
        )


def _reopen(place: Placement, began: datetime, promised_until: str | None, now: datetime) -> None:
    if place.bed_id:
        desk.release_expired_holds([place.bed_id], now)
    end = datetime.fromisoformat(promised_until) if promised_until else None
    place.state = PlacementState.IN
    place.actual = DateTimeTZRange(began, None)
    place.planned = DateTimeTZRange(began, end)
    place.save(update_fields=["state", "actual", "planned"])
