#!/usr/bin/env python3
"""Posada's commands: `manage.py help` lists them, `manage.py serve` starts everything.

In local mode a command runs on the private database of the data folder: the same one that `serve` runs, or one that is
started for the length of the command.
"""

import os
import sys
from contextlib import nullcontext

# Without a database: these say something about the code, or (serve) bring it up by themselves.
NO_DATABASE = {
    *("catalogues", "check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages"),
    *("serve", "startapp", "startproject", "test", "testserver", "version"),
}
# As the role that owns the tables; everything else works as the web role, which cannot change history.
AS_OWNER = {
    *("createcachetable", "dbshell", "flush", "inspectdb", "loaddata", "makemigrations", "migrate"),
    *("optimizemigration", "pgtrigger", "showmigrations", "sqlflush", "sqlmigrate", "sqlsequencereset"),
    *("squashmigrations", "testserver"),
}


def main(words):
    if sys.version_info < (3, 11):
        sys.exit("Posada needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])
    try:
        import django
    except ImportError:
        sys.exit("Django is not installed here: `make run` installs it, and .venv/bin/python manage.py … has it.")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from ngo.local import Trouble

    command = next((word for word in words[1:] if not word.startswith("-")), "help")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ngo.settings")
    if command in AS_OWNER or fills_tables(command, words):
        os.environ.setdefault("POSADA_DATABASE_ROLE", "owner")
    try:
        django.setup()
        with database_for(command, words):
            execute_from_command_line(words)
    except (Trouble, ImproperlyConfigured) as trouble:
        sys.exit(str(trouble))


def fills_tables(command, words):
    """`demo --scale` switches the triggers of the history off while it fills the tables: their owner alone may do that."""
    return command == "demo" and any(word.split("=")[0] == "--scale" for word in words)


def database_for(command, words):
    """The private database for the length of the command, where it needs one; a new one is migrated first."""
    from django.conf import settings
    from django.core.management import get_commands

    from ngo.local import keeper

    asks_for_words = {"-h", "--help", "--version"} & set(words)
    if not settings.LOCAL or asks_for_words or command in NO_DATABASE or command not in get_commands():
        return nullcontext()
    return keeper.using(settings.DATA_FOLDER, migrated=command != "migrate")


if __name__ == "__main__":
    main(sys.argv)
