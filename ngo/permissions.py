"""Who may do what: the only table of it.

A role is what a membership carries; a permission is what a view asks for. `requires` guards a view and leaves a mark, so
that a test can prove that no view was forgotten. Rows are a second question: see `visible_to` on every queryset.
"""

from collections.abc import Callable
from enum import StrEnum, auto
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _

View = TypeVar("View", bound=Callable[..., Any])


class Role(models.TextChoices):
    VOLUNTEER = "volunteer", _("Volunteer")
    FRONT_DESK = "front_desk", _("Front desk")
    CASEWORKER = "caseworker", _("Caseworker")
    LEGAL = "legal", _("Legal team")
    SUPPLIES = "supplies", _("Kitchen and store")
    COORDINATOR = "coordinator", _("Coordinator")
    NETWORK_VIEWER = "network_viewer", _("City network")


ROLE_DESCRIPTIONS = {
    Role.VOLUNTEER: _("Takes families in at the door, gives them beds and calls the roll. Sees initials, not files."),
    Role.FRONT_DESK: _("Runs the door: intake, beds, moves, departures, and the names of who is in the house."),
    Role.CASEWORKER: _("Keeps the files: people, families, their group, appointments, needs and notes."),
    Role.LEGAL: _(
        "Accompanies the legal side: people, appointments, children's alerts, and notes that nobody else reads."
    ),
    Role.SUPPLIES: _("Cooks and keeps the store: how many eat, which diets, what lasts how long. No names."),
    Role.COORDINATOR: _(
        "Answers for the house: everything above but legal notes; the places, the staff and who read what."
    ),
    Role.NETWORK_VIEWER: _("Another organisation or the city: how many places are free. Never a name."),
}


class Permission(StrEnum):
    VIEW_TODAY = auto()  # The figures of tonight, without any person.
    VIEW_BOARD = auto()  # The bed board, with initials.
    VIEW_NAMES = auto()  # Names in place of initials on the board.
    TAKE_IN_FAMILIES = auto()  # Intake, and the families that one took in oneself in this hour.
    CHECK_IN_GUESTS = auto()  # Check in, move, check out, hold, undo.
    APPROVE_EXTENSIONS = auto()  # Let someone stay beyond the longest stay of the house.
    BEND_RULES = auto()  # Go on against a rule that bends, with a reason.
    VIEW_PEOPLE = auto()  # People, families, search.
    EDIT_PEOPLE = auto()  # Change the group, write notes.
    MERGE_FILES = auto()  # Make one file of two, and put them apart again.
    VIEW_RESTRICTED_NEEDS = auto()  # Violence, torture, serious illness, LGBTQ+.
    HANDLE_CHILD_ALERTS = auto()
    VIEW_CASES = auto()  # Cases, tasks, claims, returns: what people are going through.
    EDIT_CASES = auto()
    EDIT_PATHWAYS = auto()  # Steps, papers and clocks of a pathway, as a new version.
    MANAGE_PLACES = auto()  # Shelters, spaces, beds, repairs.
    MANAGE_STAFF = auto()
    EDIT_CATALOGUE = auto()  # Cities, ports, offices.
    VIEW_READ_LOG = auto()
    VIEW_TOMORROW = auto()  # Who leaves the house tomorrow and what they need: initials, no place, no kind.
    TELL_OF_TOMORROW = auto()  # Write that a family was told in person of what it has tomorrow.
    VIEW_APPOINTMENTS = auto()  # What, where and when.
    EDIT_APPOINTMENTS = auto()  # Book, move, cancel, say what became of it.
    EDIT_APPOINTMENT_KINDS = auto()
    VIEW_REMINDERS = auto()  # What is sent to whom and why not; people to call because a message failed.
    TAKE_ROLL_CALL = auto()
    LOG_TURN_AWAYS = auto()
    KEEP_DOOR = auto()  # Who goes out and comes in, leave, guests' cards.
    FOLLOW_TRIPS = (
        auto()
    )  # Who is out for an appointment, since when and until when; take it over; write that they called.
    VIEW_REPORTS = auto()  # The daily capacity report: figures, no person.
    CONFIRM_REPORTS = auto()
    MANAGE_REPORTS = auto()  # Correct a frozen report; to whom it is sent.
    VIEW_SUPPLIES = auto()  # The store, heads for the meals, the kitchen's sheet.
    MANAGE_SUPPLIES = auto()  # Counts in and out, meals served.
    VIEW_LEGAL_AID = auto()  # Providers and free slots.
    MANAGE_LEGAL_AID = auto()  # Providers and their weekly slots.
    KEEP_DOCUMENTS = auto()  # Families' papers: see them, open them, add and remove them.
    HANDLE_REFERRALS = auto()  # Refer a family to somebody else, and answer what others refer to us.
    OPEN_TO_REFERRALS = auto()  # Whether, and for what, other organisations here may refer people to us.
    KEEP_LEGAL_NOTES = auto()  # Read and write what was said in confidence. Not even the coordinator.
    VIEW_CLOCKS = auto()  # The clocks of the law that run, their rules, and the closures of authorities.
    EDIT_CLOCKS = auto()  # Begin and end a clock, say who was told.
    ENTER_AUTHORITY_EVENTS = auto()  # What an authority cancelled or moved for many at once; undo it.
    KEEP_CLOSURES = auto()  # Enter and withdraw closures, write rules anew: it moves the dates of everybody.
    USE_ACCOUNT = auto()  # One's own preferences, switching organisation, hiding the screen.


P = Permission
_DOOR = {
    *(P.VIEW_TODAY, P.VIEW_BOARD, P.TAKE_IN_FAMILIES, P.CHECK_IN_GUESTS, P.BEND_RULES, P.USE_ACCOUNT),
    *(P.VIEW_TOMORROW, P.TELL_OF_TOMORROW, P.TAKE_ROLL_CALL, P.LOG_TURN_AWAYS, P.VIEW_REPORTS),
    *(P.KEEP_DOOR, P.FOLLOW_TRIPS),
}
_FILES = {
    *(P.VIEW_TODAY, P.VIEW_BOARD, P.VIEW_NAMES, P.VIEW_PEOPLE, P.EDIT_PEOPLE, P.HANDLE_CHILD_ALERTS, P.USE_ACCOUNT),
    *(P.VIEW_TOMORROW, P.VIEW_APPOINTMENTS, P.EDIT_APPOINTMENTS, P.VIEW_REMINDERS, P.VIEW_LEGAL_AID, P.VIEW_REPORTS),
    *(P.TELL_OF_TOMORROW, P.VIEW_CASES, P.EDIT_CASES, P.VIEW_CLOCKS, P.EDIT_CLOCKS),
    *(P.KEEP_DOCUMENTS, P.HANDLE_REFERRALS, P.FOLLOW_TRIPS),
}
_DESK = _DOOR | {P.VIEW_NAMES, P.VIEW_PEOPLE, P.EDIT_PEOPLE, P.HANDLE_CHILD_ALERTS, P.CONFIRM_REPORTS}

GRANTS: dict[Role, set[Permission]] = {
    Role.VOLUNTEER: _DOOR,
    Role.FRONT_DESK: _DESK | {P.VIEW_APPOINTMENTS, P.EDIT_APPOINTMENTS, P.VIEW_REMINDERS, P.VIEW_LEGAL_AID},
    Role.CASEWORKER: _FILES | _DOOR | {P.VIEW_RESTRICTED_NEEDS, P.CONFIRM_REPORTS, P.MERGE_FILES},
    Role.LEGAL: _FILES | {P.VIEW_RESTRICTED_NEEDS, P.MANAGE_LEGAL_AID, P.KEEP_LEGAL_NOTES, P.KEEP_CLOSURES},
    Role.SUPPLIES: {P.VIEW_TODAY, P.VIEW_TOMORROW, P.VIEW_SUPPLIES, P.MANAGE_SUPPLIES, P.USE_ACCOUNT},
    Role.COORDINATOR: set(Permission) - {P.KEEP_LEGAL_NOTES},
    Role.NETWORK_VIEWER: {P.VIEW_TODAY, P.USE_ACCOUNT},
}


def may(staff: Any, permission: Permission) -> bool:
    """Whether this person may do this in the organisation that they are working for now."""
    membership = getattr(staff, "membership", None)
    return membership is not None and permission in GRANTS[Role(membership.role)]


def requires(permission: Permission) -> Callable[[View], View]:
    """Guard a view. The mark it leaves lets a test prove that no view was forgotten."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            if not may(request.user, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def public(view: View) -> View:
    """Mark a view that anyone may open without signing in (health, set-up, an invitation)."""
    open_view = login_not_required(view)
    open_view.permission = "public"  # type: ignore[attr-defined]
    return open_view
