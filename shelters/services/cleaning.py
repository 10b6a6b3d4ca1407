"""The turnaround of a bed: left, to be cleaned, ready. A bed to be cleaned counts as free; whoever gives it is told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import Bed, Cleaning, Placement, PlacementState, Shelter, Space
from shelters.services import desk

SHOWN_AFTER = timedelta(hours=12)  # What was cleaned stays on the list for a shift, so that it can be taken back.


# --- Called by the desk, under the shelter's lock ----------------------------------------------------------------------


def after_departure(shelter: Shelter, closed: list[list[Any]], at: datetime, *, slept_only: bool = False) -> None:
    """Put the beds of these places ([[id, its beginning, …]]) on the cleaning list, where the house keeps one.

    With `slept_only`, those alone in which somebody spent a night: who is moved to the right bed at once leaves it clean.
    """
    if not shelter.cleans_beds:
        return
    tonight = nights.night_of(shelter, at)
    left = {
        row[0] for row in closed if not slept_only or nights.night_of(shelter, datetime.fromisoformat(row[1])) < tonight
    }
    places = Placement.objects.filter(pk__in=left, bed__isnull=False)
    Cleaning.objects.bulk_create(
        [Cleaning(bed=place.bed, since=at, after=place) for place in places.select_related("bed") if place.bed],
        ignore_conflicts=True,
    )


def clean_now(beds: Iterable[Bed], by: Staff) -> None:
    """Whoever gives these beds to someone says that they are clean."""
    beds = list(beds)
    waiting = Cleaning.objects.waiting().filter(bed__in=beds)
    waiting.update(cleaned_at=timezone.now(), cleaned_by=by)
    for bed in beds:
        bed.is_to_clean = False  # type: ignore[attr-defined]


def slept_in_as_they_are(beds: Iterable[Bed]) -> list[int]:
    """Somebody gets these beds uncleaned, with a reason: nobody has to clean them until they leave. Ids, for the undo.

    `beds` come `with_cleaning()`, read under the shelter's lock.
    """
    unclean = [bed for bed in beds if getattr(bed, "is_to_clean", False)]
    if not unclean:
        return []
    waiting = Cleaning.objects.waiting().filter(bed__in=unclean)
    ids = list(waiting.values_list("pk", flat=True))
    waiting.update(dropped_at=timezone.now())
    return ids


def put_back(changed: dict[str, Any], now: datetime) -> None:
    """Undo what an act did to the list: a departure that was none, a bed that was given as it was."""
    ended = [row[0] for row in changed.get("closed", [])]
    Cleaning.objects.waiting().filter(after__in=ended).update(dropped_at=now)
    open_ones = Cleaning.objects.waiting().values("bed")
    again = Cleaning.objects.filter(pk__in=changed.get("uncleaned", []), cleaned_at=None).exclude(bed__in=open_ones)
    again.update(dropped_at=None)


def drop_all(shelter: Shelter) -> None:
    """The house keeps no cleaning list any more."""
    Cleaning.objects.waiting().filter(bed__space__shelter=shelter).update(dropped_at=timezone.now())


# --- The list ----------------------------------------------------------------------------------------------------------


@dataclass
class SpaceToClean:
    """A space with its beds to clean, the longest waiting first."""

    space: Space
    cleanings: list[Cleaning] = field(default_factory=list)


@dataclass
class CleaningList:
    spaces: list[SpaceToClean]
    done: list[Cleaning]

    @property
    def count(self) -> int:
        return sum(len(space.cleanings) for space in self.spaces)


def cleaning_list(shelter: Shelter, now: datetime | None = None) -> CleaningList:
    """What is to be cleaned, by space, and what was cleaned in this shift. Two queries, whatever the number of beds."""
    now = now or timezone.now()
    of_the_house = Cleaning.objects.filter(bed__space__shelter=shelter).select_related("bed__space", "cleaned_by")
    here = Bed.objects.in_service(nights.tonight(shelter, now)).values("pk")
    waiting = of_the_house.waiting().filter(bed__in=here)
    spaces: dict[int, SpaceToClean] = {}
    for row in waiting.order_by("bed__space__position", "bed__space", "since", "bed__position", "pk"):
        spaces.setdefault(row.bed.space_id, SpaceToClean(row.bed.space)).cleanings.append(row)
    done = of_the_house.filter(cleaned_at__gt=now - SHOWN_AFTER).order_by("-cleaned_at", "pk")
    return CleaningList(list(spaces.values()), list(done))


@transaction.atomic
def mark_clean(*, shelter: Shelter, cleanings: Iterable[int], by: Staff) -> list[Cleaning]:
    """One bed, or several, are ready. What somebody else marked in the same moment is left as it is."""
    shelter = desk.lock(shelter, by)
    rows = Cleaning.objects.waiting().filter(bed__space__shelter=shelter, pk__in=list(cleanings))
    found = list(rows.select_related("bed"))
    if not found:
        raise Refused(_("Somebody has just done this. Look at the list again."))
    for row in found:
        row.cleaned_at, row.cleaned_by = timezone.now(), by
    Cleaning.objects.bulk_update(found, ["cleaned_at", "cleaned_by"])
    return found


@transaction.atomic
def take_back(*, shelter: Shelter, cleaning: int, by: Staff) -> Cleaning:
    """It was not cleaned after all. Refused where somebody sleeps in it by now, or it waits to be cleaned again."""
    shelter = desk.lock(shelter, by)
    since = timezone.now() - SHOWN_AFTER
    done = Cleaning.objects.filter(bed__space__shelter=shelter, pk=cleaning, cleaned_at__gt=since)
    row = done.select_related("bed").first()
    if row is None:
        raise Refused(_("This cannot be taken back any more. Look at the list again."))
    if Placement.objects.filter(bed=row.bed_id, state=PlacementState.IN).exists():
        raise Refused(_("Somebody sleeps in bed %(bed)s by now. Move them first.") % {"bed": row.bed.label})
    if Cleaning.objects.waiting().filter(bed=row.bed_id).exists():
        raise Refused(_("Bed %(bed)s is on the list already.") % {"bed": row.bed.label})
    row.cleaned_at = row.cleaned_by = None
    row.save(update_fields=["cleaned_at", "cleaned_by"])
    return row
