"""The calendars of an organisation, and what its clocks come to: three queries, whatever the number of clocks.

An office's own closures count for the clocks that run there; those of the whole authority count for every clock of its rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from cases.daycount import Calendar, Result, both
from cases.models import Authority, Clock, ClockRule, Closure, DayList


@dataclass
class Engine:
    """Counts for one organisation with the closures that it was given. What was counted once is not counted again."""

    organisation_id: int
    closures: list[Closure]
    _shared: dict[int, Calendar] = field(default_factory=dict)
    _every: dict[tuple[int, int | None], Calendar] = field(default_factory=dict)
    _results: dict[tuple[int, int | None, date, bool], Result] = field(default_factory=dict)

    def result(
        self, rule: ClockRule, event_on: date, office_id: int | None = None, *, after_hours: bool = False
    ) -> Result:
        """Both dates of a rule from an event on, with what they leave out. Raises daycount.OutOfRange."""
        key = (rule.pk, office_id, event_on, after_hours)
        if (known := self._results.get(key)) is None:
            shared, every = self.shared(rule.authority_id), self.every(rule.authority_id, office_id)
            known = both(rule.safe, rule.likely, event_on, shared, every, after_hours=after_hours)
            self._results[key] = known
        return known

    def of_clock(self, clock: Clock) -> Result:
        return self.result(clock.rule, clock.event_on, clock.office_id, after_hours=clock.after_hours)

    def shared(self, authority_id: int) -> Calendar:
        """Without the days that every list of an authority leaves out, and no other: the safe calendar."""
        if authority_id not in self._shared:
            self._shared[authority_id] = Calendar(self._lists[authority_id], shared=True)
        return self._shared[authority_id]

    def every(self, authority_id: int, office_id: int | None = None) -> Calendar:
        """Without the days that any list or closure leaves out: the likely calendar."""
        key = (authority_id, office_id if office_id in self._offices else None)
        if key not in self._every:
            spans = [closure.span for closure in self.closures if counts_for(closure, *key)]
            self._every[key] = Calendar(self._lists[authority_id], spans)
        return self._every[key]

    def closure_on(self, authority_id: int, day: date, office_id: int | None = None) -> Closure | None:
        """The closure in which a day lies, if it lies in one."""
        found = (one for one in self.closures if one.first_day <= day <= one.last_day)
        return next((one for one in found if counts_for(one, authority_id, office_id)), None)

    @cached_property
    def _offices(self) -> set[int | None]:
        """Offices with closures of their own: every other one shares the calendar of its authority."""
        return {closure.office_id for closure in self.closures}

    @cached_property
    def _lists(self) -> dict[int, list]:
        known = {row.code: row.counted for row in DayList.objects.all()}
        return {one.pk: [known[code] for code in one.lists] for one in Authority.objects.all()}

    @cached_property
    def by_key(self) -> dict[int, Closure]:
        """Each closure by the key that it has in a count."""
        return {closure.span.key: closure for closure in self.closures}


def counts_for(closure: Closure, authority_id: int, office_id: int | None) -> bool:
    """Whether a closure counts for what runs at an office, or at an authority where the office is not known."""
    if closure.office_id is None:
        return closure.authority_id == authority_id
    return closure.office_id == office_id


def engine_of(organisation_id: int, *, with_closure: Closure | None = None, without: Closure | None = None) -> Engine:
    """The engine of an organisation with the closures that are in force; with one more or one less, to see what it would do."""
    closures: Iterable[Closure] = Closure.objects.in_force().filter(organisation=organisation_id)
    closures = closures.select_related("authority", "office__city").order_by("first_day", "pk")
    found = [closure for closure in closures if without is None or closure.pk != without.pk]
    return Engine(organisation_id, found + ([with_closure] if with_closure is not None else []))
