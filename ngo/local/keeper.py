"""Who uses the private servers, and the keeper that runs them.

Every process that needs them holds a shared lock on the data folder (`using`). The first one starts the keeper, which runs
both and tries to take the same lock for itself: it gets it when the last user is gone, however that one ended, for the
kernel gives locks back. Then it stops both servers cleanly and goes.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ngo.local import BASE, Trouble, check_folder, make_folder, secrets
from ngo.local.servers import Servers

_started: list[subprocess.Popen] = []  # By this process; they may outlive it.


@contextmanager
def locked(folder: Path, name: str, how: int) -> Iterator[None]:
    """Hold a lock of the data folder; with LOCK_NB, raises BlockingIOError where another process has it."""
    make_folder(folder / "locks", 0o700)
    with (folder / "locks" / name).open("a") as file:
        fcntl.flock(file, how)
        yield


def is_held(folder: Path, name: str) -> bool:
    """Whether a process holds this lock."""
    try:
        with locked(folder, name, fcntl.LOCK_SH | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


@contextmanager
def using(folder: Path, *, migrated: bool = True) -> Iterator[None]:
    """The private database and broker, running for as long as the block lasts: whoever leaves last stops them."""
    check_folder(folder)
    with locked(folder, "users", fcntl.LOCK_SH):  # Waits where a keeper is just stopping its servers.
        ensure_keeper(folder)
        if migrated:
            _migrate_new(folder)
        yield


def ensure_keeper(folder: Path) -> bool:
    """Start a keeper where there is none, and wait for its servers; say whether one was started. Raises Trouble."""
    with locked(folder, "start", fcntl.LOCK_EX):
        if is_held(folder, "keeper"):
            return False
        _started[:] = [earlier for earlier in _started if earlier.poll() is None]  # Bury the dead.
        with (folder / "log" / "keeper.log").open("ab") as log:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "ngo.local.keeper", folder],
                cwd=BASE,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        _started.append(keeper)
        answer = keeper.stdout.readline().decode().strip()
        keeper.stdout.close()
        if answer != "ready":
            raise Trouble(
                answer or f"The private database could not be started: {folder / 'log' / 'keeper.log'} says why."
            )
        return True


def _migrate_new(folder: Path) -> None:
    """Migrate a new data folder, as the owner, before the first command works on it."""
    with locked(folder, "migrate", fcntl.LOCK_EX):
        if (folder / "migrated").exists():
            return
        words = [sys.executable, BASE / "manage.py", "migrate", "--verbosity=0", "--no-input", "--skip-checks"]
        if subprocess.run(words, stdout=sys.stderr).returncode:
            raise Trouble("The new database could not be migrated: the reason stands above.")
        (folder / "migrated").touch()


def keep(folder: Path) -> None:
    """Run both servers until nobody uses them any more, or until told to stop."""
    told_to_stop = []
    for number in signal.SIGTERM, signal.SIGINT:
        signal.signal(number, lambda *_: told_to_stop.append(True))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    servers = Servers(folder, secrets(folder))
    with (folder / "locks" / "users").open("a") as users, locked(folder, "keeper", fcntl.LOCK_EX | fcntl.LOCK_NB):
        try:
            servers.start()
        except Trouble as trouble:
            print(trouble, flush=True)
            return
        print("ready", flush=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Whoever started us stops listening here.
        while not told_to_stop and not _alone(users):
            time.sleep(0.2)
            servers.mend()
        servers.stop()


def _alone(users) -> bool:
    """Take the users' lock for ourselves, and keep it: new ones wait until the servers have stopped."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
