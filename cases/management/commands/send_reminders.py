"""The sender of reminders without Celery: `manage.py send_reminders [--loop]`."""

from typing import Any

from cases.services import reminders, sending
from ngo import timetable
from ngo.loops import LoopCommand
from ngo.messaging import email


class Command(LoopCommand):
    help = (
        "Send the reminders that are due, and do all other regular work that neither send_reports nor watch_trips does (sign-ins "
        "and appointments of which nobody wrote anything, dates that an authority changed, limits that come near, referrals): "
        "once, or with --loop again and again until it is stopped (Ctrl-C, SIGTERM). "
        "It needs no Celery, and does no harm beside it; any number of them may run. Each sweep writes its time: see the "
        "page Sending, and posada_sweep_age_seconds in /metrics."
    )
    every = 30
    name = timetable.SENDER
    does = ("due-reminders", "notices-ahead")

    def handle(self, *args: Any, **options: Any) -> None:
        if not email.is_configured():
            self.stderr.write("No e-mail server is set up (EMAIL_URL): what is due stands among the people to call.")
        super().handle(*args, **options)

    def once(self) -> str:
        reminders.plan_ahead()
        swept = sending.send_due()
        return f"{swept.sent} sent, {swept.failed} to be tried again, {swept.given_up} given up, {swept.ended} not to be sent"
