"""The sender without Celery: once, or in a loop. Any number of them may run, beside the worker too."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from cases.services import reminders
from ngo.messaging import email


class Command(BaseCommand):
    help = "Send the reminders that are due: once, or with --loop again and again until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped (Ctrl-C)")
        parser.add_argument("--every", type=int, default=30, metavar="SECONDS", help="between two sweeps: 30")

    def handle(self, *args: Any, **options: Any) -> None:
        if not email.is_configured():
            self.stderr.write("No e-mail server is set up (EMAIL_URL): what is due stands among the people to call.")
        if not options["loop"]:
            self.sweep()
            return
        stopping = threading.Event()
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            try:
                self.sweep()
            except DatabaseError as error:  # It may come back; the product says in red that nothing leaves.
                self.stderr.write(f"The database did not answer: {type(error).__name__}")
            close_old_connections()
            stopping.wait(max(1, options["every"]))

    def sweep(self) -> None:
        swept = reminders.send_due()
        self.stdout.write(
            f"{swept.sent} sent, {swept.failed} to be tried again, {swept.given_up} given up, {swept.ended} not to be sent"
        )
