"""Asking for a stay beyond the limit of the house, deciding it, and taking either back. All for everyone of a batch, or for none.

The desk asks; who may approve is a permission (ngo/permissions.py). Who may approve and asks has decided by asking.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from shelters.models import ExtensionState, Stay, StayExtension
from shelters.services import desk, limits, promises
from shelters.services.stays import extend_stay, put_back_departure

UNDO_WITHIN = timedelta(hours=1)


@transaction.atomic
def ask_for_extension(*, stays: Iterable[Stay], to_on: date, reason: str, by: Staff) -> list[StayExtension]:
    """Ask that people who are in one house may stay until the morning of a later day.

    Whoever may stay that long anyway, because they came later, needs none. Raises Refused without a reason, where nobody needs
    one, and where an earlier asking is not decided.
    """
    stays = sorted(stays, key=lambda stay: stay.pk)
    if not stays:
        raise Refused(_("Choose who stays longer."))
    if not reason.strip():
        raise Refused(_("Write why they should stay longer: whoever decides reads it."))
    desk.lock(stays[0].shelter, by)
    rows = [_asked(stay, by) for stay in stays]
    needed = [row for row in rows if to_on > row.allowed_until]
    if not needed:
        day = date_format(max(row.allowed_until for row in rows), "SHORT_DATE_FORMAT")
        raise Refused(
            _("Until %(day)s they may stay anyway. Write that day under “Until when”, or ask for a later one.")
            % {"day": day}
        )
    batch = uuid.uuid4()
    try:
        with transaction.atomic():
            return [
                StayExtension.objects.create(
                    stay=row.stay,
                    batch=batch,
                    from_on=row.stay.expected_departure_on or row.allowed_until,
                    before_on=row.stay.expected_departure_on,
                    to_on=to_on,
                    reason=reason.strip(),
                    asked_by=by,
                )
                for row in needed
            ]
    except IntegrityError as error:
        raise Refused(_("An extension has already been asked for. It must be decided or taken back first.")) from error


@dataclass(frozen=True)
class _Asked:
    stay: Stay
    allowed_until: (
        date  # By the limit, an approved extension, or a day that was written before the house had this limit.
    )


def _asked(stay: Stay, by: Staff) -> _Asked:
    fresh = Stay.objects.select_related("shelter", "person", "family").get(pk=stay.pk)
    if fresh.departed_at or fresh.voided_at:
        name = desk.word_for(fresh.person, fresh.family, by)
        raise Refused(_("%(name)s has already left. To take them in again, give them a bed.") % {"name": name})
    last = limits.limit_day(fresh.shelter, fresh.arrived_at, limits.extended_to(fresh))
    if last is None:
        raise Refused(_no_limit())
    return _Asked(fresh, max(last, fresh.expected_departure_on or last))


def _no_limit() -> str:
    return _("This house has no longest stay. Write the day on which they leave; nobody has to approve it.")


@transaction.atomic
def approve_extension(*, batch: uuid.UUID, by: Staff) -> list[StayExtension]:
    """Let them stay: the day of departure is written and their beds are promised until then.

    Raises Refused where a bed is promised to someone else by then, or someone has left meanwhile.
    """
    rows = _rows(batch, by)
    now = timezone.now()
    for row in _still_asked(rows):
        extend_stay(stay=row.stay, expected_departure_on=row.to_on, by=by, beyond_limit=True)
        _decide(row, ExtensionState.APPROVED, by, now)
    return rows


@transaction.atomic
def refuse_extension(*, batch: uuid.UUID, note: str, by: Staff) -> list[StayExtension]:
    """Say no, with the reason that the family is told. The day that stood still stands."""
    if not note.strip():
        raise Refused(_("Write why it is refused: the family has a right to hear it."))
    rows = _rows(batch, by)
    for row in _still_asked(rows):
        row.decision_note = note.strip()
        _decide(row, ExtensionState.REFUSED, by, timezone.now())
    return rows


@transaction.atomic
def withdraw_extension(*, batch: uuid.UUID, by: Staff) -> list[StayExtension]:
    """Take back what was asked and nobody has decided."""
    rows = _rows(batch, by)
    for row in _still_asked(rows):
        _decide(row, ExtensionState.WITHDRAWN, by, timezone.now())
    return rows


@transaction.atomic
def undo_decision(*, batch: uuid.UUID, by: Staff) -> list[StayExtension]:
    """Take back an approval of the last hour: the day that stood before stands again."""
    rows = _rows(batch, by)
    shelter, now = rows[0].stay.shelter, timezone.now()
    before = promises.begin(shelter, now)
    for row in rows:
        if not can_be_undone(row):
            raise Refused(_("Only an approval of the last hour can be undone. Write another day under “Until when”."))
        if row.stay.departed_at or row.stay.voided_at or row.stay.expected_departure_on != row.to_on:
            raise Refused(
                _("Something happened after it: their departure or its day was changed. Correct that instead.")
            )
        put_back_departure(stay=row.stay, expected_departure_on=row.before_on)
        _decide(row, ExtensionState.UNDONE, by, now)
    promises.check_kept(shelter, before, now)
    return rows


def can_be_undone(row: StayExtension, now: datetime | None = None) -> bool:
    """Whether an approval is still young enough."""
    if row.state != ExtensionState.APPROVED or row.decided_at is None:
        return False
    return (now or timezone.now()) - row.decided_at <= UNDO_WITHIN


def _rows(batch: uuid.UUID, by: Staff) -> list[StayExtension]:
    """What was asked together, locked after the shelter: the same order as every act of the desk."""
    first = StayExtension.objects.select_related("stay__shelter").filter(batch=batch).first()
    if first is None:
        raise Refused(_("This extension is not there any more."))
    desk.lock(first.stay.shelter, by)
    rows = StayExtension.objects.select_for_update(of=("self",)).filter(batch=batch).order_by("stay_id")
    return list(rows.select_related("stay__shelter", "stay__person", "stay__family"))


def _still_asked(rows: list[StayExtension]) -> list[StayExtension]:
    for row in rows:
        if row.state != ExtensionState.ASKED:
            raise Refused(_("This has already been decided: %(state)s.") % {"state": row.get_state_display().lower()})
    return rows


def _decide(row: StayExtension, state: ExtensionState, by: Staff, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, by, now
    row.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
