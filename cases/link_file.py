"""What each side sees of links between its files and those of another organisation: never more than the grant shows.

The side that received a referral sees its own file beside what is shared; the side that sent it sees that there is a file over
there, and neither whose nor which.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from rapidfuzz import fuzz

from cases.matching import plain
from cases.models import (
    BirthPrecision,
    FamilyMember,
    FileLink,
    Person,
    Referral,
    ReferralGrant,
    ReferralState,
    SharedFact,
)
from cases.services.duplicates import Candidate, find_duplicates
from ngo.permissions import Permission, may

ALIKE = 75  # Of 100.
SHOWN = 10  # Of those whom others share with us, in a search.


@dataclass(frozen=True)
class Linked:
    """A file of ours that is linked with a person of a referral."""

    link: int
    name: str
    folio: str
    family: int | None


@dataclass(frozen=True)
class Shared:
    """Somebody whom another organisation shows us: under which name, and by which referral."""

    name: str
    sender: str
    referral: Referral
    number: int


def linked_files(referral: Referral, now: datetime) -> dict[int, Linked]:
    """Of a referral that we received: for each person, by their number in it, the file of ours. Three queries at most."""
    links = list(FileLink.objects.standing(now).filter(grant__referral=referral).select_related("person"))
    if not links:
        return {}
    grants = ReferralGrant.objects.numbered().filter(referral=referral)
    numbers: dict[int, int] = dict(grants.values_list("pk", "number"))
    files = _files_of([link.person_id for link in links])
    return {
        numbers[link.grant_id]: Linked(link.pk, link.person.full_name, *files.get(link.person_id, ("", None)))
        for link in links
    }


def open_grant(referral: Referral, number: int, now: datetime) -> ReferralGrant | None:
    """The grant of one person of a referral by their number in it, while it is open."""
    rows = ReferralGrant.objects.open(now).numbered().filter(referral=referral, number=number)
    return rows.select_related("person", "referral").first()


def _files_of(people: Iterable[int]) -> dict[int, tuple[str, int]]:
    """The family that each is in, or was in last: its number, and which it is."""
    rows = FamilyMember.objects.filter(person__in=list(people)).order_by(F("left_on").asc(nulls_last=True), "pk")
    return {
        person: (folio, family) for person, folio, family in rows.values_list("person_id", "family__folio", "family")
    }


def likely_files(grant: ReferralGrant, staff: Any) -> list[Candidate]:
    """Files of ours that may be this person's, by nothing but what is shared of them: without their name, none."""
    facts, person = set(grant.referral.facts), grant.person
    if SharedFact.NAME not in facts:
        return []
    names = (person.given_names, person.first_surname, person.second_surname)
    if SharedFact.BIRTH_DATE not in facts:
        return find_duplicates(staff=staff, names=names, born_on=None)
    exactly = person.birth_precision == BirthPrecision.EXACT
    return find_duplicates(
        staff=staff,
        names=names,
        born_on=person.born_on,
        precision=BirthPrecision.EXACT if exactly else BirthPrecision.ESTIMATED,
    )


def shared_people_like(staff: Any, text: str, now: datetime) -> list[Shared]:
    """People of referrals that we accepted, shown to us at this moment, whose name, which is shared, resembles a text."""
    if not may(staff, Permission.HANDLE_REFERRALS):
        return []
    accepted = Referral.objects.received_by(staff).filter(state=ReferralState.ACCEPTED)
    ours = accepted.filter(facts__contains=[SharedFact.NAME])
    grants = ReferralGrant.objects.open(now).filter(referral__in=ours).order_by()
    like = Person.objects.filter(pk__in=grants.values("person")).named_like(text)
    people = {person.pk: person for person in like[: 3 * SHOWN] if _resembles(text, person.full_name)}
    rows = grants.numbered().filter(person__in=people).select_related("referral__organisation").order_by("pk")
    return [
        Shared(people[row.person_id].full_name, str(row.referral.organisation), row.referral, row.number)  # type: ignore[attr-defined]
        for row in rows[:SHOWN]
    ]


def _resembles(text: str, name: str) -> bool:
    """By the name that is shared alone: whoever was found by another name of theirs would learn of it."""
    return fuzz.token_set_ratio(plain(text), plain(name)) >= ALIKE


@dataclass(frozen=True)
class SharedWithUs:
    """That another organisation shows us somebody of a family of ours."""

    name: str
    sender: str
    code: UUID
    until: datetime


def shared_of(people: Iterable[int], staff: Any, now: datetime) -> list[SharedWithUs]:
    """Which of these people of ours are linked with a referral of another organisation. One query."""
    if not may(staff, Permission.HANDLE_REFERRALS):
        return []
    links = FileLink.objects.visible_to(staff).standing(now).filter(person__in=list(people))
    related = links.select_related("person", "grant__referral__organisation")
    return [
        SharedWithUs(
            link.person.called,
            str(link.grant.referral.organisation),
            link.grant.referral.code,
            link.grant.expires_at,
        )
        for link in related
    ]
