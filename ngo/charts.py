"""What a chart shows, and where each piece of it stands. Drawn by the tag `nights_chart`; the same numbers go into a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

HEAD, FOOT = 24.0, 36.0  # Above the highest bar, for its label; below the zero line, for days and months.


@dataclass(frozen=True)
class Bar:
    """One night: how many people, of whom `over` too many, beside how many places. None is "no data", never zero."""

    night: date
    value: int | None
    limit: int | None
    over: int = 0
    is_partial: bool = False  # Some of the houses did not say: at least so many.


@dataclass(frozen=True)
class Piece:
    """A rectangle, a line or a text, in the chart's own units."""

    kind: str  # The class that colours it.
    x: float
    y: float
    width: float = 0
    height: float = 0
    text: str = ""
    anchor: str = "middle"


@dataclass(frozen=True)
class Canvas:
    """How large a chart is, and how densely it is lettered."""

    width: float
    height: float
    margin: float  # Left of the bars, for the numbers of the scale.
    label_every: int  # One day in so many is named; the last one always.
    labels_all_over: bool  # Whether each "+3" is written, or only the largest.


WIDE = Canvas(width=920, height=250, margin=36, label_every=1, labels_all_over=True)
NARROW = Canvas(width=340, height=230, margin=30, label_every=7, labels_all_over=False)


def top_of(bars: Sequence[Bar]) -> int:
    """The highest number of the scale: a round one, and never zero."""
    highest = max((number for bar in bars for number in (bar.value or 0, bar.limit or 0)), default=0)
    step = step_of(highest)
    return max(step, -(-highest // step) * step)


def step_of(highest: int) -> int:
    """Between two lines of the scale: 1, 2 or 5 times a power of ten, for at most five lines."""
    for power in range(9):
        for base in (1, 2, 5):
            if base * 10**power * 5 >= highest:
                return base * 10**power
    return highest


class Drawing:
    """The pieces of one chart on one canvas."""

    def __init__(self, bars: Sequence[Bar], canvas: Canvas):
        self.bars, self.canvas, self.top = bars, canvas, top_of(bars)
        self.pitch = (canvas.width - canvas.margin - 4) / max(1, len(bars))
        self.bar_width = self.pitch * 0.74

    def y(self, number: float) -> float:
        inner = self.canvas.height - HEAD - FOOT
        return round(HEAD + inner * (1 - number / self.top), 1)

    def x(self, place: int) -> float:
        return round(self.canvas.margin + self.pitch * (place + 0.13), 1)

    def middle(self, place: int) -> float:
        return round(self.x(place) + self.bar_width / 2, 1)

    def pieces(self) -> Iterator[Piece]:
        yield from self.scale()
        for place, bar in enumerate(self.bars):
            yield from self.bar(place, bar)
        yield from self.limits()
        yield from self.days()

    def scale(self) -> Iterator[Piece]:
        for number in range(0, self.top + 1, step_of(self.top)):
            y, left = self.y(number), self.canvas.margin
            yield Piece("grid", left, y, width=self.canvas.width - left)
            yield Piece("text", left - 6, y + 4, text=str(number), anchor="end")

    def bar(self, place: int, bar: Bar) -> Iterator[Piece]:
        x, width = self.x(place), round(self.bar_width, 1)
        if bar.value is None:
            y = self.y(bar.limit or self.top)
            yield Piece("gap", x, y, width, round(self.y(0) - y, 1))
            yield Piece("text", self.middle(place), round((y + self.y(0)) / 2 + 4, 1), text="?")
            return
        full, fitting = self.y(bar.value), self.y(bar.value - bar.over)
        yield Piece("part" if bar.is_partial else "fill", x, fitting, width, round(self.y(0) - fitting, 1))
        if bar.over:
            yield Piece("over", x, full, width, round(fitting - full, 1))
            if self.canvas.labels_all_over or bar.over == max(other.over for other in self.bars):
                yield Piece("ov", self.middle(place), full - 5, text=f"+{bar.over}")

    def limits(self) -> Iterator[Piece]:
        """The dashed line of the places: from night to night where it stays the same, a step where it changes."""
        for place, bar in enumerate(self.bars):
            if bar.limit is not None:
                yield Piece("cap", self.x(place) - self.pitch * 0.13, self.y(bar.limit), width=round(self.pitch, 1))

    def days(self) -> Iterator[Piece]:
        y, last = self.canvas.height - FOOT + 15, len(self.bars) - 1
        for place, bar in enumerate(self.bars):
            if (last - place) % self.canvas.label_every == 0:
                yield Piece("text", self.middle(place), y, text=str(bar.night.day))
