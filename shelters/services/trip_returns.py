"""Who came back, said on the page of a trip: through the door of the house, where they have a stay in it."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from shelters.models import Direction, Trip, TripPerson, TripState, TripStep
from shelters.services import trips
from shelters.services.door import pass_door, undo_passage

ONE_PRESS = timedelta(minutes=1)  # Those who were written as back together.


@transaction.atomic
def come_back(*, trip: Trip, by: Staff, people: Collection[int] | None = None) -> Trip:
    """All of a trip, or those whose rows have these ids, are back. Whoever sleeps here is written at the door as well."""
    wanted = TripPerson.objects.filter(trip=trip, is_out=True)
    if people is not None:
        wanted = wanted.filter(pk__in=list(people))
    rows = list(wanted.select_related("stay").order_by("pk"))
    if not rows:
        raise Refused(_("Nobody of them is out any more: somebody wrote it a moment ago."))
    stays = trips.lock_stays(row.stay_id for row in rows if row.stay_id)
    here = [stay for stay in stays.values() if stay.departed_at is None and stay.voided_at is None]
    for stay in here:
        pass_door(stay=stay, direction=Direction.IN, by=by)
    row = trips.lock(trip.pk)
    # Who has no stay here, or has left it: the door does not know them. And who the door had seen a moment ago.
    rest = TripPerson.objects.filter(trip=row, pk__in=[one.pk for one in rows], is_out=True)
    if rest.update(is_out=False, back_at=timezone.now()):
        trips.write(row, TripStep.BACK, by)
        trips.end_if_nobody_is_out(row)
    return row


@transaction.atomic
def take_back(*, trip: Trip, by: Staff) -> Trip:
    """A trip that ended goes on: the last return, or the closing, was written by mistake. Both stand in it as long as it is
    kept. Whoever had come back before stays back."""
    known = Trip.objects.filter(pk=trip.pk).first()
    if known is None or not known.has_ended:
        raise Refused(_("There is nothing to take back. Look at the trip again."))
    last = TripPerson.objects.filter(trip=trip, is_out=False)
    moment = last.aggregate(moment=Max("back_at"))["moment"] if known.state == TripState.BACK else None
    last = last.filter(back_at__gte=moment - ONE_PRESS) if moment else last.filter(back_at=None)
    rows = list(last.select_related("came_in__stay__shelter").order_by("pk"))
    trips.lock_stays(row.stay_id for row in rows if row.stay_id)
    for one in rows:
        if one.came_in is not None:
            undo_passage(passage=one.came_in, by=by)
    row = trips.lock(trip.pk)
    left = TripPerson.objects.filter(pk__in=[one.pk for one in rows], is_out=False)
    if left.exists() and not trips.put_out_again(left):
        raise Refused(_("Somebody of them is out on another trip already. Look at the trips."))
    if row.has_ended:
        trips.reopen_row(row, by)
    return row
