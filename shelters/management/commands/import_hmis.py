"""`manage.py import_hmis DIR --organisation SLUG`: a HUD HMIS CSV export (FY2026) into Posada. See docs/hmis.md."""

import json
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models.catalogue import is_a_zone
from shelters.services import hmis

LONGEST_SLUG = 60


class Command(BaseCommand):
    help = "Read a HUD HMIS CSV export (FY2026) into shelters, people, families, stays and bed nights."

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR", help="the folder with the export's CSV files")
        parser.add_argument("--organisation", metavar="SLUG", required=True, help="into this one; it is made if needed")
        parser.add_argument("--zone", default="America/Tijuana", help="where new shelters stand (America/Tijuana)")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")

    def handle(self, *args, **options):
        slug, zone = options["organisation"], options["zone"]
        check_options(slug, zone)
        try:
            outcome = hmis.import_export(
                Path(options["folder"]), organisation=slug, zone=zone, is_dry_run=options["dry_run"]
            )
        except Refused as refused:
            raise CommandError(str(refused)) from None
        for finding in outcome.contradictions:
            self.stdout.write(_("Kept, although it contradicts: %(finding)s") % {"finding": finding})
        for finding in outcome.rejected:
            self.stdout.write(_("Skipped: %(finding)s") % {"finding": finding})
        if options["dry_run"]:
            self.stdout.write(_("A dry run: nothing was stored."))
        self.stdout.write(json.dumps(outcome.as_row()))


def check_options(slug: str, zone: str) -> None:
    try:
        validate_slug(slug)
    except ValidationError:
        slug = ""
    if not slug or len(slug) > LONGEST_SLUG:
        raise CommandError(
            _("The organisation's short name is made of letters, digits and hyphens, like casa-del-mar.")
        )
    try:
        is_a_zone(zone)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
