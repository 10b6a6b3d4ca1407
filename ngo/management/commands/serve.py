"""One command that runs the real system: PostgreSQL, broker, web, worker and beat, until Ctrl-C.

This process is the supervisor. The web, the worker and beat are its children and die with it; the private PostgreSQL and
Valkey belong to the keeper (ngo/local/keeper.py), which stops them when their last user is gone. What a child says goes to our
output, each line behind the name of its part.
"""

import fcntl
import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ngo import catalogues, local
from ngo.local import door, keeper
from ngo.local.servers import die_with_parent
from ngo.services import health, setup

PATIENCE = 60  # Seconds that the web may take to answer its first request.
QUIET = 60  # Seconds of life after which earlier deaths are forgotten.
# First nothing new comes in, then what was begun is finished; failing that, a task is put back. Then what is left is killed.
STOP = ["web", "beat"], ["worker"]
ASK = (signal.SIGTERM, 10), (signal.SIGQUIT, 25)  # Seconds to obey.


@dataclass
class Part:
    name: str
    words: list[str]
    process: subprocess.Popen
    deaths: int  # In a row, each after a short life.
    since: float


class Stopped(Exception):
    """Somebody wants us to stop before everything runs."""


class Command(BaseCommand):
    help = "Run Posada: database, broker, web, worker and beat, until Ctrl-C. PORT and HOST say where it answers."
    requires_system_checks: list[str] = []

    def handle(self, *args, **options):
        self.folder, self.parts, self.sign_ins = settings.DATA_FOLDER, {}, ""
        self.stopping = threading.Event()
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, lambda *_: self.stopping.set())
        try:
            with ExitStack() as held, suppress(Stopped):
                self.serve(held)
            if settings.LOCAL:
                self.wait_for_the_keeper()
        except local.Trouble as trouble:
            raise CommandError(str(trouble)) from None
        self.say("stopped")

    def serve(self, held: ExitStack) -> None:
        host, port = door.where_to_answer()
        local.check_folder(self.folder)
        try:
            held.enter_context(keeper.locked(self.folder, "serve", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            raise local.Trouble(f"Posada is already running on {self.folder}: stop that one first.") from None
        door.check_port(host, port)
        if settings.LOCAL:
            self.say(f"starting; the data is in {self.folder}")
            if "POSADA_DATA" not in os.environ and self.folder != local.BASE / "var":
                self.say(f"there, because the user that PostgreSQL runs as cannot reach {local.BASE}")
            if local.socket_folder(self.folder) != self.folder / "run":
                self.say(f"that path does not suit a socket: the sockets are in {local.socket_folder(self.folder)}")
            held.enter_context(keeper.using(self.folder, migrated=False))
            for name in "postgres", "valkey", "keeper":
                self.repeat_in_background(name, follow(self.folder / "log" / f"{name}.log"))
        self.prepare()
        self.env = {**os.environ, **door.hosts(host, settings.ALLOWED_HOSTS)}
        self.env |= {"PYTHONUNBUFFERED": "1", "POSADA_DATABASE_ROLE": "web"}
        try:
            web, *others = commands(host, port, self.folder).items()
            self.start(*web)
            self.wait_for_the_web(host, port)  # Alone: on a small machine the others would make it wait.
            for part in others:
                self.start(*part)
            self.welcome(host, port)
            while not self.stopping.wait(1):
                self.mend()
        finally:
            self.stop()

    def prepare(self) -> None:
        """Tables, catalogues, static files and reference data; on the very first start the demo."""
        if health.readiness().migrations_missing != 0:
            self.manage("migrate", "--no-input", "--verbosity=0", "--skip-checks")
        (self.folder / "migrated").touch()
        catalogues.compile_all()
        collect_static_files(self.folder / "static.stamp")
        call_command("load_catalogue", verbosity=0)
        wanted = settings.LOCAL and os.environ.get("POSADA_DEMO") != "0"
        if wanted and not (self.folder / "started").exists() and setup.is_needed():
            self.say("making the demo, this once")
            self.sign_ins = self.manage("demo")
        (self.folder / "started").touch()

    def manage(self, *words: str) -> str:
        """Run another command of ours in a process of its own; its output comes back, its errors go to the terminal."""
        child = subprocess.Popen(
            [sys.executable, local.BASE / "manage.py", *words],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        while True:
            with suppress(subprocess.TimeoutExpired):
                output, _errors = child.communicate(timeout=0.1)
                break
            if self.stopping.is_set():
                child.terminate()
        if self.stopping.is_set():
            raise Stopped
        if child.returncode:
            raise local.Trouble(f"`manage.py {words[0]}` failed: the reason stands above.")
        return output

    # --- The parts ---------------------------------------------------------------------------------------------------
    def start(self, name: str, words: list[str], deaths: int = 0) -> None:
        process = subprocess.Popen(
            words,
            cwd=local.BASE,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops its parts in order.
            preexec_fn=die_with_parent(signal.SIGKILL if name == "worker" else signal.SIGTERM),
        )
        self.parts[name] = Part(name, words, process, deaths, time.monotonic())
        self.repeat_in_background(name, process.stdout)

    def mend(self) -> None:
        """Start again what has died, ever more slowly where it keeps dying."""
        try:
            if settings.LOCAL and keeper.ensure_keeper(self.folder):
                self.say("the database was gone; it runs again")
        except local.Trouble as trouble:
            self.say(f"{trouble} Trying again.")
        for part in list(self.parts.values()):
            age = time.monotonic() - part.since
            if part.process.poll() is None:
                part.deaths = 0 if age > QUIET else part.deaths
            elif age > min(30, 2**part.deaths):
                self.say(f"{part.name} ended ({part.process.returncode}); starting it again")
                tell_group(part, signal.SIGKILL)
                self.start(part.name, part.words, part.deaths + 1)

    def stop(self) -> None:
        self.say_sign_ins()
        for names in STOP:
            parts = [self.parts[name] for name in names if name in self.parts]
            for how, seconds in ASK:
                deadline = time.monotonic() + seconds
                for part in parts:
                    if part.process.poll() is None:
                        part.process.send_signal(how)
                for part in parts:
                    with suppress(subprocess.TimeoutExpired):
                        part.process.wait(max(0, deadline - time.monotonic()))
            for part in parts:
                tell_group(part, signal.SIGKILL)
                part.process.wait()

    def wait_for_the_web(self, host: str, port: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while not door.answers(host, port):
            if self.stopping.wait(0.1):
                raise Stopped
            if self.parts["web"].process.poll() is not None or time.monotonic() > deadline:
                raise local.Trouble("The web did not come up: the reason stands above, behind “web”.")

    def wait_for_the_keeper(self) -> None:
        """Leave when the database has stopped, or when it is plain that another command goes on using it."""
        since = time.monotonic()
        while keeper.is_held(self.folder, "keeper") and time.monotonic() < since + 60:
            if not keeper.is_held(self.folder, "users") and time.monotonic() > since + 2:
                self.say("another command still uses the database, which stops with that one")
                break
            time.sleep(0.05)

    # --- What is said ------------------------------------------------------------------------------------------------
    def say(self, sentence: str, name: str = "posada") -> None:
        with suppress(OSError):  # The terminal may be gone.
            self.stdout.write(f"{name:>8} | {sentence}")
            self.stdout.flush()

    def repeat_in_background(self, name: str, lines) -> None:
        def repeat():
            for line in filter(str.strip, lines):
                self.say(line.rstrip("\n"), name)

        threading.Thread(target=repeat, daemon=True).start()

    def say_sign_ins(self) -> None:
        """The demo's passwords stand nowhere else: they are said even where nothing else comes up."""
        for line in self.sign_ins.splitlines():
            self.say(line)
        self.sign_ins = ""

    def welcome(self, host: str, port: int) -> None:
        places = [f"http://{name}:{port}/" for name in door.names(host)]
        code = setup.setup_code()
        connection.close()
        self.say_sign_ins()
        if code:
            self.say(f"Nobody is set up yet: open {places[0]}setup/ and give the code {code}")
        if host not in {"127.0.0.1", "localhost"} and not settings.HTTPS:
            self.say("Without TLS, passwords and names cross the network readable by others: see docs/tls.md.")
        self.say(f"Posada is ready: {' or '.join(places)} (Ctrl-C stops it)")


def collect_static_files(stamp: Path) -> None:
    """Hashing and compressing them takes seconds: only where one of them is not the one of the last time."""
    listed = (entry for finder in finders.get_finders() for entry in finder.list(["CVS", ".*", "*~"]))
    found = sorted(listed, key=lambda entry: entry[0])
    facts = [(path, os.stat(store.path(path)).st_mtime_ns, os.stat(store.path(path)).st_size) for path, store in found]
    wanted = hashlib.sha256(repr([str(settings.STATIC_ROOT), settings.STORAGES, facts]).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted or not settings.STATIC_ROOT.exists():
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(wanted)


# --- The commands of the parts ---------------------------------------------------------------------------------------
def commands(host: str, port: int, folder: Path) -> dict[str, list[str]]:
    web = f"gunicorn ngo.wsgi --bind {host}:{port} --worker-class gthread --workers 2 --threads 4 --preload --no-control-socket"
    web += " --timeout 60 --graceful-timeout 5 --max-requests 5000 --max-requests-jitter 500 --log-level warning"
    celery = "celery --app ngo --quiet --skip-checks"  # They load every page: half of the time until the worker works.
    pool = os.environ.get("POSADA_WORKER_POOL") or "prefork"  # "threads" halves its memory, without its memory limit.
    worker = f"{celery} worker --pool {pool} --concurrency 2 --loglevel WARNING --without-gossip --without-mingle"
    beat = [*f"{celery} beat --loglevel WARNING --pidfile=".split(), "--schedule", str(folder / "beat-schedule")]
    run = [sys.executable, "-m"]
    return {"web": [*run, *web.split()], "worker": [*run, *worker.split()], "beat": [*run, *beat]}


def tell_group(part: Part, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(part.process.pid, how)


def follow(path: Path):
    """What is added to a file from now on, line by line."""
    with path.open(errors="replace") as file:
        file.seek(0, io.SEEK_END)
        while True:
            if line := file.readline():
                yield line
            else:
                time.sleep(0.5)
                if path.stat().st_size < file.tell():  # The keeper has shortened it.
                    file.seek(0)
