"""`{% nights_chart bars %}`: nights against places, as an SVG of ours, once for wide screens and once for phones."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ngo.charts import NARROW, WIDE, Bar, Canvas, Drawing, Piece
from ngo.templatetags.posada import MONTHS, full_date

register = template.Library()


@register.simple_tag
def nights_chart(bars: Sequence[Bar], name: str = "nights") -> SafeString:
    """Both drawings; the stylesheet shows one. `name` keeps their ids apart from another chart's on the page."""
    bars = list(bars)
    if not bars:
        return SafeString("")
    return format_html("{}{}", _drawing(bars, WIDE, "wide", f"{name}-w"), _drawing(bars, NARROW, "narrow", f"{name}-n"))


def _drawing(bars: list[Bar], canvas: Canvas, css: str, name: str) -> SafeString:
    shapes = format_html_join("", "{}", ((_shape(piece),) for piece in [*Drawing(bars, canvas).pieces()]))
    return format_html(
        '<svg class="po-chart {}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}{}</svg>',
        css, f"{canvas.width:g}", f"{canvas.height:g}", name, name, name, _title(bars), name, _description(bars), shapes,
        _months(bars, canvas),
    )  # fmt: skip


def _shape(piece: Piece) -> SafeString:
    x, y, width, height = (f"{number:g}" for number in (piece.x, piece.y, piece.width, piece.height))
    if piece.text:
        css = "" if piece.kind == "text" else format_html(' class="{}"', piece.kind)
        return format_html('<text{} x="{}" y="{}" text-anchor="{}">{}</text>', css, x, y, piece.anchor, piece.text)
    if piece.kind in {"grid", "cap"}:
        end = f"{piece.x + piece.width:.5g}"
        return format_html('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>', piece.kind, x, end, y, y)
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        piece.kind, x, y, width, height,
    )  # fmt: skip


def _months(bars: list[Bar], canvas: Canvas) -> SafeString:
    """The name of each month under its first night on the chart."""
    drawing, placed, at = Drawing(bars, canvas), [], 0
    for (_year, month), nights in groupby(bars, key=lambda bar: (bar.night.year, bar.night.month)):
        if at == 0 or at <= len(bars) - 3:  # Its name needs the room of three nights.
            placed.append((f"{drawing.x(at):g}", f"{canvas.height - 5:g}", MONTHS[month - 1]))
        at += len(list(nights))
    return format_html_join("", '<text x="{}" y="{}">{}</text>', placed)


def _title(bars: list[Bar]) -> str:
    return _("People per night, %(first)s to %(last)s") % {
        "first": full_date(bars[0].night),
        "last": full_date(bars[-1].night),
    }


def _description(bars: list[Bar]) -> str:
    """What one sees at a glance, in words."""
    known = [bar.value for bar in bars if bar.value is not None]
    if not known:
        return _("There is no data for any of these nights.")
    said: list[Any] = [_("From %(low)s to %(high)s people.") % {"low": min(known), "high": max(known)}]
    if over := sum(1 for bar in bars if bar.over):
        said.append(
            ngettext("%(count)d night over capacity.", "%(count)d nights over capacity.", over) % {"count": over}
        )
    if unknown := len(bars) - len(known):
        said.append(
            ngettext("%(count)d night without data.", "%(count)d nights without data.", unknown) % {"count": unknown}
        )
    return " ".join(said)
