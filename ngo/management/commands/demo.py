"""The demo, with passwords that are made for this installation and shown once."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from ngo.errors import Refused
from ngo.models import Organisation
from ngo.services.demo import SignIn, first_email, is_there, make_demo
from ngo.services.demo.scale import is_scaled, make_scale, may_be_filled, refresh_statistics


class Command(BaseCommand):
    help = (
        "Makes two organisations with four shelters and invented people, and prints how to sign in. "
        "A second run changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--scale",
            type=int,
            metavar="PEOPLE",
            help="for measuring: so many invented people with five stays each, a bed for forty of them; 200000 take minutes",
        )
        parser.add_argument(
            "--anyway", action="store_true", help="also where this installation has organisations of its own"
        )

    def handle(self, *args, **options):
        if options["scale"] is not None:
            self.handle_scale(options["scale"], options["anyway"])
            return
        if is_there():
            self.stdout.write(
                "The demo is already here; its passwords were shown when it was made. "
                f"A new one is set with: manage.py changepassword <e-mail>, for example {first_email()}"
            )
            return
        if Organisation.objects.exists() and not options["anyway"]:
            raise CommandError(
                "This installation has organisations of its own: the demo would stand among them (--anyway)."
            )
        with translation.override("es"):
            sign_ins = make_demo()
        self.stdout.write(
            "The demo is there. Every name in it is invented. Sign in with one of these, shown this once:"
        )
        for line in table(sign_ins):
            self.stdout.write(line)

    def handle_scale(self, people, anyway):
        """Fill the database for measuring; among real people, or a second time, only after a word."""
        if is_scaled():
            self.stdout.write("The demo at scale is already here; a second run changes nothing.")
            return
        if not may_be_filled() and not anyway:
            raise CommandError(
                "This installation has organisations of its own: invented people would stand among theirs (--anyway)."
            )
        begun = time.monotonic()
        with translation.override("es"):
            try:
                made = make_scale(people, self.say)
            except Refused as refused:
                raise CommandError(str(refused)) from refused
        refresh_statistics()
        took = time.monotonic() - begun
        self.stdout.write(
            f"{made.people:,} people, {made.stays:,} stays, {made.beds:,} beds in {took:.0f} seconds. Every name is "
            "invented. Sign in with one of these, shown this once:"
        )
        for line in table(made.sign_ins):
            self.stdout.write(line)

    def say(self, line):
        self.stdout.write(f"· {line}")
        self.stdout.flush()


def table(sign_ins: list[SignIn]) -> list[str]:
    rows = [(one.organisation, one.role, one.email, one.password) for one in sign_ins]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
