"""Who belongs to a family: going on apart, coming to another one, coming back, and what each is to it. Each is an event.

Nothing of a membership is rewritten: who leaves closes a row, who comes back opens another. The beds follow on the floor above.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Family, FamilyChange, FamilyChangeKind, FamilyMember, Person, Relationship
from cases.services.children import is_surely_adult, raise_alerts
from cases.services.people import appoint_head, next_folios
from ngo.errors import Refused
from ngo.models import Staff

# What somebody is to a new head who was this to the old one, seen from the other side.
TURNED = {
    Relationship.PARTNER: Relationship.PARTNER,
    Relationship.CHILD: Relationship.PARENT,
    Relationship.PARENT: Relationship.CHILD,
    Relationship.SIBLING: Relationship.SIBLING,
    Relationship.GRANDPARENT: Relationship.GRANDCHILD,
    Relationship.GRANDCHILD: Relationship.GRANDPARENT,
    Relationship.OTHER_RELATIVE: Relationship.OTHER_RELATIVE,
    Relationship.NOT_RELATED: Relationship.NOT_RELATED,
}


# --- Apart and together ------------------------------------------------------------------------------------------------


@transaction.atomic
def split_family(*, family: Family, relationships: Mapping[int, str], by: Staff, reason: str) -> Family:
    """Some of a family go on as a family of their own. `relationships` says, by person, what each is to the new head.

    The phone, the e-mail and what was agreed stay with the first family: the new one is asked itself.
    """
    _check_reason(reason)
    family, leaving = _members_of(family, relationships, by)
    if len(leaving) == FamilyMember.objects.filter(family=family, left_on=None).count():
        raise Refused(_("Nobody would be left in this family. Leave at least one person in it."))
    day = timezone.localdate()
    _check_new_head(leaving, relationships, day)
    new = Family.objects.create(
        organisation_id=family.organisation_id,
        folio=next_folios(family.organisation)[0],
        wants_to_stay_together=family.wants_to_stay_together,
        registered_at=family.registered_at,
        registered_by=by,
    )
    _move(leaving, new, relationships, day)
    people = [row.person for row in leaving]
    _tell(family, FamilyChangeKind.LEFT, people, by, reason, other=new)
    _tell(new, FamilyChangeKind.SPLIT, people, by, reason, other=family)
    _look_after(family, by)
    _look_after(new, by)
    return new


@transaction.atomic
def bring_into(*, family: Family, relationships: Mapping[int, str], by: Staff, reason: str) -> FamilyChange:
    """People of other families come to this one, or come back to it. `relationships` says what each is to its head.

    Who was in this family before comes back; the event says which of the two it is.
    """
    _check_reason(reason)
    if Relationship.HEAD in relationships.values() and _has_head(family):
        raise Refused(_("This family has a head. Say what those who come are to the head."))
    rows = _open_rows(relationships)
    if any(row.family_id == family.pk for row in rows):
        raise Refused(_("Somebody of these is in this family already."))
    _lock([family, *(row.family for row in rows)], by)
    people = list(Person.objects.filter(pk__in=relationships, organisation=family.organisation_id, merged_into=None))
    if not people or len(people) < len(relationships):
        raise Refused(_("One of the files that were chosen does not exist here."))
    day = timezone.localdate()
    came_back = FamilyMember.objects.filter(family=family, person__in=people, left_on__isnull=False).exists()
    _move(rows, family, relationships, day)
    with_a_family = {row.person_id for row in rows}
    _open_in(family, [person for person in people if person.pk not in with_a_family], relationships, day)
    for left in dict.fromkeys(row.family for row in rows):
        theirs = [row.person for row in rows if row.family_id == left.pk]
        _tell(left, FamilyChangeKind.LEFT, theirs, by, reason, other=family)
        _look_after(left, by)
    kind = FamilyChangeKind.REUNITED if came_back else FamilyChangeKind.JOINED
    other = rows[0].family if rows else None
    change = _tell(family, kind, sorted(people, key=lambda person: person.pk), by, reason, other=other)
    _look_after(family, by)
    return change


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Write the reason in a few words."))


def _open_rows(people: Iterable[int]) -> list[FamilyMember]:
    rows = FamilyMember.objects.filter(person__in=list(people), left_on=None, is_imported=False)
    return list(rows.select_related("family", "person").select_for_update(of=["self"]).order_by("pk"))


def _members_of(family: Family, relationships: Mapping[int, str], by: Staff) -> tuple[Family, list[FamilyMember]]:
    """The family, locked, and the members that were chosen; refused where one is not in it any more."""
    if not relationships:
        raise Refused(_("Choose who goes on apart."))
    [family] = _lock([family], by)
    rows = FamilyMember.objects.filter(family=family, person__in=list(relationships), left_on=None)
    leaving = list(rows.select_related("person").select_for_update(of=["self"]).order_by("pk"))
    if len(leaving) < len(relationships):
        raise Refused(_("Somebody of these is not in this family any more. Look at it again."))
    return family, leaving


def _lock(families: Iterable[Family], by: Staff) -> list[Family]:
    ids = {family.pk for family in families}
    locked = list(Family.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    if by.organisation is None or any(family.organisation_id != by.organisation.pk for family in locked):
        raise Refused(_("This family belongs to another organisation."))
    return locked


def _check_new_head(leaving: list[FamilyMember], relationships: Mapping[int, str], day: date) -> None:
    heads = [row for row in leaving if relationships[row.person_id] == Relationship.HEAD]
    if len(heads) != 1:
        raise Refused(_("Mark one of them as the head of the new family, and only one."))
    adults = [row for row in leaving if is_surely_adult(row.person, day)]
    if adults and heads[0].person.is_minor_on(day):
        raise Refused(
            _("%(name)s is a minor. Mark an adult as the head of the family.") % {"name": heads[0].person.full_name}
        )


def _has_head(family: Family) -> bool:
    return FamilyMember.objects.filter(family=family, left_on=None, is_head=True).exists()


def _move(rows: list[FamilyMember], family: Family, relationships: Mapping[int, str], day: date) -> None:
    """Close these memberships and open others; whoever answered for children still does. A head that goes is followed."""
    for row in rows:
        row.left_on = max(day, row.joined_on)
        row.save(update_fields=["left_on"])
        if row.is_head:
            appoint_head(row.family_id, day)
    _open_in(family, [row.person for row in rows], relationships, day, {row.person_id: row for row in rows})


def _open_in(
    family: Family,
    people: Iterable[Person],
    relationships: Mapping[int, str],
    day: date,
    before: Mapping[int, FamilyMember] | None = None,
) -> None:
    before = before or {}
    for person in people:
        old = before.get(person.pk)
        FamilyMember.objects.create(
            family=family,
            person=person,
            relationship=relationships[person.pk],
            is_head=relationships[person.pk] == Relationship.HEAD,
            is_carer=old is not None and old.is_carer,
            is_guardian=old is not None and old.is_guardian,
            guardian_paper_seen=old.guardian_paper_seen if old is not None else None,
            joined_on=day if old is None else max(day, old.joined_on),
        )


def _tell(
    family: Family,
    kind: FamilyChangeKind,
    people: list[Person],
    by: Staff,
    reason: str = "",
    other: Family | None = None,
) -> FamilyChange:
    change = FamilyChange.objects.create(family=family, kind=kind, other_family=other, by=by, reason=reason.strip())
    change.people.set(people)
    return change


def _look_after(family: Family, by: Staff) -> None:
    """Nobody answers for a child whose carer went to another family: it is said at once."""
    raise_alerts(family, by)


# --- What each is to the family ----------------------------------------------------------------------------------------


@transaction.atomic
def set_role(
    *,
    member: FamilyMember,
    relationship: str,
    by: Staff,
    is_carer: bool,
    is_guardian: bool,
    paper_seen: bool | None = None,
) -> FamilyMember:
    """Correct what somebody is to the family: the relation, whether they answer for the children, and by which right."""
    [family] = _lock([member.family], by)
    rows = FamilyMember.objects.filter(family=family, left_on=None).select_related("person")
    members = {row.pk: row for row in rows.select_for_update(of=["self"]).order_by("pk")}
    row = members.get(member.pk)
    if row is None:
        raise Refused(_("They are not in this family any more."))
    _check_role(row, relationship, is_carer=is_carer, is_guardian=is_guardian)
    if relationship == Relationship.HEAD and not row.is_head:
        _make_head(row, members.values(), by)
    row.relationship, row.is_carer, row.is_guardian = relationship, is_carer or is_guardian, is_guardian
    row.guardian_paper_seen = paper_seen if is_guardian else None
    row.save(update_fields=["relationship", "is_carer", "is_guardian", "guardian_paper_seen", "is_head"])
    _tell(family, FamilyChangeKind.ROLE, [row.person], by)
    _look_after(family, by)
    return row


def _check_role(row: FamilyMember, relationship: str, *, is_carer: bool, is_guardian: bool) -> None:
    name, day = {"name": row.person.full_name}, timezone.localdate()
    if relationship not in Relationship.values:
        raise Refused(_("Choose what they are to the head of the family."))
    if row.is_head and relationship != Relationship.HEAD:
        raise Refused(_("%(name)s is the head of the family. Mark somebody else as the head first.") % name)
    if (is_carer or is_guardian) and not is_surely_adult(row.person, day):
        raise Refused(_("Only an adult can answer for the children, and %(name)s is not known to be one.") % name)


def _make_head(row: FamilyMember, members: Iterable[FamilyMember], by: Staff) -> None:
    """The old head becomes to the new one what the new one was to them, seen from the other side."""
    day = timezone.localdate()
    others = [one for one in members if one.pk != row.pk]
    if row.person.is_minor_on(day) and any(is_surely_adult(one.person, day) for one in others):
        raise Refused(
            _("%(name)s is a minor. Mark an adult as the head of the family.") % {"name": row.person.full_name}
        )
    for old in (one for one in others if one.is_head):
        old.is_head, old.relationship = False, TURNED.get(Relationship(row.relationship), Relationship.OTHER_RELATIVE)
        old.save(update_fields=["is_head", "relationship"])
    row.is_head = True
    _tell(row.family, FamilyChangeKind.HEAD, [row.person], by)
