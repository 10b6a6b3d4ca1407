import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import dj_database_url
import pytest

from ngo import local
from ngo.local import servers
from tests import processes
from tests.processes import command, outcome


@pytest.fixture
def folder():
    with processes.data_folder() as path:
        yield path


# --- The data folder and its secrets -----------------------------------------------------------------------------------
def test_secrets_are_made_once_and_are_nobody_elses(folder):
    made = local.secrets(folder)

    assert local.secrets(folder) == made
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert len(set(vars(made).values())) == 5
    assert all(len(value) >= 32 for value in vars(made).values())
    assert [path.name for path in folder.iterdir()] == ["secrets.json"]


def test_lost_secrets_are_not_made_anew_over_existing_data(folder):
    (folder / "postgres").mkdir(parents=True)

    with pytest.raises(local.Trouble, match="put it back"):
        local.secrets(folder)


def test_damaged_secrets_get_a_sentence(folder):
    folder.mkdir()
    (folder / "secrets.json").write_text(json.dumps({"secret_key": "x"})[:-3])

    with pytest.raises(local.Trouble, match="damaged"):
        local.secrets(folder)


def test_a_full_disk_gets_a_sentence(folder, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9 - 5, 5))

    with pytest.raises(local.Trouble, match="is full: 0 MB are free"):
        local.check_folder(folder)


def test_a_path_too_long_for_a_socket_gets_a_short_folder(tmp_path):
    long = tmp_path / ("a" * 60) / ("b" * 60)

    assert len(os.fsencode(local.socket_folder(long) / ".s.PGSQL.5432")) <= 107
    assert local.socket_folder(long) != local.socket_folder(long / "other")
    assert local.socket_folder(Path("/srv/posada/var")) == Path("/srv/posada/var/run")
    assert local.socket_folder(Path("/srv/one, two/var")).parent == Path("/tmp")


@pytest.mark.skipif(not local.ROOT, reason="only root hands the servers to another user")
def test_where_the_servers_user_cannot_go_the_data_stands_elsewhere(tmp_path, monkeypatch):
    monkeypatch.delenv("POSADA_DATA", raising=False)
    (tmp_path / "closed").mkdir(mode=0o700)

    elsewhere = local.data_folder(tmp_path / "closed" / "posada")

    assert elsewhere.parent == Path("/var/lib/posada")
    assert elsewhere != local.data_folder(tmp_path / "closed" / "another")


@pytest.mark.skipif(not local.ROOT, reason="only root can use another user's folder")
def test_root_does_not_begin_anew_beside_another_users_data(tmp_path, monkeypatch):
    monkeypatch.delenv("POSADA_DATA", raising=False)
    theirs = tmp_path / "var"
    (theirs / "postgres").mkdir(parents=True)
    os.chown(theirs / "postgres", 12345, 12345)
    theirs.chmod(0o700)

    assert local.data_folder(tmp_path) == theirs
    with pytest.raises(local.Trouble, match="another user's: start Posada as the user with the number 12345"):
        local.check_folder(theirs)


def test_the_address_survives_spaces_and_accents():
    found = dj_database_url.parse(local.database_url(Path("/srv/Mi Posada/ñ"), local.Secrets(web_password="a-b_c")))

    assert (found["HOST"], found["USER"], found["PASSWORD"]) == ("/srv/Mi Posada/ñ/run", "posada_web", "a-b_c")


# --- The programs, and who starts them -------------------------------------------------------------------------------
def test_commands_about_the_code_start_no_database(folder):
    for words in ["help"], ["migrate", "--help"], ["diffsettings"], ["no_such_command"]:
        outcome(command(folder, *words))

        assert not (folder / "postgres").exists(), words


@pytest.mark.skipif(local.ROOT, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_gets_a_sentence(folder):
    folder.mkdir(mode=0o500)

    status, _out, err = outcome(command(folder, "showmigrations"))

    assert status == 1
    assert "cannot be used (Permission denied)" in err
    assert "Traceback" not in err


def test_servers_that_are_not_installed_get_a_sentence(folder, monkeypatch):
    monkeypatch.setattr(servers, "find_spec", lambda name: None)

    with pytest.raises(local.Trouble, match="make run"):
        servers.installed_programs(folder)


def test_programs_that_the_servers_user_cannot_reach_are_copied(folder, monkeypatch):
    monkeypatch.setattr(servers, "ROOT", True)
    monkeypatch.setattr(servers, "reachable", lambda path: False)
    folder.mkdir()

    programs, valkey = servers.installed_programs(folder)

    assert folder in programs.parents
    assert folder in valkey.parents
    assert subprocess.run([programs / "postgres", "--version"], capture_output=True).returncode == 0
    assert subprocess.run([programs / "psql", "--version"], capture_output=True).returncode == 0
    assert subprocess.run([valkey, "--version"], capture_output=True).returncode == 0
