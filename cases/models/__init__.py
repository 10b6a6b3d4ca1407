"""Floor 1: people, families, what they agreed to, and the alerts about children."""

from cases.models.children import AlertKind, ChildAlert
from cases.models.contact import Consent, ConsentMethod, Decision, Phone, Purpose
from cases.models.drafts import IntakeDraft
from cases.models.people import (
    ADULT_AT,
    RESTRICTED_NEEDS,
    BirthPrecision,
    Case,
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

__all__ = [
    "ADULT_AT",
    "RESTRICTED_NEEDS",
    "AlertKind",
    "BirthPrecision",
    "Case",
    "ChildAlert",
    "Consent",
    "ConsentMethod",
    "Decision",
    "Family",
    "FamilyMember",
    "Group",
    "IntakeDraft",
    "NeedCode",
    "Note",
    "Person",
    "Phone",
    "Purpose",
    "Relationship",
    "Sex",
    "SpecificNeed",
]
