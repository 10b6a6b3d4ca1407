"""The clock of the reports without Celery: once, or in a loop. Any number of them may run, beside the worker too."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from shelters.services import report_clock


class Command(BaseCommand):
    help = "Draft, freeze and send the reports that are due: once, or with --loop again and again until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped (Ctrl-C)")
        parser.add_argument("--every", type=int, default=60, metavar="SECONDS", help="between two looks: 60")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["loop"]:
            self.look()
            return
        stopping = threading.Event()
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            try:
                self.look()
            except DatabaseError as error:  # It may come back; what is due waits.
                self.stderr.write(f"The database did not answer: {type(error).__name__}")
            close_old_connections()
            stopping.wait(max(1, options["every"]))

    def look(self) -> None:
        done = report_clock.look()
        self.stdout.write(
            f"{done.drafted} drafted, {done.frozen} frozen unconfirmed, {done.sent} sent, {done.failed} failed"
        )
