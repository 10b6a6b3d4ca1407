"""On which days the office of a sign-in takes none: what every list of days leaves out, and closures that say so.

A day that only some lists leave out counts as open: nobody may stay away on a day on which the office may be open.
"""

from datetime import date

from cases.clock_engine import engine_of
from cases.models import Authority, SignInDuty
from cases.services.protection import Closed, at_weekends
from ngo.models import OfficeKind

AUTHORITIES = {OfficeKind.COMAR: "comar", OfficeKind.INM: "inm"}  # By the code of the clock engine.


def closed_days(duty: SignInDuty) -> Closed:
    """Whether the office of this duty takes no sign-in on a day. Without an office, the commission's own days hold."""
    code = AUTHORITIES.get(OfficeKind(duty.office.kind), "comar") if duty.office else "comar"
    authority = Authority.objects.filter(code=code).first()
    if authority is None:
        return at_weekends
    engine = engine_of(duty.claim.process.organisation_id)
    days = engine.shared(authority.pk)

    def is_closed(day: date) -> bool:
        closure = engine.closure_on(authority.pk, day, duty.office_id)
        return (closure is not None and closure.takes_no_sign_in) or not days.is_working(day)

    return is_closed
