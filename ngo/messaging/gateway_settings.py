"""Through which gateway messages reach phones: read from SMS_URL and WHATSAPP_URL when Posada starts.

    twilio://ACCOUNT:TOKEN@api.twilio.com?from=+15550100
    json+https://TOKEN@gateway.example/messages?secret=…

A setting that is wrong is refused at once, in a sentence that repeats nothing of it: it holds secrets. This module is read by the
settings, so it knows nothing of Django but that refusal.
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TWILIO, JSON = "twilio", "json"
SCHEMES = {
    "twilio": (TWILIO, "https"),
    "twilio+http": (TWILIO, "http"),
    "json+https": (JSON, "https"),
    "json+http": (JSON, "http"),
}
OPTIONS = {TWILIO: {"from", "rate", "house"}, JSON: {"secret", "rate", "house"}}
RATES = {TWILIO: 1.0, JSON: 1.0}  # Messages a second where the setting says nothing: what one number may send.
MAIL_RATE = 5.0  # Of most servers that a small organisation rents, the least that they take.
SLOWEST, FASTEST = 0.05, 100_000.0
SHORTEST_SECRET = 16
E164 = re.compile(r"\+[1-9]\d{6,14}")
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")  # Several numbers of one account, that Twilio chooses from.
TEMPLATE = re.compile(r"([a-z_]+)\.([a-z]{2,3})=(HX[0-9a-fA-F]{32})")


@dataclass(frozen=True)
class Gateway:
    """One gateway and how it is spoken to."""

    kind: str  # TWILIO or JSON
    url: str  # Twilio: scheme and host; the others: where messages are posted.
    token: str = field(repr=False)
    account: str = ""  # Twilio's account SID.
    secret: str = field(
        default="", repr=False
    )  # With which the others sign what they tell us; Twilio signs with the token.
    sender: str = ""  # A number in E.164, or one of Twilio's messaging services.
    rate: float = 1.0  # Messages a second that leave at most, however many processes send.
    house: str = ""  # The short name of the organisation that looks after what unknown numbers write.
    is_near: bool = False  # On this very machine.
    # (words, language) → the approved template of WhatsApp that says them.
    templates: dict[tuple[str, str], str] = field(default_factory=dict)


def gateway(name: str, url: str, templates: str = "") -> Gateway | None:
    """What the variable `name` says; None where it is empty. Raises ImproperlyConfigured."""
    if not url.strip():
        return None
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise _wrong(name, "it is no address") from error
    if parts.scheme not in SCHEMES:
        raise _wrong(name, "it must begin with twilio://, json+https:// or, on this very machine, json+http://")
    kind, scheme = SCHEMES[parts.scheme]
    if not parts.hostname:
        raise _wrong(name, "it names no host")
    is_near = _is_loopback(parts.hostname)
    if scheme == "http" and not is_near:
        raise _wrong(name, "without TLS it may only lead to this very machine, such as 127.0.0.1")
    options = _options(name, parts.query, OPTIONS[kind])
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    base = f"{scheme}://{host}{f':{port}' if port else ''}"
    shared = {
        "rate": _rate(name, options.get("rate", ""), RATES[kind]),
        "house": options.get("house", ""),
        "is_near": is_near,
    }
    if kind == JSON:
        return _json(name, parts, options, base, shared)
    return _twilio(name, parts, options, base, shared | {"templates": _templates(name, templates)})


def _twilio(name: str, parts: SplitResult, options: dict[str, str], base: str, shared: dict) -> Gateway:
    account, token = _plain(name, parts.username), _plain(name, parts.password)
    if not account or not token:
        raise _wrong(
            name, "it must name the account and its token: twilio://ACCOUNT:TOKEN@api.twilio.com?from=+15550100"
        )
    sender = options.get("from", "")
    if not E164.fullmatch(sender) and not SERVICE.fullmatch(sender):
        raise _wrong(name, "from= must be a number with + and its country's code, or a messaging service (MG…)")
    if parts.path.strip("/"):
        raise _wrong(name, "nothing stands between the host and the question mark")
    return Gateway(kind=TWILIO, url=base, account=account, token=token, sender=sender, **shared)


def _json(name: str, parts: SplitResult, options: dict[str, str], base: str, shared: dict) -> Gateway:
    token = _plain(name, parts.username)
    if not token or parts.password is not None:
        raise _wrong(name, "it must name the gateway's token, and no more: json+https://TOKEN@host/path?secret=…")
    secret = options.get("secret", "")
    if len(secret) < SHORTEST_SECRET:
        raise _wrong(name, f"secret= must have {SHORTEST_SECRET} characters or more: it signs what comes back")
    return Gateway(kind=JSON, url=f"{base}{parts.path or '/'}", token=token, secret=secret, **shared)


def _options(name: str, query: str, known: set[str]) -> dict[str, str]:
    """The part behind the question mark. A plus stays a plus: it begins a number."""
    found: dict[str, str] = {}
    for piece in filter(None, query.split("&")):
        key, _equals, value = piece.partition("=")
        if key not in known or key in found:
            raise _wrong(name, f"behind the question mark stand {' and '.join(sorted(known))}, each once")
        found[key] = unquote(value)
    return found


def mail_rate(url: str) -> float:
    """How many messages a second leave by e-mail at most: `rate` in EMAIL_URL. Raises ImproperlyConfigured."""
    return _rate("EMAIL_URL", _options("EMAIL_URL", urlsplit(url).query, {"rate"}).get("rate", ""), MAIL_RATE)


def _rate(name: str, text: str, default: float) -> float:
    try:
        rate = float(text) if text else default
    except ValueError as error:
        raise _wrong(name, "rate= is a number of messages a second") from error
    if not SLOWEST <= rate <= FASTEST:
        raise _wrong(name, f"rate= is a number of messages a second between {SLOWEST} and {FASTEST:.0f}")
    return rate


def _templates(name: str, text: str) -> dict[tuple[str, str], str]:
    found = {}
    for piece in text.replace(",", " ").split():
        match = TEMPLATE.fullmatch(piece)
        if match is None:
            raise ImproperlyConfigured(
                f"{name.replace('URL', 'TEMPLATES')} is not understood: write reminder.es=HX… for each, with spaces between."
            )
        found[match[1], match[2]] = match[3]
    return found


def _plain(name: str, text: str | None) -> str:
    """A name or a token as it is sent: letters, digits and signs without spaces."""
    plain = unquote(text or "")
    if any(not "!" <= letter <= "~" for letter in plain):
        raise _wrong(name, "an account or a token is made of plain letters, digits and signs")
    return plain


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _wrong(name: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} is not understood: {why}. docs/gateways.md shows whole ones.")


def public_address(given: str, hosts: list[str], https: bool) -> str:
    """Where others reach this installation: POSADA_ADDRESS, or else the first of POSADA_HOSTS. Without a slash at its end.

    Gateways are told to call back there, and Twilio signs the very address that it calls.
    """
    if given:
        parts = urlsplit(given)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ImproperlyConfigured("POSADA_ADDRESS is not understood: write it as https://posada.example.")
        return f"{parts.scheme}://{parts.netloc}"
    named = [host.lstrip(".") for host in hosts if host.lstrip(".*")]
    return f"{'https' if https else 'http'}://{named[0]}" if named else ""
