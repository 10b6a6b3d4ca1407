"""Local mode: with no DATABASE_URL, Posada runs its own PostgreSQL and Valkey, private to the checkout.

Here: the data folder, the secrets in it and the addresses that settings.py reads. servers.py: the two server programs.
keeper.py: who uses them, and the process that runs them for as long as somebody does. door.py: where Posada answers. No
Django in any of them.
"""

import hashlib
import json
import os
import pwd
import secrets as random
import shutil
import stat
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

BASE = Path(__file__).resolve().parents[2]
ROOT = os.geteuid() == 0
SERVER_USER = "nobody"  # PostgreSQL refuses to run as root: where root starts us, the servers run as this user.
OWNER, WEB, DATABASE = "posada_owner", "posada_web", "posada"
LONGEST_SOCKET_PATH = 107  # Bytes; the kernel's limit.
LEAST_SPACE = 200 * 2**20  # Bytes free, below which nothing is started: a full disk stops PostgreSQL in the middle.


class Trouble(RuntimeError):
    """What stands in the way, as one sentence for the person at the keyboard."""


# --- The data folder and its secrets ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Secrets:
    secret_key: str = ""
    field_keys: str = ""  # Fernet keys, newest first, separated by commas.
    search_key: str = ""
    owner_password: str = ""
    web_password: str = ""


NO_SECRETS = Secrets()


def data_folder(base: Path) -> Path:
    """Where this checkout keeps its data: var/, unless POSADA_DATA says otherwise or the servers could not get there."""
    if chosen := os.environ.get("POSADA_DATA"):
        return Path(chosen).expanduser().resolve()
    folder = base / "var"
    if ROOT and not (folder / "postgres").exists() and not reachable(folder / "postgres"):
        return Path("/var/lib/posada") / hashlib.sha256(str(base).encode()).hexdigest()[:12]
    return folder


def reachable(path: Path) -> bool:
    """Whether a user without rights of their own can walk to this path."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents if parent.exists())


def secrets(folder: Path) -> Secrets:
    """The secrets of this data folder, made on the first call and never again. Raises Trouble."""
    path = folder / "secrets.json"
    try:
        if not path.exists():
            _make_secrets(folder, path)
        return Secrets(**json.loads(path.read_text()))
    except OSError as error:
        raise _unusable(folder, error) from error
    except (ValueError, TypeError) as error:
        raise Trouble(f"{path} is damaged: put its copy back, for without its keys the data cannot be read.") from error


def _make_secrets(folder: Path, path: Path) -> None:
    make_folder(folder)
    if (folder / "postgres").exists():
        raise Trouble(f"{path} is missing: put it back, for without its keys the data cannot be read.")
    made = Secrets(
        secret_key=random.token_urlsafe(48),
        field_keys=urlsafe_b64encode(random.token_bytes(32)).decode(),
        search_key=random.token_urlsafe(32),
        owner_password=random.token_urlsafe(24),
        web_password=random.token_urlsafe(24),
    )
    draft = folder / f".secrets-{random.token_hex(8)}"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(made), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # All or nothing; whoever comes second reads the first one's.
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


def make_folder(folder: Path, mode: int = 0o711 if ROOT else 0o700) -> None:
    """Make a folder that is ours alone; those on the way to the servers' own, as root, may be walked through."""
    if not folder.parent.exists():
        make_folder(folder.parent)
    if not folder.exists():
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)


def check_folder(folder: Path) -> None:
    """Say in one sentence why this data folder cannot be used, if so. Raises Trouble."""
    try:
        for name in "locks", "log", "mail":
            make_folder(folder / name, 0o700)
        (folder / "locks" / f"probe-{os.getpid()}").touch()
        (folder / "locks" / f"probe-{os.getpid()}").unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _unusable(folder, error) from error
    if free < LEAST_SPACE:
        raise Trouble(
            f"The disk of the data folder {folder} is full: {free // 2**20} MB are free, {LEAST_SPACE // 2**20} are needed."
        )
    owner = (folder / "postgres").stat().st_uid if ROOT and (folder / "postgres").exists() else None
    if owner not in {None, pwd.getpwnam(SERVER_USER).pw_uid}:
        raise Trouble(f"The data in {folder} is another user's: start Posada as the user with the number {owner}.")
    if ROOT and not reachable(folder / "postgres"):
        raise Trouble(
            f"PostgreSQL does not run as root, and its user “{SERVER_USER}” cannot reach {folder}:"
            " name another folder with POSADA_DATA, such as /var/lib/posada."
        )


def _unusable(folder: Path, error: OSError) -> Trouble:
    return Trouble(
        f"The data folder {folder} cannot be used ({error.strerror}):"
        " give this user the right to write there, or name another with POSADA_DATA."
    )


# --- Addresses -------------------------------------------------------------------------------------------------------
def socket_folder(folder: Path) -> Path:
    """The folder of the two sockets: inside the data folder, or a short temporary one where its path is too long for a
    socket or holds a comma, which PostgreSQL's library takes for the end of a host."""
    usual = folder / "run"
    if len(os.fsencode(usual / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH and "," not in str(usual):
        return usual
    return Path("/tmp") / f"posada-{os.geteuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"  # noqa: S108


def database_url(folder: Path, secrets: Secrets, role: str = "web") -> str:
    """The address of the private database for one of its two roles, "web" or "owner"."""
    user, password = (OWNER, secrets.owner_password) if role == "owner" else (WEB, secrets.web_password)
    return f"postgres://{user}:{password}@{quote(str(socket_folder(folder)), safe='')}/{DATABASE}"


def broker_url(folder: Path) -> str:
    """The address of the private broker."""
    return f"redis+socket://{quote(str(socket_folder(folder) / 'valkey.sock'))}"
