"""The tests' own PostgreSQL and Valkey: started once for all of pytest's processes, gone afterwards.

Loaded with `-p tests.plugin`, before pytest-django reads the settings. The servers are children of the first process and
die with it, even by kill -9. Nothing here is durable: that is what makes the suite fast.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from ngo import catalogues, local
from ngo.local.servers import THROWAWAY_SETTINGS, Servers

FOLDER = "POSADA_TEST_FOLDER"  # Set once the servers run; pytest's workers find it in their environment.
LONGEST_CHECKS = 600  # Seconds.
SERVERS = pytest.StashKey[Servers]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    """Before pytest-django's hook of the same name: that one reads the settings."""
    if FOLDER in os.environ or {"-h", "--help", "--version", "-V"} & set(args):
        return
    catalogues.compile_all()
    folder = Path(tempfile.mkdtemp(prefix="posada-test-", dir="/tmp"))  # Short, for the sockets.
    folder.chmod(0o711)
    made = local.secrets(folder)
    servers = Servers(folder, made, THROWAWAY_SETTINGS)
    early_config.stash[SERVERS] = servers
    early_config.add_cleanup(lambda: remove(servers))
    servers.start()
    (folder / "static").mkdir()
    os.environ.update(environment(folder, made))
    if any(arg.startswith("-n") for arg in args):  # While pytest's processes gather the tests.
        migrating = subprocess.Popen([sys.executable, "-m", "tests.template"], cwd=local.BASE)
        early_config.add_cleanup(migrating.kill)  # Cleanups run in reverse order: before the servers end.


def environment(folder: Path, made: local.Secrets) -> dict[str, str]:
    """What settings.py reads: an installation with an external database, as in production, but without HTTPS."""
    return {
        FOLDER: str(folder),
        "POSADA_DATA": str(folder),
        "DATABASE_URL": local.database_url(folder, made, "web"),
        "DATABASE_OWNER_URL": local.database_url(folder, made, "owner"),
        "REDIS_URL": local.broker_url(folder),
        "SECRET_KEY": made.secret_key,
        "POSADA_FIELD_KEYS": urlsafe_b64encode(b"k" * 32).decode(),  # The same in every run, so that a failure repeats.
        "POSADA_SEARCH_KEY": "search key of the tests",
        "POSADA_HTTPS": "0",
        "POSADA_HOSTS": "127.0.0.1 localhost testserver [::1]",
        "POSADA_DATABASE_ROLE": "owner",
        "POSADA_DEBUG": "0",
        "EMAIL_URL": "?rate=1000",  # No server; where a test sets one up, it does not wait.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright's own loop runs in the tests' thread.
    }


def remove(servers: Servers) -> None:
    servers.stop()
    shutil.rmtree(servers.folder, ignore_errors=True)


def pytest_terminal_summary(terminalreporter):
    """What the checks found that .ci/test ran beside the tests; it goes into the status of `make test`."""
    if not (folder := os.environ.get("POSADA_CHECKS")):
        return
    status, until = Path(folder, "status"), time.monotonic() + LONGEST_CHECKS
    while not status.exists() and time.monotonic() < until:
        time.sleep(0.2)
    passed = status.exists() and status.read_text().strip() == "0"
    terminalreporter.section("checks")
    terminalreporter.write_line(Path(folder, "said").read_text().rstrip(), red=not passed)
