"""Two files of one person made one, and put apart again. It stands on this floor because a file has stays.

Never across organisations: their files are linked by a referral, if the person agrees, and stay two.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Family, FamilyMember, Merge, PairState, Person, PossibleDuplicate
from cases.services import merging
from cases.services.children import raise_alerts
from cases.services.pairs import pair_of
from ngo.errors import Refused
from ngo.models import Staff
from shelters.models import TAKEN, BedNight, Placement, PlacementState, Shelter, Stay, WaitingEntry
from shelters.services import desk

merging.SAID_TWICE.add(BedNight)  # One night of one person in one house, counted once.


@dataclass(frozen=True)
class Overlap:
    """Two stays at the same time, one of each file: one of them never was."""

    of_kept: Stay
    of_merged: Stay


@dataclass(frozen=True)
class Preview:
    """What joining would do: how many rows of what would move, which facts differ, what must be decided, why it is refused."""

    moves: list[tuple[str, int]]
    clashes: list[str]
    groups: list[str]
    overlaps: list[Overlap]
    refused: str


@transaction.atomic
def merge(
    *,
    kept: Person,
    merged: Person,
    by: Staff,
    reason: str,
    facts: Mapping[str, str] | None = None,
    case_of: str = "kept",
    never_were: Collection[int] = (),
) -> Merge:
    """Make one file of two. `kept` goes on; everything of `merged` is its from now on.

    `facts` says of which file each fact is taken where they differ, `case_of` whose group goes on, and `never_were` names the
    stays that were written by mistake: where both files slept somewhere at the same time, one of the two stays did not happen.
    Raises Refused, and then keeps nothing.
    """
    if not reason.strip():
        raise Refused(_("Write how it was found out that they are one person."))
    kept, merged = _locked(kept, merged, by)
    record = merging.Record()
    _resolve_stays(record, kept, merged, never_were, by)
    families = _families_of([kept.pk, merged.pk])
    merging.join(record, kept=kept, merged=merged, facts=dict(facts or {}), case_of=case_of, by=by)
    _refuse_waiting_twice(families)
    now = timezone.now()
    pair = pair_of(kept, merged)
    if pair is not None:
        decided = {"state": PairState.MERGED, "decided_at": now, "decided_by": by, "reason": reason.strip()}
        PossibleDuplicate.objects.filter(pk=pair.pk).update(**decided)
    return Merge.objects.create(
        organisation_id=kept.organisation_id,
        kept=kept,
        merged=merged,
        at=now,
        by=by,
        reason=reason.strip(),
        changed=record.as_json(),
    )


def _locked(kept: Person, merged: Person, by: Staff) -> tuple[Person, Person]:
    """Both files, locked after the houses that they are in, always in one order."""
    if kept.pk == merged.pk:
        raise Refused(_("These are not two files."))
    here = Stay.objects.current().filter(person__in=[kept, merged]).values("shelter")
    for shelter in Shelter.objects.filter(pk__in=here).order_by("pk"):
        desk.lock(shelter, by)
    files = Person.objects.select_for_update(no_key=True).filter(pk__in=[kept.pk, merged.pk]).order_by("pk").in_bulk()
    kept, merged = files[kept.pk], files[merged.pk]
    if by.organisation is None or {kept.organisation_id, merged.organisation_id} != {by.organisation.pk}:
        raise Refused(
            _(
                "Files of two organisations are never joined. With the person's consent, ask the other one for a referral."
            )
        )
    if kept.merged_into_id or merged.merged_into_id:
        raise Refused(_("One of these files has been joined to another already. Open that one."))
    return kept, merged


# --- Stays -------------------------------------------------------------------------------------------------------------


def overlaps(kept: Person, merged: Person) -> list[Overlap]:
    """Where both files slept somewhere at the same time."""
    stays = (
        Stay.objects.valid().filter(person__in=[kept, merged]).select_related("shelter").order_by("arrived_at", "pk")
    )
    mine = [stay for stay in stays if stay.person_id == kept.pk]
    theirs = [stay for stay in stays if stay.person_id == merged.pk]
    return [Overlap(one, other) for one in mine for other in theirs if _meet(one, other)]


def _meet(one: Stay, other: Stay) -> bool:
    begins_before = other.departed_at is None or one.arrived_at < other.departed_at
    return begins_before and (one.departed_at is None or other.arrived_at < one.departed_at)


def _resolve_stays(
    record: merging.Record, kept: Person, merged: Person, never_were: Collection[int], by: Staff
) -> None:
    """Take back the stays that did not happen; refused while two stays at one time are left."""
    meeting = overlaps(kept, merged)
    possible = {stay.pk: stay for pair in meeting for stay in (pair.of_kept, pair.of_merged)}
    if set(never_were) - set(possible):
        raise Refused(_("Only a stay that meets another one of the same person can be taken back here."))
    houses = set(Shelter.objects.visible_to(by).values_list("pk", flat=True))
    for stay in (possible[pk] for pk in sorted(set(never_were))):
        if stay.shelter_id not in houses:
            raise Refused(_("You do not work in %(shelter)s. Ask somebody who does.") % {"shelter": stay.shelter.name})
        _take_back(record, stay)
    for pair in meeting:
        if not {pair.of_kept.pk, pair.of_merged.pk} & set(never_were):
            raise Refused(
                _(
                    "Both files have a stay at the same time, in %(one)s and in %(other)s. Say which of the two never was, "
                    "or check one of them out. If both are true, they are two people."
                )
                % {"one": pair.of_kept.shelter.name, "other": pair.of_merged.shelter.name}
            )


def _take_back(record: merging.Record, stay: Stay) -> None:
    """As when a check-in is undone: the stay never was, its place is free, and the record keeps both."""
    for place in Placement.objects.filter(stay=stay, state__in=TAKEN).order_by("pk"):
        record.change(place, state=PlacementState.VOID)
    record.change(stay, voided_at=timezone.now())


def _refuse_waiting_twice(families: list[Family]) -> None:
    """A family that nobody is in any more waits for nothing. Which of two entries is the true one, somebody must say."""
    here = FamilyMember.objects.filter(family__in=families, left_on=None).values("family")
    if WaitingEntry.objects.on_list().filter(family__in=families).exclude(family__in=here).exists():
        raise Refused(_("Both files are on the waiting list. Take one of the two off it first."))


# --- Looking first -----------------------------------------------------------------------------------------------------


class _OnlyLooked(Exception):
    """Ends a joining that was only looked at."""


def preview(*, kept: Person, merged: Person, by: Staff) -> Preview:
    """What `merge` would do: it is done, looked at, and taken back, so that the page cannot promise anything else.

    Stays that meet are left out of it: which of them is true must be said first.
    """
    meeting = overlaps(kept, merged)
    groups = [case.group for person in (kept, merged) for case in person.cases.filter(closed_at=None)]
    moves: list[tuple[str, int]] = []
    refused = ""
    try:
        with transaction.atomic():
            doubtful = {pair.of_merged.pk for pair in meeting}
            done = merge(kept=kept, merged=merged, by=by, reason="-", never_were=doubtful)
            moves = _moves(done)
            raise _OnlyLooked
    except _OnlyLooked:
        pass
    except Refused as refusal:
        refused = str(refusal)
    return Preview(moves, merging.clashes(kept, merged), groups if len(set(groups)) > 1 else [], meeting, refused)


def _moves(done: Merge) -> list[tuple[str, int]]:
    """How many of what would change their file."""
    rows: dict[str, set[int]] = {}
    for label, _name, ids, _old in done.changed["moved"]:
        model: Any = apps.get_model(label)
        if not model._meta.auto_created:
            rows.setdefault(str(model._meta.verbose_name), set()).update(ids)
    return [(name, len(ids)) for name, ids in sorted(rows.items())]


# --- Undoing -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def undo_merge(*, merge: Merge, by: Staff) -> Merge:
    """Two files again, each with what it had. What was added since stays with the file that went on.

    Raises Refused where something else stands on it, or took the place of what would come back.
    """
    houses = Stay.objects.filter(person=merge.kept_id, departed_at=None, voided_at=None).values("shelter")
    for shelter in Shelter.objects.filter(pk__in=houses).order_by("pk"):
        desk.lock(shelter, by)
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=[merge.kept_id, merge.merged_id]).order_by("pk"))
    merge = Merge.objects.select_for_update(of=["self"]).select_related("kept", "merged").get(pk=merge.pk)
    if by.organisation is None or merge.organisation_id != by.organisation.pk:
        raise Refused(_("These files belong to another organisation."))
    if merge.undone_at is not None:
        raise Refused(_("These files have been put apart already."))
    later = Merge.objects.standing().filter(pk__gt=merge.pk, kept=merge.kept_id)
    if merge.kept.merged_into_id is not None or later.exists():
        raise Refused(_("The file was joined to yet another one since. Put that apart first."))
    merging.put_back(merge)
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    PossibleDuplicate.objects.filter(
        one__in=[merge.kept_id, merge.merged_id], other__in=[merge.kept_id, merge.merged_id], state=PairState.MERGED
    ).update(state=PairState.OPEN, decided_at=None, decided_by=None, reason="")
    for family in _families_of([merge.kept_id, merge.merged_id]):
        raise_alerts(family, by)
    return merge


def _families_of(people: Iterable[int]) -> list[Family]:
    rows = FamilyMember.objects.filter(person__in=people, left_on=None).select_related("family").order_by("pk")
    return list(dict.fromkeys(row.family for row in rows))
