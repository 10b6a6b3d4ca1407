"""`manage.py serve` with real processes. One data folder for all of it, for making one takes most of the time."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import closing, contextmanager, suppress

import dj_database_url
import psycopg
import pytest

from ngo import local
from ngo.local import door, keeper
from tests import SOAK, processes
from tests.processes import command, outcome, processes_of, wait_until

ROUNDS = 30 if SOAK else 1
PARTS = ["gunicorn", "--skip-checks worker", "--skip-checks beat", "valkey-server"]

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("serve")]


@pytest.fixture(scope="module")
def folder():
    with processes.data_folder() as path:
        yield path


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Running:
    """One `serve`, its port and what it has said so far."""

    def __init__(self, folder, **environment):
        self.folder, self.port = folder, free_port()
        environment = {"POSADA_DEMO": "0", "PORT": str(self.port), **environment}
        self.log = folder.parent / f"serve-{self.port}.log"
        self.process = command(folder, "serve", log=self.log, **environment)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said
        return "Posada is ready" in self.said

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def parts(self, word: str) -> list[int]:
        """The processes of one part: those that say its word and work on this folder."""
        return processes_of(self.folder, word)


@contextmanager
def serving(folder, **environment):
    running = Running(folder, **environment)
    try:
        assert wait_until(running.is_ready, 100), running.said
        yield running
    finally:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(60)
        assert wait_until(lambda: not processes_of(folder), 10), processes_of(folder)


def test_a_first_start_that_is_cut_short_does_no_harm(folder):
    """The next test goes on with what it leaves."""
    for how in signal.SIGTERM, signal.SIGKILL:
        running = Running(folder)
        assert wait_until(lambda: processes_of(folder, "manage.py migrate"), 60), running.said
        running.process.send_signal(how)  # In the middle of migrating.
        running.process.wait(60)
        assert wait_until(lambda: not processes_of(folder), 10), processes_of(folder)
        assert not (folder / "started").exists()
        assert "Traceback" not in running.said


def test_it_starts_is_ready_and_stops(folder):
    with serving(folder) as running:
        assert f"http://127.0.0.1:{running.port}/ or http://localhost:{running.port}/" in running.said
        assert re.search(r"/setup/ and give the code \w{4}-\w{4}-\w{4}", running.said)
        assert running.get("/healthz") == (200, '{"status": "ok"}')
        assert wait_until(lambda: running.get("/readyz")[0] == 200, 30), running.get("/readyz")
        answer = json.loads(running.get("/readyz")[1])
        assert all(answer[part] for part in ("database", "migrations", "worker", "beat", "sweep"))
        status, page = running.get("/account/login/")
        assert status == 200
        style = re.search(r'href="(/static/ngo/posada\.[^"]+\.css)"', page)[1]  # Its name carries its content's hash.
        assert running.get(style)[0] == 200

        status, _out, err = outcome(command(folder, "serve", PORT=str(free_port())))
        assert (status, "Traceback" in err) == (1, False)
        assert f"already running on {folder}" in err

        # Another command works on the same database meanwhile.
        assert outcome(command(folder, "shell", "-v0", "-c", "print(6 * 7)"))[:2] == (0, "42\n")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(40) == 0
        assert not processes_of(folder)
    assert "Traceback" not in running.said
    assert "warning" not in running.said.lower()


def test_whatever_is_killed_comes_back_and_nothing_outlives_a_killed_supervisor(folder):
    with serving(folder) as running:
        assert "making the demo" not in running.said  # What the first start did is not done again.
        for _round in range(ROUNDS):
            assert wait_until(lambda: running.get("/readyz")[0] == 200, 60), running.said
            for word in PARTS:
                assert running.parts(word), word
                for pid in running.parts(word):
                    kill(pid)
            for word in "postgres", "ngo.local.keeper":
                kill(min(running.parts(word)))  # The postmaster; the others are its children.
            assert wait_until(lambda: all(running.parts(word) for word in [*PARTS, "postgres"]), 60), running.said

        assert wait_until(lambda: running.get("/readyz")[0] == 200, 60), running.said
        running.process.kill()
        running.process.wait()
        assert wait_until(lambda: not processes_of(folder), 10), processes_of(folder)

    with serving(folder) as again:
        assert again.get("/account/login/")[0] == 200


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # Its parent was killed a moment before, and took it along.
        os.kill(pid, signal.SIGKILL)


def test_it_answers_to_the_house_when_told_to(folder):
    mine = [name for name in door.addresses() if re.fullmatch(r"[\d.]+", name)]
    with serving(folder, HOST="0.0.0.0") as running:
        assert "docs/tls.md" in running.said
        for name in mine:
            assert f"http://{name}:{running.port}/" in running.said
            with urllib.request.urlopen(f"http://{name}:{running.port}/account/login/", timeout=10) as answer:
                assert answer.status == 200


def test_commands_share_one_database_and_the_last_one_out_stops_it(folder):
    # As on a new folder: tables are missing, and nobody has migrated. Two commands come at once, and find them.
    made = local.secrets(folder)
    with keeper.using(folder, migrated=False), psycopg.connect(**address(folder, made, "owner")) as owner:
        owner.execute("DROP TABLE usersessions_usersession")
        owner.execute("DELETE FROM django_migrations WHERE app = 'usersessions'")
    (folder / "migrated").unlink()
    for process in [command(folder, "showmigrations", "--plan"), command(folder, "showmigrations", "--plan")]:
        status, out, err = outcome(process)
        assert status == 0, err
        assert "[X]  usersessions.0001" in out
        assert "[ ]" not in out
    assert wait_until(lambda: not processes_of(folder))

    # Whoever comes while it runs finds it running, and it outlives the one that started it.
    words = "print('in', flush=True); input(); from django.db import connection; print(connection.cursor() and 'out')"
    first = command(folder, "shell", "-v0", "-c", words)
    assert first.stdout.readline() == "in\n"
    keepers = processes_of(folder, "ngo.local.keeper")
    second = command(folder, "shell", "-v0", "-c", words)
    assert second.stdout.readline() == "in\n"
    assert first.communicate("\n", timeout=60)[0] == "out\n"
    assert processes_of(folder, "ngo.local.keeper") == keepers
    assert second.communicate("\n", timeout=60)[0] == "out\n"
    assert wait_until(lambda: not processes_of(folder))

    # A keeper that is killed takes its servers along, and a command that is killed leaves nothing.
    killed = command(folder, "shell", "-v0", "-c", "import time; print('in', flush=True); time.sleep(60)")
    assert killed.stdout.readline() == "in\n"
    kill(processes_of(folder, "ngo.local.keeper")[0])
    assert wait_until(lambda: not processes_of(folder, "postgres"))
    killed.kill()
    killed.communicate()
    assert outcome(command(folder, "showmigrations"))[0] == 0
    assert wait_until(lambda: not processes_of(folder))


def test_the_webs_role_cannot_change_history_and_nobody_else_signs_in(folder):
    made = local.secrets(folder)
    with keeper.using(folder):
        with psycopg.connect(**address(folder, made, "owner")) as owner:
            assert owner.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        with psycopg.connect(**address(folder, made, "web"), autocommit=True) as web:
            assert web.execute("SHOW fsync").fetchone() == ("on",)
            for statement in "DELETE FROM ngo_readlog", "UPDATE ngo_staffevent SET name = ''", "CREATE TABLE mine ()":
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    web.execute(statement)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(**{**address(folder, made, "owner"), "user": "postgres"})


def address(folder, made: local.Secrets, role: str) -> dict[str, str]:
    found = dj_database_url.parse(local.database_url(folder, made, role))
    return {"host": found["HOST"], "user": found["USER"], "password": found["PASSWORD"], "dbname": found["NAME"]}


def test_with_an_external_database_nothing_is_embedded(folder, django_db_setup):
    """The suite's own servers are the external ones, with one more copy of the migrated database."""
    folder = folder.parent / "external"
    folder.mkdir()
    given = {name: os.environ[name] for name in ("REDIS_URL", "SECRET_KEY", "POSADA_FIELD_KEYS", "POSADA_SEARCH_KEY")}
    for name in "DATABASE_URL", "DATABASE_OWNER_URL":
        given[name] = os.environ[name].removesuffix("/posada") + "/external"
    found = dj_database_url.parse(os.environ["DATABASE_OWNER_URL"])
    words = {"host": found["HOST"], "user": found["USER"], "password": found["PASSWORD"], "dbname": "postgres"}
    with closing(psycopg.connect(**words, autocommit=True)) as owner:
        owner.execute("CREATE DATABASE external TEMPLATE posada")

    with serving(folder, POSADA_HTTPS="0", POSADA_HOSTS="127.0.0.1", **given) as running:
        assert running.get("/healthz")[0] == 200
        assert not running.parts("ngo.local.keeper")
        assert not (folder / "postgres").exists()


# --- One sentence, and no more ----------------------------------------------------------------------------------------
def refusal(folder, **environment) -> str:
    status, out, err = outcome(command(folder, "serve", **environment))
    assert status == 1
    assert "Traceback" not in out + err
    assert len(err.strip().splitlines()) == 1
    return err


def test_a_taken_port_gets_a_sentence(folder):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])

        assert f"Port {port} is taken by another program" in refusal(folder, PORT=port)
        with pytest.raises(local.Trouble, match=f"Port {port} is taken"):
            door.check_port("0.0.0.0", int(port))


@pytest.mark.parametrize("port", ["web", "0", "70000", "-1"])
def test_a_wrong_port_gets_a_sentence(port, monkeypatch):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(local.Trouble, match=f"PORT={port} is no port"):
        door.where_to_answer()


def test_a_wrong_host_gets_a_sentence():
    for host in "192.0.2.7", "no such name":
        with pytest.raises(local.Trouble, match=f"HOST={host} is no IPv4 address of this machine"):
            door.check_port(host, free_port())


def test_a_data_folder_that_cannot_be_made_gets_a_sentence():
    assert "The data folder /proc/posada cannot be used" in refusal("/proc/posada")


@pytest.mark.skipif(not local.ROOT, reason="needs a user without rights, whom only root can become")
def test_an_ordinary_user_without_the_right_to_write_gets_a_sentence(folder):
    theirs = folder.parent / "theirs"
    theirs.mkdir(mode=0o755)
    words = "import sys; from pathlib import Path; from ngo import local; local.check_folder(Path(sys.argv[1]))"
    python = os.path.realpath("/usr/bin/python3")
    code = folder.parent / "code"  # The checkout itself may stand where nobody else gets to.
    shutil.copytree(local.BASE / "ngo" / "local", code / "ngo" / "local")

    done = subprocess.run(
        [python, "-c", words, theirs / "data"],
        cwd=code,
        user="nobody",
        capture_output=True,
        text=True,
        check=False,
    )

    assert "cannot be used (Permission denied)" in done.stderr


def test_an_external_database_without_its_secrets_gets_a_sentence(folder):
    assert "SECRET_KEY is not set" in refusal(folder, DATABASE_URL="postgres://somebody@127.0.0.1:1/x")
