"""Who works here: invitations, roles, shelters, and the end of access. Every change is kept by history's triggers."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.messaging.email import send_email
from ngo.models import Membership, Organisation, Staff
from ngo.permissions import Role
from shelters.models import Posting, Shelter

INVITATION_LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Invitation:
    """An invitation with the token of its link, which is nowhere kept: only its hash is."""

    membership: Membership
    token: str


# --- Inviting --------------------------------------------------------------------------------------------------------


@transaction.atomic
def invite_staff(
    *,
    email: str,
    role: str,
    by: Staff,
    shelters: Iterable[Shelter] = (),
    expires_at: datetime | None = None,
    language: str = "es",
) -> Invitation:
    """Open a membership that waits to be accepted; `shelters` empty means every shelter, `expires_at` when access ends.

    Nothing that the caller gets tells whether this e-mail had an account already. Raises Refused.
    """
    organisation, shelters = _locked(by), list(shelters)
    _may_grant(by, organisation, shelters, expires_at)
    email = email.strip().lower()
    staff = Staff.objects.filter(email__iexact=email).first() or Staff.objects.create_user(email, language=language)
    if Membership.objects.filter(staff=staff, organisation=organisation, ended_at=None).exists():
        raise Refused(_("This e-mail is on your list already. Change the role, or send the invitation again, there."))
    membership = Membership.objects.create(
        staff=staff, organisation=organisation, role=role, invited_by=by, expires_at=expires_at
    )
    _post(membership, shelters)
    return _with_new_token(membership)


@transaction.atomic
def renew_invitation(*, membership: Membership, by: Staff) -> Invitation:
    """A new link, good for seven days from now; the one before it no longer works. Raises Refused once accepted."""
    membership = _of_ours(membership, by)
    if membership.accepted_at is not None:
        raise Refused(_("This invitation was accepted in the meantime."))
    return _with_new_token(membership)


def _with_new_token(membership: Membership) -> Invitation:
    token = secrets.token_urlsafe(32)
    membership.invitation_hash = keyed_hash(token)
    membership.invitation_expires_at = timezone.now() + INVITATION_LASTS
    membership.save(update_fields=["invitation_hash", "invitation_expires_at"])
    return Invitation(membership, token)


def send_invitation(*, invitation: Invitation, link: str) -> bool:
    """E-mail the link, in the language of the account. False where it did not go out: hand the link over then."""
    membership = invitation.membership
    context = {
        "organisation": membership.organisation.name,
        "invited_by": membership.invited_by,
        "link": link,
        "days": INVITATION_LASTS.days,
    }
    language = membership.staff.language
    return send_email(to=membership.staff.email, name="invitation", language=language, context=context)


# --- Accepting -------------------------------------------------------------------------------------------------------


def find_invitation(token: str) -> Membership | None:
    """The invitation behind a link, while it can be accepted."""
    waiting = Membership.objects.pending().filter(invitation_hash=keyed_hash(token))
    return waiting.filter(invitation_expires_at__gt=timezone.now()).select_related("staff", "organisation").first()


@transaction.atomic
def accept_invitation(*, token: str, name: str = "", password: str = "", by: Staff | None = None) -> Staff:
    """Use an invitation up. A new account gets its name and password; an existing one accepts signed in (`by`).

    Raises Refused where the link was used, replaced, withdrawn or is too old, or belongs to somebody else.
    """
    found = find_invitation(token)
    membership = found and Membership.objects.select_for_update().select_related("staff").get(pk=found.pk)
    if membership is None or membership.invitation_hash != keyed_hash(token):
        raise Refused(_("This link no longer works. Ask your coordinator for a new one."))
    staff = membership.staff
    if staff.has_usable_password():
        if by != staff:
            raise Refused(_("Sign in with your own account first, then open the link again."))
    else:
        staff.name = name
        staff.set_password(password)
    staff.current_membership = membership
    staff.save(update_fields=["name", "password", "current_membership"])
    membership.accepted_at, membership.invitation_hash = timezone.now(), ""
    membership.save(update_fields=["accepted_at", "invitation_hash"])
    return staff


# --- Changing and ending ---------------------------------------------------------------------------------------------


@transaction.atomic
def change_membership(
    *, membership: Membership, role: str, shelters: Iterable[Shelter], expires_at: datetime | None, by: Staff
) -> Membership:
    """Another role, other shelters, another end. It holds from the person's next click. Raises Refused."""
    membership, shelters = _of_ours(membership, by), list(shelters)
    _may_grant(by, membership.organisation, shelters, expires_at, unless=membership.expires_at)
    if role != Role.COORDINATOR or shelters or expires_at is not None:
        _refuse_losing_the_last_coordinator(membership)
    membership.role, membership.expires_at = role, expires_at
    membership.save(update_fields=["role", "expires_at"])
    _post(membership, shelters)
    return membership


@transaction.atomic
def end_membership(*, membership: Membership, by: Staff) -> Membership:
    """End someone's access at once, and every sign-in of theirs with it. Raises Refused for the last coordinator."""
    membership = _of_ours(membership, by)
    _refuse_losing_the_last_coordinator(membership)
    membership.ended_at, membership.ended_by, membership.invitation_hash = timezone.now(), by, ""
    membership.save(update_fields=["ended_at", "ended_by", "invitation_hash"])
    end_sessions(membership.staff)
    return membership


def end_sessions(staff: Staff) -> None:
    """Sign someone out everywhere."""
    for session in UserSession.objects.filter(user=staff):
        session.end()


def last_day(membership: Membership, zone: str) -> date | None:
    """The date after whose end access stops, on a clock; None where it has no end."""
    if membership.expires_at is None:
        return None
    return (membership.expires_at.astimezone(ZoneInfo(zone)) - timedelta(microseconds=1)).date()


# --- What every one of them asks first -------------------------------------------------------------------------------


def _locked(by: Staff) -> Organisation:
    """The organisation of who asks, locked: two coordinators cannot take the role from each other at once."""
    if by.organisation is None:
        raise Refused(_("You work for no organisation now."))
    return Organisation.objects.select_for_update().get(pk=by.organisation.pk)


def _of_ours(membership: Membership, by: Staff) -> Membership:
    """The membership as it is now, if it is open, of the organisation of who asks and within their reach."""
    organisation = _locked(by)
    open_ones = Membership.objects.select_related("staff", "organisation", "invited_by").filter(ended_at=None)
    ours = open_ones.filter(pk=membership.pk, organisation=organisation).first()
    if ours is None:
        raise Refused(_("This person's access has ended in the meantime. Invite them again."))
    _within_reach(by, _shelter_ids(ours))
    return ours


def _may_grant(
    by: Staff,
    organisation: Organisation,
    shelters: list[Shelter],
    expires_at: datetime | None,
    unless: datetime | None = None,
) -> None:
    if any(shelter.organisation_id != organisation.pk for shelter in shelters):
        raise Refused(_("One of these shelters belongs to another organisation."))
    _within_reach(by, {shelter.pk for shelter in shelters})
    if expires_at is not None and expires_at != unless and expires_at <= timezone.now():
        raise Refused(_("Access cannot end in the past. Choose today or a later day, or end it at once."))


def _within_reach(by: Staff, shelter_ids: set[int]) -> None:
    """Whoever is limited to some shelters grants and changes access to those alone."""
    mine = _shelter_ids(by.membership) if by.membership else set()
    if mine and (not shelter_ids or shelter_ids - mine):
        raise Refused(_("You coordinate some shelters only. Access to others is given by who coordinates them all."))


def _shelter_ids(membership: Membership) -> set[int]:
    return set(Posting.objects.filter(membership=membership).values_list("shelter_id", flat=True))


def _post(membership: Membership, shelters: list[Shelter]) -> None:
    """Limit a membership to these shelters; to none of them in particular where the list is empty."""
    wanted, present = {shelter.pk for shelter in shelters}, _shelter_ids(membership)
    Posting.objects.filter(membership=membership, shelter_id__in=present - wanted).delete()
    Posting.objects.bulk_create(Posting(membership=membership, shelter_id=pk) for pk in sorted(wanted - present))


def _refuse_losing_the_last_coordinator(membership: Membership) -> None:
    """Somebody must always be able to give access to every shelter, without an end in sight."""
    lasting = Membership.objects.in_force().filter(role=Role.COORDINATOR, expires_at=None, postings=None)
    those = lasting.filter(organisation=membership.organisation)
    if those.filter(pk=membership.pk).exists() and not those.exclude(pk=membership.pk).exists():
        raise Refused(_("This is the only coordinator of the organisation. Make somebody else coordinator first."))
