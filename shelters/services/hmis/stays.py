"""The enrolments of an export as stays, and its bed nights."""

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Family, Person
from shelters.models import BedNight, ExitReason, Placement, Shelter, Source, Stay
from shelters.services.hmis.common import BATCH, Refs, add, day_begins, known
from shelters.services.hmis.plan import Enrolment, Plan
from shelters.services.hmis.reading import Findings
from shelters.services.hmis.rows import shown

REASON = {  # 3.12: where someone went, as our reason; what is not here is "other" or, without an answer, "unknown".
    "101": ExitReason.OTHER_SHELTER,
    **dict.fromkeys(["410", "411", "421", "422", "423", "435"], ExitReason.OWN_HOUSING),
    **dict.fromkeys(["", "8", "9", "30", "99"], ExitReason.UNKNOWN),
}


def store_stays(plan: Plan, shelters: dict[str, Shelter], people: Refs, families: Refs, findings: Findings) -> None:
    """One stay for each enrolment, from its entry to its exit."""
    placed = Exists(Placement.objects.filter(stay=OuterRef("pk")))
    here = known(Stay.objects.filter(shelter__in=shelters.values()).annotate(has_place=placed))
    add(
        [
            stay_of(ref, row, shelters[row.project], people[row.client], families.get(row.household))
            for ref, row in plan.stays.items()
            if ref not in here
        ]
    )
    close_stays(plan, shelters, here, findings)
    void_stays(plan, here, findings)


def stay_of(ref: str, row: Enrolment, shelter: Shelter, person: Person, family: Family | None) -> Stay:
    stay = Stay(
        shelter=shelter,
        person=person,
        family=family,
        arrived_at=day_begins(shelter, row.entry),
        source=Source.IMPORT,
        external_ref=ref,
    )
    leave(stay, row)
    return stay


def leave(stay: Stay, row: Enrolment) -> None:
    """Give a stay its exit. One on the day of the entry, or before it, leaves a stay that covers no night."""
    if row.exit is None:
        return
    if row.exit.is_expected:
        stay.expected_departure_on = row.exit.on
        return
    stay.departed_at = max(day_begins(stay.shelter, row.exit.on), stay.arrived_at)
    code = row.exit.row["Destination"]
    stay.exit_reason = REASON.get(code, ExitReason.OTHER)
    stay.destination = (row.exit.row["OtherDestination"] or (f"HMIS {code}" if code else ""))[:120]


def close_stays(plan: Plan, shelters: dict[str, Shelter], here: Refs, findings: Findings) -> None:
    """Stays that an earlier import left open, and that have an exit in this export."""
    closing = []
    for ref, row in plan.stays.items():
        stay = here.get(ref)
        if stay is None or stay.departed_at or stay.voided_at or row.exit is None or row.exit.is_expected:
            continue
        if stay.has_place:
            sentence = _(
                "Enrolment %(ref)s has ended there, but here the person has a place; check them out on the board."
            )
            findings.keep(row.exit.row, sentence % {"ref": shown(ref)})
        else:
            stay.shelter = shelters[row.project]  # Here already: not to be fetched for each stay.
            leave(stay, row)
            closing.append(stay)
    Stay.objects.bulk_update(closing, ["departed_at", "exit_reason", "destination"], batch_size=BATCH)


def void_stays(plan: Plan, here: Refs, findings: Findings) -> None:
    """Stays that an earlier import brought and whose enrolment is deleted in this export: they never were."""
    voided = []
    for ref, row in plan.deleted_stays.items():
        stay = here.get(ref)
        if stay is None or stay.voided_at or stay.source != Source.IMPORT:
            continue
        if stay.has_place:
            sentence = _(
                "Enrolment %(ref)s is deleted there, but here the person has a place; check them out on the board."
            )
            findings.keep(row, sentence % {"ref": shown(ref)})
        else:
            voided.append(stay.pk)
    Stay.objects.filter(pk__in=voided).update(voided_at=timezone.now())


def store_nights(plan: Plan, shelters: dict[str, Shelter], people: Refs) -> None:
    """One bed night for each person and night; those of an earlier import that are deleted now are taken back."""
    places = {shelter.pk: ref for ref, shelter in shelters.items()}
    persons = {person.pk: ref for ref, person in people.items()}
    rows = BedNight.objects.filter(shelter__in=places).values_list("pk", "shelter_id", "person_id", "night", "source")
    here = {(places[place], persons.get(person), night): (pk, source) for pk, place, person, night, source in rows}
    add(
        [
            BedNight(shelter=shelters[place], person=people[person], night=night, source=Source.IMPORT)
            for place, person, night in sorted(plan.nights)
            if (place, person, night) not in here
        ]
    )
    gone = [here[night] for night in plan.deleted_nights if night in here]
    BedNight.objects.filter(pk__in=[pk for pk, source in gone if source == Source.IMPORT]).delete()
