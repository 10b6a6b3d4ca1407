"""What somebody agreed to, refused, or took back, for each purpose and, where others are told, for each of them.

An adult answers for themselves; for a child an adult of the family who answers for it; for a child without one nobody here can,
and the child-protection office decides (cases/services/children.py). By word alone a signature is still to come: the law asks
for it in writing where the data are sensitive (LFPDPPP, article 8).
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import (
    OF_EACH_PERSON,
    OF_THE_FAMILY,
    Consent,
    ConsentMethod,
    Decision,
    Ending,
    Family,
    FamilyMember,
    Person,
    Purpose,
)
from cases.services import contact, reminders
from cases.services.children import is_surely_adult, parents_of
from cases.services.contact import NOTICE, Notice
from cases.services.grants import close_overridden, follow_consent, rest_on
from ngo.errors import Refused
from ngo.models import Organisation, Staff

SHARING_NOTICE = Notice(
    version="2026-11-s",
    text=gettext_lazy(
        "We would like to tell somebody else what they need to help you, and nothing more. You choose what. If you say no, "
        "you keep your bed and everything else here. You may take it back at any time: from then on they see nothing, and we "
        "ask them to destroy what they have on paper."
    ),
)
LONGEST = 5  # Years.


@dataclass(frozen=True)
class Recipient:
    """Who is told: an organisation of this installation, or somebody outside by their name."""

    organisation: Organisation | None = None
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", " ".join(self.name.split()))

    @property
    def words(self) -> str:
        return str(self.organisation) if self.organisation else self.name


NOBODY = Recipient()


@transaction.atomic
def record_answer(
    *,
    family: Family,
    person: Person,
    purpose: str,
    agreed: bool,
    method: str,
    notice_language: str,
    by: Staff,
    witness: str = "",
    said_by: Person | None = None,
    recipient: Recipient = NOBODY,
    expires_on: date | None = None,
) -> Consent:
    """Write down what was answered. What was said to the same before has ended, and stays.

    Agreed by word: kept as agreed with the signature pending. Refused: what the other side could see of this person closes at
    once. Raises Refused.
    """
    reminders.lock_family(family.pk)
    _check_purpose(purpose, recipient)
    _check_how(method, witness, expires_on)
    _check_who(family, person, said_by, purpose)
    decision = Decision.REFUSED
    if agreed:
        decision = Decision.WRITTEN_PENDING if method == ConsentMethod.VERBAL else Decision.GIVEN
    before = _in_force(family, person, purpose, recipient)
    for row in before:
        _end(row, Ending.REPLACED, by)
    consent = Consent.objects.create(
        family=family,
        person=person,
        said_by=said_by,
        purpose=purpose,
        recipient_organisation=recipient.organisation,
        recipient_name=before[0].recipient_name if before else recipient.name,
        decision=decision,
        method=method,
        witness=witness.strip(),
        notice_version=(SHARING_NOTICE if purpose == Purpose.SHARING else NOTICE).version,
        notice_language=notice_language,
        by=by,
        expires_on=expires_on if agreed else None,
    )
    for row in before:
        follow_consent(consent=row, by=by, instead=consent if agreed else None)
    if purpose == Purpose.SHARING and is_surely_adult(person, timezone.localdate()):
        if agreed:  # What was sent for a reason, before they could be asked, rests on their word from now on.
            rest_on(consent)
        else:
            close_overridden([person], by, recipient.organisation, recipient.name)
    return consent


@transaction.atomic
def withdraw_consent(*, consent: Consent, by: Staff) -> int:
    """They take it back: from this moment nobody sees by it. Returns how many people another side sees no more.

    Without the record nothing of the family may be told anybody either: every consent to sharing goes with it.
    """
    reminders.lock_family(consent.family_id)
    row = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
    if row.withdrawn_at is not None:
        raise Refused(_("This has ended already. Look at the list again."))
    if row.decision == Decision.REFUSED:
        raise Refused(_("They said no to this: there is nothing to withdraw. If they agree now, write a new answer."))
    if row.purpose == Purpose.REMINDERS:
        contact.withdraw_reminders_consent(family=row.family)
        Consent.objects.filter(pk=row.pk).update(ending=Ending.WITHDRAWN, ended_by=by)
        return 0
    _end(row, Ending.WITHDRAWN, by)
    closed = follow_consent(consent=row, by=by)
    if row.purpose == Purpose.RECORD:
        shared = Consent.objects.filter(family=row.family_id, purpose=Purpose.SHARING, withdrawn_at=None)
        for other in shared.exclude(decision=Decision.REFUSED).order_by("pk"):
            closed += withdraw_consent(consent=other, by=by)
        today = timezone.localdate()
        adults = [person for person in Person.objects.in_family(row.family) if is_surely_adult(person, today)]
        closed += close_overridden(adults, by)
    return closed


def sharing_answer(person: Person, recipient: Recipient, day: date) -> Consent | None:
    """What is in force about telling one recipient of one person; None where nobody asked, or what they said is over."""
    rows = Consent.objects.in_force(day).filter(person=person)
    return rows.about_sharing_with(recipient.organisation, recipient.name).first()


def who_answers_for(child: Person, family: Family, day: date) -> list[Person]:
    """The adults of a family who may answer for a minor: a father or mother, or who was named to answer for the children."""
    members = list(FamilyMember.objects.filter(family=family, left_on=None).select_related("person").order_by("pk"))
    this = next((member for member in members if member.person_id == child.pk), None)
    if this is None:
        return []
    parents = parents_of(this, members)
    adults = [one for one in members if one is not this and is_surely_adult(one.person, day)]
    return [one.person for one in adults if one.is_carer or one in parents]


def _in_force(family: Family, person: Person, purpose: str, recipient: Recipient) -> list[Consent]:
    """What has not been ended for the same: also where its own time is over, because one row at a time may stand."""
    rows = Consent.objects.select_for_update(no_key=True).filter(purpose=purpose, withdrawn_at=None).order_by("pk")
    if purpose in OF_THE_FAMILY:
        return list(rows.filter(family=family))
    rows = rows.filter(person=person)
    return list(rows.about_sharing_with(recipient.organisation, recipient.name) if recipient != NOBODY else rows)


def _end(row: Consent, ending: str, by: Staff) -> None:
    row.withdrawn_at, row.ending, row.ended_by = timezone.now(), ending, by
    row.save(update_fields=["withdrawn_at", "ending", "ended_by"])


def _check_purpose(purpose: str, recipient: Recipient) -> None:
    if purpose not in Purpose.values:
        raise Refused(_("Choose what they were asked about."))
    if purpose == Purpose.REMINDERS:
        raise Refused(_("Reminders have a page of their own. Open the family and choose there."))
    if purpose == Purpose.SHARING and not recipient.words:
        raise Refused(_("Choose or write who would be told."))
    if purpose != Purpose.SHARING and recipient.words:
        raise Refused(_("Only where somebody is told of them does an answer name who."))


def _check_how(method: str, witness: str, expires_on: date | None) -> None:
    today = timezone.localdate()
    if method not in ConsentMethod.values:
        raise Refused(_("Mark how they answered."))
    if method in {ConsentMethod.VERBAL, ConsentMethod.THUMB} and not witness.strip():
        raise Refused(_("Write who was the witness."))
    if expires_on is not None and expires_on < today:
        raise Refused(_("That day is over. Write until when their answer holds."))
    if expires_on is not None and expires_on.year > today.year + LONGEST:
        raise Refused(_("Nobody agrees for so long. Check the year."))


def _check_who(family: Family, person: Person, said_by: Person | None, purpose: str) -> None:
    day = timezone.localdate()
    if not FamilyMember.objects.filter(family=family, person=person, left_on=None).exists():
        raise Refused(_("This person is not in this family any more. Choose again."))
    if purpose not in OF_EACH_PERSON:
        if said_by is not None:
            raise Refused(_("For the whole family its head answers. Leave the other name empty."))
        return
    if is_surely_adult(person, day):
        if said_by is not None:
            raise Refused(_("%(name)s is an adult and answers for themselves.") % {"name": person.called})
        return
    able = who_answers_for(person, family, day)
    if not able:
        raise Refused(
            _(
                "%(name)s may be a minor and nobody here answers for them. The child-protection office decides: "
                "refer with a reason."
            )
            % {"name": person.called}
        )
    if said_by is None or said_by.pk not in {one.pk for one in able}:
        raise Refused(
            _("%(name)s may be a minor: choose who of the family answered for them.") % {"name": person.called}
        )
