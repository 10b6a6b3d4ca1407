"""Where Posada answers: the port, the host, and the names by which this machine is called."""

import errno
import fcntl
import http.client
import os
import socket
import struct
from contextlib import suppress

from ngo.local import Trouble


def where_to_answer() -> tuple[str, int]:
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Trouble(f"PORT={port} is no port: give a number from 1 to 65535.")
    return os.environ.get("HOST") or "127.0.0.1", int(port)


def check_port(host: str, port: int) -> None:
    try:
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind((host, port))
            door.listen(1)
    except OSError as error:
        reason = {
            errno.EADDRINUSE: f"Port {port} is taken by another program: choose another one, as in PORT=8123 make run.",
            errno.EACCES: f"This user may not open port {port}: choose one above 1023, as in PORT=8123 make run.",
        }
        usual = f"HOST={host} is no IPv4 address of this machine: use 127.0.0.1, or 0.0.0.0 for every one it has."
        raise Trouble(reason.get(error.errno, usual)) from None


def hosts(host: str, usual: list[str]) -> dict[str, str]:
    """Django's list of accepted hosts, where we answer to more than this machine and nobody has given one."""
    if host in {"127.0.0.1", "localhost"} or "POSADA_HOSTS" in os.environ:
        return {}
    return {"POSADA_HOSTS": " ".join([*usual, *names(host)])}


def names(host: str) -> list[str]:
    """What to call it in an address, the nearest first."""
    if host not in {"127.0.0.1", "localhost", "0.0.0.0"}:
        return [host]
    return ["127.0.0.1", "localhost", *(addresses() if host == "0.0.0.0" else [])]


def addresses() -> list[str]:
    """The names and IPv4 addresses of this machine in its networks. Linux tells; elsewhere only the name is known."""
    name, found = socket.gethostname(), []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _number, interface in socket.if_nameindex():
            with suppress(OSError):
                answer = fcntl.ioctl(asked, 0x8915, struct.pack("256s", interface.encode()[:15]))  # SIOCGIFADDR
                found.append(socket.inet_ntoa(answer[20:24]))
    return [address for address in found if address != "127.0.0.1"] + [name, f"{name}.local"]


def answers(host: str, port: int) -> bool:
    link = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=5)
    try:
        link.request("GET", "/healthz")
        return link.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
