"""Shelters, spaces and beds: making them, changing them, and what is in service from which night on.

Capacity is dated. A period is closed and the next one opened; nothing here touches a night that is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import TruncTime
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg.types.range import DateRange, TimestamptzRange

from ngo.errors import Refused
from ngo.models import City, Organisation, Staff
from shelters.models import (
    RULE_FIELDS,
    Bed,
    BedBlock,
    BedPeriod,
    Opening,
    Placement,
    PlacementState,
    Shelter,
    ShelterState,
    Space,
    SpaceKind,
    Stay,
)
from shelters.nights import evening_of, local, morning_after, tonight, zone
from shelters.services import cleaning, closures, desk, promises
from shelters.services.closures import cut

MOST_BEDS_AT_ONCE = 500
ONE_NIGHT = timedelta(days=1)
SLACK = timedelta(minutes=2)  # Between the clock of the person who typed and the server's.


@dataclass(frozen=True)
class BedCount:
    """So many beds of one kind; surge ones are used only when the house is over capacity."""

    kind: str
    count: int
    is_surge: bool = False


# --- Shelters --------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_shelter(
    *, organisation: Organisation, name: str, by: Staff | None, city: City | None = None, zone: str = "", **details: Any
) -> Shelter:
    """A house of an organisation, open from the start. Its clocks follow its city's zone unless `zone` says otherwise.

    `details` are further fields of Shelter. Raises Refused where the organisation has a shelter of that name.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    shelter = Shelter(
        organisation=organisation, name=name, city=city, zone=zone or (city.zone if city else ""), **details
    )
    shelter.slug = details.get("slug") or _free_slug(name)
    _save_shelter(shelter)
    return shelter


@transaction.atomic
def update_shelter(*, shelter: Shelter, by: Staff, **fields: Any) -> Shelter:
    """Change what is known of a house. Its short name in addresses stays, so that old links go on working."""
    shelter = lock_house(shelter)
    if fields.get("morning_at", shelter.morning_at) != shelter.morning_at:
        _check_nights_stay(shelter, fields["morning_at"])
    for name, value in fields.items():
        setattr(shelter, name, value)
    if not shelter.cleans_beds:
        cleaning.drop_all(shelter)
    if "city" in fields and not fields.get("zone"):
        shelter.zone = shelter.city.zone if shelter.city else shelter.zone
    _save_shelter(shelter)
    return shelter


def _check_nights_stay(shelter: Shelter, hour: time) -> None:
    """Refuse a morning hour by which a night that is over would be counted otherwise: an hour has no date of its own."""
    first, last = sorted([shelter.morning_at, hour])
    at = {name: TruncTime(name, tzinfo=zone(shelter)) for name in ("arrived_at", "departed_at")}
    rows = Stay.objects.filter(shelter=shelter).valid().annotate(came=at["arrived_at"], went=at["departed_at"])
    # Who leaves at the hour sharp has slept here, and who comes then has not: an hour belongs to the day that it begins.
    between = [rows.filter(**{f"{name}__gte": first, f"{name}__lt": last}).count() for name in ("came", "went")]
    if moved := sum(between):
        sentence = ngettext(
            "Past nights would be counted otherwise: %(count)d arrival or departure lies between %(first)s and %(last)s. "
            "Keep the morning hour, or choose one nearer to it.",
            "Past nights would be counted otherwise: %(count)d arrivals and departures lie between %(first)s and %(last)s. "
            "Keep the morning hour, or choose one nearer to it.",
            moved,
        )
        raise Refused(sentence % {"count": moved, "first": f"{first:%H:%M}", "last": f"{last:%H:%M}"})


def _save_shelter(shelter: Shelter) -> None:
    namesakes = Shelter.objects.filter(organisation=shelter.organisation, name__iexact=shelter.name).exclude(
        pk=shelter.pk
    )
    if namesakes.exists():
        raise Refused(
            _("There is already a shelter called %(name)s. Give this one another name.") % {"name": shelter.name}
        )
    if not shelter.zone:
        raise Refused(_("Choose the city of the shelter, or its time zone: its nights follow that clock."))
    _save(shelter)


def _free_slug(name: str) -> str:
    base = slugify(name)[:70].strip("-") or "casa"
    taken = set(Shelter.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(
        slug for number in range(1, 10_000) if (slug := base if number == 1 else f"{base}-{number}") not in taken
    )


def _save(instance: models.Model) -> None:
    """Save what the model itself allows; what it does not allow becomes a sentence."""
    try:
        instance.full_clean()
        with transaction.atomic():
            instance.save()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    except IntegrityError as error:
        raise Refused(_("Someone has just saved one with the same name. Look at the list and try again.")) from error


def lock_house(shelter: Shelter) -> Shelter:
    """Lock first, look second: whoever changes places or people of this house waits here."""
    return Shelter.objects.select_for_update(no_key=True).get(pk=shelter.pk)


# --- Open, intake paused, closed -------------------------------------------------------------------------------------


@transaction.atomic
def set_shelter_state(
    *,
    shelter: Shelter,
    state: str,
    by: Staff,
    from_at: datetime | None = None,
    until: datetime | None = None,
    reason: str = "",
) -> ShelterState:
    """Open a house, pause its intake or close it: from now or from a moment to come, without end or until `until`.

    What went before is closed at that moment and kept; what was planned in that time gives way. Raises Refused for a
    moment that is over, and (overridable: say why) for closing a house in which people are.
    """
    shelter, now = lock_house(shelter), timezone.now()
    start = from_at or now
    if start < now - SLACK:
        raise Refused(_("The past is not changed. Choose this moment or a later one."))
    if until is not None and until <= start:
        raise Refused(_("The end must come after the beginning."))
    if state == Opening.CLOSED and not reason:
        _refuse_while_people_are_in(shelter, start if start > now else None)
    _make_room(shelter, start, until)
    return ShelterState.objects.create(
        shelter=shelter, state=state, period=TimestamptzRange(start, until), reason=reason, set_by=by
    )


def _refuse_while_people_are_in(shelter: Shelter, start: datetime | None) -> None:
    """Who is in the house now; from a moment to come, who by what is written will still be in it."""
    stays = Stay.objects.filter(shelter=shelter).current()
    if start is not None:
        stays = stays.exclude(expected_departure_on__lte=local(shelter, start).date())
    people = stays.values("person").distinct().count()
    if people and start is not None:
        raise Refused(
            ngettext(
                "%(count)d person will still be in this house then. Write the day on which they leave, or why you close it.",
                "%(count)d people will still be in this house then. Write the day on which they leave, or why you close it.",
                people,
            )
            % {"count": people},
            overridable=True,
        )
    if people:
        raise Refused(
            ngettext(
                "%(count)d person is still in this house. Check them out first, or write why you close it with someone in.",
                "%(count)d people are still in this house. Check them out first, or write why you close it with people in.",
                people,
            )
            % {"count": people},
            overridable=True,
        )


def _make_room(shelter: Shelter, start: datetime, until: datetime | None) -> None:
    """Cut the periods that meet [start, until): the part before it stays, the part after it stays, the middle goes."""
    for row in ShelterState.objects.filter(shelter=shelter, period__overlap=TimestamptzRange(start, until)):
        lower, upper = row.period.lower, row.period.upper
        if until is not None and (upper is None or upper > until):
            later = TimestamptzRange(until, upper)
            row_after = ShelterState(
                shelter=shelter, state=row.state, period=later, reason=row.reason, set_by_id=row.set_by_id
            )
        else:
            row_after = None
        if lower is None or lower < start:
            row.period = TimestamptzRange(lower, start)
            row.save(update_fields=["period"])
        else:
            row.delete()
        if row_after is not None:
            row_after.save()


# --- Spaces and beds -------------------------------------------------------------------------------------------------


@transaction.atomic
def add_space(
    *,
    shelter: Shelter,
    by: Staff | None,
    name: str,
    beds: Iterable[BedCount] = (),
    prefix: str | None = None,
    from_night: date | None = None,
    **details: Any,
) -> Space:
    """A space with its beds, in one go: "12 bunks and 4 cots in the women's dormitory".

    `details` are further fields of Space; the beds are in service from `from_night` (tonight) on.
    """
    shelter = lock_house(shelter)
    last = Space.objects.filter(shelter=shelter).aggregate(last=models.Max("position"))["last"]
    details.setdefault("position", 0 if last is None else min(last + 1, 32_767))
    space = Space(shelter=shelter, name=name, **details)
    _save_space(space)
    add_beds(space=space, by=by, beds=beds, prefix=prefix, from_night=from_night)
    return space


@transaction.atomic
def update_space(*, space: Space, by: Staff, **fields: Any) -> Space:
    """Change what is known of a space. Whom it is for (services/space_rules.py) and its beds are changed apart, by night."""
    if set(fields) & set(RULE_FIELDS):
        raise ValueError("What a space asks is changed from a night on.")
    lock_house(space.shelter)
    space = Space.objects.select_related("shelter").get(pk=space.pk)
    if fields.get("kind", space.kind) != space.kind:
        _check_kind_is_free(space)
    for name, value in fields.items():
        setattr(space, name, value)
    _save_space(space)
    return space


def _check_kind_is_free(space: Space) -> None:
    """What a space is has no date: another kind would count the nights anew on which somebody slept, or was to sleep, in it."""
    if Placement.objects.filter(space=space).exclude(state=PlacementState.VOID).exists():
        raise Refused(
            _(
                "%(space)s has had guests, and another kind would change the figures of past nights. "
                "Add a space of the new kind and carry the beds to it."
            )
            % {"space": space.name}
        )


def _save_space(space: Space) -> None:
    namesakes = Space.objects.filter(shelter=space.shelter, name__iexact=space.name).exclude(pk=space.pk)
    if namesakes.exists():
        raise Refused(_("This shelter already has a space called %(name)s.") % {"name": space.name})
    _save(space)


@transaction.atomic
def add_beds(
    *,
    space: Space,
    by: Staff | None,
    beds: Iterable[BedCount],
    prefix: str | None = None,
    from_night: date | None = None,
) -> list[Bed]:
    """So many beds of each kind, in service from a night on, numbered after those that are there.

    `prefix` stands before the number; without it, the letters that the space already uses, or its first letter (a family
    cubicle has plain numbers). Raises Refused for a night that is over.
    """
    shelter = lock_house(space.shelter)
    first = night_to_come(shelter, from_night)
    counts = [one for one in beds if one.count > 0]
    total = sum(one.count for one in counts)
    if total > MOST_BEDS_AT_ONCE:
        raise Refused(
            _("That is %(count)d beds at once; add at most %(most)d.") % {"count": total, "most": MOST_BEDS_AT_ONCE}
        )
    if not total:
        return []
    desk.check_spaces_are_open([space], first)
    labels = _labels(space, total, prefix)
    position = max(Bed.objects.filter(space=space).values_list("position", flat=True), default=0)
    kinds = [one for one in counts for _number in range(one.count)]
    made = Bed.objects.bulk_create(
        Bed(space=space, label=label, kind=one.kind, is_surge=one.is_surge, position=min(position + number, 32_767))
        for number, (label, one) in enumerate(zip(labels, kinds, strict=True), start=1)
    )
    BedPeriod.objects.bulk_create(
        BedPeriod(bed=bed, space=space, nights=DateRange(first, None), set_by=by, set_at=timezone.now()) for bed in made
    )
    closures.take_along(space, [bed.pk for bed in made], first, by)
    return made


def night_to_come(shelter: Shelter, night: date | None) -> date:
    """The night asked for, tonight where none is; never one that is over."""
    first = tonight(shelter)
    if night is not None and night < first:
        raise Refused(_("Nights that are over are not changed. Choose tonight or a later night."))
    return night or first


def _labels(space: Space, count: int, prefix: str | None) -> list[str]:
    """The next free numbers: "M-01", "M-02"… or "1", "2"… where there are no letters."""
    letters = _prefix(space) if prefix is None else prefix.strip()[:12]
    stem = f"{letters}-" if letters and letters[-1].isalnum() else letters
    used = set(Bed.objects.filter(space=space).values_list("label", flat=True))
    numbers = [int(label[len(stem) :]) for label in used if label.startswith(stem) and label[len(stem) :].isdecimal()]
    first = max(numbers, default=0) + 1
    width = 1 if not stem else max(2, len(str(first + count - 1)))
    return [f"{stem}{number:0{width}d}" for number in range(first, first + count)]


def _prefix(space: Space) -> str:
    """The letters that this space already uses; else the shortest start of its name that no other space of the house has."""
    own = list(Bed.objects.filter(space=space).values_list("label", flat=True).order_by("-pk")[:1])
    if own:
        return own[0].rpartition("-")[0]
    if space.kind == SpaceKind.CUBICLE:
        return ""
    others = Bed.objects.filter(space__shelter=space.shelter_id).exclude(space=space).values_list("label", flat=True)
    taken = {label.rpartition("-")[0].upper() for label in others}
    name = slugify(space.name).replace("-", "").upper() or "C"
    starts = [name[:length] for length in range(1, len(name) + 1)] + [f"{name[0]}{number}" for number in range(2, 1000)]
    return next(start for start in starts if start not in taken)


# --- In service from a night on --------------------------------------------------------------------------------------


@transaction.atomic
def withdraw_bed(*, bed: Bed, by: Staff, from_night: date | None = None) -> Bed:
    """Take a bed out of the house's capacity from a night on. What it was before stays as it was.

    Raises Refused while someone is in it, or it or a place by number that needs it is promised for a night from then on.
    """
    shelter = lock_house(bed.space.shelter)
    first = night_to_come(shelter, from_night)
    refuse_while_needed(shelter, bed, first, None)
    periods = BedPeriod.objects.filter(bed=bed, nights__overlap=DateRange(first, None))
    if not periods:
        raise Refused(_("Bed %(bed)s is not in service then.") % {"bed": bed.label})
    before = promises.begin(shelter, timezone.now())
    for period in periods:
        cut(period, first)
    promises.check_kept(shelter, before, timezone.now(), chosen=True)
    return bed


@transaction.atomic
def return_bed(*, bed: Bed, by: Staff, from_night: date | None = None) -> BedPeriod:
    """Put a bed that was withdrawn back into the house's capacity, from a night on."""
    shelter = lock_house(bed.space.shelter)
    first = night_to_come(shelter, from_night)
    if BedPeriod.objects.filter(bed=bed, nights__overlap=DateRange(first, None)).exists():
        raise Refused(_("Bed %(bed)s is in service then.") % {"bed": bed.label})
    desk.check_spaces_are_open([bed.space], first)
    period = BedPeriod.objects.create(
        bed=bed, space_id=bed.space_id, nights=DateRange(first, None), set_by=by, set_at=timezone.now()
    )
    closures.take_along(bed.space, [bed.pk], first, by)
    return period


@transaction.atomic
def block_bed(
    *, bed: Bed, reason: str, by: Staff, first_night: date | None = None, until: date | None = None
) -> BedBlock:
    """Put a bed out of service from a night (tonight) on; `until` is the first night on which it can be slept in again.

    Raises Refused while someone is in it (saying who) or it is promised in that time. Places that are held by number do not
    keep a bed from breaking: what is short then is seen.
    """
    shelter = lock_house(bed.space.shelter)
    first = night_to_come(shelter, first_night)
    if until is not None and until <= first:
        raise Refused(_("The bed comes back on a later night than the one it goes out on."))
    nights = DateRange(first, until)
    if not BedPeriod.objects.filter(bed=bed, nights__overlap=nights).exists():
        raise Refused(_("Bed %(bed)s is not in service then.") % {"bed": bed.label})
    if BedBlock.objects.filter(bed=bed, nights__overlap=nights).exists():
        raise Refused(_("Bed %(bed)s is already out of service on some of these nights.") % {"bed": bed.label})
    refuse_while_needed(shelter, bed, first, until)
    return BedBlock.objects.create(bed=bed, nights=nights, reason=reason, set_by=by)


@transaction.atomic
def unblock_bed(*, bed: Bed, by: Staff) -> Bed:
    """Put a bed back in service from tonight on; repairs planned for later nights are dropped.

    A closing of its whole space stays as it is planned, and has the bed also on the nights on which it was broken.
    """
    shelter = lock_house(bed.space.shelter)
    first = tonight(shelter)
    desk.check_spaces_are_open([bed.space], first)
    blocks = BedBlock.objects.filter(bed=bed, closure=None, nights__overlap=DateRange(first, None))
    if not blocks:
        raise Refused(_("Bed %(bed)s is in service.") % {"bed": bed.label})
    for block in blocks:
        cut(block, first)
    closures.take_along(bed.space, [bed.pk], first, by)
    return bed


def refuse_while_needed(shelter: Shelter, bed: Bed, first: date, until: date | None) -> None:
    """Refuse where someone is in the bed, or it is promised, on a night of [first, until)."""
    now = timezone.now()
    end = morning_after(shelter, until - ONE_NIGHT) if until else None
    then = TimestamptzRange(evening_of(shelter, first), end)
    promised = Placement.objects.filter(bed=bed).select_related("person")
    inside = Q(state=PlacementState.IN)
    if first > tonight(shelter):
        inside &= Q(planned__overlap=then)
    someone = promised.filter(inside).first()
    if someone and someone.person:
        raise Refused(
            _("%(who)s is in bed %(bed)s. Move them to another bed first.")
            % {"who": someone.person.initials, "bed": bed.label}
        )
    hold = promised.filter(planned__overlap=then).holds_in_force(now).first()
    if hold and hold.hold_expires_at:
        raise Refused(
            _("Bed %(bed)s is held until %(hour)s. Release the hold first.")
            % {"bed": bed.label, "hour": f"{local(shelter, hold.hold_expires_at):%H:%M}"}
        )
