"""To whom a notice goes, on which channel, in which language; and why it must not."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from cases.models import (
    Audience,
    Consent,
    Decision,
    EmailAddress,
    FamilyMember,
    NoticeRule,
    Phone,
    Purpose,
    ReminderReason,
    Way,
)
from cases.notice_words import language_for
from cases.services.occasions import Occasion
from ngo.models import Membership, Staff
from ngo.models.outbox import Channel
from ngo.permissions import Role


class Recipient(NamedTuple):
    """One address, number, member of staff, or the list of the house where there is none of them."""

    channel: Channel
    language: str
    email: EmailAddress | None = None
    phone: Phone | None = None
    staff: Staff | None = None
    why_not: str = ""  # A ReminderReason; empty where it may go.


class Contacts(NamedTuple):
    """How the families and the staff of some occasions are reached."""

    emails: dict[int, list[EmailAddress]]
    phones: dict[int, list[Phone]]
    carers: dict[int, set[int]]
    agreed: set[int]
    languages: dict[int, str]
    staff: dict[int, Staff]
    legal: dict[int, list[Staff]]


def contacts_of(occasions: Collection[Occasion], rules: Iterable[NoticeRule]) -> Contacts:
    """Everything that decides to whom notices go: a fixed number of queries, those for audiences that no rule names left out."""
    audiences = {rule.audience for rule in rules}
    families = {one.family_id for one in occasions if one.family_id} if audiences else set()
    emails, phones = addresses_of(families), phones_of(families)
    reached = {*emails, *phones}
    organisations = {one.organisation_id for one in occasions}
    owners = {one.owner_id for one in occasions if one.owner_id} if Audience.STAFF in audiences else set()
    return Contacts(
        emails=emails,
        phones=phones,
        carers=carers_of(families) if Audience.CARER in audiences else {},
        agreed=families_that_agreed(reached),
        languages=languages_of_families(families if _is_a_list(rules) else reached),
        staff={one.pk: one for one in Staff.objects.filter(pk__in=owners, is_active=True)} if owners else {},
        legal=legal_teams(organisations) if Audience.LEGAL in audiences else {},
    )


def _is_a_list(rules: Iterable[NoticeRule]) -> bool:
    return any(rule.way == Way.HOUSE for rule in rules)


def recipients(occasion: Occasion, rule: NoticeRule, known: Contacts) -> list[Recipient]:
    """Who is told of one occasion by one rule."""
    if rule.audience in {Audience.FRONT_DESK, Audience.KITCHEN}:
        return [Recipient(Channel.HOUSE, "es")]
    if rule.audience == Audience.STAFF:
        owner = known.staff.get(occasion.owner_id or 0)
        return [_to_staff(owner)] if owner else []
    if rule.audience == Audience.LEGAL:
        return [_to_staff(one) for one in known.legal.get(occasion.organisation_id, [])]
    return _to_the_family(occasion.family_id or 0, rule, known)


def _to_staff(staff: Staff) -> Recipient:
    return Recipient(Channel.EMAIL, language_of_staff(staff), staff=staff)


def _to_the_family(family: int, rule: NoticeRule, known: Contacts) -> list[Recipient]:
    language = known.languages.get(family, "es")
    if rule.way == Way.HOUSE:
        return [Recipient(Channel.HOUSE, language)] if family else []
    refused = "" if family in known.agreed else ReminderReason.NO_CONSENT.value
    found = []
    if rule.way in {Way.AS_THEY_WANT, Way.EMAIL} and rule.audience == Audience.GUEST:
        found += [
            Recipient(Channel.EMAIL, language, email=one, why_not=refused) for one in known.emails.get(family, [])
        ]
    if rule.way != Way.EMAIL:
        found += [
            Recipient(Channel(one.channel), language, phone=one, why_not=refused or why_not_to(one))
            for one in known.phones.get(family, [])
            if rule.way in {Way.AS_THEY_WANT, one.channel}
            and (rule.audience == Audience.GUEST or one.person_id in known.carers.get(family, ()))
        ]
    return found


def why_not_to(phone: Phone) -> str:
    """Why nothing may go to a number that wanted messages; empty where it may."""
    if phone.opted_out_at is not None:
        return ReminderReason.OPTED_OUT
    return ReminderReason.NOT_VERIFIED if phone.failed_at is not None else ""


# --- What stands in the tables --------------------------------------------------------------------------------------------
def addresses_of(families: Collection[int]) -> dict[int, list[EmailAddress]]:
    """The addresses at which each family is written to now. One query."""
    return _by_family(EmailAddress.objects.filter(family__in=families, removed_at=None).order_by("pk"), families)


def phones_of(families: Collection[int]) -> dict[int, list[Phone]]:
    """The numbers of each family that want messages, those that opted out among them. One query; no number is decrypted."""
    wanted = Phone.objects.filter(family__in=families, removed_at=None, agreed_at__isnull=False).exclude(channel="")
    still = FamilyMember.objects.filter(person=OuterRef("person"), family=OuterRef("family"), left_on=None)
    wanted = wanted.filter(Q(person=None) | Exists(still))  # Of who went on apart, not any more.
    return _by_family(wanted.defer("number").order_by("pk"), families)


def _by_family(rows, families: Collection[int]) -> dict:  # type: ignore[no-untyped-def, type-arg]
    found = defaultdict(list)
    for row in rows if families else []:
        found[row.family_id].append(row)
    return found


def carers_of(families: Collection[int]) -> dict[int, set[int]]:
    """Who answers for the children of each family: its head, who was named, and legal guardians. One query."""
    found: dict[int, set[int]] = defaultdict(set)
    members = FamilyMember.objects.filter(family__in=families, left_on=None)
    for family, person, *answers in members.values_list("family_id", "person_id", "is_head", "is_carer", "is_guardian"):
        if any(answers):
            found[family].add(person)
    return found


def agreed_to_reminders(family_id: int) -> bool:
    return family_id in families_that_agreed([family_id])


def families_that_agreed(families: Collection[int]) -> set[int]:
    """Those of some families that agree to reminders. One query, none where there are no families."""
    given = Consent.objects.filter(purpose=Purpose.REMINDERS, decision=Decision.GIVEN, withdrawn_at=None)
    return set(given.filter(family__in=families).values_list("family_id", flat=True)) if families else set()


def languages_of_families(families: Collection[int]) -> dict[int, str]:
    """Of the seven in which we have words, what the head of each family reads, or else speaks. One query."""
    if not families:
        return {}
    rows = FamilyMember.objects.filter(family__in=families, left_on=None).order_by("family", "-is_head", "pk")
    heads = rows.distinct("family").values_list("family_id", "person__speaks", "person__reads")
    return {family: language_for(speaks or (), reads or ()) for family, speaks, reads in heads}


def legal_teams(organisations: Collection[int]) -> dict[int, list[Staff]]:
    """The legal team of each organisation. One query."""
    found: dict[int, list[Staff]] = defaultdict(list)
    rows = Membership.objects.in_force().filter(organisation__in=organisations, role=Role.LEGAL, staff__is_active=True)
    for row in rows.select_related("staff").order_by("pk"):
        found[row.organisation_id].append(row.staff)
    return found


def language_of_staff(staff: Staff) -> str:
    return "en" if staff.language.startswith("en") else "es"
