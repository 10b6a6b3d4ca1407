"""What writes: check-in beside the same statements by hand, and how fast one worker sends reminders."""

from tests.bench.measuring import Row
from tests.bench.sites import Site


def measure(site: Site, only: str) -> list[Row]:
    return []
