"""A real worker and a real beat on the test's own database: started, killed with -9, started again."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from ngo.local import BASE
from ngo.management.commands.serve import commands
from tests.processes import wait_until


class Crew:
    """`with Crew(folder, sink) as crew: crew.start() … crew.kill()`. Needs a test with real transactions.

    The broker is the suite's own, under a number of its own, so that nobody else's tasks are among ours.
    """

    def __init__(self, folder: Path, sink):
        self.folder, self.sink = folder, sink
        self.running: dict[str, subprocess.Popen] = {}
        self.killed_at: list[float] = []

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_failure: object) -> None:
        self.kill()

    @property
    def said(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def start(self) -> None:
        for name in "worker", "beat":
            with (self.folder / f"{name}.log").open("a") as log:
                self.running[name] = subprocess.Popen(
                    commands("127.0.0.1", 0, self.folder)[name],
                    cwd=BASE,
                    env=os.environ | self.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )

    def environment(self) -> dict[str, str]:
        number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 14
        return {
            "DATABASE_URL": _on_this_database(os.environ["DATABASE_URL"]),
            "DATABASE_OWNER_URL": _on_this_database(os.environ["DATABASE_OWNER_URL"]),
            "REDIS_URL": f"{os.environ['REDIS_URL']}?virtual_host={number}",
            "POSADA_DATABASE_ROLE": "web",
            "POSADA_DATA": str(self.folder),
            "POSADA_SWEEP_SECONDS": "1",
            "EMAIL_URL": self.sink.url,
            "POSADA_FROM_EMAIL": "avisos@posada.example",
        }

    def kill(self) -> None:
        """With -9, the worker first; its processes die with it."""
        for process in self.running.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            process.wait()
        groups = [process.pid for process in self.running.values()]
        assert wait_until(lambda: not any(_lives(group) for group in groups)), self.said
        if self.running:
            self.sink.settle()  # What they had said before they died is still on its way to the server.
            self.killed_at.append(time.monotonic())
        self.running = {}


def _lives(group: int) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        return any(_state(pid) not in {"Z", ""} for pid in _members(group))
    return False


def _members(group: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if os.getpgid(int(entry.name)) == group:
                    found.append(int(entry.name))
    return found


def _state(pid: int) -> str:
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    return ""


def _on_this_database(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{connection.settings_dict['NAME']}"))


def command_in_this_database(crew: Crew, *words: str) -> subprocess.CompletedProcess:
    """`manage.py …` as the crew would run it."""
    return subprocess.run(
        [sys.executable, BASE / "manage.py", *words],
        env=os.environ | crew.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
