"""For the probe of a proxy or a container: does the process live, and is everything behind it ready?"""

from hmac import compare_digest
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ngo.permissions import public
from ngo.services import health
from ngo.services.metrics import exposition

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PROXIED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


@public
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@public
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    found = health.readiness()
    answer = {
        "status": "ready" if found.is_ready else "not ready",
        "database": found.database,
        "migrations": found.migrations,
        "migrations_missing": found.migrations_missing,
        "worker": found.worker,
        "worker_age_seconds": found.worker_age,
        "beat": found.beat,
        "beat_age_seconds": found.beat_age,
        "sweep": found.sweep,
        "sweep_age_seconds": found.sweep_age,
        "trips": found.trips,
        "trips_age_seconds": found.trips_age,
    }
    response = JsonResponse(answer, status=200 if found.is_ready else 503)
    response._has_been_logged = True  # Django would call each 503 an error in the log; the probe knows it already.
    return response


@public
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For a Prometheus on this machine, or one that knows the token. To everybody else it is not there."""
    if not (_is_from_here(request) or _knows_the_token(request)):
        raise Http404
    return HttpResponse(exposition(), content_type=METRICS_TYPE)


def _is_from_here(request: HttpRequest) -> bool:
    """Asked by this very machine. Behind a proxy everybody seems to be here, so that nobody is believed."""
    if settings.BEHIND_PROXY or any(name in request.headers for name in PROXIED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _knows_the_token(request: HttpRequest) -> bool:
    """`Authorization: Bearer …`; where TLS is on, only through it."""
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if not settings.METRICS_TOKEN or kind.lower() != "bearer" or (settings.HTTPS and not request.is_secure()):
        return False
    return compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
