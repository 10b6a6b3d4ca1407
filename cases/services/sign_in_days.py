"""On which days the office of a sign-in takes none: weekends, and what its authority published."""

from cases.models import SignInDuty
from cases.services.protection import Closed, at_weekends


def closed_days(duty: SignInDuty) -> Closed:
    """Whether the office of this duty is closed on a day."""
    return at_weekends
