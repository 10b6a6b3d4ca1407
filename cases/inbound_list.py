"""What was written back, as the page shows it: what somebody must look at first, then the latest."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from cases.models import Family, Inbound
from ngo.permissions import Permission, may


@dataclass(frozen=True)
class Line:
    """One message. `who` is empty where nobody here has the number."""

    row: Inbound
    is_ours: bool  # Of nobody's number, only the house that looks after those may read what it says.
    who: str
    family: Family | None

    @property
    def waits(self) -> bool:
        return bool(self.row.is_waiting)  # type: ignore[attr-defined]


def inbound_for(staff: Any) -> QuerySet[Inbound]:
    """Everything that this person may read, in the order of the page."""
    rows = Inbound.objects.seen_by(staff).with_waiting()
    return rows.order_by("-is_waiting", "-at", "-pk")


def lines(rows: QuerySet[Inbound], staff: Any) -> list[Line]:
    """These messages with whose they are: names for who may read names, initials for the others. Five queries at most."""
    families = Family.objects.visible_to(staff).with_members()
    rows = rows.select_related("appointment__kind", "handled_by").prefetch_related(
        "phone", Prefetch("phone__family", queryset=families)
    )
    names = may(staff, Permission.VIEW_NAMES)
    found = list(rows)
    return [
        Line(row, row.organisation_id is not None, _who(row, names), row.phone.family if row.phone else None)
        for row in found
    ]


def _who(row: Inbound, names: bool) -> str:
    if row.phone is None:
        return ""
    members = row.phone.family.current_members  # type: ignore[attr-defined]
    if not members:
        return row.phone.family.folio
    head = members[0].person
    return head.full_name if names else head.initials
