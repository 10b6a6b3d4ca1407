"""Whose answer a tap of the roll-call is: a note of who opened the page, signed, which a tap takes along."""

from datetime import timedelta

from django.core import signing
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Membership, Staff
from ngo.permissions import Permission, may
from shelters.models import Shelter

TAPPER = "posada.roll_call.tapper"
TAPPER_LASTS = timedelta(hours=36)  # A sign-in lasts twelve hours, and an answer may wait for a day.


def tapper_of(staff: Staff, shelter: Shelter) -> str:
    """A signed note of whose page this is, which a tap takes along: it may be sent after somebody else has signed in."""
    return signing.dumps([staff.pk, shelter.pk], salt=TAPPER)


def who_tapped(note: str, shelter: Shelter, sender: Staff) -> Staff:
    """Whose answer a tap is: of whoever tapped, not of whoever is signed in when it is sent. Two queries at most.

    Raises Refused where that person does not take the roll here any more, or the note is not ours or too old.
    """
    if not note:
        return sender
    try:
        staff_id, shelter_id = signing.loads(note, salt=TAPPER, max_age=TAPPER_LASTS)
    except signing.BadSignature:
        staff_id = shelter_id = None
    if staff_id == sender.pk and shelter_id == shelter.pk:
        return sender
    works_here = Membership.objects.in_force().filter(staff=staff_id, organisation=shelter.organisation_id)
    membership = works_here.select_related("staff", "organisation").first() if shelter_id == shelter.pk else None
    if membership is None:
        raise Refused(_("Nobody can be named any more who gave this answer. Ask for the person and answer again."))
    staff = membership.staff
    staff.membership = membership  # In whatever organisation they are working now: this they did here.
    if not may(staff, Permission.TAKE_ROLL_CALL):
        raise Refused(_("Nobody can be named any more who gave this answer. Ask for the person and answer again."))
    return staff
