"""What the shell of every page shows: the house and its night, where one may go, and what one may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

from cases.models import SendingPause
from ngo.models import Heartbeat
from ngo.models.health import SWEEP, is_silent
from ngo.permissions import Permission, Role, may
from shelters.models import Shelter
from shelters.nights import tonight


class Can:
    """`can.check_in_guests` in a template: whether this person may, here and now."""

    def __init__(self, staff: Any):
        self.staff = staff

    def __getitem__(self, name: str) -> bool:
        return may(self.staff, Permission(name))


@dataclass(frozen=True)
class Place:
    """One entry of the navigation. `routes` are the starts of the URL names that count as being there."""

    label: str | Promise
    icon: str
    url_name: str
    routes: tuple[str, ...]


PLACES = {
    "today": Place(_("Today"), "house", "ngo:today", ("ngo:today",)),
    "beds": Place(_("Beds"), "bed-single", "shelters:board", ("shelters:",)),
    "intake": Place(_("Intake"), "user-plus", "cases:intake", ("cases:intake",)),
    "people": Place(_("People"), "users", "cases:people", ("cases:", "shelters:pair", "shelters:merge")),
    "roll_call": Place(_("Roll-call"), "list-checks", "shelters:roll_calls", ("shelters:roll_call",)),
    "door": Place(_("Door"), "door-open", "shelters:doors", ("shelters:door", "shelters:trip")),
    "tomorrow": Place(_("Tomorrow"), "calendar-clock", "shelters:tomorrow", ("shelters:tomorrow",)),
    "appointments": Place(
        _("Appointments"),
        "calendar-days",
        "cases:appointments",
        ("cases:appointment", "cases:reminder", "shelters:authority"),
    ),
    "cases": Place(_("Cases"), "folder-open", "cases:cases", ("cases:case",)),
    "clocks": Place(_("Deadlines"), "hourglass", "cases:clocks", ("cases:clock", "cases:closure")),
    "legal_aid": Place(_("Legal aid"), "scale", "cases:legal_aid", ("cases:legal",)),
    "referrals": Place(
        _("Referrals"), "send", "cases:referrals", ("cases:referral", "cases:received", "cases:family_referrals")
    ),
    "kitchen": Place(_("Meals"), "utensils", "shelters:kitchens", ("shelters:kitchen", "shelters:meal")),
    "store": Place(_("Store"), "package", "shelters:stores", ("shelters:store", "shelters:item")),
    "reports": Place(_("Reports"), "chart-column", "shelters:reports", ("shelters:report",)),
    "places": Place(
        _("Shelters"),
        "building-2",
        "shelters:list",
        ("shelters:list", "shelters:new", "shelters:edit", "shelters:state", "shelters:space", "shelters:beds_new"),
    ),
    "staff": Place(_("Staff"), "id-card", "ngo:staff_list", ("ngo:staff", "ngo:invite")),
    "catalogue": Place(_("Cities and offices"), "landmark", "ngo:catalogue", ("ngo:catalogue",)),
    "reads": Place(_("Who read what"), "eye", "ngo:reads", ("ngo:reads",)),
    "preferences": Place(
        _("My account"), "settings-2", "ngo:preferences", ("ngo:preferences", "account_", "usersessions_")
    ),
}
MORE = Place(_("More"), "ellipsis", "ngo:more", ("ngo:more",))

# The four that a thumb reaches on a phone; the others stand behind More there, and beside the page on a wide screen.
AT_HAND = {
    Role.VOLUNTEER: ("today", "beds", "intake", "roll_call"),
    Role.FRONT_DESK: ("today", "beds", "intake", "roll_call"),
    Role.CASEWORKER: ("today", "people", "appointments", "cases"),
    Role.LEGAL: ("today", "clocks", "appointments", "cases"),
    Role.SUPPLIES: ("today", "kitchen", "store", "tomorrow"),
    Role.COORDINATOR: ("today", "beds", "intake", "reports"),
    Role.NETWORK_VIEWER: ("today", "places", "preferences"),
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell`, `can` and `nav`, worked out once per request and with one query of its own."""
    if not hasattr(request, "posada_shell"):
        request.posada_shell = _shell(request)  # type: ignore[attr-defined]
    return request.posada_shell  # type: ignore[attr-defined]


def _shell(request: HttpRequest) -> dict[str, Any]:
    direction = "rtl" if get_language_bidi() else "ltr"
    staff = getattr(request, "user", None)
    if staff is None or not staff.is_authenticated:
        return {"shell": {"dir": direction, "rtl": direction == "rtl"}, "can": Can(None), "nav": []}
    shelters = shelters_at_hand(request)
    return {
        "shell": _house(request, staff, shelters)
        | {"dir": direction, "rtl": direction == "rtl", "theme": staff.theme}
        | _reminders(staff, shelters),
        "can": Can(staff),
        "nav": _nav(request, staff, shelters),
    }


def shelters_at_hand(request: Any) -> list[Shelter]:
    """The shelters that this person works in, fetched once per request, and with them when reminders were last looked after,
    and since when their sending is stopped."""
    if not hasattr(request, "posada_shelters"):
        shelters = Shelter.objects.visible_to(request.user)
        shelters = shelters.annotate(swept_at=Subquery(_last_sweep()), paused_at=Subquery(_pause_of_its_organisation()))
        request.posada_shelters = list(shelters.only("name", "slug", "zone", "evening_at", "morning_at"))
    return request.posada_shelters


def _last_sweep() -> Any:
    return Heartbeat.objects.filter(name=SWEEP).values("beat_at")


def _pause_of_its_organisation() -> Any:
    return SendingPause.objects.filter(organisation=OuterRef("organisation"), ended_at=None).values("began_at")


def _reminders(staff: Any, shelters: list[Shelter]) -> dict[str, Any]:
    """Whether no reminder leaves any more, which every page says in red; and where the list is that takes their place."""
    if staff.organisation is None:
        return {}
    swept_at = shelters[0].swept_at if shelters else next(iter(_last_sweep().values_list("beat_at", flat=True)), None)  # type: ignore[attr-defined]
    if not is_silent(swept_at, since=staff.organisation.created_at):
        return {}
    tomorrow = _url(PLACES["tomorrow"].url_name) if _open_to(staff, PLACES["tomorrow"].url_name) else ""
    return {"reminders_are_silent": True, "tomorrow_url": tomorrow}


def _house(request: HttpRequest, staff: Any, shelters: list[Shelter]) -> dict[str, Any]:
    """The house in the bar: the shelter that the page is about, the only one, or else the organisation."""
    slug = request.resolver_match.kwargs.get("slug") if request.resolver_match else None
    here = [shelter for shelter in shelters if shelter.slug == slug] or (shelters if len(shelters) == 1 else [])
    name = here[0].name if here else str(staff.organisation or "Posada")
    several = len(shelters) > 1 and _open_to(staff, "shelters:list")
    return {
        "house": name,
        "night": _night(here or shelters),
        "zone": (here or shelters)[0].zone if shelters else "UTC",
        "organisation": staff.organisation,
        "home_url": _url("shelters:list") if several else _url("ngo:today"),
        "search_url": _url("cases:people") if _open_to(staff, "cases:people") else "",
        "hide_url": _url("ngo:hide"),
    }


def _night(shelters: list[Shelter]) -> date | None:
    """The night that these shelters are in; none where their clocks do not agree on it."""
    nights = {tonight(shelter) for shelter in shelters}
    return nights.pop() if len(nights) == 1 else None


def _nav(request: HttpRequest, staff: Any, shelters: list[Shelter]) -> list[dict[str, Any]]:
    """The entries; `current` is "page", "true" below that page, or ""; `width` "wide" (not on a phone) or "slim"."""
    if staff.membership is None:
        return []
    at_hand = AT_HAND[Role(staff.membership.role)]
    keys = [*at_hand, *(key for key in PLACES if key not in at_hand)]
    places = _without_repeats((key, url) for key in keys if (url := _address(staff, key, shelters)))
    here = _current(request, [key for key, _address_of_it in places])
    items, gap = [], " gap"
    for key, url in places:
        width = "" if key in at_hand else f"wide{gap}"
        gap = gap if key in at_hand else ""
        current = "" if key != here else "page" if request.path == url else "true"
        items.append(_item(PLACES[key], url, current=current, width=width))
    if more := _url(MORE.url_name):
        current = "page" if request.path == more else "true" if here and here not in at_hand else ""
        items.append(_item(MORE, more, current=current, width="slim"))
    return items


def _without_repeats(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """One entry per address: with several shelters, Beds begins at the list of shelters too."""
    seen: dict[str, str] = {}
    for key, url in found:
        seen.setdefault(url, key)
    return [(key, url) for url, key in seen.items()]


def _item(place: Place, url: str, *, current: str, width: str) -> dict[str, Any]:
    return {"label": place.label, "icon": place.icon, "url": url, "current": current, "width": width}


def _address(staff: Any, key: str, shelters: list[Shelter]) -> str:
    """Where an entry leads for this person, or an empty string where they may not go."""
    if key != "beds":
        return _url(PLACES[key].url_name) if _open_to(staff, PLACES[key].url_name) else ""
    overview = _url("shelters:list")
    if not overview or not shelters or not may(staff, Permission.VIEW_BOARD):
        return ""
    return reverse("shelters:board", args=[shelters[0].slug]) if len(shelters) == 1 else overview


@lru_cache(maxsize=256)
def _route(urlconf: str, name: str) -> tuple[str, Permission | None]:
    """The address of a route without arguments and what its view asks for; empty where there is no such route."""
    try:
        url = reverse(name, urlconf)
    except NoReverseMatch:
        return "", None
    return url, getattr(resolve(url, urlconf).func, "permission", None)


def _url(name: str) -> str:
    return _route(get_urlconf() or settings.ROOT_URLCONF, name)[0]


def _open_to(staff: Any, name: str) -> bool:
    """The view's own mark decides, so that the navigation never offers a page that refuses."""
    permission = _route(get_urlconf() or settings.ROOT_URLCONF, name)[1]
    return permission is not None and may(staff, permission)


def _current(request: HttpRequest, keys: list[str]) -> str:
    """Which entry the page belongs to: the longest start of its URL name wins."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    starts = [(len(start), key) for key in keys for start in PLACES[key].routes if here.startswith(start)]
    return max(starts)[1] if starts else ""
