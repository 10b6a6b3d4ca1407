"""The clock of the reports without Celery: `manage.py send_reports [--loop]`."""

from ngo import timetable
from ngo.loops import LoopCommand
from shelters.services import report_clock


class Command(LoopCommand):
    help = "Draft, freeze and send the reports that are due: once, or with --loop again and again until it is stopped."
    name = timetable.REPORTS
    does = ("due-reports",)

    def once(self) -> str:
        done = report_clock.look()
        return f"{done.drafted} drafted, {done.frozen} frozen unconfirmed, {done.sent} sent, {done.failed} failed"
