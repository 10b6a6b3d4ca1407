"""What every table of ours shares: rows belong to an organisation, and history is kept by triggers."""

from typing import Any, Self

import pghistory
from django.db import models


def tracked(exclude: tuple[str, ...] = ()) -> Any:
    """Keep the history of every insert, update and delete of this model in a table of its own, by triggers."""
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(exclude) or None,
    )


class OrganisationQuerySet(models.QuerySet):
    """Rows that carry `organisation` themselves; a subclass names the path where they do not."""

    organisation_path = "organisation"

    def visible_to(self, staff: Any) -> Self:
        """Only rows of the organisation that this person is working for now."""
        membership = getattr(staff, "membership", None)
        if membership is None:
            return self.none()
        return self.filter(**{f"{self.organisation_path}_id": membership.organisation_id})
