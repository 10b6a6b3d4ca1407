"""An organisation as its staff meet it: its clock, and changing from one to another."""

from django.db import transaction

from ngo.models import Membership, Staff
from shelters.models import Shelter


def clock_of(staff: Staff) -> str:
    """The zone that an organisation's own hours are told in: that of the first shelter one sees."""
    shelter = Shelter.objects.visible_to(staff).only("zone").first()
    return shelter.zone if shelter else "UTC"


@transaction.atomic
def switch_organisation(*, to: Membership, by: Staff) -> Membership:
    """Work under another of one's own memberships from now on. The caller has made sure that it is in force."""
    by.current_membership = to
    by.save(update_fields=["current_membership"])
    return to
