"""What the file said of people when they were placed: kept on the placement, so that a past night stays countable."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from cases.models import FamilyMember, NeedCode
from shelters import nights
from shelters.models import Shelter
from shelters.services.rules import Guest

# What a bed, or the way to it, must answer. What is told to few (illness, violence, a safe space) is not copied to a list
# of beds; INFANT asks for a crib.
NEEDS_OF_A_BED = [NeedCode.PREGNANT, NeedCode.INFANT, NeedCode.LOWER_BUNK, NeedCode.STEP_FREE, NeedCode.OLDER]


def composition_of(guests: Iterable[Guest], members: Iterable[FamilyMember]) -> dict[int, dict[str, Any]]:
    """The fields of a placement that say who was placed, by person id; `members` say what they are to their family."""
    relation = {row.person_id: row.relationship for row in members}
    return {
        guest.person.pk: {
            "sex": guest.person.sex,
            "born_on": guest.person.born_on,
            "relationship": relation.get(guest.person.pk, ""),
            "needs": [code for code in sorted(guest.needs) if code in NEEDS_OF_A_BED],
        }
        for guest in guests
    }


# A file is completed and its slips of the pen are put right in the first evening: until the report of that night is drafted.
AS_IN_THE_FILE = """
UPDATE shelters_placement place SET sex = person.sex, born_on = person.born_on
FROM unnest(%(shelter)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[]) AS count(shelter_id, since, until),
     cases_person person
WHERE place.shelter_id = count.shelter_id AND place.state IN ('in', 'out') AND person.id = place.person_id
  AND lower(place.actual) >= count.since AND lower(place.actual) < count.until
  AND (place.sex, place.born_on) IS DISTINCT FROM (person.sex, person.born_on)
"""


def keep_as_in_the_file(shelters: Sequence[Shelter], night: date) -> int:
    """Take over what the files say now of those who were placed on a night. One query; how many were changed."""
    if not shelters:
        return 0
    spans = [(nights.morning_after(one, night - nights.ONE_DAY), nights.morning_after(one, night)) for one in shelters]
    with connection.cursor() as cursor:
        cursor.execute(
            AS_IN_THE_FILE,
            {
                "shelter": [shelter.pk for shelter in shelters],
                "since": [since for since, _until in spans],
                "until": [until for _since, until in spans],
            },
        )
        return cursor.rowcount
