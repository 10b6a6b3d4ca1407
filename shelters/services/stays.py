"""Check in, move, check out, extend. All or nothing: every act is one transaction under the shelter's lock.

The lock is courtesy (the second desk gets a sentence), the constraints are safety (a bed can never be shared).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.utils.translation import gettext as _

from cases.models import ADULT_AT, Family, FamilyMember, Person
from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import Act, ActKind, Bed, Placement, PlacementState, Shelter, Space, Stay
from shelters.services import arrivals, cleaning, departures, desk, limits, promises, waiting
from shelters.services.composition import composition_of
from shelters.services.desk import Place
from shelters.services.rules import Guest, Sleeper, apart_problems, makeup_of

NOTHING_ASKED = departures.Facts()


@transaction.atomic
def check_in_family(
    *,
    family: Family,
    shelter: Shelter,
    places: dict[int, Place],
    by: Staff,
    happened_at: datetime | None = None,
    expected_departure_on: date | None = None,
    reason: str = "",
    clean_now: bool = False,
) -> Act:
    """Give the members named in `places` (person id → place) a bed or a spot on the floor, or give none of them one.

    Raises Refused with a sentence for the desk; `overridable` where a reason lets it through. `clean_now`: whoever gives
    the beds says that they have been cleaned.
    """
    family = Family.objects.select_for_update(no_key=True).get(pk=family.pk)
    shelter = desk.lock(shelter, by)
    if family.organisation_id != shelter.organisation_id:
        raise Refused(_("This family is in another organisation's care."))
    at = desk.when(happened_at)
    planned = desk.promised(shelter, at, expected_departure_on)
    limits.refuse_beyond(shelter, at, expected_departure_on)
    members = desk.members_of(family)
    staying = _check_who_comes(family, members, places, by)
    spaces, beds = _spaces_and_beds(shelter, places, at)
    _check_each_bed_is_given_once(places, beds)
    if clean_now:
        cleaning.clean_now(beds.values(), by)
    here = {stay.person_id for stay in staying} | set(places)
    are_all = all(row.person_id in here for row in members)
    released = desk.release_holds_for(family, shelter, places.values(), planned, are_all=are_all)
    desk.release_expired_holds(beds, at)
    before = promises.begin(shelter, desk.when(None))
    desk.check_beds_are_free(list(beds.values()), planned)
    for space in spaces.values():
        desk.check_space_stays_open(space, planned)
    people = sorted((row.person for row in members if row.person_id in places), key=lambda person: person.pk)
    known = desk.guests(people, family, at, shelter, by, staying=staying)
    problems = _problems(family, known, members, places, spaces, beds, shelter, at, by)
    elsewhere = arrivals.claims_elsewhere(people, shelter)
    problems = desk.check_opening(shelter, at) + problems + arrivals.problems_of_arriving(elsewhere)
    desk.refuse_or_bend(problems, reason)
    why, facts = reason if problems else "", composition_of(known.values(), members)
    try:
        stays = Stay.objects.bulk_create(
            Stay(
                shelter=shelter,
                person=person,
                family=family,
                arrived_at=at,
                expected_departure_on=expected_departure_on,
                recorded_by=by,
            )
            for person in people
        )
        opened = Placement.objects.bulk_create(
            _placement(stay, places[stay.person_id], planned, by, why, facts) for stay in stays
        )
    except IntegrityError as error:  # The whole act is undone: there is nothing to save up to here.
        raise Refused(desk.sentence_for(error)) from error
    promises.check_kept(shelter, before, desk.when(None))
    uncleaned = cleaning.slept_in_as_they_are(beds.values())
    waited = waiting.close_for(family, shelter, by)
    tasks = arrivals.follow_arrival(people, shelter, elsewhere, at, by)
    return desk.record(
        kind=ActKind.CHECK_IN,
        shelter=shelter,
        family=family,
        at=at,
        by=by,
        stays=[stay.pk for stay in stays],
        opened=[row.pk for row in opened],
        released=released,
        uncleaned=uncleaned,
        waited=waited,
        tasks=tasks,
    )


def move(
    *,
    stay: Stay,
    space: Space,
    bed: Bed | None,
    by: Staff,
    happened_at: datetime | None = None,
    reason: str = "",
) -> Act:
    """Close the place that someone has and open another in the same shelter."""
    place = Place(space.pk, bed.pk if bed else None)
    return move_together(moves={stay: place}, by=by, happened_at=happened_at, reason=reason)


@transaction.atomic
def move_together(
    *,
    moves: dict[Stay, Place],
    by: Staff,
    happened_at: datetime | None = None,
    reason: str = "",
    clean_now: bool = False,
) -> Act:
    """Move several people of one family in one act, all or none: they may take each other's beds.

    Who keeps their place may be named too; refused where nobody moves.
    """
    stays = sorted(moves, key=lambda stay: stay.pk)
    if not stays:
        raise Refused(_("Choose who moves."))
    if len({(stay.shelter_id, stay.family_id or f"alone {stay.pk}") for stay in stays}) > 1:
        raise Refused(_("These people are in different shelters or families. Move them one by one."))
    shelter = desk.lock(stays[0].shelter, by)
    at = desk.when(happened_at)
    moving = []
    for stay in stays:
        fresh, place = _stay_that_goes_on(stay, at, by), moves[stay]
        old = _place_now(fresh)
        if old is None or (old.space_id, old.bed_id) != (place.space_id, place.bed_id):
            moving.append((fresh, old, place))
    if not moving and len(stays) == 1:
        raise Refused(_("%(name)s is already there.") % {"name": desk.word_for(stays[0].person, stays[0].family, by)})
    if not moving:
        raise Refused(_("They are all there already. Choose another place for someone."))
    family, places = moving[0][0].family, {stay.person_id: place for stay, _old, place in moving}
    spaces, beds = _spaces_and_beds(shelter, places, at)
    _check_each_bed_is_given_once(places, beds)
    desk.release_expired_holds(beds, at)
    if clean_now:
        cleaning.clean_now(beds.values(), by)
    released = desk.release_holds_of(family, shelter, beds) if family else []
    before = promises.begin(shelter, desk.when(None))
    theirs = [old.pk for _stay, old, _place in moving if old]
    planned = {stay.pk: _promised_on(stay, shelter, at) for stay, _old, _place in moving}
    for stay, _old, place in moving:
        wanted = [beds[place.bed_id]] if place.bed_id else []
        desk.check_beds_are_free(wanted, planned[stay.pk], ignoring=theirs)
        desk.check_space_stays_open(spaces[place.space_id], planned[stay.pk])
    people, members = [stay.person for stay, _old, _place in moving], desk.members_of(family)
    known = desk.guests(people, family, at, shelter, by)
    problems = _problems(family, known, members, places, spaces, beds, shelter, at, by)
    desk.refuse_or_bend(problems, reason)
    why, facts = reason if problems else "", composition_of(known.values(), members)
    try:
        with transaction.atomic():
            closed = [row for _stay, old, _place in moving if old for row in _close(old, at)]
            opened = Placement.objects.bulk_create(
                _placement(stay, place, planned[stay.pk], by, why, facts) for stay, _old, place in moving
            )
    except IntegrityError as error:
        raise Refused(desk.sentence_for(error)) from error
    promises.check_kept(shelter, before, desk.when(None))
    uncleaned = cleaning.slept_in_as_they_are(beds.values())
    swapped = {old.pk for _stay, old, _place in moving if old and old.bed_id in beds}
    left = [row for row in closed if row[0] not in swapped]
    cleaning.after_departure(shelter, left, at, slept_only=True)
    changed = {
        "uncleaned": uncleaned,
        "stays": [stay.pk for stay, _old, _place in moving],
        "opened": [row.pk for row in opened],
        "closed": closed,
        "released": released,
    }
    return desk.record(kind=ActKind.MOVE, shelter=shelter, family=family, at=at, by=by, **changed)


@transaction.atomic
def check_out(
    *,
    stays: Iterable[Stay],
    by: Staff,
    exit_reason: str,
    destination: str = "",
    happened_at: datetime | None = None,
    facts: departures.Facts = NOTHING_ASKED,
    although_seen: bool = False,
) -> Act:
    """End the stays of one person or of a whole family in one shelter, all or none.

    `destination` is the place in words; where to by the list, and what of theirs stays, are in `facts`. Raises Refused
    (overridable: `although_seen`) where the roll-call or the door saw one of them after the moment that is written.
    """
    stays = list(stays)
    if not stays:
        raise Refused(_("Choose who leaves."))
    if len({stay.shelter_id for stay in stays}) > 1:
        raise Refused(_("These people are in different shelters. Check them out one shelter at a time."))
    shelter = desk.lock(stays[0].shelter, by)
    at = desk.when(happened_at)
    departures.check(facts, shelter, at)
    if happened_at is not None and not although_seen:
        departures.ask_if_seen_since(stays, shelter, at, by)
    closed = []
    for stay in [_stay_that_goes_on(stay, at, by) for stay in sorted(stays, key=lambda stay: stay.pk)]:
        if old := _place_now(stay):
            closed += _close(old, at)
        stay.departed_at, stay.exit_reason, stay.destination = at, exit_reason, destination.strip()
        stay.save(update_fields=["departed_at", "exit_reason", "destination"])
    cleaning.after_departure(shelter, closed, at)
    alerts = departures.raise_alerts_for_children_left(stays[0].family, shelter, at, by)
    changed = {"stays": sorted(stay.pk for stay in stays), "closed": closed, "alerts": alerts}
    act = desk.record(kind=ActKind.CHECK_OUT, shelter=shelter, family=stays[0].family, at=at, by=by, **changed)
    departures.write(act, stays, facts)
    return act


@transaction.atomic
def check_out_many(*, stays: Iterable[Stay], by: Staff, **what: Any) -> list[Act]:
    """End the stays of people of several families in one shelter, all or none: one act a family, so that each is undone alone.

    `what` as in `check_out`. Raises Refused where one of them cannot leave; then nobody has left.
    """
    together: dict[tuple[str, int], list[Stay]] = {}
    for stay in sorted(stays, key=lambda stay: stay.pk):
        key = ("family", stay.family_id) if stay.family_id else ("stay", stay.pk)
        together.setdefault(key, []).append(stay)
    if not together:
        raise Refused(_("Choose who leaves."))
    if len({stay.shelter_id for group in together.values() for stay in group}) > 1:
        raise Refused(_("These people are in different shelters. Check them out one shelter at a time."))
    return [check_out(stays=group, by=by, **what) for group in together.values()]


@transaction.atomic
def extend_stays(*, stays: Iterable[Stay], expected_departure_on: date | None, by: Staff) -> list[Act]:
    """Change the day on which one person or a whole family is expected to leave, for all or for none.

    One act a family; none where all of it was to leave on that day already.
    """
    acts: dict[Any, tuple[Stay, list[list[Any]]]] = {}
    for stay in sorted(stays, key=lambda stay: stay.pk):
        before, fresh = _extend(stay, expected_departure_on, by)
        if before != expected_departure_on:
            key = (fresh.shelter_id, fresh.family_id or f"alone {fresh.pk}")
            acts.setdefault(key, (fresh, []))[1].append([fresh.pk, _iso(before), _iso(expected_departure_on)])
    return [_record_until(stay, changed, by) for stay, changed in acts.values()]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _record_until(stay: Stay, changed: list[list[Any]], by: Staff) -> Act:
    what: dict[str, Any] = {"stays": [row[0] for row in changed], "until": changed}
    now = desk.when(None)
    return desk.record(kind=ActKind.UNTIL, shelter=stay.shelter, family=stay.family, at=now, by=by, **what)


@transaction.atomic
def extend_stay(*, stay: Stay, expected_departure_on: date | None, by: Staff, beyond_limit: bool = False) -> Stay:
    """Change the day on which someone is expected to leave; refused where the bed is promised to another by then.

    A day after the longest stay of the house needs an approved extension (services/extensions.py), which comes `beyond_limit`:
    its row is the record, and taking the approval back undoes it. Any other change is an act of the desk.
    """
    before, fresh = _extend(stay, expected_departure_on, by, beyond_limit)
    if before != expected_departure_on and not beyond_limit:
        _record_until(fresh, [[fresh.pk, _iso(before), _iso(expected_departure_on)]], by)
    return fresh


def _extend(
    stay: Stay, expected_departure_on: date | None, by: Staff, beyond_limit: bool = False
) -> tuple[date | None, Stay]:
    """The day that stood before, and the stay as it is then."""
    shelter = desk.lock(stay.shelter, by)
    at = desk.when(None)
    stay = _stay_that_goes_on(stay, at, by)
    if not beyond_limit:
        limits.refuse_beyond(shelter, stay.arrived_at, expected_departure_on, limits.extended_to(stay))
    planned = desk.promised(shelter, at, expected_departure_on)
    place = _place_now(stay)
    if place is not None:
        _check_it_is_there_longer(place, shelter, planned)
        if place.bed_id:
            desk.release_expired_holds([place.bed_id], at)
        place.planned = DateTimeTZRange(place.planned.lower, planned.upper)
        before = promises.begin(shelter, at)
        try:
            with transaction.atomic():
                place.save(update_fields=["planned"])
        except IntegrityError as error:
            raise Refused(desk.sentence_for(error)) from error
        promises.check_kept(shelter, before, at)
    before_on, stay.expected_departure_on = stay.expected_departure_on, expected_departure_on
    stay.save(update_fields=["expected_departure_on"])
    return before_on, stay


def put_back_departure(*, stay: Stay, expected_departure_on: date | None) -> None:
    """Give a stay its old day back, under the shelter's lock; where that is over, the bed is promised without end."""
    stay.expected_departure_on = expected_departure_on
    stay.save(update_fields=["expected_departure_on"])
    if place := _place_now(stay):
        planned = _promised_on(stay, stay.shelter, desk.when(None))
        _check_it_is_there_longer(place, stay.shelter, planned)
        if place.bed_id:
            desk.release_expired_holds([place.bed_id], desk.when(None))
        place.planned = DateTimeTZRange(place.planned.lower, planned.upper)
        try:
            with transaction.atomic():
                place.save(update_fields=["planned"])
        except IntegrityError as error:
            raise Refused(desk.sentence_for(error)) from error


def _check_who_comes(family: Family, members: list[FamilyMember], places: dict[int, Place], by: Staff) -> list[Stay]:
    """Refused where someone is not of the family, or is in a house already. The stays of those of the family who are."""
    if not places or set(places) - {row.person_id for row in members}:
        raise Refused(_("Choose a place for people of this family."))
    theirs = Stay.objects.current().filter(Q(family=family) | Q(person__in=places)).select_related("person")
    staying = sorted(theirs, key=lambda stay: stay.pk)
    here = next((stay for stay in staying if stay.person_id in places), None)
    if here is not None:
        raise Refused(
            _("%(name)s is already in %(shelter)s. Move them, or check them out there first.")
            % {"name": desk.word_for(here.person, family, by), "shelter": here.shelter.name}
        )
    return staying


def _spaces_and_beds(
    shelter: Shelter, places: dict[int, Place], at: datetime
) -> tuple[dict[int, Space], dict[int, Bed]]:
    """The spaces and the beds that are named, as they are on that night, by id: with all that the checks of them ask.

    Refused where one is not of this shelter or of that space.
    """
    night = nights.night_of(shelter, at)
    space_ids = {place.space_id for place in places.values()}
    found = Space.objects.filter(pk__in=space_ids, shelter=shelter).on_night(night)
    tonight = nights.tonight(shelter)
    spaces = {space.pk: space for space in found.with_closure(night, tonight).with_closing(max(night, tonight))}
    bed_ids = [place.bed_id for place in places.values() if place.bed_id]
    rows = Bed.objects.filter(pk__in=bed_ids, space__in=spaces).with_cleaning().with_service(night).with_end(night)
    beds = {bed.pk: bed for bed in rows.order_by()}
    for space in spaces.values():
        space.shelter = shelter
    for named in beds.values():
        named.space = spaces[named.space_id]
    for place in places.values():
        bed = beds.get(place.bed_id) if place.bed_id else None
        if place.space_id not in spaces or (place.bed_id and (bed is None or bed.space_id != place.space_id)):
            raise Refused(_("One of these beds is not in this shelter any more. Look at the board and choose again."))
    return spaces, beds


def _check_each_bed_is_given_once(places: dict[int, Place], beds: dict[int, Bed]) -> None:
    given = Counter(place.bed_id for place in places.values() if place.bed_id)
    for bed_id, times in given.items():
        if times > 1:
            raise Refused(
                _("Bed %(bed)s was chosen for two people. Choose another for one of them.")
                % {"bed": beds[bed_id].label}
            )


def _problems(
    family: Family | None,
    known: dict[int, Guest],
    members: list[FamilyMember],
    places: dict[int, Place],
    spaces: dict[int, Space],
    beds: dict[int, Bed],
    shelter: Shelter,
    at: datetime,
    by: Staff,
) -> list[desk.Problem]:
    """Every rule that these places go against, after the fire limits. Who is in no family goes by the same rules, alone."""
    everyone = desk.sleepers(shelter, at, among=(spaces, family))
    others = [row for row in everyone if row.person_id not in known]
    for space in spaces.values():
        desk.check_is_open(space)
    desk.check_fire_limits(spaces.values(), others, Counter(place.space_id for place in places.values()))
    makeup = desk.makeup_on(members, at, shelter) if family else makeup_of([(g.person, g.age) for g in known.values()])
    found = [
        problem
        for person_id, guest in known.items()
        for problem in desk.problems_of(
            guest, spaces[places[person_id].space_id], beds.get(places[person_id].bed_id or 0), others, makeup
        )
    ]
    if family is None:
        return found
    here = [row for row in everyone if row.is_here and row.family_id == family.pk]
    return found + _children_apart(family, known, here, places, by)


def _children_apart(
    family: Family, coming: dict[int, Guest], here: list[Sleeper], places: dict[int, Place], by: Staff
) -> list[desk.Problem]:
    """Children of the family who would then sleep where none of its adults does, although one is in the house."""
    before = {row.person_id: row.space_id for row in here}
    then = before | {person_id: place.space_id for person_id, place in places.items()}
    ages = {row.person_id: row.age for row in here} | {person_id: guest.age for person_id, guest in coming.items()}
    adults = {person_id for person_id, age in ages.items() if age is not None and age >= ADULT_AT}

    def is_apart(child: int, where: dict[int, int]) -> bool:
        return child in where and not any(where.get(adult) == where[child] for adult in adults)

    apart = [
        child
        for child in sorted(set(ages) - adults)
        if adults and is_apart(child, then) and (child in places or not is_apart(child, before))
    ]
    if not apart:
        return []
    children = Person.objects.in_bulk(apart)
    names = dict(Space.objects.filter(pk__in={then[child] for child in apart}).values_list("pk", "name"))
    return [
        problem
        for child in apart
        for problem in apart_problems(desk.word_for(children[child], family, by), names[then[child]])
    ]


def _placement(
    stay: Stay, place: Place, planned: DateTimeTZRange, by: Staff, reason: str, facts: dict[int, dict[str, Any]]
) -> Placement:
    return Placement(
        shelter_id=stay.shelter_id,
        space_id=place.space_id,
        bed_id=place.bed_id,
        stay=stay,
        person_id=stay.person_id,
        family_id=stay.family_id,
        state=PlacementState.IN,
        actual=DateTimeTZRange(planned.lower, None),
        planned=planned,
        rule_reason=reason.strip(),
        decided_by=by if reason.strip() else None,
        **facts[stay.person_id],
        recorded_by=by,
    )


def refuse_if_left(*, stay: Stay, by: Staff) -> Stay:
    """The stay as it is now. Raises Refused where it has ended: a departure that is pressed twice is written once."""
    fresh = Stay.objects.select_related("person", "family", "shelter").get(pk=stay.pk)
    if fresh.departed_at is not None or fresh.voided_at is not None:
        name = desk.word_for(fresh.person, fresh.family, by)
        raise Refused(_("%(name)s has already left. To take them in again, give them a bed.") % {"name": name})
    return fresh


def _stay_that_goes_on(stay: Stay, at: datetime, by: Staff) -> Stay:
    """The stay as it is now, under the lock. Refused where it has ended, or began after the moment of the act."""
    fresh = refuse_if_left(stay=stay, by=by)
    if at < fresh.arrived_at:
        raise Refused(
            _("%(name)s had not arrived yet at that moment.") % {"name": desk.word_for(fresh.person, fresh.family, by)}
        )
    return fresh


def _place_now(stay: Stay) -> Placement | None:
    return Placement.objects.filter(stay=stay, state=PlacementState.IN).first()


def _check_it_is_there_longer(place: Placement, shelter: Shelter, planned: DateTimeTZRange) -> None:
    """Refuse a longer promise of a bed or a space that goes out of service in the time that is added. Two queries."""
    before = place.planned.upper
    if before is None or (planned.upper is not None and planned.upper <= before):
        return
    last = nights.first_untouched(shelter, place.planned.lower, before) or nights.tonight(shelter)
    last = max(last - nights.ONE_DAY, nights.tonight(shelter))
    for bed in Bed.objects.filter(pk__in=[place.bed_id or 0]).select_related("space__shelter").with_end(last):
        desk.check_bed_stays(bed, planned)
    for space in Space.objects.filter(pk__in=[place.space_id or 0]).select_related("shelter").with_closing(last):
        desk.check_space_stays_open(space, planned)


def _promised_on(stay: Stay, shelter: Shelter, at: datetime) -> DateTimeTZRange:
    """From a moment until the stay's expected departure, or without end where that is over or not known."""
    leaves_on = stay.expected_departure_on
    is_to_come = leaves_on is not None and nights.noon_of(shelter, leaves_on) > at
    return desk.promised(shelter, at, leaves_on if is_to_come else None)


def _close(place: Placement, at: datetime) -> list[list[Any]]:
    """End a placement at a moment. [[id, its beginning, the end that was promised]] for the undo: a range that lasted no
    time at all is empty, and PostgreSQL keeps no beginning for it."""
    if at < place.actual.lower:
        raise Refused(_("They were moved after that moment. Write a later one."))
    before = place.planned.upper.isoformat() if place.planned.upper else None
    began = place.actual.lower
    place.actual = DateTimeTZRange(began, at)
    place.planned = DateTimeTZRange(began, at)
    place.state = PlacementState.OUT
    place.save(update_fields=["actual", "planned", "state"])
    return [[place.pk, began.isoformat(), before]]
