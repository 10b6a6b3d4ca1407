"""Referrals: sent with consent or a reasoned override, answered, done, taken back; and what happens when nobody answers.

The sending side acts on a referral of its own (`Referral.visible_to`), the receiving side on one that was sent to it
(`Referral.received_by`); each service checks which of the two it is for. Who may be seen is decided by grants alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    OPEN_REFERRAL,
    Consent,
    Decision,
    Document,
    Family,
    GrantEnd,
    HelpKind,
    Person,
    Referral,
    ReferralDesk,
    ReferralGrant,
    ReferralPaper,
    ReferralState,
    SharedFact,
)
from cases.services import reminders
from cases.services.children import is_surely_adult
from cases.services.consents import Recipient, sharing_answer
from cases.services.grants import ask_outside_to_forget, close_expired, end_referral, lock_referral
from cases.services.referral_notices import plan_notices
from ngo.errors import Refused
from ngo.models import Organisation, Staff
from ngo.permissions import Permission, may

LONGEST_WAIT = timedelta(days=60)  # For an answer.
LONGEST_SHARING = timedelta(days=366)


# --- Sending -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def send_referral(
    *,
    family: Family,
    people: Iterable[Person],
    recipient: Recipient,
    help_kind: str,
    facts: Sequence[str],
    respond_by: datetime,
    shared_until: datetime,
    by: Staff,
    message: str = "",
    outside_contact: str = "",
    papers: Iterable[Document] = (),
    override_reason: str = "",
) -> Referral:
    """Refer some people of a family. The other side sees of them what `facts` names, and nothing after `shared_until`.

    Raises Refused; with `overridable` where consent is missing or its signature is, which a reason allows. Who said no is not
    told of, whatever the reason, unless they may be a minor.
    """
    reminders.lock_family(family.pk)
    now, people, papers = timezone.now(), list(people), list(papers)
    _check_recipient(family.organisation, recipient, help_kind)
    _check_facts(facts, message, by)
    _check_times(respond_by, shared_until, now)
    _check_people(family, people, papers, by)
    _check_not_twice(family, people, recipient, help_kind, now)
    answers = {person.pk: _answer_of(person, recipient, override_reason, now) for person in people}
    referral = Referral.objects.create(
        organisation=family.organisation,
        family=family,
        to_organisation=recipient.organisation,
        to_outside=recipient.name,
        outside_contact="" if recipient.organisation else outside_contact.strip(),
        help_kind=help_kind,
        facts=[fact.value for fact in SharedFact if fact in facts],
        message=message.strip(),
        override_reason="" if all(_is_given(answer) for answer in answers.values()) else override_reason.strip(),
        sent_at=now,
        sent_by=by,
        respond_by=respond_by,
    )
    ReferralGrant.objects.bulk_create(
        ReferralGrant(referral=referral, person=person, consent=answers[person.pk], expires_at=shared_until)
        for person in people
    )
    ReferralPaper.objects.bulk_create(ReferralPaper(referral=referral, document=paper) for paper in papers)
    return referral


def _is_given(answer: Consent | None) -> bool:
    return answer is not None and answer.decision == Decision.GIVEN


def _answer_of(person: Person, recipient: Recipient, reason: str, now: datetime) -> Consent | None:
    """The consent that a grant rests on; None where a reason stands in its place."""
    day = timezone.localdate(now)
    answer = sharing_answer(person, recipient, day)
    words = {"name": person.called, "who": recipient.words}
    if answer is not None and answer.decision == Decision.REFUSED:
        if is_surely_adult(person, day):
            raise Refused(_("%(name)s said no to telling %(who)s. Leave them out, or ask them again.") % words)
        answer = None
    if _is_given(answer) or reason.strip():
        return answer
    if answer is not None:
        raise Refused(
            _("%(name)s agreed by word alone. Have it signed, or write why it cannot wait.") % words, overridable=True
        )
    raise Refused(
        _("It is not written that %(name)s agrees to telling %(who)s. Ask and write the answer, or why it cannot wait.")
        % words,
        overridable=True,
    )


def _check_recipient(ours: Organisation, recipient: Recipient, help_kind: str) -> None:
    if help_kind not in HelpKind.values:
        raise Refused(_("Choose what they need help with."))
    if recipient.organisation is None:
        if not recipient.name:
            raise Refused(_("Choose or write who is asked."))
        return
    desk = ReferralDesk.objects.open_to(ours).filter(organisation=recipient.organisation).first()
    if desk is None:
        raise Refused(_("This organisation takes no referrals now. Choose another one."))
    if desk.helps_with and help_kind not in desk.helps_with:
        raise Refused(_("%(who)s does not help with this. Look at what they help with.") % {"who": recipient.words})


def _check_facts(facts: Sequence[str], message: str, by: Staff) -> None:
    if not facts or set(facts) - set(SharedFact.values):
        raise Refused(_("Mark at least one thing that is told."))
    if SharedFact.RESTRICTED_NEEDS in facts and not may(by, Permission.VIEW_RESTRICTED_NEEDS):
        raise Refused(_("Your role does not see needs in confidence, so it cannot tell them. Ask the casework team."))
    if len(message) > MOST_WORDS:
        raise Refused(_("The message is too long. Write what they need to know first."))


MOST_WORDS = 2000  # Letters.


def _check_times(respond_by: datetime, shared_until: datetime, now: datetime) -> None:
    if respond_by <= now:
        raise Refused(_("The answer is expected at a moment that is over. Choose a later one."))
    if respond_by > now + LONGEST_WAIT:
        raise Refused(_("That is a long time to wait for an answer. Choose at most 60 days."))
    if shared_until <= respond_by:
        raise Refused(_("They would see nothing any more before they have to answer. Choose a later day."))
    if shared_until > now + LONGEST_SHARING:
        raise Refused(_("Nobody is seen by others for more than a year. Choose an earlier day; it can be sent again."))


def _check_people(family: Family, people: list[Person], papers: list[Document], by: Staff) -> None:
    wanted = {person.pk for person in people}
    if not wanted:
        raise Refused(_("Mark at least one person who is referred."))
    if set(Person.objects.in_family(family).filter(pk__in=wanted).values_list("pk", flat=True)) != wanted:
        raise Refused(_("One of these people is not in this family any more. Look at the family and choose again."))
    ours = Document.objects.visible_to(by).kept().filter(family=family).exclude(file_name="")
    for paper in ours.filter(pk__in=[paper.pk for paper in papers]):
        if paper.person_id is not None and paper.person_id not in wanted:
            raise Refused(_("One of these papers is of somebody who is not referred. Choose again."))
    if ours.filter(pk__in=[paper.pk for paper in papers]).count() != len(papers):
        raise Refused(_("One of these papers is not in the file any more. Choose again."))


def _check_not_twice(family: Family, people: list[Person], recipient: Recipient, help_kind: str, now: datetime) -> None:
    same = ReferralGrant.objects.open(now).filter(
        person__in=people,
        referral__family=family,
        referral__help_kind=help_kind,
        referral__to_organisation=recipient.organisation,
        referral__to_outside__iexact=recipient.name,
    )
    if twice := same.select_related("person").first():
        raise Refused(
            _("%(name)s is referred there for this already. Look at the referral, or take it back first.")
            % {"name": twice.person.called}
        )


# --- What becomes of it -------------------------------------------------------------------------------------------------


@transaction.atomic
def answer_referral(*, referral: Referral, accepted: bool, by: Staff, reason: str = "") -> Referral:
    """The receiving side accepts or does not, and says why not; for somebody outside, the sending side writes it down."""
    row, now = _answering_side(referral, by), timezone.now()
    _refuse_unless(row, [ReferralState.SENT])
    _refuse_if_nobody_is_seen(row, now)
    if not accepted and not reason.strip():
        raise Refused(_("Write why not: who sent it looks for another way."))
    row.answered_at, row.answered_by, row.answer = now, by, reason.strip()
    row.state = ReferralState.ACCEPTED if accepted else row.state
    row.save(update_fields=["answered_at", "answered_by", "answer", "state"])
    if not accepted:
        ask_outside_to_forget(row, now)
        end_referral(row, ReferralState.REFUSED, by, reason.strip(), GrantEnd.ENDED, now)
    return row


@transaction.atomic
def finish_referral(*, referral: Referral, by: Staff, outcome: str = "") -> Referral:
    """It is done, says either side: from now on the other side sees nobody."""
    row = lock_referral(referral.pk)
    if _works_for(by) not in {row.organisation_id, row.to_organisation_id}:
        raise Refused(_("This referral is between other organisations."))
    _refuse_unless(row, [ReferralState.ACCEPTED])
    end_referral(row, ReferralState.DONE, by, outcome.strip(), GrantEnd.ENDED)
    return row


@transaction.atomic
def revoke_referral(*, referral: Referral, reason: str, by: Staff) -> Referral:
    """The sending side takes it back: from this moment the other side sees nobody."""
    row, now = _sending_side(referral, by), timezone.now()
    _refuse_unless(row, OPEN_REFERRAL)
    if not reason.strip():
        raise Refused(_("Write why it is taken back."))
    ask_outside_to_forget(row, now)
    end_referral(row, ReferralState.REVOKED, by, reason.strip(), GrantEnd.ENDED, now)
    return row


@transaction.atomic
def told_outside(*, referral: Referral, by: Staff) -> Referral:
    """Somebody outside was asked to destroy what they have on paper."""
    row = _sending_side(referral, by)
    if row.must_tell_since is None or row.told_at is not None:
        raise Refused(_("There is nobody to tell. Look at the referral again."))
    row.told_at, row.told_by = timezone.now(), by
    row.save(update_fields=["told_at", "told_by"])
    return row


def _works_for(by: Staff) -> int:
    return by.membership.organisation_id if by.membership else 0


def _sending_side(referral: Referral, by: Staff) -> Referral:
    row = lock_referral(referral.pk)
    if row.organisation_id != _works_for(by):
        raise Refused(_("Another organisation sent this referral."))
    return row


def _answering_side(referral: Referral, by: Staff) -> Referral:
    row = lock_referral(referral.pk)
    if (row.to_organisation_id or row.organisation_id) != _works_for(by):
        raise Refused(_("This referral waits for the answer of another organisation."))
    return row


def _refuse_unless(row: Referral, states: Sequence[str]) -> None:
    if row.state in states:
        return
    if row.state in OPEN_REFERRAL:
        said = _("Nobody has answered it yet.") if row.state == ReferralState.SENT else _("It is answered already.")
        raise Refused(said)
    raise Refused(_("This referral has ended. To ask again, send a new one."))


def _refuse_if_nobody_is_seen(row: Referral, now: datetime) -> None:
    if not ReferralGrant.objects.open(now).filter(referral=row).exists():
        raise Refused(_("The time of this referral is over. Who sent it can send a new one."))


# --- The desk ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_desk(
    *, organisation: Organisation, is_open: bool, helps_with: Sequence[str], about: str, by: Staff
) -> ReferralDesk:
    """Whether the other organisations here see this one, and for what they may refer people to it."""
    if set(helps_with) - set(HelpKind.values):
        raise Refused(_("Choose what they need help with."))
    if is_open and not helps_with:
        raise Refused(_("Mark at least one thing that you help with."))
    said = {"is_open": is_open, "helps_with": list(helps_with), "about": about.strip(), "changed_by": by}
    desk, _new = ReferralDesk.objects.update_or_create(organisation=organisation, defaults=said)
    return desk


# --- The clock -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Swept:
    escalated: int
    expired: int  # Grants.
    ended: int  # Referrals of which nobody is seen any more.


def sweep(now: datetime | None = None) -> Swept:
    """Write down what the clock has done: nobody answered in time, a time of sharing is over. Any number may run at once.

    What may be seen and what is late is judged whenever it is read, so that nothing waits for this.
    """
    now = now or timezone.now()
    late = Referral.objects.unanswered(now).filter(escalated_at=None).values_list("pk", flat=True)
    escalated = sum(_escalate(pk, now) for pk in list(late))
    expired = close_expired(now)
    return Swept(escalated, expired, sum(_end_if_over(pk, now) for pk in _with_nobody(now)))


@transaction.atomic
def _escalate(pk: int, now: datetime) -> int:
    """Nobody answered in time: written once, and the coordinators of both sides are told with it."""
    row = lock_referral(pk)
    if row.escalated_at is not None or not row.is_late_at(now):
        return 0
    row.escalated_at = now
    row.save(update_fields=["escalated_at"])
    plan_notices(row, now)
    return 1


def _with_nobody(now: datetime) -> list[int]:
    seen = ReferralGrant.objects.open(now).values("referral")
    return list(Referral.objects.open().exclude(pk__in=seen).values_list("pk", flat=True))


@transaction.atomic
def _end_if_over(pk: int, now: datetime) -> int:
    row = lock_referral(pk)
    if row.state not in OPEN_REFERRAL or ReferralGrant.objects.open(now).filter(referral=row).exists():
        return 0
    ask_outside_to_forget(row, now)
    end_referral(row, ReferralState.REVOKED, None, _("Its time was over."), GrantEnd.EXPIRED, now)
    return 1
