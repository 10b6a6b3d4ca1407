"""The flag that keeps a consulate from being told of somebody who asks for protection (LRPCAP 21)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q

from cases.models import BEFORE_FILING, Claim, ClaimState, ProcessPerson

OVER = [ClaimState.WITHDRAWN, ClaimState.FINAL]  # By these ends alone the flag falls without a word of the person.
SILENT = (
    Q(consulate_is_silent=True)
    & ~Q(state__in=OVER)
    & (~Q(state__in=BEFORE_FILING) | Q(process__closed_at__isnull=True))
)


def claims_of(people: Iterable[Any]) -> Any:
    """Claims of any of these people; also where the case was closed before the claim."""
    rows = ProcessPerson.objects.to_the_end().filter(process=OuterRef("process"), person__in=list(people))
    return Claim.objects.filter(Exists(rows))


def open_claims_of(people: Iterable[Any]) -> Any:
    """Claims that are filed and have not ended, of any of these people."""
    return claims_of(people).running()


def consulate_is_silent_for(people: Iterable[Any]) -> bool:
    """Whether nobody may contact the consulate of one of these people.

    From the wish to ask for protection on, for as long as that case is open; from filing on, also after a recognition, and after
    an abandonment that may still be reviewed: until they say otherwise in writing.
    """
    return claims_of(people).filter(SILENT).exists()
