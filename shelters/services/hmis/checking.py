"""Every row judged: kept, kept although it contradicts (and listed), or skipped (and listed). Nothing is stored here.

The rules stand in docs/hmis.md. Codes are those of HUD's FY2026 data dictionary; its list numbers stand beside them.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.translation import gettext as _

from cases.models import BirthPrecision, Relationship, Sex
from shelters.services.hmis.plan import (
    Client,
    Enrolment,
    Exit,
    Household,
    Inventory,
    Member,
    PersonNight,
    Plan,
    Project,
)
from shelters.services.hmis.reading import Findings, Row
from shelters.services.hmis.rows import LONGEST_ID, Table, by_id, day_in, past_day, refers, shown

NIGHT_BY_NIGHT = "1"
SHELTERS = {"0", NIGHT_BY_NIGHT, "2", "3", "8", "9", "10"}  # 2.02.6: project types in which people sleep.
PROJECT_TYPES = SHELTERS | {"4", "6", "7", "11", "12", "13", "14"}
OVERFLOW = "3"  # 2.07.6
BED_NIGHT = "200"  # 1.4; the only TypeProvided of this RecordType.
SEX = {"0": Sex.FEMALE, "1": Sex.MALE}
BIRTH = {"1": BirthPrecision.EXACT, "2": BirthPrecision.ESTIMATED}  # 3.03.2; every other quality means unknown.
RELATIONSHIP = {  # 3.15.1; 99 and an empty cell stay empty.
    "1": Relationship.HEAD,
    "2": Relationship.CHILD,
    "3": Relationship.PARTNER,
    "4": Relationship.OTHER_RELATIVE,
    "5": Relationship.NOT_RELATED,
}
LONGEST_NAMES = {"given_names": 120, "surname": 80}
MOST_BEDS = 5_000
OLDEST_AGE = timedelta(days=366 * 120)
NO_NAME = "—"


def check(tables: dict[str, list[Row]], today: date, findings: Findings) -> Plan:
    """Judge every row of an export. What lies after `today` cannot have happened yet."""
    rows = {
        "Project": by_id(tables["Project"], "ProjectID", findings),
        "Inventory": by_id(tables["Inventory"], "InventoryID", findings),
        "Client": by_id(tables["Client"], "PersonalID", findings),
        "Enrollment": by_id(tables["Enrollment"], "EnrollmentID", findings),
        "Exit": by_id(tables["Exit"], "ExitID", findings),
        "Services": by_id(
            (row for row in tables["Services"] if row["RecordType"] == BED_NIGHT), "ServicesID", findings
        ),
    }
    projects = kept_projects(rows["Project"], findings)
    shelters = {ref: project for ref, project in projects.items() if project.row["ProjectType"] in SHELTERS}
    clients = {ref: client(row, today, findings) for ref, row in rows["Client"].live.items()}
    enrolments = kept_enrolments(rows["Enrollment"], clients, projects, today, findings)
    add_exits(rows["Exit"], enrolments, today, findings)
    nights = kept_nights(rows["Services"], enrolments, clients, shelters, today, findings)
    return Plan(
        projects=shelters,
        inventory=kept_inventory(rows["Inventory"], projects, shelters, findings),
        clients=clients,
        households=households(enrolments.values(), findings),
        stays={
            ref: enrolment
            for ref, enrolment in enrolments.items()
            if enrolment.project in shelters and not shelters[enrolment.project].counts_nights
        },
        nights=nights,
        deleted_stays=rows["Enrollment"].deleted,
        deleted_nights=deleted_nights(rows["Services"], rows["Enrollment"]) - nights,
    )


# --- Shelters and their places ---------------------------------------------------------------------------------------
def kept_projects(table: Table, findings: Findings) -> dict[str, Project]:
    """Every project, those of other types too: people and families stand on them."""
    projects = {}
    for ref, row in table.live.items():
        if row["ProjectType"] not in PROJECT_TYPES:
            sentence = _("ProjectType %(text)s is not one of FY2026; the row is skipped.")
            findings.reject(row, sentence % {"text": shown(row["ProjectType"])})
            continue
        projects[ref] = Project(
            row=row,
            name=row["ProjectName"] or ref,
            counts_nights=row["ProjectType"] == NIGHT_BY_NIGHT,
            ends_on=day_in(row["OperatingEndDate"]),
        )
        if row["OperatingEndDate"] and projects[ref].ends_on is None:
            sentence = _("OperatingEndDate %(text)s is not a date; the shelter is kept as open.")
            findings.keep(row, sentence % {"text": shown(row["OperatingEndDate"])})
    return projects


def kept_inventory(
    table: Table, projects: dict[str, Project], shelters: dict[str, Project], findings: Findings
) -> dict[str, Inventory]:
    """The places of our shelters. Rows of other projects are checked for their project, and that is all."""
    kept = {}
    for ref, row in table.live.items():
        if refers(row, "ProjectID", projects, "Project", findings) and row["ProjectID"] in shelters:
            inventory = places_of(row, findings)
            if inventory is not None:
                kept[ref] = inventory
    return kept


def places_of(row: Row, findings: Findings) -> Inventory | None:
    starts_on, ends_on = day_in(row["InventoryStartDate"]), day_in(row["InventoryEndDate"])
    beds = row["BedInventory"]
    if not re.fullmatch(r"[0-9]{1,9}", beds) or int(beds) > MOST_BEDS:
        sentence = _("BedInventory %(text)s is not a number of beds; the row is skipped.")
        findings.reject(row, sentence % {"text": shown(beds)})
    elif starts_on is None or (row["InventoryEndDate"] and ends_on is None):
        sentence = _("The period from %(start)s to %(end)s cannot be read; the row is skipped.")
        texts = {"start": shown(row["InventoryStartDate"]), "end": shown(row["InventoryEndDate"])}
        findings.reject(row, sentence % texts)
    elif ends_on is not None and ends_on < starts_on:
        findings.reject(row, _("InventoryEndDate lies before InventoryStartDate; the row is skipped."))
    else:
        is_overflow = row["Availability"] == OVERFLOW
        return Inventory(row, row["ProjectID"], row["HouseholdType"], is_overflow, int(beds), starts_on, ends_on)
    return None


# --- People ----------------------------------------------------------------------------------------------------------
def client(row: Row, today: date, findings: Findings) -> Client:
    names = {
        "given_names": " ".join(filter(None, [row["FirstName"], row["MiddleName"]])) or NO_NAME,
        "surname": " ".join(filter(None, [row["LastName"], row["NameSuffix"] if row["LastName"] else ""])),
    }
    if any(len(names[part]) > most for part, most in LONGEST_NAMES.items()):
        findings.keep(row, _("The name is longer than can be kept; it is kept shortened."))
        names = {part: name[: LONGEST_NAMES[part]] for part, name in names.items()}
    precision = BIRTH.get(row["DOBDataQuality"])
    born_on = birth_date(row, today, findings) if precision and row["DOB"] else None
    return Client(
        row=row,
        given_names=names["given_names"],
        surname=names["surname"],
        sex=SEX.get(row["Sex"], Sex.UNKNOWN),
        born_on=born_on,
        precision=precision if precision and born_on else BirthPrecision.UNKNOWN,
    )


def birth_date(row: Row, today: date, findings: Findings) -> date | None:
    born_on = day_in(row["DOB"])
    if born_on is not None and born_on <= today < born_on + OLDEST_AGE:
        return born_on
    findings.keep(row, _("DOB is not a date on which a person of today can be born; the person is kept without it."))
    return None


def kept_enrolments(
    table: Table, clients: dict[str, Client], projects: dict[str, Project], today: date, findings: Findings
) -> dict[str, Enrolment]:
    """Enrolments in every type of project: families are made of all of them, stays of those in shelters."""
    kept = {}
    for ref, row in table.live.items():
        if not refers(row, "PersonalID", clients, "Client", findings):
            continue
        if not refers(row, "ProjectID", projects, "Project", findings):
            continue
        entry = past_day(row, "EntryDate", today, findings)
        if entry is not None:
            relationship = RELATIONSHIP.get(row["RelationshipToHoH"], "")
            kept[ref] = Enrolment(row, row["PersonalID"], row["ProjectID"], entry, row["HouseholdID"], relationship)
    return kept


def households(enrolments: Iterable[Enrolment], findings: Findings) -> dict[str, Household]:
    """Who came together: one household per HouseholdID, with one head at most."""
    found: dict[str, Household] = {}
    for enrolment in enrolments:
        ref = enrolment.household
        if not ref or len(ref) > LONGEST_ID:
            sentence = _("HouseholdID %(ref)s names no household; the person is kept without a family.")
            findings.keep(enrolment.row, sentence % {"ref": shown(ref)})
        else:
            add_member(found.setdefault(ref, Household(enrolment.row)), enrolment, findings)
    for ref, household in found.items():
        if household.head is None:
            sentence = _("Household %(ref)s has no head; it is kept without one.")
            findings.keep(household.row, sentence % {"ref": shown(ref)})
    return found


def add_member(household: Household, enrolment: Enrolment, findings: Findings) -> None:
    relationship = enrolment.relationship
    if relationship == Relationship.HEAD and household.head not in (None, enrolment.client):
        sentence = _("Household %(ref)s has a second head; the first one is kept as its head.")
        findings.keep(enrolment.row, sentence % {"ref": shown(enrolment.household)})
        relationship = ""
    member = household.members.setdefault(enrolment.client, Member(relationship, enrolment.entry))
    member.joined_on = min(member.joined_on, enrolment.entry)
    if relationship == Relationship.HEAD or not member.relationship:
        member.relationship = relationship


# --- Stays and nights ------------------------------------------------------------------------------------------------
def add_exits(table: Table, enrolments: dict[str, Enrolment], today: date, findings: Findings) -> None:
    """Give each enrolment its exit. A date that lies ahead is a departure that is expected."""
    for row in table.live.values():
        if not refers(row, "EnrollmentID", enrolments, "Enrollment", findings):
            continue
        enrolment, on = enrolments[row["EnrollmentID"]], day_in(row["ExitDate"])
        if on is None:
            sentence = _("ExitDate %(text)s is not a date; the row is skipped and the enrolment stays open.")
            findings.reject(row, sentence % {"text": shown(row["ExitDate"])})
        elif enrolment.exit is not None:
            sentence = _("Enrolment %(ref)s has its exit in line %(line)d; this row is skipped.")
            findings.reject(row, sentence % {"ref": shown(row["EnrollmentID"]), "line": enrolment.exit.row.line})
        else:
            enrolment.exit = Exit(row, on, is_expected=on > today)
            list_odd_exit(enrolment, enrolment.exit, findings)


def list_odd_exit(enrolment: Enrolment, leaving: Exit, findings: Findings) -> None:
    if leaving.row["PersonalID"] != enrolment.client:
        findings.keep(
            leaving.row, _("The exit names another person than its enrolment; it is kept for the enrolment's.")
        )
    if leaving.on < enrolment.entry:
        sentence = _("ExitDate %(exit)s lies before EntryDate %(entry)s; the stay is kept and covers no night.")
        findings.keep(leaving.row, sentence % {"exit": leaving.on.isoformat(), "entry": enrolment.entry.isoformat()})
    if leaving.is_expected:
        sentence = _("ExitDate %(exit)s has not come yet; it is kept as the expected departure.")
        findings.keep(leaving.row, sentence % {"exit": leaving.on.isoformat()})


def kept_nights(
    table: Table,
    enrolments: dict[str, Enrolment],
    clients: dict[str, Client],
    shelters: dict[str, Project],
    today: date,
    findings: Findings,
) -> set[PersonNight]:
    """Nights in shelters that count night by night. In every other project a bed night says nothing that we count."""
    nights = set()
    for row in table.live.values():
        if not refers(row, "EnrollmentID", enrolments, "Enrollment", findings):
            continue
        enrolment = enrolments[row["EnrollmentID"]]
        if enrolment.project not in shelters or not shelters[enrolment.project].counts_nights:
            continue
        night = night_in(row, clients, today, findings)
        if night is not None:
            nights.add((enrolment.project, row["PersonalID"], night))
            list_odd_night(row, night, enrolment, findings)
    return nights


def night_in(row: Row, clients: dict[str, Client], today: date, findings: Findings) -> date | None:
    if row["TypeProvided"] != BED_NIGHT:
        sentence = _("TypeProvided %(text)s is not a bed night; the row is skipped.")
        findings.reject(row, sentence % {"text": shown(row["TypeProvided"])})
        return None
    if not refers(row, "PersonalID", clients, "Client", findings):
        return None
    return past_day(row, "DateProvided", today, findings)


def list_odd_night(row: Row, night: date, enrolment: Enrolment, findings: Findings) -> None:
    if row["PersonalID"] != enrolment.client:
        findings.keep(row, _("The bed night names another person than its enrolment; it is kept for the one it names."))
    if not enrolment.covers(night):
        sentence = _("The night of %(night)s lies outside enrolment %(ref)s (%(entry)s to %(exit)s); it is kept.")
        values = {"night": night.isoformat(), "ref": shown(row["EnrollmentID"]), "entry": enrolment.entry.isoformat()}
        findings.keep(row, sentence % (values | {"exit": enrolment.exit.on.isoformat() if enrolment.exit else "…"}))


def deleted_nights(services: Table, enrolments: Table) -> set[PersonNight]:
    """Nights that an earlier export may have brought and that are deleted now, by themselves or with their enrolment."""
    found = set()
    for row in [*services.deleted.values(), *services.live.values()]:
        enrolment = enrolments.deleted.get(row["EnrollmentID"]) or (
            enrolments.live.get(row["EnrollmentID"]) if row.is_deleted else None
        )
        night = day_in(row["DateProvided"])
        if enrolment is not None and night is not None:
            found.add((enrolment["ProjectID"], row["PersonalID"], night))
    return found
