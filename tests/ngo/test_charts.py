"""The chart of nights: nothing is clamped, unknown is hollow, and who cannot see it hears the same."""

import re
from datetime import date, timedelta

import pytest
from django.utils import translation

from ngo.charts import NARROW, WIDE, Bar, Drawing, step_of, top_of
from ngo.templatetags.charts import nights_chart

FIRST = date(2026, 10, 28)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def bars(*values, limit=10, over=None):
    return [
        Bar(FIRST + timedelta(days=day), value, limit, over=(over or {}).get(day, 0))
        for day, value in enumerate(values)
    ]


def pieces(kind, *values, canvas=WIDE, **more):
    return [piece for piece in Drawing(bars(*values, **more), canvas).pieces() if piece.kind == kind]


def test_a_bar_is_as_high_as_its_number():
    five, ten = pieces("fill", 5, 10)

    assert ten.height == pytest.approx(2 * five.height, abs=0.2)


def test_who_is_over_stands_on_top_in_a_colour_of_its_own_with_a_number():
    (fill,), (over,) = (pieces(kind, 14, over={0: 4}) for kind in ("fill", "over"))
    (label,) = pieces("ov", 14, over={0: 4})

    assert over.y + over.height == pytest.approx(fill.y, abs=0.11)
    assert over.height / fill.height == pytest.approx(4 / 10, abs=0.02)
    assert label.text == "+4"


def test_a_night_without_data_is_hollow_and_never_a_zero():
    (gap,) = pieces("gap", None)

    assert gap.height > 0
    assert [piece.text for piece in pieces("text", None) if piece.text == "?"] == ["?"]
    assert pieces("fill", None) == []


def test_an_empty_house_is_a_zero_and_not_a_gap():
    assert pieces("gap", 0) == []
    assert [piece.height for piece in pieces("fill", 0)] == [0]


def test_a_night_of_which_a_house_did_not_say_looks_different():
    drawing = Drawing([Bar(FIRST, 7, None, is_partial=True)], WIDE)

    assert "part" in [piece.kind for piece in drawing.pieces()]


def test_the_line_of_places_follows_each_night():
    few, many = pieces("cap", 1, limit=5) + pieces("cap", 1, limit=50)

    assert few.width == many.width
    rows = [Bar(FIRST, 1, 5), Bar(FIRST + timedelta(days=1), 1, 10)]
    assert len({piece.y for piece in Drawing(rows, WIDE).pieces() if piece.kind == "cap"}) == 2


@pytest.mark.parametrize("highest", [0, 1, 4, 5, 6, 42, 99, 100, 101, 2600])
def test_the_scale_reaches_the_highest_bar_in_a_few_round_steps(highest):
    top = top_of([Bar(FIRST, highest, None)])

    assert top >= max(highest, 1)
    assert top % step_of(top) == 0
    assert top / step_of(top) <= 5


@pytest.mark.parametrize("canvas", [WIDE, NARROW])
def test_every_piece_of_thirty_nights_stays_on_the_canvas(canvas):
    drawing = Drawing(bars(*range(30), over={29: 5}), canvas)

    for piece in drawing.pieces():
        assert piece.x >= 0
        assert piece.y >= 0
        assert piece.x + piece.width <= canvas.width + 0.5
        assert piece.y + piece.height <= canvas.height


def test_on_a_phone_one_day_of_a_week_is_named_and_the_last_one_always():
    below = [piece for piece in pieces("text", *([3] * 30), canvas=NARROW) if piece.y > NARROW.height - 36]
    named = [piece.text for piece in below if piece.anchor == "middle"]

    assert named == ["29", "5", "12", "19", "26"]


def test_the_chart_says_in_words_what_it_shows():
    drawn = str(nights_chart(bars(3, None, 14, over={2: 4})))

    assert "People per night, 28 Oct 2026 to 30 Oct 2026" in drawn
    assert "From 3 to 14 people. 1 night over capacity. 1 night without data." in drawn
    assert "Oct" in drawn


def test_two_charts_on_a_page_share_no_id():
    ids = re.findall(r' id="([^"]+)"', str(nights_chart(bars(1), "a")) + str(nights_chart(bars(1), "b")))

    assert len(ids) == len(set(ids)) == 8


def test_nothing_of_the_chart_needs_a_style_or_a_script():
    drawn = str(nights_chart(bars(3, None, 14)))

    assert "style=" not in drawn
    assert "<script" not in drawn


def test_without_nights_there_is_no_chart():
    assert nights_chart([]) == ""
