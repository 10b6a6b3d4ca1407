"""How fresh the figure of a house is: when somebody last knew it to be true, who, and how. What is too old is unknown.

The desk confirms the figure with whatever it writes, as of the moment when that happened (paper typed in three days later says
nothing of today; nor does a hold that another house asks for), the roll-call with every answer, the daily report by being
confirmed, and anybody at the door with one tap: it is still so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from ngo.models import Staff
from shelters.models import Confirmation, ConfirmedHow, Shelter
from shelters.services import desk


@dataclass(frozen=True)
class Freshness:
    """The latest word about the figure of a house. `at` is None where nobody has ever written one."""

    at: datetime | None = None
    by: str = ""
    how: str = ""
    is_stale: bool = True


# One house at a time, by the index of each table: the newest line of each kind, and of these the newest.
LATEST = """
SELECT shelter.id, latest.at, staff.name, latest.how
FROM unnest(%(shelters)s::bigint[]) AS shelter(id)
LEFT JOIN LATERAL (
    SELECT at, by_id, how FROM (
        (SELECT happened_at AS at, by_id, 'desk' AS how FROM (
             SELECT * FROM shelters_act WHERE shelter_id = shelter.id AND undone_at IS NULL
             ORDER BY recorded_at DESC LIMIT 50  -- By the index. Old paper may have been typed in last.
         ) act
         WHERE NOT (kind IN ('hold', 'extend', 'release') AND EXISTS (  -- Another house asked: nobody looked in this one.
             SELECT FROM shelters_placement asked WHERE asked.sender_id IS NOT NULL AND asked.id IN (
                 SELECT (found.id #>> '{}')::bigint FROM (
                     SELECT jsonb_path_query(act.changed, '$.opened[*]') AS id
                     UNION ALL SELECT jsonb_path_query(act.changed, '$.released[*]')
                     UNION ALL SELECT jsonb_path_query(act.changed, '$.extended[*][0]')
                 ) found
             )
         ))
         ORDER BY happened_at DESC LIMIT 1)
        UNION ALL
        (SELECT at, by_id, how FROM shelters_confirmation WHERE shelter_id = shelter.id ORDER BY at DESC LIMIT 1)
        UNION ALL
        (SELECT closed_at, closed_by_id, 'roll_call' FROM shelters_rollcall
         WHERE shelter_id = shelter.id AND closed_at IS NOT NULL ORDER BY night DESC LIMIT 1)
        UNION ALL
        (SELECT mark.happened_at, mark.by_id, 'roll_call' FROM shelters_rollcallmark mark
         WHERE mark.is_current AND mark.roll_call_id = (
             SELECT id FROM shelters_rollcall WHERE shelter_id = shelter.id ORDER BY night DESC LIMIT 1
         ) ORDER BY mark.happened_at DESC LIMIT 1)
        UNION ALL
        (SELECT confirmed_at, confirmed_by_id, 'report' FROM shelters_capacityreport
         WHERE shelter_id = shelter.id AND state = 'confirmed' ORDER BY night DESC LIMIT 1)
    ) known WHERE at <= %(now)s ORDER BY at DESC LIMIT 1
) latest ON true
LEFT JOIN ngo_staff staff ON staff.id = latest.by_id
"""


def freshness(shelters: Iterable[Shelter], now: datetime | None = None) -> dict[int, Freshness]:
    """The latest word about each house, by shelter id. One query, whatever the number of houses and of rows."""
    now = now or timezone.now()
    by_id = {shelter.pk: shelter for shelter in shelters}
    if not by_id:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, {"shelters": list(by_id), "now": now})
        rows = cursor.fetchall()
    return {
        shelter_id: Freshness(
            at, name or "", how or "", is_stale=at is None or at < stale_before(by_id[shelter_id], now)
        )
        for shelter_id, at, name, how in rows
    }


def stale_before(shelter: Shelter, now: datetime) -> datetime:
    """What was last confirmed before this moment is unknown."""
    return now - timedelta(hours=shelter.stale_after)


def is_stale(shelter: Shelter, now: datetime | None = None) -> bool:
    """Whether the figure of one house is unknown. One query."""
    return freshness([shelter], now)[shelter.pk].is_stale


def fresh(shelters: Iterable[Shelter], now: datetime | None = None) -> list[Shelter]:
    """Those of these houses whose figure is known: the others may be full, or empty. One query."""
    shelters = list(shelters)
    known = freshness(shelters, now)
    return [shelter for shelter in shelters if not known[shelter.pk].is_stale]


@transaction.atomic
def confirm(*, shelter: Shelter, by: Staff) -> Confirmation:
    """Somebody looked, and the figures of the house are still so."""
    shelter = desk.lock(shelter, by)
    return Confirmation.objects.create(shelter=shelter, by=by, how=ConfirmedHow.STILL_SO)
