"""The plan written down. What an earlier import brought is closed where the export now says so, and never edited.

Every part adds what is not here yet, by the ids of the export, in a few statements for any number of rows.
"""

from ngo.models import Organisation
from shelters.services.hmis.people import store_families, store_members, store_people
from shelters.services.hmis.places import store_places, store_shelters
from shelters.services.hmis.plan import Plan
from shelters.services.hmis.reading import Findings
from shelters.services.hmis.stays import store_nights, store_stays


def store(plan: Plan, organisation: Organisation, zone: str, findings: Findings) -> None:
    """Write a plan. Call it in a transaction that holds the organisation."""
    shelters = store_shelters(plan, organisation, zone)
    store_places(plan.inventory, shelters)
    people = store_people(plan.clients, organisation)
    families = store_families(plan.households, organisation, zone)
    store_members(plan, people, families)
    store_stays(plan, shelters, people, families, findings)
    store_nights(plan, shelters, people)
