"""Where unaccompanied children may sleep, until when each place is authorised, who sleeps where, and the plan for each child.

LGDNNA 94 and 95: in places of the DIF, or in others that it has authorised. LM 112: the child-protection office makes a plan to
restore the child's rights.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import ChildAlert, ChildPlace
from ngo.errors import Refused
from ngo.models import Organisation, Staff
from ngo.templatetags.posada import full_date

SOON = timedelta(days=30)
LONGEST_AUTHORISATION = 10  # Years.


@dataclass(frozen=True)
class PlaceData:
    name: str
    is_of_the_dif: bool = False
    authorisation: str = ""
    authorised_until: date | None = None
    is_active: bool = True


@transaction.atomic
def keep_place(
    *, organisation: Organisation, data: PlaceData, by: Staff, place: ChildPlace | None = None
) -> ChildPlace:
    """Write down a place, or what has changed of one. Raises Refused for one that is neither the DIF's nor authorised."""
    if not data.name.strip():
        raise Refused(_("Write what the place is called."))
    if not data.is_of_the_dif and (not data.authorisation.strip() or data.authorised_until is None):
        raise Refused(_("A place that is not of the DIF needs the number of its authorisation and the day it ends."))
    if data.authorised_until and data.authorised_until.year > timezone.localdate().year + LONGEST_AUTHORISATION:
        raise Refused(_("No authorisation lasts so long. Check the year."))
    others = ChildPlace.objects.filter(organisation=organisation, name__iexact=data.name.strip())
    if others.exclude(pk=place.pk if place else 0).exists():
        raise Refused(_("This place is in the list already."))
    row = place or ChildPlace(organisation=organisation)
    for name, value in vars(data).items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.changed_by = by
    row.save()
    return row


@transaction.atomic
def place_child(*, alert: ChildAlert, place: ChildPlace, since: datetime, by: Staff) -> ChildAlert:
    """Write down where a child sleeps. Recorded again it says where now; the history keeps both."""
    row, now = _lock(alert), timezone.now()
    if row.closed_at is not None:
        raise Refused(_("This alert is already closed."))
    if place.organisation_id != row.family.organisation_id or not place.is_active:
        raise Refused(_("This place is not in use. Choose another one."))
    if since > now + timedelta(minutes=5):
        raise Refused(_("That moment has not come yet. Write it when the child is there."))
    if since < row.raised_at - timedelta(days=7):
        raise Refused(_("That is more than a week before the alert. Check the day."))
    day = timezone.localdate(since)
    if not place.is_authorised_on(max(day, timezone.localdate(now))):
        raise Refused(
            _("The authorisation of %(place)s ended on %(day)s. The child cannot stay there: call the DIF for a place.")
            % {"place": place.name, "day": full_date(place.authorised_until)}
        )
    row.place, row.placed_at, row.placed_by = place, since, by
    row.save(update_fields=["place", "placed_at", "placed_by"])
    return row


@transaction.atomic
def record_plan(*, alert: ChildAlert, received_on: date, by: Staff, folio: str = "") -> ChildAlert:
    """Write down that the office's plan for a child has come; also after the alert was closed, for it often comes later."""
    row = _lock(alert)
    if row.notified_at is None:
        raise Refused(_("The child-protection office has not been told yet. Record the notice first."))
    if received_on > timezone.localdate():
        raise Refused(_("That day has not come yet. Check the day."))
    if received_on < timezone.localdate(row.notified_at):
        raise Refused(_("That is before the office was told. Check the day."))
    row.plan_received_on, row.plan_folio, row.plan_recorded_by = received_on, folio.strip(), by
    row.save(update_fields=["plan_received_on", "plan_folio", "plan_recorded_by"])
    return row


def _lock(alert: ChildAlert) -> ChildAlert:
    rows = ChildAlert.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("family", "person").get(pk=alert.pk)
