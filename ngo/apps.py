from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class NgoConfig(AppConfig):
    default = True  # Of the two in this module.
    name = "ngo"
    verbose_name = "Posada"


class StaticFiles(StaticFilesConfig):
    """Collects what the pages ask for; the packages carry much more (flags, parts of Bootstrap, other versions of htmx)."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("flags", "bootstrap-*", "bootstrap.css*", "bootstrap.rtl.css*", "htmx-4*", "htmax-*", "ext"),
    ]
