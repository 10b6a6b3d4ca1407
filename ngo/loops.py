"""A command that does one piece of work once, or again and again until it is stopped: the timetable without Celery."""

import signal
import threading
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections


class LoopCommand(ABC, BaseCommand):
    """`--loop` and `--every SECONDS` around `once()`. Any number of them may run, beside the worker too."""

    every = 60  # Seconds between two times.

    @abstractmethod
    def once(self) -> str:
        """Do it, and say what was done."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped (Ctrl-C)")
        parser.add_argument(
            "--every", type=int, default=self.every, metavar="SECONDS", help=f"between two times: {self.every}"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["loop"]:
            self.stdout.write(self.once())
            return
        stopping = threading.Event()
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            try:
                self.stdout.write(self.once())
            except DatabaseError as error:  # It may come back; what is due waits, and the product says so in red.
                self.stderr.write(f"The database did not answer: {type(error).__name__}")
            close_old_connections()
            stopping.wait(max(1, options["every"]))
