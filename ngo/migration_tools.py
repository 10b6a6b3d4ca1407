"""What migrations share."""

from itertools import groupby
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
    """Put the constraints, indexes and triggers of a migration that makes new tables at its end; the rest in few steps."""
    late = [operation for operation in operations if isinstance(operation, IndexOperation)]
    return in_few_steps([*(operation for operation in operations if not isinstance(operation, IndexOperation)), *late])


def in_few_steps(operations: list[Operation]) -> list[Operation]:
    """Make one operation of those of one kind that follow each other.

    Django builds a model and all that are related to it anew after every operation; after a step it does so once. A new
    database is migrated in a quarter of the time.
    """
    steps = [list(step) for _kind, step in groupby(operations, _kind)]
    return [step[0] if len(step) == 1 else _Together(step) for step in steps]


def _kind(operation: Operation) -> object:
    """What one new look at the models is enough for: they read no state that another of their kind has made."""
    if isinstance(operation, IndexOperation):
        return IndexOperation
    if isinstance(operation, migrations.CreateModel | migrations.AddField | migrations.AlterField):
        return type(operation)
    return operation


class _Together(migrations.SeparateDatabaseAndState):
    """Operations of one kind, in their order, with one new look at the models for all of them."""

    def __init__(self, operations: list[Operation]):
        super().__init__(database_operations=operations, state_operations=operations)

    def state_forwards(self, app_label: str, state: Any) -> None:
        built = state.__dict__.pop("apps", None)  # Without it, nothing is built anew.
        super().state_forwards(app_label, state)
        if built is not None:
            state.__dict__["apps"] = built
            changed = {(app_label, _model(operation)) for operation in self.state_operations}
            # Who points to a table needs to know of its new indexes no more than of its new triggers.
            state.reload_models(changed, delay=isinstance(self.state_operations[0], IndexOperation))

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self.database_operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)


def _model(operation: Any) -> str:
    return (operation.name if isinstance(operation, migrations.CreateModel) else operation.model_name).lower()
