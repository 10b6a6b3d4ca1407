"""What is to be kept of an export, in our words. Each part keeps the row that it comes from, so that it can be named."""

from dataclasses import dataclass, field
from datetime import date

from cases.models import BirthPrecision, Relationship, Sex
from shelters.services.hmis.reading import Row

PersonNight = tuple[str, str, date]  # ProjectID, PersonalID, the evening's date.


@dataclass
class Project:
    """A project in which people sleep: a shelter."""

    row: Row
    name: str
    counts_nights: bool
    ends_on: date | None  # The last day that it operates.


@dataclass
class Inventory:
    """Places of one project in one period, both dates inclusive."""

    row: Row
    project: str
    household_type: str
    is_overflow: bool
    beds: int
    starts_on: date
    ends_on: date | None


@dataclass
class Client:
    row: Row
    given_names: str
    surname: str
    sex: Sex
    born_on: date | None
    precision: BirthPrecision


@dataclass
class Exit:
    row: Row
    on: date
    is_expected: bool  # The date has not come yet: nobody has left.


@dataclass
class Enrolment:
    """One person in one project of any type."""

    row: Row
    client: str
    project: str
    entry: date
    household: str
    relationship: str  # A Relationship, or empty where nobody recorded it.
    exit: Exit | None = None

    def covers(self, night: date) -> bool:
        return self.entry <= night and (self.exit is None or night < self.exit.on)


@dataclass
class Member:
    relationship: str
    joined_on: date

    @property
    def is_head(self) -> bool:
        return self.relationship == Relationship.HEAD


@dataclass
class Household:
    row: Row  # The first row that names it.
    members: dict[str, Member] = field(default_factory=dict)  # By PersonalID.

    @property
    def head(self) -> str | None:
        return next((client for client, member in self.members.items() if member.is_head), None)


@dataclass
class Plan:
    """Everything to be kept, by the ids of the export, and what an earlier export brought that is deleted by now."""

    projects: dict[str, Project]
    inventory: dict[str, Inventory]
    clients: dict[str, Client]
    households: dict[str, Household]
    stays: dict[str, Enrolment]  # By EnrollmentID: those in shelters that count from entry to exit.
    nights: set[PersonNight]
    deleted_stays: dict[str, Row]
    deleted_nights: set[PersonNight]
