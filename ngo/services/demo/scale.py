"""The demo at scale: as many people as a city's shelters see in years, in minutes. For measuring, not for looking around in.

Everything in one transaction, by COPY and INSERT … SELECT, with every constraint, index and foreign key in force. Only the
triggers of the history (and the one that protects frozen reports) are off, and only inside this transaction: what is loaded
has no past of its own. `prove` looks once more at what the database has kept true by itself.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.services.contact import NOTICE
from ngo.errors import Refused
from ngo.models import Organisation
from ngo.services.catalogue import load_catalogue
from ngo.services.demo.evening import report_the_nights
from ngo.services.demo.houses import ORGANISATIONS
from ngo.services.demo.make import SEED, SignIn
from ngo.services.demo.scale_cases import CASES_OF_FAMILIES, OF_CASES, facts_of_cases
from ngo.services.demo.scale_families import write_emails, write_families, write_needs, write_phones
from ngo.services.demo.scale_houses import SLUG, Room, block_some, make_houses, organisations
from ngo.services.demo.scale_rows import (
    AFTER_THE_STAYS,
    BEFORE_THE_STAYS,
    FREE_BEDS,
    PLACEMENTS,
    STAYS,
    TIMES,
    VISITS,
    VISITS_OF_FAMILIES,
)
from shelters.models import CapacityReport

PEOPLE_PER_BED = 40
LEAST = 400
OURS = ["ngo", "cases", "shelters"]
Say = Callable[[str], None]

ORPHANS = """
SELECT conrelid::regclass::text, confrelid::regclass::text,
       (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]),
       (SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1])
FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s) ORDER BY 1, 3
"""


@dataclass(frozen=True)
class Scale:
    """What was made: how many people, stays and beds, and who can sign in."""

    people: int
    stays: int
    beds: int
    sign_ins: list[SignIn]


def is_scaled() -> bool:
    return Organisation.objects.filter(slug__startswith=f"{SLUG}-").exists()


def may_be_filled() -> bool:
    """Whether nobody works here yet, or only the demo's invented organisations do."""
    return not Organisation.objects.exclude(slug__in=[plan.slug for plan in ORGANISATIONS]).exists()


def check_scale(people: int) -> None:
    """Refuse a number that the houses cannot be filled with exactly."""
    if people < LEAST or people % PEOPLE_PER_BED:
        raise Refused(
            _("Give a number of people that is a multiple of %(step)d, and %(least)d at least.")
            % {"step": PEOPLE_PER_BED, "least": LEAST}
        )


@transaction.atomic
def make_scale(people: int, say: Say, now: datetime | None = None) -> Scale:
    """Make it all, or nothing: five stays for each person, one bed for forty. `say` hears of the rows as they come."""
    check_scale(people)
    now, random = now or timezone.now(), Random(SEED)  # noqa: S311  Families, not secrets.
    load_catalogue()
    with without_history():
        sign_ins: list[SignIn] = []
        rooms = make_houses(people // PEOPLE_PER_BED, sign_ins)
        beds = sum(len(room.beds) for room in rooms)
        say(f"{len(sign_ins):,} organisations, {len({room.shelter.pk for room in rooms}):,} shelters, {beds:,} beds")
        families, written = write_families(rooms, random, now.date())
        say(f"{written:,} people in {families:,} families")
        stays = fill_houses(rooms, random, now, say, people)
        prove(say)
    return Scale(written, stays, beds, sign_ins)


def fill_houses(rooms: list[Room], random: Random, now: datetime, say: Say, people: int) -> int:
    """Everything that hangs on the families; how many stays there are."""
    by = {room.shelter.pk: room.by.pk for room in rooms}
    facts: dict[str, Any] = TIMES | {
        "now": now,
        "notice": NOTICE.version,
        "shelters": list(by),
        "by": list(by.values()),
    }
    facts |= facts_of_cases(people)
    run(VISITS_OF_FAMILIES, facts)
    run(CASES_OF_FAMILIES, facts)
    for step in [*BEFORE_THE_STAYS, *OF_CASES]:
        say(f"{run(step.sql, facts):,} {step.says}")
    say(f"{write_needs(random):,} needs")
    say(f"{write_phones(random):,} phones, {write_emails(random):,} e-mail addresses")
    stays = 0
    for visit in range(VISITS):
        stays += run(STAYS, facts | {"visit": visit})
        run(PLACEMENTS, facts | {"visit": visit})
        say(f"{stays:,} stays with their places")
    block_some(free_beds(facts), now.date(), {bed.pk: room.by for room in rooms for bed in room.beds})
    for step in AFTER_THE_STAYS:
        say(f"{run(step.sql, facts):,} {step.says}")
    refresh_statistics()  # The figures of a night are asked as ever: without statistics they would take hours.
    report_the_nights(organisations(), now)
    say(f"{CapacityReport.objects.filter(shelter__in=by).count():,} reports of the last nights")
    return stays


def run(sql: str, facts: dict[str, Any]) -> int:
    """Run one statement; how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.rowcount


def free_beds(facts: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(FREE_BEDS, facts)
        return [pk for (pk,) in cursor.fetchall()]


# --- The database while it is filled -----------------------------------------------------------------------------------


def tables() -> list[str]:
    return [model._meta.db_table for label in OURS for model in apps.get_app_config(label).get_models()]


@contextmanager
def without_history() -> Iterator[None]:
    """Our own triggers off until the block ends, or until the transaction fails: then they never were.

    Foreign keys are checked by triggers of the system, which stay on; each statement checks them before it ends, because a
    table with checks outstanding cannot get its triggers back. Only the owner of the tables may do this.
    """
    triggered = with_triggers(tables())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL work_mem = '256MB'")
        cursor.execute(";".join(f'ALTER TABLE "{table}" DISABLE TRIGGER USER' for table in triggered))
        yield
        cursor.execute(";".join(f'ALTER TABLE "{table}" ENABLE TRIGGER USER' for table in triggered))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED; RESET work_mem")


def with_triggers(names: Iterable[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE NOT tgisinternal AND relname = ANY(%s) ORDER BY 1",
            [list(names)],
        )
        return [name for (name,) in cursor.fetchall()]


def prove(say: Say) -> None:
    """No row of ours points to one that is not there. Raises where one does, and nothing is kept."""
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS, [tables()])
        keys = cursor.fetchall()
        for table, other, column, target in keys:
            cursor.execute(
                f'SELECT count(*) FROM {table} one LEFT JOIN {other} other ON other."{target}" = one."{column}"'  # noqa: S608
                f' WHERE one."{column}" IS NOT NULL AND other."{target}" IS NULL'
            )
            (orphans,) = cursor.fetchone()
            if orphans:
                raise Refused(f"{table}.{column}: {orphans} rows point to nothing in {other}.")
    say(f"{len(keys):,} foreign keys looked at once more: every row points to one that is there")


def refresh_statistics() -> None:
    """What the planner knows of our tables; outside the load's transaction, so that vacuum can mark the pages as well."""
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f'VACUUM (ANALYZE) "{table}"' if not connection.in_atomic_block else f'ANALYZE "{table}"')
