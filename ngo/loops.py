"""A command that does one piece of work once, or again and again until it is stopped: the timetable without Celery."""

import logging
import signal
import threading
import time
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from ngo import timetable

logger = logging.getLogger(__name__)


class LoopCommand(ABC, BaseCommand):
    """`--loop` and `--every SECONDS` around `once()`. Any number of them may run, beside the worker too.

    After each `once()` it does what else the timetable gives to this command and is due: with `--loop` each piece as often as it
    says there, without it each of them once.
    """

    every = 60  # Seconds between two times.
    name: str  # As the timetable names this command.
    does: tuple[str, ...] = ()  # The pieces of its work that `once()` does by itself.

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.next_at: dict[str, float] = {}  # Of each piece, by the clock of this process.
        self.stopping = threading.Event()

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
            self.round()
            return
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, lambda *_: self.stopping.set())
        while not self.stopping.is_set():
            try:
                self.round()
            except DatabaseError as error:  # It may come back; what is due waits, and the product says so in red.
                self.stderr.write(f"The database did not answer: {type(error).__name__}")
            close_old_connections()
            self.stopping.wait(max(1, options["every"]))

    def round(self) -> None:
        """Once, and what else is due."""
        self.stdout.write(self.once())
        for work in timetable.of_command(self.name):
            if work.name in self.does:
                timetable.note(work)
            elif self.stopping.is_set():
                return
            elif self.next_at.get(work.name, 0.0) <= time.monotonic():
                self.next_at[work.name] = time.monotonic() + work.every.total_seconds()
                self.do(work)

    def do(self, work: timetable.Work) -> None:
        """One piece that fails stops no other."""
        try:
            work.do()
        except Exception as error:
            logger.exception("%s was not done.", work.name)
            self.stderr.write(f"{work.name} was not done: {type(error).__name__}")
            if isinstance(error, DatabaseError):
                close_old_connections()  # The next one has a connection that works, where this one lost its own.
