"""`python -m tests.bench`: prints the table and writes var/bench.json.

BENCH_SCALE says how many people (200000), BENCH_FOLDER where the databases are kept for another run, BENCH_ONLY which rows.
"""

import os
import sys
from pathlib import Path

from ngo.local import BASE, DATABASE
from tests.bench import measuring
from tests.bench.installation import MILLION, TENTH, as_owner, installation, load, say, settings_of


def main() -> int:
    people = int(os.environ.get("BENCH_SCALE", 200_000))
    kept = Path(os.environ["BENCH_FOLDER"]) if os.environ.get("BENCH_FOLDER") else None
    with installation(kept) as folder:
        load(folder, people)
        os.environ.update(settings_of(folder, DATABASE, "web"))
        rows = measured(folder, people, only=os.environ.get("BENCH_ONLY", ""))
    print(measuring.table(rows))
    measuring.write(rows, BASE / "var" / "bench.json")
    missed = [row.name for row in rows if not row.met]
    say(f"· var/bench.json: {len(rows)} rows, {len(missed)} not met{': ' + ', '.join(missed) if missed else ''}")
    return 0


def measured(folder: Path, people: int, only: str) -> list[measuring.Row]:
    """Every row, in the order of the table: the pages first, then how they grow."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ngo.settings")
    django.setup()
    from tests.bench import clocks, likeness, million, notices, pages, writes  # Their models need the settings.
    from tests.bench.sites import Site

    full, tenth = Site(DATABASE), Site(TENTH)
    rows = []
    for site in full, tenth:
        site.look()
    with pages.without_rendering():
        for page in pages.PAGES:
            if only in page.name:
                say(f"· measuring {page.name}")
                rows += pages.measure(page, full, tenth)
    rows += writes.measure(full, only)
    rows += notices.measure(full, only, share=min(1.0, people / 200_000))
    with full.using():
        rows += likeness.measure(only)
    if only in "name-search-1m":
        say("· measuring name-search-1m")
        crowd = Site(MILLION)
        with crowd.using(), as_owner(folder, MILLION) as owner:
            million.fill(owner)
        rows.append(million.measure(crowd))
    rows += clocks.measure(full, only)
    return sorted(rows, key=lambda row: row.name.startswith("growth-"))


if __name__ == "__main__":
    sys.exit(main())
