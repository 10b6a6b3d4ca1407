from django.core.management.base import BaseCommand

from ngo import catalogues


class Command(BaseCommand):
    help = "Brings the catalogues of words up to date with the sources and compiles them (for developers; needs Babel)."
    requires_system_checks = ()

    def handle(self, *args, **options):
        for language in (*catalogues.LANGUAGES, *catalogues.GUEST_LANGUAGES):
            strings, empty = catalogues.update(language)
            self.stdout.write(f"{language}: {strings} strings, {empty} not translated")
        catalogues.compile_all()
