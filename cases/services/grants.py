"""The end of what somebody else may see. Withdrawn consent and the end of a referral come here; see cases/models/referrals.py."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Consent, GrantEnd, Person, Referral, ReferralGrant, ReferralState
from ngo.models import Organisation, Staff


def lock_referral(pk: int) -> Referral:
    """The referral as it is now; a second act on it waits here, then sees what the first one did."""
    rows = Referral.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("family", "organisation", "to_organisation").get(pk=pk)


def end_grants(referral: Referral, because: str, now: datetime) -> int:
    """Close every grant of a referral. Returns how many were open."""
    return ReferralGrant.objects.filter(referral=referral, ended_at=None).update(ended_at=now, ended_because=because)


def open_grants_of(consent: Consent) -> int:
    """How many people somebody else would not see any more if this consent were withdrawn."""
    return ReferralGrant.objects.open(timezone.now()).filter(consent=consent).count()


def follow_consent(*, consent: Consent, by: Staff, instead: Consent | None = None) -> int:
    """Close the grants that rest on a consent that has just ended, or let them rest on the one given `instead`.

    A referral of which nobody is seen any more is over; somebody outside must then be told. Returns how many were closed.
    """
    grants = ReferralGrant.objects.filter(consent=consent)
    if instead is not None:
        grants.filter(ended_at=None).update(consent=instead)
        return 0
    return _close(grants, by, _("Consent was withdrawn."))


def rest_on(consent: Consent) -> None:
    """Let what is told of this person to this recipient for a reason alone rest on the consent that is there now."""
    _overridden([consent.person], consent.recipient_organisation, consent.recipient_name).update(consent=consent)


def close_overridden(
    people: Iterable[Person], by: Staff, organisation: Organisation | None = None, name: str = ""
) -> int:
    """They said no: what is told of them for a reason alone closes too; without a recipient, whoever it is told to."""
    rows = _overridden(people, organisation, name)
    return _close(ReferralGrant.objects.filter(pk__in=list(rows.values_list("pk", flat=True))), by, _("They said no."))


def _overridden(people: Iterable[Person], organisation: Organisation | None, name: str) -> Any:
    rows = ReferralGrant.objects.filter(person__in=people, consent=None, ended_at=None)
    if organisation is not None:
        return rows.filter(referral__to_organisation=organisation)
    return rows.filter(referral__to_organisation=None, referral__to_outside__iexact=name) if name else rows


def _close(grants: Any, by: Staff, ending: str) -> int:
    closed, now = 0, timezone.now()
    for pk in sorted(set(grants.values_list("referral", flat=True))):
        referral = lock_referral(pk)
        ended = grants.filter(referral=referral, ended_at=None).update(ended_at=now, ended_because=GrantEnd.WITHDRAWN)
        closed += ended
        if ended or referral.must_tell_since is None:  # What is over by now may still be there on paper.
            ask_outside_to_forget(referral, now)
        if referral.is_open and not ReferralGrant.objects.open(now).filter(referral=referral).exists():
            end_referral(referral, ReferralState.REVOKED, by, ending, GrantEnd.WITHDRAWN, now)
    return closed


def end_referral(
    referral: Referral, state: str, by: Staff | None, ending: str, because: str, now: datetime | None = None
) -> None:
    """End a locked referral: from this moment the other side sees nobody."""
    now = now or timezone.now()
    referral.state, referral.ended_at, referral.ended_by, referral.ending = state, now, by, ending
    referral.save(update_fields=["state", "ended_at", "ended_by", "ending"])
    end_grants(referral, because, now)


def ask_outside_to_forget(referral: Referral, now: datetime) -> None:
    """Somebody outside has it on paper: until a person has asked them to destroy it, it stands among what is to be done."""
    if referral.to_organisation_id is None:
        referral.must_tell_since, referral.told_at, referral.told_by = now, None, None
        referral.save(update_fields=["must_tell_since", "told_at", "told_by"])


def close_expired(now: datetime) -> int:
    """Write down that grants whose time is over have ended. Whether one is open is judged without this. For the history."""
    over = ReferralGrant.objects.filter(ended_at=None, expires_at__lte=now)
    return over.update(ended_at=F("expires_at"), ended_because=GrantEnd.EXPIRED)
