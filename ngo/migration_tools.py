"""What migrations share."""

from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import IndexOperation

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


def in_one_go(operations: list[Operation]) -> list[Operation]:
    """Put the constraints, indexes and triggers of a first migration at its end, as one operation.

    Django builds a model and all that are related to it anew after every operation; for these it need not. A new database
    is migrated in half the time.
    """
    late = [operation for operation in operations if isinstance(operation, IndexOperation)]
    return [*(operation for operation in operations if not isinstance(operation, IndexOperation)), _Together(late)]


class _Together(migrations.SeparateDatabaseAndState):
    """Operations that change no field, in their order, with one new look at the models for all of them."""

    def __init__(self, operations: list[Operation]):
        super().__init__(database_operations=operations, state_operations=operations)

    def state_forwards(self, app_label: str, state: Any) -> None:
        built = state.__dict__.pop("apps", None)  # Without it, nothing is built anew.
        super().state_forwards(app_label, state)
        if built is not None:
            state.__dict__["apps"] = built
            state.reload_models({(app_label, operation.model_name_lower) for operation in self.state_operations})

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self.database_operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)
