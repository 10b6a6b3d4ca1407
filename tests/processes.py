"""For tests with real processes: a data folder of their own, and who works on it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ngo.local import BASE


@contextmanager
def data_folder() -> Iterator[Path]:
    """A data folder that the servers' user can reach, with a space in its path; whatever still works on it is ended."""
    parent = Path(tempfile.mkdtemp(prefix="posada local ", dir="/tmp"))
    parent.chmod(0o755)
    try:
        yield parent / "data"
    finally:
        for pid in processes_of(parent):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not processes_of(parent))
        shutil.rmtree(parent)


def command(folder: Path, *words: str, log: Path | None = None, **environment: str) -> subprocess.Popen:
    """`manage.py …` in local mode: nothing of the tests' own environment is left in its way. With `log`, it speaks there."""
    env = {"PATH": os.environ["PATH"], "POSADA_DATA": str(folder), **environment}
    words = [sys.executable, BASE / "manage.py", *words]
    if not log:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(words, env=env, text=True, **pipes)
    with log.open("w") as file:
        return subprocess.Popen(words, env=env, stdout=file, stderr=subprocess.STDOUT)


def outcome(process: subprocess.Popen) -> tuple[int, str, str]:
    """Status, output and errors."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def processes_of(folder: Path, word: str = "") -> list[int]:
    """Every process whose command line or environment names this data folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            words = read(entry / "cmdline")
            if str(folder) in words + read(entry / "environ") and word in words:
                found.append(int(entry.name))
    return found


def read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # It has ended meanwhile.
        return ""


def wait_until(is_so, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := is_so()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(found)
