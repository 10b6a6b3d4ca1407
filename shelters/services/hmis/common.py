"""What everything that stores an export shares: adding rows, finding those of an earlier import, dates without an hour."""

from datetime import date, datetime
from typing import Any

from shelters import nights
from shelters.models import Shelter

BATCH = 2_000
Refs = dict[str, Any]


def add(rows: list) -> list:
    """Store new rows of one model, with their history."""
    return rows[0]._meta.default_manager.bulk_create(rows, batch_size=BATCH) if rows else []


def known(rows: Any) -> Refs:
    """The rows that an earlier import brought, by the id that they have in the export."""
    return {row.external_ref: row for row in rows.exclude(external_ref="")}


def day_begins(shelter: Shelter, day: date) -> datetime:
    """When a date without an hour is taken to happen: at the morning hour, the first moment after the night before.

    So that, at any hour of the day, whoever came on it is in and whoever left on it is out.
    """
    return nights.morning_after(shelter, day - nights.ONE_DAY)


def day_after(shelter: Shelter, day: date) -> datetime:
    return day_begins(shelter, day + nights.ONE_DAY)
