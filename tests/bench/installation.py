"""A private PostgreSQL and broker for measuring, with two databases: the full size, and a tenth of it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ngo import catalogues, local
from ngo.local import BASE, DATABASE, OWNER, WEB
from ngo.local.servers import POSTGRES_SETTINGS, Servers
from tests.plugin import environment

if TYPE_CHECKING:
    from psycopg import Connection

TENTH = f"{DATABASE}_tenth"
MILLION = f"{DATABASE}_million"  # People and nothing else: million.py.
# As in production on a small server, but nothing has to survive: the disk is no part of what is measured.
SETTINGS = {
    **POSTGRES_SETTINGS,
    "fsync": "off",
    "synchronous_commit": "off",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "autovacuum": "off",  # It would come in the middle; the load has gathered the statistics.
}


@contextmanager
def installation(folder: Path | None = None) -> Iterator[Path]:
    """Servers on a folder that is removed afterwards, or on one that is kept: its data are measured again as they are."""
    kept = folder is not None
    folder = folder or Path(tempfile.mkdtemp(prefix="posada-bench-", dir="/tmp"))
    local.make_folder(folder)
    folder.chmod(0o711)
    servers = Servers(folder, local.secrets(folder), SETTINGS)
    servers.start()
    (folder / "static").mkdir(exist_ok=True)
    try:
        catalogues.compile_all()
        yield folder
    finally:
        servers.stop()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def settings_of(folder: Path, database: str, role: str) -> dict[str, str]:
    """The environment of a process that works on one of the two databases as one of the two roles."""
    made = local.secrets(folder)
    env = environment(folder, made) | {"POSADA_DATABASE_ROLE": role}
    for name, who in ("DATABASE_URL", "web"), ("DATABASE_OWNER_URL", "owner"):
        env[name] = local.database_url(folder, made, who).removesuffix(DATABASE) + database
    return env


def load(folder: Path, people: int) -> None:
    """Both databases, migrated and filled; where they are there already they stay as they are."""
    if (folder / "filled").exists():
        return
    say(f"· making the databases in {folder}")
    manage(folder, DATABASE, "migrate", "--verbosity=0", "--skip-checks")
    for other in (TENTH, MILLION):
        psql(folder, f"CREATE DATABASE {other} OWNER {OWNER} TEMPLATE {DATABASE}")
        psql(folder, f"GRANT CONNECT ON DATABASE {other} TO {WEB}")
    for database, count in (TENTH, people // 10), (DATABASE, people):
        say(f"· filling one with {count:,} people")
        manage(folder, database, "demo", f"--scale={count}")
    (folder / "filled").touch()


def manage(folder: Path, database: str, *words: str) -> None:
    env = {"PATH": os.environ["PATH"]} | settings_of(folder, database, "owner")
    done = subprocess.run([sys.executable, BASE / "manage.py", *words], env=env, stdout=sys.stderr)
    if done.returncode:
        sys.exit(f"manage.py {' '.join(words)} failed: the reason stands above.")


def psql(folder: Path, statement: str) -> None:
    """One statement as the owner, outside of any transaction."""
    with as_owner(folder, DATABASE) as connection:
        connection.execute(statement)


def as_owner(folder: Path, database: str) -> "Connection":
    """A connection of the owner of one of the databases: what it does is not in a transaction unless it says so."""
    import psycopg  # Not before the environment is made.

    url = settings_of(folder, database, "owner")["DATABASE_OWNER_URL"].replace("postgres://", "postgresql://")
    return psycopg.connect(url, autocommit=True)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
