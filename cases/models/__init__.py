"""Floor 1: people, families, what they agreed to, alerts about children, appointments, reminders and legal aid."""

from cases.models.appointments import (
    STILL_ON,
    Appointment,
    AppointmentChange,
    AppointmentKind,
    AppointmentPerson,
    AppointmentState,
    Audience,
    Food,
    NoticeRule,
)
from cases.models.children import AlertKind, ChildAlert
from cases.models.contact import Consent, ConsentMethod, Decision, EmailAddress, Phone, Purpose
from cases.models.drafts import IntakeDraft
from cases.models.legal_aid import LegalNote, LegalProvider, SlotBooking, WeeklySlot
from cases.models.people import (
    ADULT_AT,
    RESTRICTED_NEEDS,
    BirthPrecision,
    Case,
    Diet,
    Family,
    FamilyMember,
    Group,
    NeedCode,
    Note,
    Person,
    Relationship,
    Sex,
    SpecificNeed,
)
from cases.models.reminders import Reminder

__all__ = [
    "ADULT_AT",
    "RESTRICTED_NEEDS",
    "STILL_ON",
    "AlertKind",
    "Appointment",
    "AppointmentChange",
    "AppointmentKind",
    "AppointmentPerson",
    "AppointmentState",
    "Audience",
    "BirthPrecision",
    "Case",
    "ChildAlert",
    "Consent",
    "ConsentMethod",
    "Decision",
    "Diet",
    "EmailAddress",
    "Family",
    "FamilyMember",
    "Food",
    "Group",
    "IntakeDraft",
    "LegalNote",
    "LegalProvider",
    "NeedCode",
    "Note",
    "NoticeRule",
    "Person",
    "Phone",
    "Purpose",
    "Relationship",
    "Reminder",
    "Sex",
    "SlotBooking",
    "SpecificNeed",
    "WeeklySlot",
]
