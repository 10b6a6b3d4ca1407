"""Linking the person of a referral that we accepted with a file of ours, and undoing it.

Two files of two organisations are never joined. A link is made by a named member of the staff, under the consent on which the
grant rests, and ends with it: the end of a grant needs to write nothing here, because every reading asks for an open one.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import FileLink, Person, ReferralGrant, ReferralState
from cases.services.grants import lock_referral
from ngo.errors import Refused
from ngo.models import Staff


@transaction.atomic
def link_file(*, grant: ReferralGrant, person: Person, how: str, by: Staff) -> FileLink:
    """Say that who is shown under a grant is somebody of whom we have a file. Raises Refused."""
    referral = lock_referral(grant.referral_id)
    if referral.to_organisation_id != _works_for(by):
        raise Refused(_("This referral was not sent to your organisation."))
    if referral.state == ReferralState.SENT:
        raise Refused(_("Accept the referral first. Only then is a file of yours linked with it."))
    if not ReferralGrant.objects.open(timezone.now()).filter(pk=grant.pk).exists():
        raise Refused(_("This person is not shown to you any more."))
    if grant.consent_id is None:
        raise Refused(_("This was sent without their consent. Once they agree, and it is sent anew, it can be linked."))
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if person.organisation_id != referral.to_organisation_id or person.merged_into_id is not None:
        raise Refused(_("That is not a file of yours. Choose again."))
    if not how.strip():
        raise Refused(_("Write how it was found out that they are one person."))
    standing = FileLink.objects.filter(grant__referral=referral, ended_at=None)
    if standing.filter(grant=grant).exists():
        raise Refused(_("This person is linked with a file of yours already. Undo that first."))
    if standing.filter(person=person).exists():
        raise Refused(_("That file is linked with another person of this referral. Choose again, or undo that first."))
    return FileLink.objects.create(grant=grant, person=person, how=how.strip()[:200], made_by=by)


@transaction.atomic
def unlink_file(*, link: FileLink, by: Staff) -> FileLink:
    """They are not one person after all, or it should not be said. Both files are as they were."""
    row = FileLink.objects.select_for_update(of=("self",), no_key=True).select_related("person").get(pk=link.pk)
    if row.person.organisation_id != _works_for(by):
        raise Refused(_("Another organisation made this link."))
    if row.ended_at is not None:
        raise Refused(_("Somebody has undone this link already."))
    row.ended_at, row.ended_by = timezone.now(), by
    row.save(update_fields=["ended_at", "ended_by"])
    return row


def _works_for(by: Staff) -> int:
    return by.membership.organisation_id if by.membership else 0
