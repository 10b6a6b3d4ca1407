"""Who holds no paper that protects them, who has to sign, and whose papers end soon: one page, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cases.models import Permit, ProcessPerson, SignInDuty, without_a_protecting_paper

SIGNS_WITHIN = timedelta(days=7)
ENDS_WITHIN = timedelta(days=30)
MOST = 200


@dataclass
class ProtectionList:
    day: date
    unprotected: list[ProcessPerson]
    duties: list[SignInDuty]
    ending: list[Permit]

    @property
    def people(self) -> int:
        return len(self.unprotected) + len(self.duties) + len(self.ending)

    @property
    def missed(self) -> list[SignInDuty]:
        """Sign-ins whose day is over without anybody having written what became of them."""
        return [duty for duty in self.duties if duty.next_on < self.day]


def protection_list(staff: Any, day: date) -> ProtectionList:
    """The whole page. Three queries."""
    organisation = staff.membership.organisation_id
    unprotected = without_a_protecting_paper(day).filter(process__organisation=organisation)
    unprotected = unprotected.select_related("person", "process__claim", "process__family")
    duties = SignInDuty.objects.visible_to(staff).running().filter(next_on__lte=day + SIGNS_WITHIN)
    ending = Permit.objects.visible_to(staff).ending_by(day + ENDS_WITHIN).select_related("person")
    return ProtectionList(
        day=day,
        unprotected=list(unprotected.order_by("process__claim__changed_at", "pk")[:MOST]),
        duties=list(duties.select_related("person", "claim__process", "office").order_by("next_on", "pk")[:MOST]),
        ending=list(ending[:MOST]),
    )
