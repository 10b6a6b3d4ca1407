"""Cities and offices: loaded from the project's own data file, and edited by coordinators from then on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pghistory
from django.db import models, transaction
from django.db.models import Q

from ngo.models import City, Office

DATA_FILE = Path(__file__).resolve().parent.parent / "data" / "catalogue.json"


@dataclass
class Loaded:
    """What one reading of the data file changed, in rows."""

    added: int = 0
    updated: int = 0
    left_alone: int = 0  # Somebody changed them here: theirs stands.


@transaction.atomic
def load_catalogue(path: Path = DATA_FILE) -> Loaded:
    """Bring the cities and offices of the data file in. Safe to repeat, with the same file or a newer one.

    A row that nobody has touched since a file wrote it follows the file; a row that a person changed or renamed stays as
    they left it. History tells the two apart: what this function writes carries the mark "catalogue".
    """
    data, loaded = json.loads(path.read_text(encoding="utf-8")), Loaded()
    with pghistory.context(catalogue=data["version"]):
        _load(City, data["cities"], loaded)
        cities = _by_any_name(City)
        offices = [row | {"city": cities[(row["city"],)]} for row in data["offices"]]
        _load(Office, offices, loaded)
        pghistory.context(catalogue=None)  # A request's own context lives on after this: take the mark off it again.
    return loaded


KEY: dict[type[models.Model], tuple[str, ...]] = {City: ("name",), Office: ("kind", "name")}


def _load(model: type[models.Model], rows: list[dict[str, Any]], loaded: Loaded) -> None:
    known, touched = _by_any_name(model), _touched(model)
    fresh = []
    for row in rows:
        one = known.get(tuple(row[name] for name in KEY[model]))
        if one is None:
            fresh.append(model(**row))
        elif one.pk in touched:
            loaded.left_alone += 1
        elif changed := [name for name, value in row.items() if getattr(one, name) != value]:
            for name in changed:
                setattr(one, name, row[name])
            one.save(update_fields=changed)
            loaded.updated += 1
    model._default_manager.bulk_create(fresh)
    loaded.added += len(fresh)


def _by_any_name(model: type[models.Model]) -> dict[tuple[str, ...], Any]:
    """Each row under every name that it ever had, so that a renamed one is not loaded a second time."""
    rows = {row.pk: row for row in model._default_manager.all()}
    past = model.pgh_event_model.objects.filter(pgh_obj_id__in=rows)  # type: ignore[attr-defined]
    named = {tuple(key): rows[pk] for pk, *key in past.values_list("pgh_obj_id", *KEY[model])}
    return named | {tuple(getattr(row, name) for name in KEY[model]): row for row in rows.values()}


def _touched(model: type[models.Model]) -> set[int]:
    """Rows that something other than this loader wrote."""
    by_others = Q(pgh_context__catalogue__isnull=True) | Q(pgh_context__catalogue=None)  # No context, no mark, or null.
    events = model.pgh_event_model.objects.filter(by_others)  # type: ignore[attr-defined]
    return set(events.values_list("pgh_obj_id", flat=True))
