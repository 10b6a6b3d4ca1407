"""History of writes (triggers) and the log of reads.

Writes: `tracked` puts pghistory's triggers on a model; each event row carries its own context (who, where), because the web
role may insert into history and nothing else. Reads: `log_read` adds a line in the caller's transaction.
"""

from contextlib import AbstractContextManager
from typing import Any

import pghistory

from ngo.models.reads import ReadLog


def history_context(request: Any) -> AbstractContextManager:
    """Who is writing, for every history row of this request: ids and the route's name, never personal data."""
    membership = getattr(request.user, "membership", None) if request.user.is_authenticated else None
    return pghistory.context(
        staff=request.user.pk,
        organisation=membership.organisation_id if membership else None,
        route=request.resolver_match.view_name if request.resolver_match else "",
    )


def is_poll(request: Any) -> bool:
    """A page that refreshes itself: nobody is there, so it keeps no sign-in alive and reads for nobody."""
    return request.headers.get("X-Posada-Poll") == "1"


def log_read(request: Any, *, what: str, subject: Any = None, count: int | None = None) -> None:
    """Write one line in the read log: this person opened this.

    `what` is a short code ("family", "search", "board"); `subject` a model instance or None; `count` how many people a list
    showed. The line holds ids, not contents. It is written in the caller's transaction, or in its own where there is none.
    """
    membership = request.user.membership
    ReadLog.objects.create(
        organisation=membership.organisation if membership else None,
        staff=request.user,
        what=what,
        subject_kind=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        count=count,
    )
