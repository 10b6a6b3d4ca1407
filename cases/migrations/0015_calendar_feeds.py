import django.db.models.deletion
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from ngo.migration_tools import append_only, in_one_go


class Migration(migrations.Migration):
    """Private calendar feeds; an index by which all the appointments of a month are found, also those that are over."""

    dependencies = [
        ('cases', '0014_appointments_in_full'),
        ('ngo', '0002_history_is_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = in_one_go([
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('scope', models.CharField(choices=[('mine', 'Those that I am responsible for'), ('house', 'All of the organisation')], max_length=10, verbose_name='which appointments')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_read_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'calendar feed',
                'ordering': ['-made_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='CalendarFeedEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('scope', models.CharField(choices=[('mine', 'Those that I am responsible for'), ('house', 'All of the organisation')], max_length=10, verbose_name='which appointments')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['organisation', 'starts_at'], name='appointments_by_start'),
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calendar_feeds', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='staff',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calendar_feeds', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='calendarfeedevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='calendarfeedevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.calendarfeed'),
        ),
        migrations.AddField(
            model_name='calendarfeedevent',
            name='staff',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='calendarfeed',
            index=models.Index(fields=['staff', 'organisation'], name='calendar_feeds_of_a_person'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calendarfeed',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_calendarfeedevent" ("id", "made_at", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "scope", "staff_id") VALUES (NEW."id", NEW."made_at", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."revoked_at", NEW."scope", NEW."staff_id"); RETURN NULL;', hash='8d71a8e19f197884f8d25b8ac0ff875b82a66a48', operation='INSERT', pgid='pgtrigger_insert_insert_b10ce', table='cases_calendarfeed', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calendarfeed',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."made_at" IS DISTINCT FROM (NEW."made_at") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."scope" IS DISTINCT FROM (NEW."scope") OR OLD."staff_id" IS DISTINCT FROM (NEW."staff_id"))', func='INSERT INTO "cases_calendarfeedevent" ("id", "made_at", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "scope", "staff_id") VALUES (NEW."id", NEW."made_at", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."revoked_at", NEW."scope", NEW."staff_id"); RETURN NULL;', hash='cc6f3be89c79337542cc73a2113df0b872c855de', operation='UPDATE', pgid='pgtrigger_update_update_ba747', table='cases_calendarfeed', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calendarfeed',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_calendarfeedevent" ("id", "made_at", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "scope", "staff_id") VALUES (OLD."id", OLD."made_at", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."revoked_at", OLD."scope", OLD."staff_id"); RETURN NULL;', hash='a6b0cad790d2489766bae292b873e642705c4f84', operation='DELETE', pgid='pgtrigger_delete_delete_c89e4', table='cases_calendarfeed', when='AFTER')),
        ),
    ])
    operations.append(append_only("^cases_.*event$"))
