"""What must be done again and again, and how often: the one list that Celery's beat and the commands without Celery both read.

Each call is that of a task: a function that a worker runs, and that a command runs in its own process where there is no worker.
All of them may run at any time, twice, and in several processes at once.
"""

import os
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.module_loading import import_string

SWEEP_SECONDS = int(os.environ.get("POSADA_SWEEP_SECONDS") or 30)
REPORT_SECONDS = int(os.environ.get("POSADA_REPORT_SECONDS") or 60)


@dataclass(frozen=True)
class Work:
    """One piece of work. Its name is that of its line among the heartbeats, too."""

    name: str
    task: str
    every: timedelta
    command: str  # Which one does it where no Celery runs.

    def do(self) -> None:
        """Do it in this process, and write that it was done."""
        import_string(self.task)()
        note(self)


SENDER, REPORTS, TRIPS = "send_reminders", "send_reports", "watch_trips"

TIMETABLE = [
    Work("due-reminders", "cases.tasks.send_due_reminders", timedelta(seconds=SWEEP_SECONDS), SENDER),
    Work("due-reports", "shelters.tasks.look_after_reports", timedelta(seconds=REPORT_SECONDS), REPORTS),
    Work("trips-not-back", "shelters.tasks.look_after_trips", timedelta(minutes=1), TRIPS),
    Work("changed-dates", "shelters.tasks.tell_of_changed_dates", timedelta(minutes=1), SENDER),
    Work("new-people", "cases.tasks.compare_new_people", timedelta(minutes=1), SENDER),
    Work("referrals", "cases.tasks.sweep_referrals", timedelta(minutes=5), SENDER),
    Work("notices-ahead", "cases.tasks.plan_notices", timedelta(minutes=10), SENDER),
    Work("silent-sign-ins", "cases.tasks.look_after_sign_ins", timedelta(minutes=10), SENDER),
    Work("silent-appointments", "cases.tasks.ask_about_appointments", timedelta(minutes=10), SENDER),
    Work("dates-that-come-near", "cases.tasks.look_at_dates", timedelta(minutes=30), SENDER),
    Work("expired-drafts", "cases.tasks.remove_expired_drafts", timedelta(hours=1), SENDER),
    Work("documents", "cases.tasks.sweep_documents", timedelta(hours=1), SENDER),
]


def of_command(command: str) -> list[Work]:
    """The work of one command."""
    return [work for work in TIMETABLE if work.command == command]


def note(work: Work) -> None:
    """Write that it was done."""
    from ngo.models import Heartbeat  # Celery reads this list before there are any models.

    Heartbeat.objects.note(**{work.name: timezone.now()})


def note_task(task: str) -> None:
    """The same by the name of its task; nothing where it is none of the timetable."""
    for work in TIMETABLE:
        if work.task == task:
            note(work)
