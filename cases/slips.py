"""A slip for who does not read: pictures of when, how many nights until then, how many go, and what to bring.

Whoever finds it learns a day. No place, office, kind or hour stands on it, and a name only where the viewer asks for one.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import notice_words
from cases.models import Appointment, FamilyMember, Person, Reminder
from cases.walltime import at_clock

MOST_PICTURES = 7  # Of moons or of people; more of them nobody counts, and a number stands there.


@dataclass(frozen=True)
class Slip:
    """What is drawn. `part` is the icon of the part of the day, empty where no hour is known; `people` 0 where it is not said."""

    day: date
    nights: int
    part: str
    people: int
    folder: bool
    language: str
    text: str
    name: str  # What to call whoever gets it.

    @property
    def moons(self) -> range:
        return range(self.nights if self.nights <= MOST_PICTURES else 1)

    @property
    def nights_number(self) -> int | None:
        return self.nights if self.nights > MOST_PICTURES else None

    @property
    def figures(self) -> range:
        return range(self.people if self.people <= MOST_PICTURES else 1)

    @property
    def people_number(self) -> int | None:
        return self.people if self.people > MOST_PICTURES else None

    @property
    def direction(self) -> str:
        return notice_words.languages()[self.language].direction

    @property
    def is_draft(self) -> bool:
        return notice_words.messages()["reminder", "paper", self.language].status == "draft"

    @property
    def is_over(self) -> bool:
        return self.nights < 0

    # What the pictures say, for who has the page read aloud.
    @property
    def part_words(self) -> str:
        names = {
            "sunrise": _("Early in the morning"),
            "sun": _("By day"),
            "sunset": _("In the evening"),
            "moon": _("At night"),
        }
        return names.get(self.part, "")

    @property
    def nights_words(self) -> str:
        words = ngettext("One night to sleep until then", "%(nights)s nights to sleep until then", self.nights)
        return words % {"nights": self.nights} if self.nights else _("Today")

    @property
    def people_words(self) -> str:
        return ngettext("One person goes", "%(people)s people go", self.people) % {"people": self.people}


def slip_of_appointment(row: Appointment, now: datetime | None = None) -> Slip:
    """For those who go, in the language of the first of them. One query."""
    goers = list(row.people.select_related("person").order_by("is_companion", "pk"))
    leaves = row.leaves
    first = goers[0].person if goers else None
    bring = f"{row.kind.bring_es} {row.kind.bring_en}".lower()
    return _slip(
        leaves.date(),
        today=at_clock(row.home_zone, now or timezone.now()).date(),
        part=part_of_day(leaves.hour) if row.hour_is_known else "",
        people=len(goers),
        folder="carpeta" in bring or "folder" in bring,
        person=first,
        variant="",
    )


def slip_of_notice(reminder: Reminder) -> Slip | None:
    """For a notice about something else than an appointment: its day alone. None where it has no day."""
    if reminder.appointment is not None:
        return slip_of_appointment(reminder.appointment)
    if reminder.occasion is None:
        return None
    head = FamilyMember.objects.filter(family=reminder.family_id, left_on=None).order_by("-is_head", "pk")
    first = head.select_related("person").first()
    return _slip(
        reminder.occasion,
        today=timezone.localdate(),
        part="",
        people=0,
        folder=False,
        person=first.person if first else None,
        variant="date",
    )


def part_of_day(hour: int) -> str:
    """The icon of an hour of the house's clock, 0 to 23."""
    parts = [(5, "moon"), (8, "sunrise"), (17, "sun"), (20, "sunset"), (24, "moon")]
    return next(icon for until, icon in parts if hour < until)


def _slip(day: date, *, today: date, part: str, people: int, folder: bool, person: Person | None, variant: str) -> Slip:
    language = notice_words.language_for(person.speaks, person.reads) if person else notice_words.DEFAULT
    return Slip(
        day=day,
        nights=(day - today).days,
        part=part,
        people=people,
        folder=folder,
        language=language,
        text=notice_words.paper_text(language, day=day, variant=variant),
        name=person.called if person else "",
    )
