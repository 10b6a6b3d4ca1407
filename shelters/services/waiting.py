"""The waiting list: on, offered, placed, gone, off. Every step is a row with its reason and its author, and can be undone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Family
from ngo.crypto import decrypt, encrypt
from ngo.errors import Refused
from ngo.models import Staff
from shelters.models import (
    ChangeKind,
    Composition,
    Factor,
    Shelter,
    Stay,
    TurnAway,
    WaitingChange,
    WaitingEntry,
    WaitingState,
)
from shelters.services import desk

UNDO_WITHIN = timedelta(hours=1)
KEPT = ("state", "shelter_id", "offered_shelter_id", "family_id", "party", "people", "factors")
SEEN_WITH = {Composition.WOMEN_CHILDREN: [Factor.CHILD.value]}  # What a party's composition says of the rules.


@transaction.atomic
def join_list(
    *,
    by: Staff,
    shelter: Shelter | None = None,
    family: Family | None = None,
    party: str = "",
    people: int | None = None,
    factors: Iterable[str] = (),
    contact: str = "",
    reason: str = "",
    since: datetime | None = None,
    turn_away: TurnAway | None = None,
) -> WaitingEntry:
    """Put a family, or a party that gave no name, on the list of one house or (without `shelter`) of all.

    Raises Refused for a family that waits already or has a place, and for a party without how many or in words of nothing.
    """
    if by.organisation is None:
        raise Refused(_("Choose the organisation that you work for first."))
    if shelter is not None and shelter.organisation_id != by.organisation.pk:
        raise Refused(_("This shelter belongs to another organisation."))
    if family is None and (not party.strip() or not people):
        raise Refused(_("Write who waits, in words that name nobody, and how many they are."))
    if family is not None:
        family = _family(family, by)
    try:
        with transaction.atomic():
            entry = WaitingEntry.objects.create(
                organisation=by.organisation,
                shelter=shelter,
                family=family,
                party=party.strip(),
                people=None if family else people,
                factors=sorted(set(factors)),
                contact=contact.strip(),
                since=desk.when(since),
                turn_away=turn_away,
                recorded_by=by,
            )
    except IntegrityError as error:
        raise Refused(_sentence_for(error)) from error
    _write(entry, ChangeKind.ADDED, by, reason=reason, shelter=shelter)
    return entry


def _family(family: Family, by: Staff) -> Family:
    """The family, locked as a check-in locks it: it is placed before it is put on the list, or after."""
    family = Family.objects.select_for_update(no_key=True).get(pk=family.pk)
    if by.organisation is None or family.organisation_id != by.organisation.pk:
        raise Refused(_("This family is in another organisation's care."))
    if not _members_without_place(family):
        raise Refused(_("Everyone of this family has a place already. Nobody of it has to wait."))
    return family


def _members_without_place(family: Family) -> set[int]:
    members = set(family.members.filter(left_on=None).values_list("person", flat=True))
    return members - set(Stay.objects.current().filter(person__in=members).values_list("person", flat=True))


def _sentence_for(error: IntegrityError) -> str:
    return {
        "a_family_waits_once": _("This family is on the list already. Open its entry to change something."),
        "a_party_that_was_turned_away_waits_once": _("This party is on the list already."),
    }.get(desk.constraint_of(error)) or _("This could not be put on the list. Look at the list and try again.")


@transaction.atomic
def join_from_turn_away(*, turn_away: TurnAway, by: Staff) -> WaitingEntry:
    """Put a party that was turned away on the list of that house, since it stood at the door."""
    row = TurnAway.objects.select_for_update().select_related("shelter").get(pk=turn_away.pk)
    if row.voided_at is not None:
        raise Refused(_("This has been taken back: nobody was turned away."))
    if row.composition == Composition.CHILDREN:
        raise Refused(_("Children without an adult do not wait. Take them in, and tell the child-protection office."))
    return join_list(
        by=by,
        shelter=row.shelter,
        party=_("%(who)s, turned away at the door") % {"who": row.get_composition_display()},
        people=row.party_size,
        factors=SEEN_WITH.get(Composition(row.composition), []),
        reason=row.get_reason_display(),
        since=row.happened_at,
        turn_away=row,
    )


@transaction.atomic
def offer_place(*, entry: WaitingEntry, shelter: Shelter, by: Staff, reason: str = "") -> WaitingEntry:
    """Write that a place in a house was offered to them. It holds no bed: a hold does that."""
    row = _locked(entry, by)
    if shelter.organisation_id != row.organisation_id:
        raise Refused(_("This shelter belongs to another organisation."))
    if row.state == WaitingState.OFFERED:
        raise Refused(
            _("A place in %(house)s is offered to them already. Write that they wait again before you offer another.")
            % {"house": row.offered_shelter.name if row.offered_shelter else ""}
        )
    return _step(row, ChangeKind.OFFERED, by, reason, state=WaitingState.OFFERED, offered_shelter=shelter)


@transaction.atomic
def wait_again(*, entry: WaitingEntry, by: Staff, reason: str = "") -> WaitingEntry:
    """They did not take what was offered, and keep their place on the list."""
    row = _locked(entry, by)
    if row.state != WaitingState.OFFERED:
        raise Refused(_("They wait already: nothing is offered to them."))
    return _step(row, ChangeKind.BACK, by, reason, state=WaitingState.WAITING, offered_shelter=None)


@transaction.atomic
def take_off(*, entry: WaitingEntry, by: Staff, reason: str, went_elsewhere: bool) -> WaitingEntry:
    """Off the list: they went elsewhere, or they should not be on it. Why is written."""
    row = _locked(entry, by)
    if not reason.strip():
        raise Refused(_("Write why they are taken off the list: someone may ask."))
    state, kind = WaitingState.REMOVED, ChangeKind.REMOVED
    if went_elsewhere:
        state, kind = WaitingState.GONE, ChangeKind.GONE
    return _step(row, kind, by, reason, state=state)


@transaction.atomic
def correct_entry(*, entry: WaitingEntry, by: Staff, reason: str, **changes: Any) -> WaitingEntry:
    """Correct what was written (`shelter`, `party`, `people`, `factors`, `contact`), with the reason: it may move them."""
    row = _locked(entry, by)
    if not reason.strip():
        raise Refused(_("Write why this is changed: it may move them on the list."))
    shelter = changes.get("shelter")
    if shelter is not None and shelter.organisation_id != row.organisation_id:
        raise Refused(_("This shelter belongs to another organisation."))
    if row.family_id is None and (not changes.get("party", row.party).strip() or not changes.get("people", row.people)):
        raise Refused(_("Write who waits, in words that name nobody, and how many they are."))
    return _step(row, ChangeKind.MOVED, by, reason, **changes)


@transaction.atomic
def link_family(*, entry: WaitingEntry, family: Family, by: Staff) -> WaitingEntry:
    """The party has come and has a file now: from here on its beds are given by the file, and it keeps its place."""
    family = _family(family, by)
    row = _locked(entry, by)
    if row.family_id is not None:
        raise Refused(_("A file is linked to this entry already."))
    try:
        with transaction.atomic():
            return _step(row, ChangeKind.LINKED, by, "", family=family)
    except IntegrityError as error:
        raise Refused(_sentence_for(error)) from error


# --- The check-in ----------------------------------------------------------------------------------------------------


def close_for(family: Family, shelter: Shelter, by: Staff) -> list[list[Any]]:
    """A family was checked in, in this transaction: whoever has a place for everyone does not wait any more.

    [[entry, its state, the house that was offered]] for the undo; empty where the family was not on the list.
    """
    row = WaitingEntry.objects.on_list().select_for_update(of=("self",)).filter(family=family).first()
    if row is None:
        return []
    was = [row.pk, row.state, row.offered_shelter_id]
    if _members_without_place(family):
        _write(row, ChangeKind.PARTLY, by, shelter=shelter)
        return []
    _step(row, ChangeKind.PLACED, by, "", shelter_of_change=shelter, state=WaitingState.PLACED)
    return [was]


def reopen(rows: Iterable[list[Any]], by: Staff) -> None:
    """The check-in was undone: they wait as they did before, unless they were put on the list anew meanwhile."""
    for pk, state, offered in rows:
        row = WaitingEntry.objects.select_for_update(of=("self",)).get(pk=pk)
        waits_anew = WaitingEntry.objects.on_list().filter(family=row.family_id).exists()
        if row.state == WaitingState.PLACED and not waits_anew:
            _step(row, ChangeKind.UNDONE, by, "", state=state, offered_shelter_id=offered)


# --- Undo ------------------------------------------------------------------------------------------------------------


def last_step(entry: WaitingEntry) -> WaitingChange | None:
    """The step that could be undone: the latest, if it is of the last hour and no check-in nor an undoing itself."""
    step = entry.changes.order_by("-pk").first()
    own_undo = {ChangeKind.PLACED, ChangeKind.PARTLY, ChangeKind.UNDONE}
    if step is None or step.kind in own_undo or timezone.now() - step.at > UNDO_WITHIN:
        return None
    return step


@transaction.atomic
def undo_step(*, entry: WaitingEntry, by: Staff) -> WaitingEntry:
    """Take back the latest step; the record keeps both."""
    row = _locked(entry, by, also_closed=True)
    step = last_step(row)
    if step is None:
        raise Refused(
            _("There is nothing of the last hour to undo here. A check-in is undone beside the family's beds.")
        )
    old = dict(step.before) or {"state": WaitingState.REMOVED}  # Putting them on has nothing before it.
    if "contact" in old:
        old["contact"] = decrypt(old["contact"])
    try:
        with transaction.atomic():
            return _step(row, ChangeKind.UNDONE, by, "", undoes=step, **old)
    except IntegrityError as error:
        raise Refused(_sentence_for(error)) from error


def _locked(entry: WaitingEntry, by: Staff, also_closed: bool = False) -> WaitingEntry:
    rows = WaitingEntry.objects.select_for_update(of=("self",)).select_related("offered_shelter")
    row = rows.get(pk=entry.pk)
    if by.organisation is None or row.organisation_id != by.organisation.pk:
        raise Refused(_("This list is another organisation's."))
    if not row.is_on_list and not also_closed:
        raise Refused(
            _("They are not on the list any more: %(state)s. Look at the entry.")
            % {"state": row.get_state_display().lower()}
        )
    return row


def _step(
    row: WaitingEntry,
    kind: ChangeKind,
    by: Staff,
    reason: str,
    *,
    undoes: WaitingChange | None = None,
    shelter_of_change: Shelter | None = None,
    **changes: Any,
) -> WaitingEntry:
    """Change an entry, and write what stood before."""
    before = {name: getattr(row, name) for name in KEPT} | {"contact": encrypt(row.contact)}
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    _write(row, kind, by, reason=reason, shelter=shelter_of_change or row.offered_shelter, before=before, undoes=undoes)
    return row


def _write(row: WaitingEntry, kind: ChangeKind, by: Staff, **more: Any) -> WaitingChange:
    more["reason"] = more.get("reason", "").strip()[:200]
    return WaitingChange.objects.create(entry=row, kind=kind, by=by, **more)
