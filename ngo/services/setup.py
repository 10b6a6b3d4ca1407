"""First real use: the organisation, its coordinator and its first shelter, in one go."""

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cases.models import ClockRule
from cases.services.appointment_kinds import seed_kinds
from cases.services.clock_rules import load_clocks
from cases.services.notice_rules import seed_rules
from cases.services.pathways import seed_pathways
from ngo.errors import Refused
from ngo.models import City, Membership, Organisation, Staff
from ngo.permissions import Role
from shelters.models import Sleepers
from shelters.services.places import BedCount, add_space, create_shelter

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # Nothing that reads like something else.
GUESSES, IN_SECONDS = 10, 600
ONE_SETUP_AT_A_TIME = 7_263_201  # Any number: the key of the lock.


# --- The one-time code -----------------------------------------------------------------------------------------------


def is_needed() -> bool:
    """Whether this installation has nobody yet."""
    return not Staff.objects.exists()


def setup_code() -> str:
    """The code that the set-up page asks for: whoever reads the server's own output may set it up. Empty once somebody is here.

    It lies in the data folder, readable by our own user alone, and is the same for every process until it is used.
    """
    path = settings.DATA_FOLDER / "setup-code"
    if not is_needed():
        path.unlink(missing_ok=True)
        return ""
    settings.DATA_FOLDER.mkdir(parents=True, exist_ok=True)
    code = "-".join("".join(secrets.choice(ALPHABET) for _letter in range(4)) for _group in range(3))
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(code)
        return code
    except FileExistsError:
        return path.read_text().strip()


def check_setup_code(typed: str) -> None:
    """Refuse a wrong code, and after ten tries in ten minutes any code at all."""
    cache.add("setup-guesses", 0, IN_SECONDS)
    if cache.incr("setup-guesses") > GUESSES:
        raise Refused(_("Too many attempts. Wait ten minutes, then try again."))
    typed = "".join(typed.split()).upper()
    if not secrets.compare_digest(typed.encode(), (setup_code() or secrets.token_hex()).encode()):
        raise Refused(_("This is not the code. It stands in the window where Posada was started."))


# --- The set-up itself -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FirstSpace:
    """A room of the first shelter with its beds: "12 bunks and 4 cots in the women's dormitory"."""

    name: str
    sleepers: str = Sleepers.ANYONE
    beds: Iterable[BedCount] = field(default_factory=list)


@transaction.atomic
def set_up_organisation(
    *,
    organisation: str,
    email: str,
    name: str,
    password: str,
    shelter: str,
    city: City,
    language: str = "es",
    space: FirstSpace | None = None,
    slug: str = "",
    only_if_needed: bool = False,
) -> Staff:
    """Make an organisation with its coordinator and first shelter, and give the coordinator back.

    Someone who has an account already keeps name and password. `only_if_needed` refuses where somebody is here already:
    of two people on the set-up page at once, one succeeds. Raises Refused.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SETUP_AT_A_TIME])
    if only_if_needed and not is_needed():
        raise Refused(_("Posada is set up already. Sign in, or ask the coordinator for an invitation."))
    house = _new_organisation(organisation, slug)
    seed_kinds(house)
    seed_rules(house)
    seed_pathways(house)
    if not ClockRule.objects.exists():
        load_clocks()
    coordinator = Staff.objects.filter(email__iexact=email).first()
    if coordinator is None:
        coordinator = Staff.objects.create_user(email, password, name=name, language=language)
    membership = Membership.objects.create(
        staff=coordinator, organisation=house, role=Role.COORDINATOR, accepted_at=timezone.now()
    )
    coordinator.current_membership = membership
    coordinator.save(update_fields=["current_membership"])
    first = create_shelter(organisation=house, name=shelter, city=city, by=coordinator)
    if space is not None:
        add_space(shelter=first, by=coordinator, name=space.name, sleepers=space.sleepers, beds=space.beds)
    return coordinator


def _new_organisation(name: str, slug: str) -> Organisation:
    if Organisation.objects.filter(name__iexact=name).exists():
        raise Refused(_("There is already an organisation of this name."))
    base = slug or slugify(name)[:55].strip("-") or "casa"
    taken = set(Organisation.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug = next(one for number in range(1, 10_000) if (one := base if number == 1 else f"{base}-{number}") not in taken)
    return Organisation.objects.create(name=name, slug=slug)
