"""What happened in a case, in the words of the page. A code that is not known is shown as it is: nothing is hidden."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import (
    AppointmentState,
    ClaimState,
    Closing,
    Happening,
    ProcessChange,
    ReturnKind,
    ReturnState,
    SignInResult,
    Step,
    TurnState,
)

FACTS: dict[str, str | Promise] = {
    "claim:entry": gettext_lazy("The day of entry was corrected."),
    "claim:consulate_on": gettext_lazy("The consulate is not to be told."),
    "claim:consulate_off": gettext_lazy("They asked that their consulate may be contacted."),
    "claim:may_move": gettext_lazy("They hold written leave to move to another state."),
    "claim:must_stay": gettext_lazy("They must stay in the state of their claim."),
    "sign_in:begins": gettext_lazy("Has to sign in from now on."),
    "return:date_taken_back": gettext_lazy("The date of the return was taken back."),
}
ALERTS: dict[str, str | Promise] = {
    "fear": gettext_lazy("Fear to go back, or no answer: the return is stopped and the legal team was told."),
    "sign_in": gettext_lazy("A sign-in was missed: the legal team was told."),
    "other_state": gettext_lazy("They sleep in another state than that of their claim: the legal team was told."),
    "other_state_undone": gettext_lazy("The check-in in another state was undone: they do not sleep there."),
}
STATES_OF: dict[str, Callable[[str], str]] = {
    "claim": lambda code: _("Claim: %(state)s.") % {"state": ClaimState(code).label},
    "sign_in": lambda code: _("Sign-in: %(state)s.") % {"state": SignInResult(code).label},
    "appointment": lambda code: _("Appointment: %(state)s.") % {"state": AppointmentState(code).label},
    "turn": lambda code: _("Turn on a list: %(state)s.") % {"state": TurnState(code).label},
}


def words_of(change: ProcessChange, papers: dict[str, str]) -> str:
    """One line of the history. `papers` are the names of papers by code."""
    match change.kind:
        case Happening.STEP:
            return _("Step: %(step)s.") % {"step": change.step.name if change.step else ""}
        case Happening.MOVED:
            return _("Goes by version %(number)s of the pathway.") % {"number": change.code}
        case Happening.OWNER:
            who = {"name": change.staff}
            return _("Responsible: %(name)s.") % who if change.staff else _("Nobody is responsible.")
        case Happening.PAPER:
            name = papers.get(change.code, change.code)
            return _("Paper taken back: %(paper)s.") % {"paper": name} if change.reason else _seen(name)
        case Happening.CLOSED:
            return _("Closed: %(why)s.") % {"why": Closing(change.code).label}
        case Happening.ALERT:
            return str(ALERTS.get(change.code, change.code))
        case Happening.FACT:
            return fact_words(change.code)
    return str(PLAIN[Happening(change.kind)])


PLAIN: dict[Happening, str | Promise] = {
    Happening.OPENED: gettext_lazy("The case was opened."),
    Happening.JOINED: gettext_lazy("In the case from now on."),
    Happening.LEFT: gettext_lazy("Left the case."),
    Happening.MAIN: gettext_lazy("This is the main case from now on."),
    Happening.PLAN: gettext_lazy("The plan was changed."),
    Happening.REOPENED: gettext_lazy("The case was opened again."),
}


def _seen(name: str) -> str:
    return _("Paper seen: %(paper)s.") % {"paper": name}


def fact_words(code: str) -> str:
    """A fact of the claim, of a sign-in, of an appointment, of a turn or of the return: "claim:filed" is "Claim: Filed…"."""
    if code in FACTS:
        return str(FACTS[code])
    subject, _colon, state = code.partition(":")
    if subject == "return":
        label = ReturnKind(state).label if state in ReturnKind.values else ReturnState(state).label
        return _("Return: %(state)s.") % {"state": label}
    return STATES_OF[subject](state) if subject in STATES_OF else code


def paper_names(steps: list[Step]) -> dict[str, str]:
    return {paper.code: paper.name for step in steps for paper in step.needed}


STATE_OF: dict[str, str] = {
    Happening.OPENED: "ok",
    Happening.STEP: "info",
    Happening.ALERT: "alert",
    Happening.CLOSED: "out",
    Happening.REOPENED: "ok",
    Happening.PAPER: "ok",
    Happening.FACT: "info",
    Happening.MOVED: "info",
}
