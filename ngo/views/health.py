"""For the probe of a proxy or a container: does the process live, and is everything behind it ready?"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ngo.permissions import public
from ngo.services import health


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
    }
    response = JsonResponse(answer, status=200 if found.is_ready else 503)
    response._has_been_logged = True  # Django would call each 503 an error in the log; the probe knows it already.
    return response
