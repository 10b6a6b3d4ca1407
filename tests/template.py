"""The database of which each of pytest's processes gets a copy: migrated once, by whoever comes first."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from ngo.local import BASE, keeper


def make() -> None:
    """Migrate it, unless that was done; wait where another process is at it."""
    folder = Path(os.environ["POSADA_TEST_FOLDER"])
    with keeper.locked(folder, "template", fcntl.LOCK_EX):
        if not (folder / "migrated").exists():
            migrate = [sys.executable, BASE / "manage.py", "migrate", "--verbosity=0", "--skip-checks"]
            subprocess.run(migrate, check=True)
            (folder / "migrated").touch()


if __name__ == "__main__":
    make()
