"""Intakes that are not finished: kept on the server for the person who is typing, and turned into a family once."""

import json
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Family, IntakeDraft, Pathway
from cases.services.people import register_family
from cases.services.ways import open_first_cases
from ngo.errors import Refused
from ngo.models import Staff

AT_MOST = 200_000  # Characters of one draft: far more than 25 people need.

Fields = dict[str, list[str]]


@transaction.atomic
def start_intake(*, by: Staff, fields: Fields) -> IntakeDraft:
    """A new draft. Those that this person started and left without a word typed are not kept beside it."""
    if by.membership is None:
        raise Refused(_("You do not work in an organisation now."))
    IntakeDraft.objects.visible_to(by).filter(saved_at=F("started_at")).delete()
    now = timezone.now()
    return IntakeDraft.objects.create(
        organisation=by.membership.organisation, staff=by, fields=json.dumps(fields), started_at=now, saved_at=now
    )


@transaction.atomic
def save_draft(*, draft: IntakeDraft, fields: Fields) -> IntakeDraft:
    """Keep what stands in the form now. Refused where it is more than an intake can hold."""
    text = json.dumps(fields)
    if len(text) > AT_MOST:
        raise Refused(_("This is more than one intake can hold. Shorten the texts, or write two families."))
    draft.fields, draft.saved_at = text, timezone.now()
    # A draft that was registered meanwhile, in another tab, is gone and stays gone.
    IntakeDraft.objects.filter(pk=draft.pk).update(fields=draft.fields, saved_at=draft.saved_at)
    return draft


@transaction.atomic
def finish_intake(*, draft_id: Any, by: Staff, way: Pathway | None = None, **facts: Any) -> Family:
    """Register the family of a draft, open their cases and remove the draft, in one transaction. Sent twice, it registers once.

    `way` is the pathway on which they said that they are, where their group has several.

    The second sender waits at the draft's row, finds it gone, and gets the family that the first one made.
    """
    draft = IntakeDraft.objects.visible_to(by).select_for_update().filter(pk=draft_id).first()
    if draft is None:
        family = family_of_draft(draft_id, by)
        if family is None:
            raise Refused(_("This intake is not open any more. Start another one."))
        return family
    family = register_family(organisation=draft.organisation, by=by, external_ref=reference(draft_id), **facts)
    open_first_cases(family=family, by=by, way=way)
    draft.delete()
    return family


def reference(draft_id: Any) -> str:
    """What a family keeps of the intake that it came from."""
    return f"intake:{draft_id}"


def family_of_draft(draft_id: Any, staff: Staff) -> Family | None:
    """The family that this person already registered from a draft."""
    return Family.objects.visible_to(staff).filter(external_ref=reference(draft_id), registered_by=staff).first()


@transaction.atomic
def discard_draft(*, draft: IntakeDraft) -> None:
    draft.delete()


@transaction.atomic
def remove_expired_drafts() -> int:
    """Drafts that nobody touched for seven days. Returns how many went."""
    expired = IntakeDraft.objects.expired()
    count = expired.count()
    expired.delete()
    return count


def people_in(draft: IntakeDraft) -> int:
    """How many people a draft names so far."""
    return sum(
        1 for name, values in draft.values.items() if name.endswith("-given_names") and any(map(str.strip, values))
    )
