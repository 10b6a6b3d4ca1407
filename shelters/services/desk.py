"""What every act of the desk shares: the lock, what stands in the way of a bed, and the sentences for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import ChildAlert, Family, FamilyMember, Person, SpecificNeed, whole_years
from ngo.errors import Refused
from ngo.models import Staff
from ngo.permissions import Permission, may
from shelters import nights
from shelters.models import (
    PROMISED,
    TAKEN,
    Act,
    Bed,
    ClosureKind,
    Opening,
    Placement,
    PlacementState,
    Shelter,
    ShelterState,
    Space,
    Stay,
)
from shelters.services.rules import (
    Guest,
    Makeup,
    Problem,
    Sleeper,
    bed_problems,
    cleaning_problems,
    makeup_of,
    safety_problems,
    space_problems,
)

JUST_TAKEN_IN = timedelta(hours=1)  # Who takes a family in knows its names anyway.
CLOCK_SLACK = timedelta(minutes=5)  # A desk's clock may be a little ahead of ours.


@dataclass(frozen=True)
class Place:
    """Where one person is to sleep: a space, and a bed in it or none (on the floor, on a mat that is not recorded)."""

    space_id: int
    bed_id: int | None = None


def lock(shelter: Shelter, by: Staff) -> Shelter:
    """Take the shelter for this transaction. A second desk waits here, then sees what this one did.

    Raises Refused where the person does not work in the shelter's organisation now.
    """
    locked = Shelter.objects.select_for_update(no_key=True).get(pk=shelter.pk)
    if by.organisation is None or locked.organisation_id != by.organisation.pk:
        raise Refused(_("This shelter belongs to another organisation."))
    return locked


def when(happened_at: datetime | None) -> datetime:
    """The moment of an act: now, or the moment that was on the paper. Raises Refused for the future."""
    now = timezone.now()
    if happened_at is None:
        return now
    if happened_at > now + CLOCK_SLACK:
        raise Refused(_("That moment has not come yet. Write when it really happened."))
    return min(happened_at, now)


def check_opening(shelter: Shelter, at: datetime) -> list[Problem]:
    """Whether the shelter takes people in at an instant."""
    states = ShelterState.objects.filter(shelter=shelter, period__contains=at).order_by()
    state = next(iter(states.values_list("state", flat=True)), Opening.OPEN)
    if state == Opening.OPEN:
        return []
    if state == Opening.CLOSED:
        sentence = _("%(shelter)s is closed. Choose another house, or ask the coordinator to open it.")
        return [Problem(sentence % {"shelter": shelter.name}, True)]
    return [Problem(_("%(shelter)s is not taking anyone in at the moment.") % {"shelter": shelter.name})]


def check_spaces_are_open(spaces: Iterable[Space], night: date) -> None:
    """Refuse a space that is closed on a night: nobody sleeps there, nor on its floor."""
    for space in Space.objects.filter(pk__in=[space.pk for space in spaces]).with_closure(night):
        check_is_open(space)


def check_is_open(space: Any) -> None:
    """The same for one that was read `with_closure`."""
    if space.closed_kind is not None:
        raise Refused(
            _("%(space)s is closed (%(why)s). Choose another space, or reopen it first.")
            % {"space": space.name, "why": ClosureKind(space.closed_kind).label}
        )


def release_expired_holds(beds: Iterable[int], at: datetime) -> None:
    """Whoever takes a bed first frees it of the holds that have run out, in the same transaction."""
    Placement.objects.expired_holds(at).filter(bed_id__in=beds).update(state=PlacementState.EXPIRED)


def release_holds_of(family: Family, shelter: Shelter, beds: Iterable[int]) -> list[int]:
    """Release the holds of a family on some beds. The ids, so that it can be undone."""
    holds = Placement.objects.filter(shelter=shelter, family=family, state=PlacementState.HELD, bed__in=list(beds))
    return _release(holds.values_list("pk", flat=True))


def release_holds_for(
    family: Family, shelter: Shelter, places: Iterable[Place], planned: DateTimeTZRange, *, are_all: bool
) -> list[int]:
    """Release what was held for those of a family who come now. The ids, so that it can be undone.

    Of what is held for tonight: the beds that they take, and as many other places as they are; all of it where nobody of the
    family is still to come (`are_all`). What is held for a later night stays, except a bed that they take until then.
    """
    places, now = list(places), timezone.now()
    end = nights.noon_of(shelter, nights.tonight(shelter, now) + nights.ONE_DAY)
    held = Placement.objects.filter(shelter=shelter, family=family, state=PlacementState.HELD)
    rows = list(held.select_related("space").order_by("planned", "pk"))
    beds = {place.bed_id for place in places if place.bed_id}
    used = [row for row in rows if row.bed_id in beds and _meet(row.planned, planned)]
    tonight = [row for row in rows if row not in used and row.planned.lower < end]
    used += [row for row in tonight if row.hold_expires_at and row.hold_expires_at <= now]
    rest = [row for row in tonight if row not in used]
    if not are_all:
        spaces = {place.space_id for place in places}
        rest.sort(key=lambda row: (row.bed_id is not None, row.space_id not in spaces, row.space_id is None))
        rest = rest[: max(0, len(places) - sum(row.planned.lower < end for row in used))]
    return _release(row.pk for row in [*used, *rest])


def _meet(one: Any, other: Any) -> bool:
    return (one.upper is None or one.upper > other.lower) and (other.upper is None or one.lower < other.upper)


def _release(ids: Iterable[int]) -> list[int]:
    ids = list(ids)
    Placement.objects.filter(pk__in=ids).update(state=PlacementState.RELEASED)
    return ids


def promised(shelter: Shelter, start: datetime, expected_departure_on: Any) -> DateTimeTZRange:
    """From a moment until the noon of the expected departure, or without end. Raises Refused where that is before it."""
    if expected_departure_on is None:
        return DateTimeTZRange(start, None)
    end = nights.noon_of(shelter, expected_departure_on)
    if end <= start:
        raise Refused(_("The departure must be after the arrival."))
    return DateTimeTZRange(start, end)


def free_beds_left(space: Space, at: datetime) -> int:
    """How many regular and surge beds of a space nobody has or holds at an instant."""
    night = nights.night_of(space.shelter, at)
    busy = Placement.objects.filter(space=space, bed__isnull=False)
    taken = busy.taken_at(at).values("bed")
    held = busy.holds_in_force(at).filter(planned__contains=at).values("bed")
    return Bed.objects.filter(space=space).usable(night).exclude(pk__in=taken).exclude(pk__in=held).count()


def check_beds_are_free(beds: list[Bed], planned: DateTimeTZRange, *, ignoring: Iterable[int] = ()) -> None:
    """Refuse a bed that someone has, that is held, promised for a part of the time, or out of service.

    Call it under the shelter's lock, after the expired holds were released, with beds read `with_service` and `with_end` of
    the night on which `planned` begins. `ignoring` are placements that are about to end: people of one family may take each
    other's beds.
    """
    start = planned.lower
    if not beds:
        return
    promised = Q(state__in=PROMISED, planned__overlap=planned)
    someone_is_in_it = Q(state__in=TAKEN, actual__overlap=DateTimeTZRange(start, None))
    busy = Placement.objects.filter(promised | someone_is_in_it, bed__in=beds).exclude(pk__in=list(ignoring))
    busy = busy.annotate(is_taken=ExpressionWrapper(someone_is_in_it, output_field=BooleanField()))
    busy = busy.only("bed", "state", "actual", "planned", "hold_expires_at").order_by("is_taken", "-planned")
    in_the_way = {row.bed_id: row for row in busy}
    for bed in beds:
        if not bed.is_in_service or bed.out_reason is not None:  # type: ignore[attr-defined]
            raise Refused(_("Bed %(bed)s is out of service. Choose another one.") % {"bed": bed.label})
        if bed.stood_in != bed.space_id:  # type: ignore[attr-defined]
            raise Refused(
                _("Bed %(bed)s stood in another space that night. Choose another bed, or a moment since it is here.")
                % {"bed": bed.label}
            )
        if row := in_the_way.get(bed.pk):
            raise Refused(_why_not_free(bed, row, start))
        check_bed_stays(bed, planned)


def check_bed_stays(bed: Any, planned: DateTimeTZRange) -> None:
    """Refuse a bed (`with_end` of the night on which `planned` begins) that goes out of service while it is promised.

    Where the beginning is typed in later, also one that has gone out since.
    """
    shelter, gone_on = bed.space.shelter, bed.gone_on
    if gone_on is None:
        return
    if gone_on <= nights.tonight(shelter):
        raise Refused(
            _("Bed %(bed)s is out of service since %(day)s. Choose another one.")
            % {"bed": bed.label, "day": date_format(gone_on, "SHORT_DATE_FORMAT")}
        )
    until = nights.first_untouched(shelter, planned.lower, planned.upper)
    if until is None or gone_on < until:
        raise Refused(
            _(
                "Bed %(bed)s is out of service from %(day)s on. Give a departure on or before that day, or choose another bed."
            )
            % {"bed": bed.label, "day": date_format(gone_on, "SHORT_DATE_FORMAT")}
        )


def ends_of(space: Any, bed: Any) -> list[Problem]:
    """What must be said of a place that goes out of service later: the day by which whoever gets it must leave it."""
    closes_on, gone_on = getattr(space, "closes_on", None), getattr(bed, "gone_on", None)
    if closes_on is not None and (gone_on is None or closes_on <= gone_on):
        words = {"space": space.name, "day": date_format(closes_on, "SHORT_DATE_FORMAT")}
        return [Problem(_("%(space)s closes on %(day)s: write a departure by then.") % words)]
    if gone_on is not None:
        words = {"bed": bed.label, "day": date_format(gone_on, "SHORT_DATE_FORMAT")}
        return [Problem(_("Bed %(bed)s is out of service from %(day)s on: write a departure by then.") % words)]
    return []


def check_space_stays_open(space: Any, planned: DateTimeTZRange) -> None:
    """The same for a space (`with_closing`) that closes while a place in it is promised, with or without a bed."""
    until = nights.first_untouched(space.shelter, planned.lower, planned.upper)
    if space.closes_on is not None and (until is None or space.closes_on < until):
        raise Refused(
            _("%(space)s closes on %(day)s. Give a departure on or before that day, or choose another space.")
            % {"space": space.name, "day": date_format(space.closes_on, "SHORT_DATE_FORMAT")}
        )


def _why_not_free(bed: Bed, row: Placement, start: datetime) -> str:
    shelter = bed.space.shelter
    if row.state != PlacementState.HELD and start < timezone.now() - CLOCK_SLACK:
        return _why_not_then(bed, row, start)
    if row.state != PlacementState.HELD:
        left = free_beds_left(bed.space, start)
        return ngettext(
            "Someone has just taken bed %(bed)s. %(left)d is left in %(space)s.",
            "Someone has just taken bed %(bed)s. %(left)d are left in %(space)s.",
            left,
        ) % {"bed": bed.label, "left": left, "space": bed.space.name}
    if row.planned.lower > start:
        day = nights.local(shelter, row.planned.lower).date()
        return _(
            "Bed %(bed)s is promised from %(day)s on. Give a departure on or before that day, or choose another bed."
        ) % {
            "bed": bed.label,
            "day": day.isoformat(),
        }
    until = nights.local(shelter, row.hold_expires_at or row.planned.upper).strftime("%H:%M")
    return _("Bed %(bed)s is held until %(time)s. Choose another one, or release the hold.") % {
        "bed": bed.label,
        "time": until,
    }


def _why_not_then(bed: Bed, row: Placement, start: datetime) -> str:
    """The same for a moment that is over: how many beds were left then helps nobody."""
    since = nights.local(bed.space.shelter, row.actual.lower or start)
    words = {"bed": bed.label, "day": date_format(since, "SHORT_DATE_FORMAT"), "time": f"{since:%H:%M}"}
    if row.actual.lower is None or row.actual.lower <= start:
        return _("Someone else was in bed %(bed)s at that moment. Choose another one.") % words
    return (
        _(
            "Bed %(bed)s was given to someone else on %(day)s at %(time)s. Choose the bed that they have now; "
            "who has left again is written without a bed, and then their departure."
        )
        % words
    )


def word_for(person: Person, family: Family | None, by: Staff | None) -> str:
    """What a sentence may call someone: their name for who may read it, or took the family in just now; else initials."""
    mine = (
        by is not None
        and family is not None
        and family.registered_by_id == by.pk
        and family.recorded_at > timezone.now() - JUST_TAKEN_IN
    )
    return person.called if by is None or mine or may(by, Permission.VIEW_NAMES) else person.initials


def guests(
    people: Iterable[Person],
    family: Family | None,
    at: datetime,
    shelter: Shelter,
    by: Staff | None = None,
    *,
    staying: Iterable[Stay] | None = None,
) -> dict[int, Guest]:
    """What the rules need to know of these people, who are placed or moved, by person id. Three queries at most.

    A minor is alone where no adult of the family is in the house or comes with them now. `staying` are the family's stays
    that go on, with their people, where the caller has them.
    """
    return guests_in(people, family, at, [shelter], by, staying=staying)[shelter.pk]


def guests_in(
    people: Iterable[Person],
    family: Family | None,
    at: datetime,
    shelters: Iterable[Shelter],
    by: Staff | None = None,
    *,
    staying: Iterable[Stay] | None = None,
) -> dict[int, dict[int, Guest]]:
    """The same for several shelters, by shelter id and person id: with as many queries as for one."""
    people = list(people)
    needs: dict[int, set[str]] = {}
    for person_id, code in SpecificNeed.objects.filter(person__in=people, ended_at=None).values_list(
        "person_id", "code"
    ):
        needs.setdefault(person_id, set()).add(code)
    alerts = {alert.person_id: alert for alert in ChildAlert.objects.open().filter(person__in=people)}
    words = {person.pk: word_for(person, family, by) for person in people}
    if staying is None:
        staying = Stay.objects.current().filter(family=family).select_related("person") if family else []
    here: dict[int, list[Person]] = {}
    for stay in staying:
        here.setdefault(stay.shelter_id, []).append(stay.person)
    found = {}
    for shelter in shelters:
        today = nights.local(shelter, at).date()
        together = [*people, *here.get(shelter.pk, [])]
        no_adult = not any(person.is_minor_on(today) is False for person in together)
        found[shelter.pk] = {
            person.pk: Guest(
                person=person,
                word=words[person.pk],
                age=person.age_on(today),
                needs=frozenset(needs.get(person.pk, ())),
                is_child_alone=person.pk in alerts or (no_adult and person.is_minor_on(today) is True),
                notice_given=person.pk in alerts and alerts[person.pk].notified_at is not None,
                family_id=family.pk if family else None,
            )
            for person in people
        }
    return found


def sleepers(
    shelter: Shelter, at: datetime, *, among: tuple[Iterable[int], Family | None] | None = None
) -> list[Sleeper]:
    """Everyone who has had a place in the shelter from an instant until now, for the rules. One query.

    Not only at the instant: an act that is typed in later must not put an adult beside a child who came meanwhile.
    `among` says that those in some spaces (ids) and those of one family are enough.
    """
    return sleepers_of([shelter], at, among=among)[shelter.pk]


def sleepers_of(
    shelters: Iterable[Shelter], at: datetime, *, among: tuple[Iterable[int], Family | None] | None = None
) -> dict[int, list[Sleeper]]:
    """The same for several shelters, by shelter id: with as many queries as for one."""
    today = {shelter.pk: nights.local(shelter, at).date() for shelter in shelters}
    now = timezone.now()
    since = DateTimeTZRange(min(at, now), now, "[]")
    lately = Stay.objects.filter(shelter__in=today).valid()
    lately = lately.filter(Q(departed_at=None) | Q(departed_at__gte=since.lower))
    rows = Placement.objects.filter(shelter__in=today, state__in=TAKEN, actual__overlap=since, stay__in=lately)
    rows = rows.filter(space__isnull=False, person__isnull=False)
    if among is not None:
        there = Q(space__in=list(among[0]))
        rows = rows.filter(there | Q(family=among[1]) if among[1] else there)
    rows = rows.annotate(alone=Exists(ChildAlert.objects.open().filter(person=OuterRef("person"))))
    found: dict[int, list[Sleeper]] = {shelter_id: [] for shelter_id in today}
    facts = rows.values_list(
        "shelter", "person", "space", "family", "state", "planned__endswith", "person__born_on", "alone"
    )
    for shelter_id, person_id, space_id, family_id, state, until, born_on, alone in facts:
        age, is_here = whole_years(born_on, today[shelter_id]), state == PlacementState.IN
        who = Sleeper(person_id, space_id, family_id, age, alone, until, is_here)
        found[shelter_id].append(who)
    return found


def makeup(family: Family, at: datetime, shelter: Shelter) -> Makeup:
    """What the rules ask of a family as a whole, on the day of an instant. One query."""
    return makeup_on(members_of(family), at, shelter)


def makeup_on(members: Iterable[FamilyMember], at: datetime, shelter: Shelter) -> Makeup:
    """The same of members who are known."""
    today = nights.local(shelter, at).date()
    return makeup_of([(row.person, row.person.age_on(today)) for row in members])


def members_of(family: Family | None) -> list[FamilyMember]:
    """Who belongs to a family now, with their people; nobody where there is none. One query."""
    return list(family.members.filter(left_on=None).select_related("person")) if family else []


def problems_of(guest: Guest, space: Space, bed: Bed | None, others: list[Sleeper], family: Makeup) -> list[Problem]:
    """Every rule that one place goes against for one person."""
    strangers = [other for other in others if other.space_id == space.pk and is_stranger(guest, other)]
    return [
        *safety_problems(guest, space, strangers),
        *space_problems(guest, space, strangers, family),
        *bed_problems(guest, bed),
        *cleaning_problems(bed),
    ]


def is_stranger(guest: Guest, other: Sleeper) -> bool:
    """Whether someone is not of the guest's family: two people of whom no family is known are not of one family."""
    return other.person_id != guest.person.pk and (guest.family_id is None or other.family_id != guest.family_id)


def check_fire_limits(spaces: Iterable[Space], others: list[Sleeper], arriving: dict[int, int]) -> None:
    """Refuse to put more people in a space than its fire limit, where the shelter set one."""
    for space in spaces:
        there = sum(other.space_id == space.pk and other.is_here for other in others) + arriving.get(space.pk, 0)
        if space.fire_limit is not None and there > space.fire_limit:
            raise Refused(
                _(
                    "%(space)s may hold %(limit)d people because of fire. With these it would be %(there)d. Choose another space."
                )
                % {"space": space.name, "limit": space.fire_limit, "there": there}
            )


def refuse_or_bend(problems: list[Problem], reason: str) -> None:
    """Stop at what is hard; stop at what bends unless a reason is written."""
    hard = list(dict.fromkeys(problem.sentence for problem in problems if problem.is_hard))
    if hard:
        raise Refused(" ".join(hard))
    soft = list(dict.fromkeys(problem.sentence for problem in problems))
    if soft and not reason.strip():
        raise Refused(" ".join([*soft, _("To go on anyway, write the reason.")]), overridable=True)


def record(*, kind: str, shelter: Shelter, family: Family | None, at: datetime, by: Staff, **changed: Any) -> Act:
    """Write what the desk did, so that it can be undone and still be seen."""
    return Act.objects.create(shelter=shelter, family=family, kind=kind, happened_at=at, by=by, changed=changed)


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that refused."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""


def is_about_the_person(error: IntegrityError) -> bool:
    """Whether the database refused because someone would be in two places, rather than a bed having two people."""
    return constraint_of(error) in {"one_bed_per_person", "one_stay_of_a_person_at_a_time"}


def sentence_for(error: IntegrityError) -> str:
    """The sentence for a rule that the database itself kept."""
    return {
        "one_person_per_bed": _("Someone has just taken one of these beds. Look at the board and choose again."),
        "a_bed_is_promised_once": _("One of these beds is promised to someone else for a part of that time."),
        "one_bed_per_person": _("One of these people already has a place at that time."),
        "one_stay_of_a_person_at_a_time": _("One of these people is already in a shelter at that time."),
    }.get(constraint_of(error)) or _("The beds have changed meanwhile. Look at the board and try again.")
