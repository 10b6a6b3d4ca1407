"""The demo, with passwords that are made for this installation and shown once."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from ngo.models import Organisation
from ngo.services.demo import SignIn, first_email, is_there, make_demo


class Command(BaseCommand):
    help = (
        "Makes two organisations with four shelters and invented people, and prints how to sign in. "
        "A second run changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--anyway", action="store_true", help="also where this installation has organisations of its own"
        )

    def handle(self, *args, **options):
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


def table(sign_ins: list[SignIn]) -> list[str]:
    rows = [(one.organisation, one.role, one.email, one.password) for one in sign_ins]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
