"""The flag that keeps a consulate from being told of somebody who asks for protection (LRPCAP 21)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef

from cases.models import Claim, ProcessPerson


def open_claims_of(people: Iterable[Any]) -> Any:
    """Claims that are filed and have not ended, of any of these people; also where the case was closed before the claim."""
    rows = ProcessPerson.objects.to_the_end().filter(process=OuterRef("process"), person__in=list(people))
    return Claim.objects.running().filter(Exists(rows))


def consulate_is_silent_for(people: Iterable[Any]) -> bool:
    """Whether nobody may contact the consulate of one of these people."""
    return open_claims_of(people).filter(consulate_is_silent=True).exists()
