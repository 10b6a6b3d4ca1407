from django.core.management.base import BaseCommand

from cases.services.appointment_kinds import seed_all_kinds
from cases.services.clock_rules import load_clocks
from cases.services.notice_rules import seed_all_rules
from cases.services.pathways import seed_all_pathways
from ngo.services.catalogue import load_catalogue


class Command(BaseCommand):
    help = (
        "Brings in the cities and offices of the project's own data file and the rules of the law's clocks, and gives each "
        "organisation the kinds of appointment and the pathways that it does not have yet; what somebody changed here stays."
    )

    def handle(self, *args, **options):
        loaded, kinds, clocks = load_catalogue(), seed_all_kinds(), load_clocks()
        pathways, rules = seed_all_pathways(), seed_all_rules()
        if options["verbosity"]:
            self.stdout.write(
                f"Catalogue: {loaded.added} added, {loaded.updated} brought up to date, "
                f"{loaded.left_alone} left as they were changed here."
            )
            self.stdout.write(
                f"Kinds of appointment: {kinds} added. Pathways: {pathways} added. Rules for reminders: {rules} added."
            )
            self.stdout.write(
                f"Clocks of the law: {clocks.rules} new versions of rules, {clocks.lists} lists of days brought up to date, "
                f"{clocks.counted_again} clocks with new dates."
            )
