"""What waits in the cases: a line for each kind, with the list that it opens. What is none is not a line."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cases.case_counts import CaseCounts, case_counts
from ngo.dashboard.task import Task
from ngo.models import Staff


def case_lines(staff: Staff, now: datetime) -> Iterator[Task]:
    """The lines of one person's role, from one query."""
    counts = case_counts(staff, now)
    for lines in (_protection, _misses, _clocks, _tasks, _referrals, _files):
        yield from lines(counts)


def _protection(counts: CaseCounts) -> Iterator[Task]:
    url = reverse("cases:case_protection")
    if count := counts.sign_ins_missed:
        title = ngettext("%(count)d sign-in was not made", "%(count)d sign-ins were not made", count)
        detail = _("Talk to them today: a claim can be declared abandoned.")
        yield Task("alert", "signature", title % {"count": count}, detail, url, _("Now"))
    if count := counts.unprotected:
        title = ngettext(
            "%(count)d person has no paper that protects them",
            "%(count)d people have no paper that protects them",
            count,
        )
        detail = _("They ask for protection in Mexico and can still be sent back.")
        yield Task("warn", "shield-alert", title % {"count": count}, detail, url, _("Look"))


def _clocks(counts: CaseCounts) -> Iterator[Task]:
    url = reverse("cases:clocks")
    if count := counts.clocks_late:
        title = ngettext("%(count)d deadline is late", "%(count)d deadlines are late", count)
        detail = _("See a lawyer: late is not lost.")
        yield Task("alert", "alarm-clock", title % {"count": count}, detail, f"{url}?show=late", _("Now"))
    if count := counts.clocks_near:
        title = ngettext("%(count)d deadline is near", "%(count)d deadlines are near", count)
        detail = _("Within seven days. Do it before the safe date.")
        yield Task("warn", "alarm-clock", title % {"count": count}, detail, url, _("Soon"))
    if count := counts.clocks_to_tell:
        title = ngettext("%(count)d date has moved", "%(count)d dates have moved", count)
        detail = _("Nobody has told the family yet.")
        yield Task("warn", "calendar-sync", title % {"count": count}, detail, reverse("cases:clock_changes"), _("Tell"))


def _misses(counts: CaseCounts) -> Iterator[Task]:
    """Those of whoever looks, and those of their role that nobody has taken."""
    url = reverse("cases:case_tasks")
    if count := counts.misses:
        title = ngettext("%(count)d appointment was missed", "%(count)d appointments were missed", count)
        detail = _("Talk to them today. The task says what can be done next.")
        yield Task("alert", "triangle-alert", title % {"count": count}, detail, url, _("Now"))
    if count := counts.silences:
        title = ngettext(
            "Nobody wrote what became of %(count)d appointment",
            "Nobody wrote what became of %(count)d appointments",
            count,
        )
        detail = _("Ask them, and write it down.")
        yield Task("warn", "calendar-clock", title % {"count": count}, detail, url, _("Ask"))


def _tasks(counts: CaseCounts) -> Iterator[Task]:
    url, detail = reverse("cases:case_tasks"), _("Yours, and those of your role that nobody has taken.")
    if count := counts.tasks_urgent:
        title = ngettext("%(count)d urgent task waits", "%(count)d urgent tasks wait", count)
        yield Task("alert", "list-todo", title % {"count": count}, detail, url, _("Now"))
    if count := counts.tasks_late:
        title = ngettext("%(count)d task is late", "%(count)d tasks are late", count)
        yield Task("warn", "list-todo", title % {"count": count}, detail, url, pgettext("task", "Late"))
    if count := counts.tasks_today:
        title = ngettext("%(count)d task is due today", "%(count)d tasks are due today", count)
        yield Task("info", "list-todo", title % {"count": count}, detail, url, pgettext("task", "Today"))
    if count := counts.cases_of_nobody:
        title = ngettext("Nobody is responsible for %(count)d case", "Nobody is responsible for %(count)d cases", count)
        detail, url = _("Take it, or hand it to somebody."), f"{reverse('cases:cases')}?whose=nobody"
        yield Task("info", "user-round-search", title % {"count": count}, detail, url, _("Take"))


def _referrals(counts: CaseCounts) -> Iterator[Task]:
    if count := counts.referrals_to_answer:
        title = ngettext("%(count)d referral waits for our answer", "%(count)d referrals wait for our answer", count)
        detail = _("Say yes, or no and why: they look for another way.")
        if late := counts.referrals_to_answer_late:
            detail = ngettext(
                "%(count)d should have been answered already.", "%(count)d should have been answered already.", late
            ) % {"count": late}
        url = reverse("cases:received")
        yield Task("warn", "inbox", title % {"count": count}, detail, url, pgettext("referral", "Answer"))
    url = reverse("cases:referrals")
    if count := counts.referrals_unanswered:
        title = ngettext(
            "%(count)d referral of ours has no answer", "%(count)d referrals of ours have no answer", count
        )
        detail = _("The time for it is over. Call them, or refer the family to somebody else.")
        yield Task("warn", "send", title % {"count": count}, detail, url, _("Call"))
    if count := counts.referrals_to_tell:
        title = ngettext("Ask for %(count)d letter back", "Ask for %(count)d letters back", count)
        detail = _("It may not be kept any more. Who has it on paper must be asked to destroy it.")
        yield Task("warn", "send", title % {"count": count}, detail, url, _("Tell"))


def _files(counts: CaseCounts) -> Iterator[Task]:
    if count := counts.child_places_ending:
        title = ngettext(
            "The authorisation of %(count)d place for children ends",
            "The authorisation of %(count)d places for children ends",
            count,
        )
        detail = _("Within thirty days, or it has ended already. Ask the DIF for a new one.")
        yield Task("warn", "house", title % {"count": count}, detail, reverse("cases:child_places"), _("Look"))
    if count := counts.pairs:
        title = ngettext(
            "%(count)d pair of files may be one person", "%(count)d pairs of files may be one person", count
        )
        detail = _("Compare them, and join them or say that they are two.")
        yield Task("info", "users", title % {"count": count}, detail, reverse("cases:duplicates"), _("Look"))
