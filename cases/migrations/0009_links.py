import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from ngo.migration_tools import append_only, in_few_steps


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0008_consent'),
        ('ngo', '0002_history_is_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = in_few_steps([
        migrations.CreateModel(
            name='FileLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('how', models.CharField(max_length=200, verbose_name='how it was found out')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'link between files',
            },
        ),
        migrations.CreateModel(
            name='FileLinkEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('how', models.CharField(max_length=200, verbose_name='how it was found out')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WarningDays',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clock_days', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='days before a limit of law')),
                ('paper_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(180)], verbose_name='days before a paper ends')),
            ],
            options={
                'verbose_name': 'when tasks are made',
            },
        ),
        migrations.CreateModel(
            name='WarningDaysEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('clock_days', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='days before a limit of law')),
                ('paper_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(180)], verbose_name='days before a paper ends')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='document',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='document',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='document',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='task',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='task',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='task',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='document',
            name='needed_as',
            field=models.SlugField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='document',
            name='process',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='cases.process', verbose_name='case'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='needed_as',
            field=models.SlugField(blank=True, db_default='', db_index=False, default='', max_length=40),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='process',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.process', verbose_name='case'),
        ),
        migrations.AddField(
            model_name='task',
            name='clock',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='cases.clock'),
        ),
        migrations.AddField(
            model_name='task',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='cases.document'),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='clock',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.clock'),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='document',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.document'),
        ),
        migrations.AlterField(
            model_name='referralgrant',
            name='ended_because',
            field=models.CharField(blank=True, choices=[('ended', 'The referral ended'), ('withdrawn', 'Consent was withdrawn'), ('expired', 'Its time was over'), ('joined', 'Two files were joined')], max_length=10),
        ),
        migrations.AlterField(
            model_name='referralgrantevent',
            name='ended_because',
            field=models.CharField(blank=True, choices=[('ended', 'The referral ended'), ('withdrawn', 'Consent was withdrawn'), ('expired', 'Its time was over'), ('joined', 'Two files were joined')], max_length=10),
        ),
        migrations.AlterField(
            model_name='task',
            name='kind',
            field=models.CharField(choices=[('other', 'Something else'), ('step', 'Do the step'), ('clock', 'A limit of law comes near'), ('clock_late', 'A limit of law has passed: see a lawyer'), ('clock_ask', 'The authority is late: ask what became of it'), ('choose_way', 'Choose a new pathway with them'), ('verify_hearing', 'Check the date of the hearing'), ('address', 'Tell the court the new address'), ('sign_in_missed', 'A sign-in was missed: talk to them today'), ('fear', 'Stopped return: legal team, talk to them in private'), ('other_state', 'They are in another state: ask the legal team'), ('expiry', 'A paper ends soon: renew it'), ('turn', 'Ask how far the list is'), ('child', 'Child protection: next step'), ('referral', 'A referral has no answer')], default='other', max_length=15, verbose_name='what'),
        ),
        migrations.AlterField(
            model_name='taskevent',
            name='kind',
            field=models.CharField(choices=[('other', 'Something else'), ('step', 'Do the step'), ('clock', 'A limit of law comes near'), ('clock_late', 'A limit of law has passed: see a lawyer'), ('clock_ask', 'The authority is late: ask what became of it'), ('choose_way', 'Choose a new pathway with them'), ('verify_hearing', 'Check the date of the hearing'), ('address', 'Tell the court the new address'), ('sign_in_missed', 'A sign-in was missed: talk to them today'), ('fear', 'Stopped return: legal team, talk to them in private'), ('other_state', 'They are in another state: ask the legal team'), ('expiry', 'A paper ends soon: renew it'), ('turn', 'Ask how far the list is'), ('child', 'Child protection: next step'), ('referral', 'A referral has no answer')], default='other', max_length=15, verbose_name='what'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_documentevent" ("added_at", "added_by_id", "expires_on", "family_id", "file_kind", "file_name", "file_size", "id", "is_legal", "kind", "needed_as", "never_expires", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "removed_at", "removed_because", "removed_by_id", "replaces_id", "seen_as", "what") VALUES (NEW."added_at", NEW."added_by_id", NEW."expires_on", NEW."family_id", NEW."file_kind", NEW."file_name", NEW."file_size", NEW."id", NEW."is_legal", NEW."kind", NEW."needed_as", NEW."never_expires", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id", NEW."removed_at", NEW."removed_because", NEW."removed_by_id", NEW."replaces_id", NEW."seen_as", NEW."what"); RETURN NULL;', hash='31e64a1dd042194f9be2f6efe531e0a471cb48b1', operation='INSERT', pgid='pgtrigger_insert_insert_96a33', table='cases_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."added_at" IS DISTINCT FROM (NEW."added_at") OR OLD."added_by_id" IS DISTINCT FROM (NEW."added_by_id") OR OLD."expires_on" IS DISTINCT FROM (NEW."expires_on") OR OLD."family_id" IS DISTINCT FROM (NEW."family_id") OR OLD."file_kind" IS DISTINCT FROM (NEW."file_kind") OR OLD."file_name" IS DISTINCT FROM (NEW."file_name") OR OLD."file_size" IS DISTINCT FROM (NEW."file_size") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_legal" IS DISTINCT FROM (NEW."is_legal") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."needed_as" IS DISTINCT FROM (NEW."needed_as") OR OLD."never_expires" IS DISTINCT FROM (NEW."never_expires") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."process_id" IS DISTINCT FROM (NEW."process_id") OR OLD."removed_at" IS DISTINCT FROM (NEW."removed_at") OR OLD."removed_because" IS DISTINCT FROM (NEW."removed_because") OR OLD."removed_by_id" IS DISTINCT FROM (NEW."removed_by_id") OR OLD."replaces_id" IS DISTINCT FROM (NEW."replaces_id") OR OLD."seen_as" IS DISTINCT FROM (NEW."seen_as") OR OLD."what" IS DISTINCT FROM (NEW."what"))', func='INSERT INTO "cases_documentevent" ("added_at", "added_by_id", "expires_on", "family_id", "file_kind", "file_name", "file_size", "id", "is_legal", "kind", "needed_as", "never_expires", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "removed_at", "removed_because", "removed_by_id", "replaces_id", "seen_as", "what") VALUES (NEW."added_at", NEW."added_by_id", NEW."expires_on", NEW."family_id", NEW."file_kind", NEW."file_name", NEW."file_size", NEW."id", NEW."is_legal", NEW."kind", NEW."needed_as", NEW."never_expires", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id", NEW."removed_at", NEW."removed_because", NEW."removed_by_id", NEW."replaces_id", NEW."seen_as", NEW."what"); RETURN NULL;', hash='9f7c72522334f7ca6b00849c7d278dec19251ebd', operation='UPDATE', pgid='pgtrigger_update_update_5bc40', table='cases_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_documentevent" ("added_at", "added_by_id", "expires_on", "family_id", "file_kind", "file_name", "file_size", "id", "is_legal", "kind", "needed_as", "never_expires", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "removed_at", "removed_because", "removed_by_id", "replaces_id", "seen_as", "what") VALUES (OLD."added_at", OLD."added_by_id", OLD."expires_on", OLD."family_id", OLD."file_kind", OLD."file_name", OLD."file_size", OLD."id", OLD."is_legal", OLD."kind", OLD."needed_as", OLD."never_expires", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id", OLD."removed_at", OLD."removed_because", OLD."removed_by_id", OLD."replaces_id", OLD."seen_as", OLD."what"); RETURN NULL;', hash='b4ceaa92717f4dbe484a87fcd1db6f65325d6b5a', operation='DELETE', pgid='pgtrigger_delete_delete_69c2a', table='cases_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='task',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_taskevent" ("appointment_id", "clock_id", "document_id", "done_at", "done_by_id", "dropped_at", "dropped_reason", "due_on", "id", "is_urgent", "key", "kind", "last_on", "made_at", "made_by_id", "organisation_id", "owner_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "result", "role", "text") VALUES (NEW."appointment_id", NEW."clock_id", NEW."document_id", NEW."done_at", NEW."done_by_id", NEW."dropped_at", NEW."dropped_reason", NEW."due_on", NEW."id", NEW."is_urgent", NEW."key", NEW."kind", NEW."last_on", NEW."made_at", NEW."made_by_id", NEW."organisation_id", NEW."owner_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id", NEW."result", NEW."role", NEW."text"); RETURN NULL;', hash='45e9a0f40883d352430b17aa372ce188b874a280', operation='INSERT', pgid='pgtrigger_insert_insert_62e7a', table='cases_task', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='task',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_taskevent" ("appointment_id", "clock_id", "document_id", "done_at", "done_by_id", "dropped_at", "dropped_reason", "due_on", "id", "is_urgent", "key", "kind", "last_on", "made_at", "made_by_id", "organisation_id", "owner_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "result", "role", "text") VALUES (NEW."appointment_id", NEW."clock_id", NEW."document_id", NEW."done_at", NEW."done_by_id", NEW."dropped_at", NEW."dropped_reason", NEW."due_on", NEW."id", NEW."is_urgent", NEW."key", NEW."kind", NEW."last_on", NEW."made_at", NEW."made_by_id", NEW."organisation_id", NEW."owner_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id", NEW."result", NEW."role", NEW."text"); RETURN NULL;', hash='df860711a42159900e5aabedf30fca09f4933aee', operation='UPDATE', pgid='pgtrigger_update_update_e050d', table='cases_task', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='task',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_taskevent" ("appointment_id", "clock_id", "document_id", "done_at", "done_by_id", "dropped_at", "dropped_reason", "due_on", "id", "is_urgent", "key", "kind", "last_on", "made_at", "made_by_id", "organisation_id", "owner_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "result", "role", "text") VALUES (OLD."appointment_id", OLD."clock_id", OLD."document_id", OLD."done_at", OLD."done_by_id", OLD."dropped_at", OLD."dropped_reason", OLD."due_on", OLD."id", OLD."is_urgent", OLD."key", OLD."kind", OLD."last_on", OLD."made_at", OLD."made_by_id", OLD."organisation_id", OLD."owner_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id", OLD."result", OLD."role", OLD."text"); RETURN NULL;', hash='4e5230951500831ac6069040dabdfa3a763179c6', operation='DELETE', pgid='pgtrigger_delete_delete_b7669', table='cases_task', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('needed_as', ''), ('process__isnull', False), _connector='OR'), name='a_step_asks_for_a_paper_in_a_case'),
        ),
        migrations.AddField(
            model_name='filelink',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='filelink',
            name='grant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='cases.referralgrant'),
        ),
        migrations.AddField(
            model_name='filelink',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='filelink',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='file_links', to='cases.person'),
        ),
        migrations.AddField(
            model_name='filelinkevent',
            name='ended_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='filelinkevent',
            name='grant',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.referralgrant'),
        ),
        migrations.AddField(
            model_name='filelinkevent',
            name='made_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='filelinkevent',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='filelinkevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.filelink'),
        ),
        migrations.AddField(
            model_name='warningdays',
            name='changed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='warningdays',
            name='organisation',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='warning_days', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='warningdaysevent',
            name='changed_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='warningdaysevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='warningdaysevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.warningdays'),
        ),
        migrations.AddConstraint(
            model_name='filelink',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('grant',), name='one_file_per_shared_person'),
        ),
        migrations.AddConstraint(
            model_name='filelink',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='a_link_is_undone_by_somebody'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='filelink',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_filelinkevent" ("ended_at", "ended_by_id", "grant_id", "how", "id", "made_at", "made_by_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."ended_at", NEW."ended_by_id", NEW."grant_id", NEW."how", NEW."id", NEW."made_at", NEW."made_by_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='5433a468219b04165bbb4f03767fc6e717fcc6d3', operation='INSERT', pgid='pgtrigger_insert_insert_2c696', table='cases_filelink', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='filelink',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_filelinkevent" ("ended_at", "ended_by_id", "grant_id", "how", "id", "made_at", "made_by_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."ended_at", NEW."ended_by_id", NEW."grant_id", NEW."how", NEW."id", NEW."made_at", NEW."made_by_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='f88663d780562e0553f675eca4fbfcfb29a7df85', operation='UPDATE', pgid='pgtrigger_update_update_e579b', table='cases_filelink', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='filelink',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_filelinkevent" ("ended_at", "ended_by_id", "grant_id", "how", "id", "made_at", "made_by_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."ended_at", OLD."ended_by_id", OLD."grant_id", OLD."how", OLD."id", OLD."made_at", OLD."made_by_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='341ac2cf7a0009731da54e9b98cf52723412caf6', operation='DELETE', pgid='pgtrigger_delete_delete_da939', table='cases_filelink', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='warningdays',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_warningdaysevent" ("changed_by_id", "clock_days", "id", "organisation_id", "paper_days", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."changed_by_id", NEW."clock_days", NEW."id", NEW."organisation_id", NEW."paper_days", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='08b671d69cbbf421de6349ea1003b7e79612e5be', operation='INSERT', pgid='pgtrigger_insert_insert_cb041', table='cases_warningdays', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='warningdays',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_warningdaysevent" ("changed_by_id", "clock_days", "id", "organisation_id", "paper_days", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."changed_by_id", NEW."clock_days", NEW."id", NEW."organisation_id", NEW."paper_days", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='3795106c5947898c1037787b98faa59d80977092', operation='UPDATE', pgid='pgtrigger_update_update_8eed6', table='cases_warningdays', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='warningdays',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_warningdaysevent" ("changed_by_id", "clock_days", "id", "organisation_id", "paper_days", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."changed_by_id", OLD."clock_days", OLD."id", OLD."organisation_id", OLD."paper_days", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='29dbc0d92d51e68ac844059a2b96eace0808870d', operation='DELETE', pgid='pgtrigger_delete_delete_a0481', table='cases_warningdays', when='AFTER')),
        ),
    ])
    operations.append(append_only("^cases_(filelink|warningdays)event$"))
