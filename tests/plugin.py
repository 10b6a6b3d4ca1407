"""The tests' own PostgreSQL and Valkey: started once for all of pytest's processes, gone afterwards.

Loaded with `-p tests.plugin`, before pytest-django reads the settings. The servers are children of the first process and
die with it, even by kill -9. Nothing here is durable: that is what makes the suite fast.
"""

import os
import shutil
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from ngo import catalogues, local
from ngo.local.servers import THROWAWAY_SETTINGS, Servers

FOLDER = "POSADA_TEST_FOLDER"  # Set once the servers run; pytest's workers find it in their environment.
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
    """What .ci/test found before the tests; it goes into the status of `make test`."""
    if failed := os.environ.get("POSADA_FAILED_CHECKS", "").strip():
        terminalreporter.write_line(f"FAILED before the tests: {failed} (see the top)", red=True)
