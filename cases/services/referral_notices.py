"""When nobody answers a referral: who is told, once, by e-mail. A row first, then a message; see ngo/messaging/outbox.py."""

from datetime import datetime

from cases.models import Referral, ReferralNotice, ReferralState
from cases.services.recipients import language_of_staff
from ngo.messaging import outbox
from ngo.messaging.email import MailLine, is_configured, words
from ngo.models import Membership
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role

ANSWERED = "answered"  # Meanwhile; or it has ended.
NO_SERVER = "no_mail_server"
LEFT = "works_there_no_more"


def plan_notices(referral: Referral, now: datetime) -> list[ReferralNotice]:
    """One row for whoever sent it and for the coordinators of both sides. In the caller's transaction."""
    sides = [side for side in (referral.organisation_id, referral.to_organisation_id) if side is not None]
    at_work = Membership.objects.in_force().filter(organisation__in=sides, staff__is_active=True)
    told = set(at_work.filter(role=Role.COORDINATOR).values_list("staff", flat=True))
    told |= set(
        at_work.filter(organisation=referral.organisation_id, staff=referral.sent_by_id).values_list("staff", flat=True)
    )
    return ReferralNotice.objects.bulk_create(
        (ReferralNotice(referral=referral, staff_id=pk, due_at=now, next_try_at=now) for pk in sorted(told)),
        ignore_conflicts=True,
    )


def send_notices(*, limit: int = 200) -> outbox.Swept:
    """Send what is due, with a last look at whether it is still true."""
    rows = ReferralNotice.objects.select_related("referral", "staff")
    with MailLine() as line:
        return outbox.sweep(rows, lambda row: _prepare(row, line), limit=limit)


def _prepare(row: ReferralNotice, line: MailLine) -> outbox.Send | outbox.Ended:
    if not is_configured():
        return outbox.Ended(OutgoingState.SUPPRESSED, NO_SERVER)
    referral = Referral.objects.get(pk=row.referral_id)
    if referral.state != ReferralState.SENT:
        return outbox.Ended(OutgoingState.CANCELLED, ANSWERED)
    sides = [referral.organisation_id, referral.to_organisation_id]
    works = Membership.objects.in_force().filter(staff=row.staff_id, organisation__in=sides, staff__is_active=True)
    if not works.exists():
        return outbox.Ended(OutgoingState.SUPPRESSED, LEFT)
    said = words(name="referral_unanswered", language=language_of_staff(row.staff), context={}, is_plain=True)
    return lambda: line.send(key=row.key, to=row.staff.email, said=said)
