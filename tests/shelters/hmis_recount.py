"""A count of an export's nights by hand: the csv module and the rules of the issue, nothing of Posada."""

import csv
from collections import Counter
from datetime import date, timedelta

SHELTERS = {"0", "1", "2", "3", "8", "9", "10"}


def rows(folder, name):
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if None not in row.values() and not row["DateDeleted"].strip()]


def first_of(lines, key):
    found = {}
    for row in lines:
        if row[key]:
            found.setdefault(row[key], row)
    return found


def is_date(text):
    try:
        return date.fromisoformat(text[:10]) < date(2100, 1, 1)
    except ValueError:
        return False


class Export:
    """One export, read once; `night(project, day)` counts."""

    def __init__(self, folder):
        self.projects = {
            key: row
            for key, row in first_of(rows(folder, "Project"), "ProjectID").items()
            if int(row["ProjectType"]) < 15
        }
        self.clients = first_of(rows(folder, "Client"), "PersonalID")
        self.enrolments = {
            key: row
            for key, row in first_of(rows(folder, "Enrollment"), "EnrollmentID").items()
            if row["PersonalID"] in self.clients and row["ProjectID"] in self.projects and is_date(row["EntryDate"])
        }
        exits = [row for row in rows(folder, "Exit") if is_date(row["ExitDate"])]
        self.exits = {key: row["ExitDate"][:10] for key, row in first_of(exits, "EnrollmentID").items()}
        self.inventory = first_of(rows(folder, "Inventory"), "InventoryID")
        self.shelters = {key: row for key, row in self.projects.items() if row["ProjectType"] in SHELTERS}
        self.slept = set()
        for row in first_of(rows(folder, "Services"), "ServicesID").values():
            is_bed_night = row["RecordType"] == row["TypeProvided"] == "200"
            if is_bed_night and row["EnrollmentID"] in self.enrolments and row["PersonalID"] in self.clients:
                project = self.enrolments[row["EnrollmentID"]]["ProjectID"]
                if self.projects[project]["ProjectType"] == "1" and is_date(row["DateProvided"]):
                    self.slept.add((project, row["PersonalID"], row["DateProvided"][:10]))

    def inside(self, project, day):
        """Who is in a project on a night."""
        day = day.isoformat()
        if self.projects[project]["ProjectType"] == "1":
            return {person for place, person, night in self.slept if place == project and night == day}
        return {
            row["PersonalID"]
            for key, row in self.enrolments.items()
            if row["ProjectID"] == project
            and row["EntryDate"][:10] <= day
            and (key not in self.exits or self.exits[key] > day)
        }

    def beds(self, project, day, overflow):
        total = Counter()
        for row in self.inventory.values():
            first, last = row["InventoryStartDate"], row["InventoryEndDate"] or "9999-12-31"
            is_valid = is_date(first) and row["BedInventory"].isdigit()
            if row["ProjectID"] == project and is_valid and first <= day.isoformat() <= last:
                total[row["Availability"] == "3"] += int(row["BedInventory"])
        return total[overflow]

    def moved(self, project, day):
        """Who came and who left between this night's counting and the one before."""
        if self.projects[project]["ProjectType"] == "1":
            today, before = self.inside(project, day), self.inside(project, day - timedelta(days=1))
            return len(today - before), len(before - today)
        visits = self.visits(project)
        return sum(first == day.isoformat() for first, _last in visits), sum(
            last == day.isoformat() for _, last in visits
        )

    def visits(self, project):
        """[(first day, last day or None)]: of one person, enrolments that touch or overlap are one visit."""
        found, of_person = [], {}
        for key, row in self.enrolments.items():
            if row["ProjectID"] == project:
                first = row["EntryDate"][:10]
                last = max(self.exits[key], first) if key in self.exits else "9999"
                of_person.setdefault(row["PersonalID"], []).append((first, last))
        for times in of_person.values():
            merged = []
            for first, last in sorted(times):
                if merged and first <= merged[-1][1]:
                    merged[-1] = (merged[-1][0], max(merged[-1][1], last))
                else:
                    merged.append((first, last))
            found += merged
        return found

    def night(self, project, day):
        """The figures of one night, by the names of the report."""
        occupied, nominal = len(self.inside(project, day)), self.beds(project, day, overflow=False)
        arrivals, departures = self.moved(project, day)
        over = max(0, occupied - nominal)
        closed = self.projects[project]["OperatingEndDate"]
        return {
            "nominal": nominal,
            "out_of_service": 0,
            "held": 0,
            "surge": self.beds(project, day, overflow=True),
            "occupied": occupied,
            "occupied_surge": over,
            "free": 0 if closed and day.isoformat() > closed else max(0, nominal - occupied),
            "over": over,
            "arrivals": arrivals,
            "departures": departures,
        }
