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
    """Put the constraints, indexes and triggers of a migration that makes new tables at its end; the rest in few steps."""
    late = [operation for operation in operations if isinstance(operation, IndexOperation)]
    return in_few_steps([*(operation for operation in operations if not isinstance(operation, IndexOperation)), *late])


def in_few_steps(operations: list[Operation]) -> list[Operation]:
    """Make one operation of those that follow each other and can share one look at the models.

    Django builds a model and all that are related to it anew after every operation; after a step it does so once. A new
    database is migrated in a fraction of the time.
    """
    steps: list[list[Operation]] = []
    for operation in operations:
        if steps and _may_join(steps[-1], operation):
            steps[-1].append(operation)
        else:
            steps.append([operation])
    return [step[0] if len(step) == 1 else _Together(step) for step in steps]


def _may_join(step: list[Operation], operation: Operation) -> bool:
    """Whether everything in a step can read the models as they were before it and as they are after it, and nothing between.

    A table is made of what its model is after the step: what changes that model later begins another one. No field twice.
    """
    if not isinstance(step[-1], TOGETHER) or not isinstance(operation, TOGETHER):
        return False
    if isinstance(operation, migrations.CreateModel):
        return True
    created = {_model(other) for other in step if isinstance(other, migrations.CreateModel)}
    fields = {_field(other) for other in step}
    return _model(operation) not in created and (_field(operation) is None or _field(operation) not in fields)


# Triggers are index operations too, for Django.
TOGETHER = (migrations.CreateModel, migrations.AddField, migrations.AlterField, IndexOperation)


def _field(operation: Any) -> tuple[str, str] | None:
    if isinstance(operation, migrations.AddField | migrations.AlterField):
        return operation.model_name.lower(), operation.name.lower()
    return None


class _Together(migrations.SeparateDatabaseAndState):
    """Operations in their order, with one new look at the models for all of them."""

    def __init__(self, operations: list[Operation]):
        super().__init__(database_operations=operations, state_operations=operations)

    def state_forwards(self, app_label: str, state: Any) -> None:
        built = state.__dict__.pop("apps", None)  # Without it, nothing is built anew.
        super().state_forwards(app_label, state)
        if built is not None:
            state.__dict__["apps"] = built
            changed = {(app_label, _model(operation)) for operation in self.state_operations}
            # Who points to a table needs to know of its new indexes no more than of its new triggers.
            state.reload_models(changed, delay=all(isinstance(one, IndexOperation) for one in self.state_operations))

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self.database_operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)


def _model(operation: Any) -> str:
    return (operation.name if isinstance(operation, migrations.CreateModel) else operation.model_name).lower()
