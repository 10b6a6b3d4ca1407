"""What joining two files changes on this floor, written down so that it can be put back. The whole act: shelters.services.merge.

Every row that names the file that goes is made to name the one that stays, in whatever table it is: the relations are asked
of the models, so that a table that is made tomorrow is not forgotten. What both files have, and only one may have, is resolved
first; what cannot be resolved is refused with its reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pghistory.models
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    OF_EACH_PERSON,
    AlienNumber,
    AppointmentPerson,
    AwaitedPerson,
    Case,
    ChildAlert,
    Clock,
    ClockState,
    Consent,
    Decision,
    Ending,
    Family,
    FamilyChange,
    FamilyChangeKind,
    FamilyMember,
    GrantEnd,
    Merge,
    Permit,
    Person,
    ProcessPerson,
    Purpose,
    ReferralGrant,
    Relationship,
    SignInDuty,
    SpecificNeed,
)
from cases.services.children import raise_alerts
from ngo.crypto import EncryptedTextField
from ngo.errors import Refused
from ngo.models import Staff

# Facts that a file says once; where both know them, somebody chooses. A birth is a date and how exactly it is known.
FACTS = ("given_names", "first_surname", "second_surname", "preferred_name", "born_on", "sex", "gender", "nationality")
LISTS = ("speaks", "reads", "diets", "other_nationalities")
# What stays with the file that goes, and why. Whatever else names a person or a family is moved, and a table that may not be
# written in must stand here (tests/shelters/test_merge_relations.py asks the database for each).
LEFT_ALONE = {
    "cases.Person.merged_into": "Who was joined to it before stays joined to it: the latest joining is undone first.",
    "cases.Merge.kept": "It tells which two files were joined.",
    "cases.Merge.merged": "It tells which two files were joined.",
    "cases.PossibleDuplicate.one": "It tells of which two files it was asked.",
    "cases.PossibleDuplicate.other": "It tells of which two files it was asked.",
    "cases.FamilyChange.family": "It tells what happened to that family, which stays.",
    "cases.FamilyChange.other_family": "It tells what happened to that family, which stays.",
    "cases.FamilyChange_people.person": "It tells who it was, under the name of then.",
    "cases.FamilyMember.family": "The rows of a family are ended and opened one by one, never moved.",
    "cases.ProcessChange.person": "Written once: it tells of whom something was written in a case.",
    "cases.ReturnCheck.person": "Written once: a return reads it as an answer of the file that goes on (Person.goes_on).",
}
# Rows of which one of two is ended before, and both stay.
LEFT_WHERE_ITS_LIKE_IS: set[type[models.Model]] = {ReferralGrant}
# Rows that only say "this person too": where the other file has the same one, a second one says nothing.
SAID_TWICE: set[type[models.Model]] = {AppointmentPerson, AwaitedPerson}


@dataclass
class Record:
    """What was changed, as it is kept in `Merge.changed`: rows moved, values changed, rows taken away."""

    moved: list[list[Any]] = field(default_factory=list)
    changed: list[list[Any]] = field(default_factory=list)
    dropped: list[list[Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"moved": self.moved, "changed": self.changed, "dropped": self.dropped}

    def change(self, row: models.Model, **values: Any) -> None:
        """Change a row, and remember what stood there."""
        columns = {name: row._meta.get_field(name).attname for name in values}  # type: ignore[union-attr]
        before = {column: plain(getattr(row, column)) for column in columns.values()}
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
        pairs = {column: [before[column], plain(getattr(row, column))] for column in columns.values()}
        self.changed.append([row._meta.label, row.pk, pairs])

    def rely_on(self, row: models.Model, *names: str) -> None:
        """Change nothing, and remember what stands there: if it is changed later, nothing is put back."""
        stands = {name: plain(getattr(row, name)) for name in names}
        self.changed.append([row._meta.label, row.pk, {name: [value, value] for name, value in stands.items()}])

    def drop(self, row: models.Model) -> None:
        """Take a row away, and remember all of it."""
        values = {one.attname: plain(getattr(row, one.attname)) for one in row._meta.concrete_fields}
        self.dropped.append([row._meta.label, values])
        row.delete()

    def move(self, to: Any, old: models.Model, new: models.Model, *, leave: bool = False) -> None:
        """Make every row that names one name another. Where one may not, because its like is there already, it is left where
        it is, taken away, or the whole act refused."""
        done = []
        for row in to.model._default_manager.filter(**{to.name: old}).order_by("pk"):
            try:
                with transaction.atomic():
                    type(row)._default_manager.filter(pk=row.pk).update(**{to.name: new})
            except IntegrityError as error:
                if _is_said_twice(type(row)):
                    self.drop(row)
                elif not leave:
                    what = type(row)._meta.verbose_name
                    raise Refused(
                        _("Both files have something that only one can have: %(what)s. End one of the two first.")
                        % {"what": what}
                    ) from error
            else:
                done.append(row.pk)
        if done:
            self.moved.append([to.model._meta.label, to.name, done, old.pk])


def plain(value: Any) -> Any:
    """A value as JSON keeps it; `to_python` of its field reads it again."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return value.pk
    return value if isinstance(value, list | str | int | float | bool | None) else str(value)


def _is_said_twice(model: type[models.Model]) -> bool:
    """What is taken away is written in the record in clear: never a row with a value that is encrypted."""
    is_open = not any(isinstance(one, EncryptedTextField) for one in model._meta.concrete_fields)
    return is_open and (model in SAID_TWICE or bool(model._meta.auto_created))


def relations_to(model: type[models.Model]) -> Iterator[Any]:
    """Every field of any table of ours that names a row of a model and is moved; not those of the history."""
    for named in naming(model):
        if label_of(named) not in LEFT_ALONE:
            yield named


def naming(model: type[models.Model]) -> Iterator[Any]:
    """Every field of any table of ours that names a row of a model."""
    relation: Any
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.concrete or not (relation.one_to_many or relation.one_to_one) or not relation.auto_created:
            continue
        if not issubclass(relation.related_model, pghistory.models.Event):
            yield relation.field


def label_of(named: Any) -> str:
    return f"{named.model._meta.label}.{named.name}"


# --- Joining -----------------------------------------------------------------------------------------------------------


def join(record: Record, *, kept: Person, merged: Person, facts: dict[str, str], case_of: str, by: Staff) -> None:
    """Everything on any floor but the stays, which the caller has seen to. `facts` and `case_of` say "merged" where that holds.

    Both files are locked by the caller.
    """
    case_of = _one_main_process(record, kept, merged, case_of)
    _one_number_and_paper(record, kept, merged)
    _one_duty(record, kept, merged)
    _one_answer(record, kept, merged, by)
    _one_grant(record, kept, merged)
    families = _join_memberships(record, kept, merged, by)
    _close_one_case(record, kept, merged, case_of)
    _end_needs_of_both(record, kept, merged)
    _close_one_alert(record, kept, merged, by)
    for relation in relations_to(Person):
        record.move(relation, merged, kept, leave=relation.model in LEFT_WHERE_ITS_LIKE_IS)
    _join_facts(record, kept, merged, facts)
    record.change(merged, merged_into=kept)
    _join_empty_family(record, families)
    _one_clock(record, kept, families, by)
    for family in families:
        raise_alerts(family, by)


def _join_memberships(record: Record, kept: Person, merged: Person, by: Staff) -> list[Family]:
    """One family goes on: that of the two which was joined last. Returns the families that both are in, that one first."""
    day = timezone.localdate()
    open_rows = FamilyMember.objects.filter(person__in=[kept, merged], left_on=None, is_imported=False)
    rows = list(open_rows.select_for_update(of=["self"]).select_related("family").order_by("-joined_on", "-pk"))
    if len(rows) < 2:
        return [row.family for row in rows]
    goes_on, ends = rows
    if goes_on.family_id == ends.family_id:  # Typed twice in one family.
        stays, goes = sorted(rows, key=lambda row: row.person_id != kept.pk)
        was_head, relationship = goes.is_head, goes.relationship
        is_carer, is_guardian = goes.is_carer or stays.is_carer, goes.is_guardian or stays.is_guardian
        record.drop(goes)
        more = {"is_head": True, "relationship": relationship} if was_head else {}
        record.change(stays, is_carer=is_carer, is_guardian=is_guardian, **more)
        return [stays.family]
    record.change(ends, left_on=max(day, ends.joined_on))
    _next_head(record, ends)
    for row, kind in ((ends, FamilyChangeKind.LEFT), (goes_on, FamilyChangeKind.JOINED)):
        other = goes_on.family if row is ends else ends.family
        event = FamilyChange.objects.create(
            family=row.family, kind=kind, other_family=other, by=by, reason=_("Two files were joined.")
        )
        event.people.set([kept])
    return [goes_on.family, ends.family]


def _next_head(record: Record, ended: FamilyMember) -> None:
    """A family whose head has gone gets the adult who came first."""
    if not ended.is_head:
        return
    left = FamilyMember.objects.filter(family=ended.family_id, left_on=None).select_related("person").order_by("pk")
    day = timezone.localdate()
    adults_first = sorted(left, key=lambda row: row.person.is_minor_on(day) is not False)
    for row in adults_first[:1]:
        record.change(ended, is_head=False)
        record.change(row, is_head=True, relationship=Relationship.HEAD)


def _join_empty_family(record: Record, families: list[Family]) -> None:
    """What hangs on a file that nobody is in any more goes to the other: phones, appointments, notes, agreements."""
    if len(families) < 2 or FamilyMember.objects.filter(family=families[1], left_on=None).exists():
        return
    goes_on, empty = families
    for relation in relations_to(Family):
        record.move(relation, empty, goes_on, leave=True)


def _close_one_case(record: Record, kept: Person, merged: Person, case_of: str) -> None:
    """Both wait for something: what the file says that was chosen goes on."""
    ending = kept if case_of == "merged" else merged
    cases = {row.person_id: row for row in Case.objects.open().filter(person__in=[kept, merged]).select_for_update()}
    if len(cases) == 2:
        record.change(cases[ending.pk], closed_at=timezone.now(), reason=_("Two files were joined."))


def _one_main_process(record: Record, kept: Person, merged: Person, case_of: str) -> str:
    """In a case of both they are once; of two main cases the chosen one goes on. Whose group goes on follows the main case."""
    _once_in_closed_cases(record, kept, merged)
    rows = list(ProcessPerson.objects.current().filter(person__in=[kept, merged]).select_for_update().order_by("pk"))
    mine = {row.process_id: row for row in rows if row.person_id == kept.pk}
    has_main = any(row.is_main for row in mine.values())
    for row in [row for row in rows if row.person_id == merged.pk and row.process_id in mine]:
        rows.remove(row)
        record.drop(row)
        if row.is_main and not has_main:
            record.change(mine[row.process_id], is_main=True)
    main = {row.person_id: row for row in rows if row.is_main}
    if len(main) == 2:
        record.change(main[kept.pk if case_of == "merged" else merged.pk], is_main=False)
        return case_of
    return case_of if not main else "kept" if kept.pk in main else "merged"


def _once_in_closed_cases(record: Record, kept: Person, merged: Person) -> None:
    mine = ProcessPerson.objects.to_the_end().filter(person=kept, left_at__isnull=False).values("process")
    for row in ProcessPerson.objects.to_the_end().filter(person=merged, process__in=mine, left_at__isnull=False):
        record.drop(row)


def _one_number_and_paper(record: Record, kept: Person, merged: Person) -> None:
    """Two A-numbers that differ speak for two people; of two papers of a kind the one that was written later stands."""
    numbers = list(AlienNumber.objects.standing().filter(person__in=[kept, merged]).order_by("pk"))
    if len({row.number_hash for row in numbers}) == 2:
        raise Refused(_("The two files have two different A-numbers. Look at the papers: they may be two people."))
    for number in numbers[:-1]:
        record.change(number, removed_at=timezone.now())
    standing: dict[str, Permit] = {}
    for row in Permit.objects.filter(person__in=[kept, merged], replaced_at=None).order_by("written_at", "pk"):
        if (older := standing.get(row.kind)) is not None:
            record.change(older, replaced_at=timezone.now())
        standing[row.kind] = row


def _one_duty(record: Record, kept: Person, merged: Person) -> None:
    """Of two duties to sign in of one claim the one goes on that comes first: to sign once too often loses nothing."""
    first: dict[int, SignInDuty] = {}
    for duty in SignInDuty.objects.running().filter(person__in=[kept, merged]).order_by("next_on", "pk"):
        if first.setdefault(duty.claim_id, duty) is not duty:
            record.change(duty, ended_at=timezone.now())


def _one_answer(record: Record, kept: Person, merged: Person, by: Staff) -> None:
    """To each purpose and recipient one answer holds: the later one where both say the same. Else only they can say."""
    said: dict[tuple[Any, ...], Consent] = {}
    rows = Consent.objects.filter(person__in=[kept, merged], withdrawn_at=None, purpose__in=OF_EACH_PERSON)
    for row in rows.select_for_update(no_key=True).order_by("at", "pk"):
        key = (row.purpose, row.recipient_organisation_id, row.recipient_name)
        older, said[key] = said.get(key), row
        if older is None:
            continue
        if (older.decision == Decision.REFUSED) != (row.decision == Decision.REFUSED):
            words = _(
                "One file says that they agreed, the other that they did not: %(what)s. Ask them, and write it in both."
            )
            raise Refused(words % {"what": Purpose(row.purpose).label})
        record.change(older, withdrawn_at=timezone.now(), ending=Ending.REPLACED, ended_by=by)
        record.rely_on(row, "withdrawn_at")  # Taken back since, no older answer may come back.
        for grant in ReferralGrant.objects.filter(consent=older, ended_at=None).order_by("pk"):
            record.change(grant, consent=row)


def _one_grant(record: Record, kept: Person, merged: Person) -> None:
    """Twice in one referral: they are seen once, and not at all where one of the two was closed."""
    mine = {row.referral_id: row for row in ReferralGrant.objects.filter(person=kept)}
    now = timezone.now()
    for theirs in ReferralGrant.objects.filter(person=merged, referral__in=mine).order_by("pk"):
        row = mine[theirs.referral_id]
        if theirs.ended_at is None:
            record.change(theirs, ended_at=now, ended_because=GrantEnd.JOINED)
        elif row.ended_at is None:
            record.change(row, ended_at=now, ended_because=theirs.ended_because)


def _one_clock(record: Record, kept: Person, families: list[Family], by: Staff) -> None:
    """The same rule from the same day runs once: the clock of a case goes on, or else the older one."""
    now, day, why = timezone.now(), timezone.localdate(), _("Two files were joined; the other clock goes on.")
    rows = Clock.objects.running().filter(Q(person=kept) | Q(family__in=families, person=None)).select_related("rule")
    going: set[tuple[Any, ...]] = set()
    for clock in sorted(rows, key=lambda row: (row.process_id is None, row.pk)):
        key = (clock.person_id or f"family {clock.family_id}", clock.rule.code, clock.event_on)
        if key in going:
            record.change(clock, state=ClockState.STOPPED, closed_on=day, closed_at=now, closed_by=by, closing_note=why)
        going.add(key)


def _end_needs_of_both(record: Record, kept: Person, merged: Person) -> None:
    known = set(SpecificNeed.objects.filter(person=kept, ended_at=None).values_list("code", flat=True))
    for need in SpecificNeed.objects.filter(person=merged, ended_at=None, code__in=known).order_by("pk"):
        record.change(need, ended_at=timezone.now())


def _close_one_alert(record: Record, kept: Person, merged: Person, by: Staff) -> None:
    """One child, one alert: the one of which the office was told goes on."""
    alerts = list(ChildAlert.objects.open().filter(person__in=[kept, merged]))
    if len(alerts) == 2:
        ends = min(alerts, key=lambda alert: (alert.notified_at is not None, alert.person_id == kept.pk))
        now, why = timezone.now(), _("Two files were joined; the other alert goes on.")
        record.change(ends, closed_at=now, closed_by=by, closing_reason=why)


def _join_facts(record: Record, kept: Person, merged: Person, chosen: dict[str, str]) -> None:
    """What the file that stays says; its gaps, and what was chosen, from the other one. Another name is kept as such."""
    values: dict[str, Any] = {}
    for name in FACTS:
        theirs = getattr(merged, name)
        if theirs and (chosen.get(name) == "merged" or not getattr(kept, name)):
            values[name] = str(theirs) if name == "nationality" else theirs
    if "born_on" in values:
        values["birth_precision"] = merged.birth_precision
    for name in LISTS:
        values[name] = list(dict.fromkeys([*getattr(kept, name), *getattr(merged, name)]))
    before = [kept.full_name, *kept.aliases, merged.full_name, *merged.aliases]
    first = values.get("nationality", str(kept.nationality))
    others = [*values["other_nationalities"], str(kept.nationality), str(merged.nationality)]
    values["other_nationalities"] = [code for code in dict.fromkeys(others) if code and code != first]
    now_called = " ".join(
        part
        for name in ("given_names", "first_surname", "second_surname")
        if (part := values.get(name, getattr(kept, name)))
    )
    values["other_names"] = "\n".join(dict.fromkeys(name for name in before if name != now_called))
    record.change(kept, **values)
    Person.objects.filter(pk=kept.pk).update(compared_at=None)


def clashes(kept: Person, merged: Person) -> list[str]:
    """The facts that both files know and say differently."""
    return [
        name
        for name in FACTS
        if getattr(kept, name) and getattr(merged, name) and getattr(kept, name) != getattr(merged, name)
    ]


# --- Putting back ------------------------------------------------------------------------------------------------------


def put_back(merge: Merge) -> None:
    """Everything as it was before. Refused where a value that the joining changed was changed again since."""
    _check_unchanged(merge)
    try:
        with transaction.atomic():
            for label, name, ids, old in reversed(merge.changed["moved"]):
                model = apps.get_model(label)
                model._default_manager.filter(pk__in=ids).update(**{name: old})
            for label, pk, values in reversed(merge.changed["changed"]):
                model = apps.get_model(label)
                before = {name: _read(model, name, old) for name, (old, _new) in values.items()}
                model._default_manager.filter(pk=pk).update(**before)
            for label, values in reversed(merge.changed["dropped"]):
                model = apps.get_model(label)
                model(**{name: _read(model, name, value) for name, value in values.items()}).save(force_insert=True)
    except IntegrityError as error:
        raise Refused(
            _("Something took the place of what was joined meanwhile, and it cannot be put back. Correct it by hand.")
        ) from error


def _check_unchanged(merge: Merge) -> None:
    after: dict[tuple[str, int], dict[str, Any]] = {}
    for label, pk, values in merge.changed["changed"]:
        after.setdefault((label, pk), {}).update({name: new for name, (_old, new) in values.items()})
    for (label, pk), values in after.items():
        model = apps.get_model(label)
        row = model._default_manager.filter(pk=pk).first()
        if row is None or any(plain(getattr(row, name)) != value for name, value in values.items()):
            raise Refused(
                _("This was changed since the files were joined: %(what)s. It cannot be put back by itself any more.")
                % {"what": model._meta.verbose_name}
            )


def _read(model: type[models.Model], column: str, value: Any) -> Any:
    """What JSON kept of a column, as the column has it."""
    named: Any = next(one for one in model._meta.concrete_fields if one.attname == column)
    return value if value is None or named.is_relation else named.to_python(value)
