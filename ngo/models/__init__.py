"""Ground: organisations, staff, the catalogue of places, the read log and the heartbeat."""

from ngo.models.catalogue import City, Office, OfficeKind
from ngo.models.health import Heartbeat
from ngo.models.organisations import Membership, Organisation, Staff, Theme
from ngo.models.outbox import Pace
from ngo.models.reads import ReadLog

__all__ = [
    "City",
    "Heartbeat",
    "Membership",
    "Office",
    "OfficeKind",
    "Organisation",
    "Pace",
    "ReadLog",
    "Staff",
    "Theme",
]
