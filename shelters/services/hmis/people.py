"""The clients of an export as people, and its households as families."""

from datetime import date, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from cases.models import ADULT_AT, Family, FamilyMember, Person, Relationship
from ngo.models import Organisation
from shelters.services.hmis.common import Refs, add, known
from shelters.services.hmis.plan import Client, Household, Plan


def store_people(clients: dict[str, Client], organisation: Organisation) -> Refs:
    """Every person of the plan, by PersonalID. Who is here already stays as the staff have them."""
    people = known(Person.objects.filter(organisation=organisation, external_ref__in=clients))
    new = [person_of(ref, client, organisation) for ref, client in clients.items() if ref not in people]
    return people | {person.external_ref: person for person in add(new)}


def person_of(ref: str, client: Client, organisation: Organisation) -> Person:
    return Person(
        organisation=organisation,
        given_names=client.given_names,
        first_surname=client.surname,
        sex=client.sex,
        born_on=client.born_on,
        birth_precision=client.precision,
        external_ref=ref,
    )


def store_families(households: dict[str, Household], organisation: Organisation, zone: str) -> Refs:
    """Every family of the plan, by HouseholdID."""
    families = known(Family.objects.filter(organisation=organisation, external_ref__in=households))
    folios = set(Family.objects.filter(organisation=organisation).values_list("folio", flat=True))
    new = []
    for ref, household in households.items():
        if ref not in families:
            first_day = min(member.joined_on for member in household.members.values())
            registered_at = datetime.combine(first_day, time(12), ZoneInfo(zone))
            folio = folio_of(ref, folios)
            new.append(Family(organisation=organisation, folio=folio, registered_at=registered_at, external_ref=ref))
    return families | {family.external_ref: family for family in add(new)}


def folio_of(ref: str, taken: set[str]) -> str:
    """The household's own number, so that both systems call the family alike; a digest where it is too long or taken."""
    folio = f"HMIS-{ref}"
    if len(folio) > 20 or folio in taken:
        folio = f"HMIS-{sha256(ref.encode()).hexdigest()[:15]}"
    taken.add(folio)
    return folio


def store_members(plan: Plan, people: Refs, families: Refs) -> None:
    """Who belongs to which household. A family that has a head here keeps it."""
    rows = FamilyMember.objects.filter(family__in=families.values(), left_on=None)
    here = set(rows.values_list("family_id", "person_id"))
    headed = set(rows.filter(is_head=True).values_list("family_id", flat=True))
    new = []
    for ref, household in plan.households.items():
        for client, member in household.members.items():
            if (families[ref].pk, people[client].pk) not in here:
                is_head = member.is_head and families[ref].pk not in headed
                new.append(
                    FamilyMember(
                        family=families[ref],
                        person=people[client],
                        relationship=member.relationship if is_head or not member.is_head else "",
                        is_head=is_head,
                        is_carer=answers_for_children(people[client], member.relationship, member.joined_on),
                        joined_on=member.joined_on,
                        is_imported=True,
                    )
                )
    add(new)


def answers_for_children(person: Person, relationship: str, day: date) -> bool:
    """The head and their partner, where they are known to be of age. Anyone else is for a person to decide."""
    age = person.age_on(day)
    return relationship in {Relationship.HEAD, Relationship.PARTNER} and age is not None and age >= ADULT_AT
