"""Extensions, our own immutable functions for searching names, and the rights of the web's database role.

The web role reads and writes ordinary tables. Tables of history and of reads are append-only for it: each migration that makes
one takes UPDATE and DELETE away again (`append_only` in ngo/migration_tools.py), and a test proves it for every table.
"""

from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

WEB = settings.DATABASE_WEB_ROLE

# unaccent() is only STABLE, because its dictionary could change; an index and a generated column need IMMUTABLE. The names
# are schema-qualified, so that a restore with an empty search_path works too.
FUNCTIONS = r"""
CREATE FUNCTION public.posada_normalise(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN btrim(regexp_replace(lower(public.unaccent('public.unaccent'::regdictionary, value)), '[^[:alnum:]]+', ' ', 'g'));

CREATE FUNCTION public.posada_name_key(given text, first_surname text, second_surname text, called text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN public.posada_normalise(given || ' ' || first_surname || ' ' || second_surname || ' ' || called);
"""

RIGHTS = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WEB}') THEN CREATE ROLE {WEB} NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO {WEB};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {WEB};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {WEB};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {WEB};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {WEB};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {WEB};
"""

extensions_functions_and_rights = [
    BtreeGistExtension(),
    TrigramExtension(),
    UnaccentExtension(),
    migrations.RunSQL(
        FUNCTIONS,
        "DROP FUNCTION public.posada_name_key(text, text, text, text); DROP FUNCTION public.posada_normalise(text);",
    ),
    migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
]
