"""Minors without a carer: who they are, what the law asks, and what was done (design: domain annex, B3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import (
    ADULT_AT,
    AlertKind,
    BirthPrecision,
    ChildAlert,
    Family,
    FamilyMember,
    Person,
    Relationship,
)
from ngo.errors import Refused
from ngo.models import Staff

NOTICE_AT_MOST_BEFORE = timedelta(days=7)  # A notice given by phone before the alert was typed.


@dataclass(frozen=True)
class Law:
    """A law, the edition that we read, and when we last read it there."""

    short: str
    name: str
    source: str
    checked_on: date


@dataclass(frozen=True)
class Provision:
    """One rule of law in plain words, and where it stands."""

    law: Law
    articles: str
    says: str | Promise


LM = Law(
    "LM",
    "Ley de Migración",
    "Cámara de Diputados, última reforma DOF 15-01-2026, leída en una copia",
    date(2026, 11, 22),
)
LGDNNA = Law(
    "LGDNNA",
    "Ley General de los Derechos de Niñas, Niños y Adolescentes",
    "Cámara de Diputados, última reforma DOF 15-01-2026, leída en una copia",
    date(2026, 11, 22),
)
LAWS = [LM, LGDNNA]

PROVISIONS = [
    Provision(
        LGDNNA,
        "12",
        gettext_lazy("Whoever learns that a child's rights are being violated must tell the authorities at once."),
    ),
    Provision(
        LM,
        "98, 112-I",
        gettext_lazy(
            "The child-protection office must be told at once, and the child goes to the DIF. "
            "No migration procedure may begin before that notice."
        ),
    ),
    Provision(
        LM,
        "99",
        gettext_lazy("No child may be held in a migration station or in any place used as one."),
    ),
    Provision(
        LGDNNA,
        "94, 95",
        gettext_lazy(
            "The DIF opens the places where these children stay and sets their standards. A child who is unaccompanied or "
            "separated sleeps apart from adults; one who came with their family may stay with it."
        ),
    ),
    Provision(
        LM,
        "112-V",
        gettext_lazy(
            "Where the child may need protection, or asks for it, the consulate of their country is not told. "
            "The refugee commission is told at once."
        ),
    ),
    Provision(
        LGDNNA,
        "5",
        gettext_lazy("Where it is in doubt whether someone is 18, they are taken to be an adolescent."),
    ),
]


# --- Who needs an alert ------------------------------------------------------------------------------------------------


def youngest_age(person: Person, day: date) -> int | None:
    """The lowest age that fits what is known: a year alone, or an estimate, leaves a year open."""
    if person.born_on is None:
        return None
    if person.birth_precision == BirthPrecision.YEAR:
        return day.year - person.born_on.year - (0 if (day.month, day.day) == (12, 31) else 1)
    age = person.age_on(day)
    return age - 1 if person.birth_precision == BirthPrecision.ESTIMATED and age is not None else age


def is_surely_adult(person: Person, day: date) -> bool:
    age = youngest_age(person, day)
    return age is not None and age >= ADULT_AT


def parents_of(child: FamilyMember, members: Iterable[FamilyMember]) -> list[FamilyMember]:
    """Members who are the child's father or mother by what each is to the head. Nothing is inferred beyond that."""
    others = [member for member in members if member is not child]
    if child.relationship == Relationship.CHILD:
        return [member for member in others if member.is_head]
    if child.is_head or child.relationship == Relationship.SIBLING:
        return [member for member in others if member.relationship == Relationship.PARENT]
    return []


def alert_kind(member: FamilyMember, members: Iterable[FamilyMember], day: date) -> AlertKind | None:
    """Why this person needs an alert, or None: an adult, or a minor with an adult who answers for them."""
    if is_surely_adult(member.person, day):
        return None
    members = list(members)
    adults = [one for one in members if one is not member and is_surely_adult(one.person, day)]
    parents = parents_of(member, members)
    if any(one.is_carer or one in parents for one in adults):
        return None
    if member.person.is_minor_on(day) is not True:
        return AlertKind.AGE_IN_DOUBT
    return AlertKind.SEPARATED if adults else AlertKind.UNACCOMPANIED


@transaction.atomic
def raise_alerts(family: Family, by: Staff | None) -> list[ChildAlert]:
    """Open an alert for each member of a family who needs one and has none. Returns the new ones."""
    members = list(FamilyMember.objects.filter(family=family, left_on=None).select_related("person").order_by("pk"))
    alerted = set(
        ChildAlert.objects.open().filter(person__in=[m.person_id for m in members]).values_list("person_id", flat=True)
    )
    day = timezone.localdate()
    kinds = [(member.person, alert_kind(member, members, day)) for member in members if member.person_id not in alerted]
    return ChildAlert.objects.bulk_create(
        ChildAlert(person=person, family=family, kind=kind, raised_by=by) for person, kind in kinds if kind
    )


# --- What was done -----------------------------------------------------------------------------------------------------


def _open(alert: ChildAlert) -> ChildAlert:
    """The alert, locked; refused where somebody has closed it meanwhile."""
    alert = ChildAlert.objects.select_for_update().get(pk=alert.pk)
    if alert.closed_at is not None:
        raise Refused(_("This alert is already closed."))
    return alert


@transaction.atomic
def record_notice(
    *,
    alert: ChildAlert,
    office: str,
    by: Staff,
    told_to: str = "",
    folio: str = "",
    notified_at: datetime | None = None,
) -> ChildAlert:
    """Write down that the child-protection office was told: which, when, whom, and its file number.

    Recorded again, it corrects what stood there; the history keeps both.
    """
    alert, now = _open(alert), timezone.now()
    notified_at = notified_at or now
    if not office.strip():
        raise Refused(_("Write which office was told."))
    if notified_at > now + timedelta(minutes=5):
        raise Refused(_("The notice cannot have been given in the future. Check the day and the hour."))
    if notified_at < alert.raised_at - NOTICE_AT_MOST_BEFORE:
        raise Refused(_("That is more than a week before the alert. Check the day."))
    alert.office, alert.told_to, alert.folio = office.strip(), told_to.strip(), folio.strip()
    alert.notified_at, alert.notified_by = notified_at, by
    alert.save(update_fields=["office", "told_to", "folio", "notified_at", "notified_by"])
    return alert


@transaction.atomic
def close_alert(*, alert: ChildAlert, reason: str, by: Staff, carer: Person | None = None) -> ChildAlert:
    """Close an alert with a reason. With `carer`, an adult of the family is marked as the one who answers for the child."""
    alert = _open(alert)
    if not reason.strip():
        raise Refused(_("Write why the alert is closed."))
    if carer is not None:
        _mark_as_carer(alert, carer)
    elif alert.notified_at is None and alert_still_stands(alert):
        raise Refused(_("The child-protection office has not been told yet. Record the notice first."))
    alert.closed_at, alert.closed_by, alert.closing_reason = timezone.now(), by, reason.strip()
    alert.save(update_fields=["closed_at", "closed_by", "closing_reason"])
    return alert


def alert_still_stands(alert: ChildAlert) -> bool:
    """Whether what we know of the person today would raise the alert again."""
    member = FamilyMember.objects.filter(person_id=alert.person_id, left_on=None).select_related("person").first()
    if member is None:
        return True
    members = list(FamilyMember.objects.filter(family_id=member.family_id, left_on=None).select_related("person"))
    this = next(one for one in members if one.pk == member.pk)
    return alert_kind(this, members, timezone.localdate()) is not None


def _mark_as_carer(alert: ChildAlert, carer: Person) -> None:
    member = (
        FamilyMember.objects.select_for_update().filter(family_id=alert.family_id, person=carer, left_on=None).first()
    )
    if member is None:
        raise Refused(_("%(name)s is not in the child's family any more.") % {"name": carer.full_name})
    if member.person_id == alert.person_id or not is_surely_adult(carer, timezone.localdate()):
        raise Refused(_("Only an adult can answer for a child."))
    FamilyMember.objects.filter(pk=member.pk).update(is_carer=True)
