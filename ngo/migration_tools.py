"""What migrations share."""

from django.conf import settings
from django.db import migrations

APPEND_ONLY = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '{pattern}' LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.%I FROM {role}', name);
    END LOOP;
END $$;
"""


def append_only(pattern: str) -> migrations.RunSQL:
    """Take the right to change or remove rows from the web role, for every table whose name fits a pattern."""
    sql = APPEND_ONLY.format(pattern=pattern, role=settings.DATABASE_WEB_ROLE)
    return migrations.RunSQL(sql, migrations.RunSQL.noop)
