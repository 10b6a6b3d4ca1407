"""Whether every document has its file and the keys open it: `manage.py check_documents`, after a restore for example."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.services.documents import check_files


class Command(BaseCommand):
    help = "Look whether the file of every document is there and can be opened. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quick", action="store_true", help="look only whether the files are there")

    def handle(self, *args: Any, **options: Any) -> None:
        found = check_files(opening=not options["quick"])
        self.stdout.write(f"{found.whole} whole, {found.orphans} named by no document")
        for what, rows in (("missing", found.missing), ("altered, or of other keys", found.altered)):
            if rows:
                self.stderr.write(f"{len(rows)} {what}: {', '.join(map(str, rows))}")
        if found.missing or found.altered:
            raise CommandError("Some documents have no file that can be read. See docs/documents.md.")
