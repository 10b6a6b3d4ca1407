"""The set-up page's work from the terminal, for a server without a browser and for a second organisation on it."""

import os
from getpass import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import translation

from ngo.errors import Refused
from ngo.models import City, Staff
from ngo.services.catalogue import load_catalogue
from ngo.services.setup import FirstSpace, set_up_organisation
from shelters.models import BedKind, Sleepers
from shelters.services.places import BedCount

ASKED = {
    "organisation": "Name of the organisation",
    "name": "Name of its coordinator",
    "email": "E-mail of its coordinator",
    "shelter": "Name of the first shelter",
    "city": "City of the first shelter",
}


class Command(BaseCommand):
    help = (
        "Makes an organisation with its coordinator and first shelter; asks for what is not given. "
        "The password comes from the prompt or from POSADA_SETUP_PASSWORD."
    )

    def add_arguments(self, parser):
        for option, question in ASKED.items():
            parser.add_argument(f"--{option}", help=question)
        parser.add_argument(
            "--language", default="es", choices=["es", "en"], help="Language of the coordinator's pages"
        )
        parser.add_argument("--space", help="Name of a first space, for example Women")
        parser.add_argument("--sleepers", default=Sleepers.ANYONE, choices=Sleepers.values, help="Who may sleep there")
        for kind in BedKind.values:
            parser.add_argument(
                f"--{kind}", type=int, default=0, metavar="N", help=f"How many places of kind {kind} it has"
            )

    @translation.override("en")  # As the questions and everything else in the terminal.
    def handle(self, *args, **options):
        load_catalogue()
        given = {option: options[option] or self.ask(question) for option, question in ASKED.items()}
        given["city"] = self.city(given["city"])
        try:
            validate_email(given["email"])
            coordinator = set_up_organisation(
                **given, password=self.password(given), language=options["language"], space=self.space(options)
            )
        except (Refused, ValidationError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from None
        self.stdout.write(f"{given['organisation']} is set up. {coordinator.email} signs in and invites the others.")

    def ask(self, question: str) -> str:
        try:
            answer = input(f"{question}: ").strip()
        except EOFError:
            answer = ""
        if not answer:
            raise CommandError(f"{question}: an answer is needed (see manage.py setup --help).")
        return answer

    def city(self, name: str) -> City:
        city = City.objects.filter(name__iexact=name).first()
        if city is None:
            known = ", ".join(City.objects.filter(country="MX").values_list("name", flat=True))
            raise CommandError(f"The catalogue has no city called {name}. It has: {known}.")
        return city

    def password(self, given: dict) -> str:
        """A new account's password; someone who has an account keeps theirs."""
        if Staff.objects.filter(email__iexact=given["email"]).exists():
            return ""
        password = os.environ.get("POSADA_SETUP_PASSWORD") or getpass("Password of the coordinator: ")
        validate_password(password, Staff(email=given["email"], name=given["name"]))
        return password

    def space(self, options: dict) -> FirstSpace | None:
        beds = [BedCount(kind, options[kind]) for kind in BedKind.values if options[kind] > 0]
        if beds and not options["space"]:
            raise CommandError("Say with --space where these beds stand.")
        return FirstSpace(options["space"], options["sleepers"], beds) if options["space"] else None
