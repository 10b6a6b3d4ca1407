"""The tags of every page (builtins: no load needed): icons, state chips, the meter, dates, forms."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import lucide
from django import forms, template
from django.forms import BaseForm, BoundField
from django.forms.formsets import BaseFormSet
from django.template import Context
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from ngo.ui import STATES

register = template.Library()

# --- Icons -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _shapes(name: str) -> SafeString:
    """The inside of a Lucide icon, from the package; an unknown name raises, so that a typing error is seen at once."""
    whole = lucide._render_icon(name, None)
    inside = whole[whole.index(">") + 1 : whole.rindex("</svg>")]
    return mark_safe(" ".join(inside.split()))  # noqa: S308  The package's own file.


def _svg(inside: SafeString, label: str, viewbox: bool) -> SafeString:
    box = mark_safe(' viewBox="0 0 24 24"') if viewbox else ""
    if label:
        return format_html('<svg class="po-i"{} role="img" aria-label="{}">{}</svg>', box, label, inside)
    return format_html('<svg class="po-i"{} aria-hidden="true">{}</svg>', box, inside)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One icon, drawn in place. With `label` it speaks for itself; without, the word stands beside it."""
    return _svg(_shapes(str(name)), label, viewbox=True)


@register.simple_tag(takes_context=True)
def icon_use(context: Context, name: str, label: str = "") -> SafeString:
    """An icon that repeats many times on a page: drawn once, by `{% sprite %}` at the end of the page or fragment."""
    request = context.get("request")
    if request is None:
        return icon(name, label)
    _sprite_names(request).setdefault(str(name), False)
    return _svg(format_html('<use href="#i-{}"/>', name), label, viewbox=False)


def _sprite_names(request: Any) -> dict[str, bool]:
    """The icons of this response, and whether each has been drawn."""
    if not hasattr(request, "posada_sprite"):
        request.posada_sprite = {}
    return request.posada_sprite


@register.simple_tag(takes_context=True)
def sprite(context: Context) -> SafeString:
    """The drawings that `icon_use` asked for and that no earlier sprite of this response holds."""
    request = context.get("request")
    names = _sprite_names(request) if request is not None else {}
    waiting = [name for name, drawn in names.items() if not drawn]
    names.update(dict.fromkeys(waiting, True))
    if not waiting:
        return SafeString("")
    symbols = format_html_join(
        "", '<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>', ((name, _shapes(name)) for name in waiting)
    )
    return format_html(
        '<svg class="po-sprite" width="0" height="0" aria-hidden="true" focusable="false">{}</svg>', symbols
    )


# --- States and the meter --------------------------------------------------------------------------------------------


@register.simple_tag
def state(key: str, word: str = "", icon_name: str = "") -> SafeString:
    """A chip: colour, icon and word of a state. The word defaults to the state's own."""
    known = STATES[key]
    drawing = _svg(_shapes(icon_name or known.icon), "", viewbox=True)
    return format_html('<span class="po-state" data-state="{}">{}{}</span>', key, drawing, word or known.word)


@register.filter
def state_word(key: str) -> str:
    return str(STATES[key].word)


@register.filter
def state_icon(key: str) -> str:
    return STATES[key].icon


@register.simple_tag
def meter(occupied: int | None, capacity: int | None, held: int | None = 0, over: int | None = None) -> SafeString:
    """How full a place is, 0 to 150 %, the notch at 100. Always beside the same figures in words.

    `over` are the people past the places of their own space; without it, those past the capacity. Nothing known about
    `occupied` or `capacity` draws a hollow, dashed bar: never a figure that nobody gave.
    """
    if occupied is None or capacity is None:
        bars = [("none", 0.5, 99.0)]
    elif capacity <= 0:
        bars = [("track", 0, 100), ("over", 100.8, 49.2)] if occupied else [("track", 0, 100)]
    else:
        bars = _bars(occupied, capacity, held or 0, max(0, occupied - capacity) if over is None else over)
    rects = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        ((kind, f"{x:g}", 1 if kind == "none" else 2, f"{w:g}", 12 if kind == "none" else 10) for kind, x, w in bars),
    )
    return format_html(
        '<svg class="po-meter" viewBox="0 0 150 14" preserveAspectRatio="none" aria-hidden="true">{}'
        '<rect class="mark" x="99.6" y="0" width=".8" height="14"/></svg>',
        rects,
    )


def _bars(occupied: int, capacity: int, held: int, over: int) -> list[tuple[str, float, float]]:
    """Name, start and width in per cent of the capacity, with a gap of 0.6 between fill and held."""
    fill = min(100.0, (occupied - over) / capacity * 100)
    bars: list[tuple[str, float, float]] = [("track", 0, 100)]
    if fill > 0:
        bars.append(("fill", 0, round(fill, 1)))
    if held and fill < 99.4:
        bars.append(("held", round(fill + 0.6, 1), round(min(held / capacity * 100, 99.4 - fill), 1)))
    if over > 0:
        bars.append(("over", 100.8, round(max(0.8, min(49.2, over / capacity * 100 - 0.8)), 1)))
    return bars


# --- Names, dates and hours ------------------------------------------------------------------------------------------
PARTICLES = {"de", "del", "la", "las", "los", "y", "e", "da", "do", "dos", "van", "von", "bin", "al", "el"}


@register.filter
def initials(name: str | None) -> str:
    """ "Ana Cruz Ejemplo" → "A. C. E."; small words in the middle are left out."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    kept = [word for place, word in enumerate(words) if place == 0 or word.lower() not in PARTICLES]
    return " ".join(f"{word[0].upper()}." for word in kept)


BROWSERS = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox"}
BROWSERS |= {"CriOS": "Chrome", "FxiOS": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}  # Chrome names Safari too.
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "CrOS": "ChromeOS"}
SYSTEMS |= {"Mac OS X": "Mac", "Linux": "Linux"}


@register.filter
def device(user_agent: str | None) -> str:
    """What a browser calls itself, in two words: "Firefox, Android"; the start of it where it is none that we know."""
    said = user_agent or ""
    found = [next((name for mark, name in known.items() if mark in said), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or said[:40]


WEEKDAYS = [
    pgettext_lazy("weekday, short", "Mon"),
    pgettext_lazy("weekday, short", "Tue"),
    pgettext_lazy("weekday, short", "Wed"),
    pgettext_lazy("weekday, short", "Thu"),
    pgettext_lazy("weekday, short", "Fri"),
    pgettext_lazy("weekday, short", "Sat"),
    pgettext_lazy("weekday, short", "Sun"),
]
MONTHS = [
    pgettext_lazy("month, short", "Jan"),
    pgettext_lazy("month, short", "Feb"),
    pgettext_lazy("month, short", "Mar"),
    pgettext_lazy("month, short", "Apr"),
    pgettext_lazy("month, short", "May"),
    pgettext_lazy("month, short", "Jun"),
    pgettext_lazy("month, short", "Jul"),
    pgettext_lazy("month, short", "Aug"),
    pgettext_lazy("month, short", "Sep"),
    pgettext_lazy("month, short", "Oct"),
    pgettext_lazy("month, short", "Nov"),
    pgettext_lazy("month, short", "Dec"),
]


def _zone(zone: Any) -> tzinfo:
    """An IANA name, a tzinfo, or anything that has a `zone` (a shelter, a city, an office)."""
    zone = getattr(zone, "zone", zone)
    return zone if isinstance(zone, tzinfo) else ZoneInfo(str(zone))


@register.filter
def short_date(day: date | None) -> str:
    """A calendar date: "Thu 12 Nov", "jue 12 nov"."""
    if not day:
        return ""
    return _("%(weekday)s %(day)s %(month)s") % {
        "weekday": WEEKDAYS[day.weekday()],
        "day": day.day,
        "month": MONTHS[day.month - 1],
    }


@register.filter
def long_date(day: date | None) -> str:
    """A calendar date in whole words, without its year: "Friday 13 November", "viernes 13 de noviembre"."""
    return date_format(day, pgettext("format of a date", "l j F")) if day else ""


@register.filter
def full_date(day: date | None) -> str:
    """A calendar date with its year: "12 Nov 2026"."""
    if not day:
        return ""
    return _("%(day)s %(month)s %(year)s") % {"day": day.day, "month": MONTHS[day.month - 1], "year": day.year}


@register.filter
def local_day(instant: datetime | None, zone: Any) -> str:
    """The date of an instant where `zone` is: "Thu 12 Nov"."""
    return short_date(instant.astimezone(_zone(zone)).date()) if instant else ""


@register.filter
def local_hour(instant: datetime | None, zone: Any) -> str:
    """The hour of an instant where `zone` is, always of 24: "21:42"."""
    return f"{instant.astimezone(_zone(zone)):%H:%M}" if instant else ""


@register.filter
def local_time(instant: datetime | None, zone: Any) -> str:
    """An instant where `zone` is: "Thu 12 Nov, 21:42"."""
    if not instant:
        return ""
    return _("%(day)s, %(hour)s") % {"day": local_day(instant, zone), "hour": local_hour(instant, zone)}


@register.filter
def local_moment(instant: datetime | None, zone: Any) -> str:
    """The hour of an instant where `zone` is, with its date unless that is today: "19:10", "Thu 12 Nov, 19:10"."""
    if not instant:
        return ""
    is_today = instant.astimezone(_zone(zone)).date() == datetime.now(_zone(zone)).date()
    return local_hour(instant, zone) if is_today else local_time(instant, zone)


@register.filter
def utc_stamp(instant: datetime | None) -> str:
    """The exact moment for machines: "2026-11-12T20:00:00Z"."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if instant else ""


@register.simple_tag
def when(instant: datetime | None, zone: Any) -> SafeString:
    """An instant in local words, with the exact one for machines."""
    if not instant:
        return SafeString("")
    return format_html('<time datetime="{}">{}</time>', utc_stamp(instant), local_time(instant, zone))


@register.filter
def night_label(evening: date | None) -> str:
    """A night is named by its evening: "Night of Thu 12 Nov"; after midnight too."""
    return _("Night of %(evening)s") % {"evening": short_date(evening)} if evening else ""


@register.filter
def quantity(number: Decimal | None) -> str:
    """A quantity as the kitchen writes it, in every language of ours: "12", "2.5", never "12.000"."""
    return "" if number is None else f"{Decimal(number).normalize():f}"


# --- Forms -----------------------------------------------------------------------------------------------------------


@register.filter
def kind_of(field: BoundField) -> str:
    """How a field is drawn: hidden, check, seg (two to five choices as buttons), radios, checks, file or control."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checks"
    if isinstance(widget, forms.RadioSelect):
        return "seg" if len(list(widget.choices)) <= 5 else "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    return "control"


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The field's own input, with our class and no placeholder; aria-describedby and aria-invalid are Django's.

    Ticks, selects and faults bear names of ours: Bootstrap's own draw them with `data:` pictures, which the CSP forbids.
    """
    widget = field.field.widget
    widget.attrs.pop("placeholder", None)
    if isinstance(widget, forms.MultiWidget):
        return field.as_widget()
    ours = "po-tick" if isinstance(widget, forms.CheckboxInput) else "form-control"
    if isinstance(widget, forms.Select):
        ours = "form-control po-select"
    classes = [ours, widget.attrs.get("class", ""), "po-wrong" if field.errors else ""]
    return field.as_widget(attrs={"class": " ".join(filter(None, classes))})


def _forms(given: tuple[Any, ...]) -> Iterator[BaseForm | BaseFormSet]:
    return (one for one in given if isinstance(one, BaseForm | BaseFormSet) and one.is_bound)


def _lines(form: BaseForm | BaseFormSet) -> Iterator[dict[str, Any]]:
    """One line per fault, in reading order: what it is called, what is wrong, and where to jump."""
    if isinstance(form, BaseFormSet):
        yield from ({"label": "", "sentence": sentence, "target": ""} for sentence in form.non_form_errors())
        for one in form.forms:
            yield from _lines(one)
        return
    yield from ({"label": "", "sentence": sentence, "target": ""} for sentence in form.non_field_errors())
    for field in form:
        for sentence in field.errors:
            yield {"label": _called(form, field), "sentence": sentence, "target": _target(field)}


def _called(form: BaseForm, field: BoundField) -> str:
    """The field's label, after the name of its form where several stand on a page (`summary_name`)."""
    owner = getattr(form, "summary_name", "")
    return f"{owner}, {field.label}" if owner else str(field.label)


def _target(field: BoundField) -> str:
    """The id that a click on the summary should land on: groups (radios, dates) are entered at their first input."""
    return field.id_for_label or (f"{field.auto_id}_0" if field.auto_id else "")


@register.inclusion_tag("components/_errors.html")
def errors(*given: Any) -> dict[str, Any]:
    """The summary on top of a page: `{% errors form formset %}` draws nothing where nothing is wrong."""
    lines = [line for form in _forms(given) for line in _lines(form)]
    return {"lines": lines, "answers": len({line["target"] for line in lines} - {""})}


@register.simple_tag
def error_prefix(*given: Any) -> str:
    """ "Error: " at the start of a page's title where one of its forms is wrong."""
    wrong = any(True for form in _forms(given) for line in _lines(form))
    return pgettext("start of a page title", "Error: ") if wrong else ""
