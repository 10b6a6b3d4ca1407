
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from ngo.migration_tools import append_only, in_one_go


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0006_clocks'),
        ('ngo', '0002_history_is_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # A generated column cannot be changed, only made anew; its indexes go and come with it.
        pgtrigger.migrations.RemoveTrigger(
            model_name='person',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='person',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='person',
            name='delete_delete',
        ),
        migrations.RemoveIndex(model_name='person', name='person_name_trigrams'),
        migrations.RemoveIndex(model_name='person', name='person_by_name'),
        migrations.RemoveField(model_name='person', name='name_key'),
        migrations.AddField(
            model_name='person',
            name='other_names',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='other names'),
        ),
    ]
    operations += in_one_go([
        migrations.CreateModel(
            name='FamilyChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('split', 'Went on as a family of their own'), ('joined', 'Came to this family'), ('reunited', 'Came back to this family'), ('left', 'Went to another family'), ('head', 'Head of the family from now on'), ('role', 'What they are to the family was corrected')], max_length=10)),
                ('happened_on', models.DateField(default=django.utils.timezone.localdate, verbose_name='day')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'change of a family',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='FamilyChangeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('split', 'Went on as a family of their own'), ('joined', 'Came to this family'), ('reunited', 'Came back to this family'), ('left', 'Went to another family'), ('head', 'Head of the family from now on'), ('role', 'What they are to the family was corrected')], max_length=10)),
                ('happened_on', models.DateField(default=django.utils.timezone.localdate, verbose_name='day')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(max_length=200, verbose_name='how it was found out')),
                ('changed', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'joining of two files',
            },
        ),
        migrations.CreateModel(
            name='MergeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(max_length=200, verbose_name='how it was found out')),
                ('changed', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='NameWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.TextField()),
                ('people', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='PossibleDuplicate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.FloatField()),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('open', 'To look at'), ('merged', 'Joined'), ('different', 'Two people')], default='open', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='how it was found out')),
            ],
            options={
                'verbose_name': 'possible duplicate',
            },
        ),
        migrations.CreateModel(
            name='PossibleDuplicateEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('score', models.FloatField()),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('open', 'To look at'), ('merged', 'Joined'), ('different', 'Two people')], default='open', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='how it was found out')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='familymember',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='familymember',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='familymember',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='familymember',
            name='guardian_paper_seen',
            field=models.BooleanField(blank=True, null=True, verbose_name='the paper was seen'),
        ),
        migrations.AddField(
            model_name='familymember',
            name='is_guardian',
            field=models.BooleanField(db_default=False, default=False, verbose_name='legal guardian'),
        ),
        migrations.AddField(
            model_name='familymemberevent',
            name='guardian_paper_seen',
            field=models.BooleanField(blank=True, null=True, verbose_name='the paper was seen'),
        ),
        migrations.AddField(
            model_name='familymemberevent',
            name='is_guardian',
            field=models.BooleanField(db_default=False, default=False, verbose_name='legal guardian'),
        ),
        migrations.AddField(
            model_name='person',
            name='compared_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='person',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_files', to='cases.person'),
        ),
        migrations.AddField(
            model_name='person',
            name='other_nationalities',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), blank=True, db_default=[], default=list, size=None, verbose_name='other nationalities'),
        ),
        migrations.AddField(
            model_name='personevent',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='personevent',
            name='other_names',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='other names'),
        ),
        migrations.AddField(
            model_name='personevent',
            name='other_nationalities',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), blank=True, db_default=[], default=list, size=None, verbose_name='other nationalities'),
        ),
        migrations.AddField(
            model_name='person',
            name='name_key',
            field=models.GeneratedField(db_persist=True, expression=models.Func('given_names', 'first_surname', 'second_surname', models.Func('preferred_name', 'other_names', arg_joiner=" || ' ' || ", template='(%(expressions)s)'), function='posada_name_key'), output_field=models.TextField()),
        ),
        migrations.AddIndex(
            model_name='person',
            index=django.contrib.postgres.indexes.GinIndex(fields=['name_key'], name='person_name_trigrams', opclasses=['gin_trgm_ops']),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(fields=['organisation', 'name_key'], name='person_by_name'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(fields=['organisation', 'born_on'], name='person_by_birth'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('compared_at', None)), fields=['recorded_at'], name='people_not_compared'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='familymember',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_familymemberevent" ("family_id", "guardian_paper_seen", "id", "is_carer", "is_guardian", "is_head", "is_imported", "joined_on", "left_on", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "relationship") VALUES (NEW."family_id", NEW."guardian_paper_seen", NEW."id", NEW."is_carer", NEW."is_guardian", NEW."is_head", NEW."is_imported", NEW."joined_on", NEW."left_on", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."relationship"); RETURN NULL;', hash='4c0c6eaac5721958559ef62198008db57905acf7', operation='INSERT', pgid='pgtrigger_insert_insert_c4f0e', table='cases_familymember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='familymember',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_familymemberevent" ("family_id", "guardian_paper_seen", "id", "is_carer", "is_guardian", "is_head", "is_imported", "joined_on", "left_on", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "relationship") VALUES (NEW."family_id", NEW."guardian_paper_seen", NEW."id", NEW."is_carer", NEW."is_guardian", NEW."is_head", NEW."is_imported", NEW."joined_on", NEW."left_on", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."relationship"); RETURN NULL;', hash='7fc56e7a1fb6c2d216728fb16e310056546c2a54', operation='UPDATE', pgid='pgtrigger_update_update_10ebc', table='cases_familymember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='familymember',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_familymemberevent" ("family_id", "guardian_paper_seen", "id", "is_carer", "is_guardian", "is_head", "is_imported", "joined_on", "left_on", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "relationship") VALUES (OLD."family_id", OLD."guardian_paper_seen", OLD."id", OLD."is_carer", OLD."is_guardian", OLD."is_head", OLD."is_imported", OLD."joined_on", OLD."left_on", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."relationship"); RETURN NULL;', hash='753ac51658dd86e166bae8c6066118d311587b9e', operation='DELETE', pgid='pgtrigger_delete_delete_3a30c', table='cases_familymember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_personevent" ("birth_precision", "born_on", "diets", "external_ref", "first_surname", "gender", "given_names", "id", "merged_into_id", "nationality", "organisation_id", "other_names", "other_nationalities", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferred_name", "reads", "recorded_at", "second_surname", "sex", "speaks") VALUES (NEW."birth_precision", NEW."born_on", NEW."diets", NEW."external_ref", NEW."first_surname", NEW."gender", NEW."given_names", NEW."id", NEW."merged_into_id", NEW."nationality", NEW."organisation_id", NEW."other_names", NEW."other_nationalities", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."preferred_name", NEW."reads", NEW."recorded_at", NEW."second_surname", NEW."sex", NEW."speaks"); RETURN NULL;', hash='ed9d3dc9120227edbfccb508678bc8837c23f8a1', operation='INSERT', pgid='pgtrigger_insert_insert_eb0b4', table='cases_person', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."birth_precision" IS DISTINCT FROM (NEW."birth_precision") OR OLD."born_on" IS DISTINCT FROM (NEW."born_on") OR OLD."diets" IS DISTINCT FROM (NEW."diets") OR OLD."external_ref" IS DISTINCT FROM (NEW."external_ref") OR OLD."first_surname" IS DISTINCT FROM (NEW."first_surname") OR OLD."gender" IS DISTINCT FROM (NEW."gender") OR OLD."given_names" IS DISTINCT FROM (NEW."given_names") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."merged_into_id" IS DISTINCT FROM (NEW."merged_into_id") OR OLD."nationality" IS DISTINCT FROM (NEW."nationality") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."other_names" IS DISTINCT FROM (NEW."other_names") OR OLD."other_nationalities" IS DISTINCT FROM (NEW."other_nationalities") OR OLD."preferred_name" IS DISTINCT FROM (NEW."preferred_name") OR OLD."reads" IS DISTINCT FROM (NEW."reads") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."second_surname" IS DISTINCT FROM (NEW."second_surname") OR OLD."sex" IS DISTINCT FROM (NEW."sex") OR OLD."speaks" IS DISTINCT FROM (NEW."speaks"))', func='INSERT INTO "cases_personevent" ("birth_precision", "born_on", "diets", "external_ref", "first_surname", "gender", "given_names", "id", "merged_into_id", "nationality", "organisation_id", "other_names", "other_nationalities", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferred_name", "reads", "recorded_at", "second_surname", "sex", "speaks") VALUES (NEW."birth_precision", NEW."born_on", NEW."diets", NEW."external_ref", NEW."first_surname", NEW."gender", NEW."given_names", NEW."id", NEW."merged_into_id", NEW."nationality", NEW."organisation_id", NEW."other_names", NEW."other_nationalities", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."preferred_name", NEW."reads", NEW."recorded_at", NEW."second_surname", NEW."sex", NEW."speaks"); RETURN NULL;', hash='4044fbc2cb56a280d42cedb05fee3c138322d006', operation='UPDATE', pgid='pgtrigger_update_update_6804f', table='cases_person', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_personevent" ("birth_precision", "born_on", "diets", "external_ref", "first_surname", "gender", "given_names", "id", "merged_into_id", "nationality", "organisation_id", "other_names", "other_nationalities", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferred_name", "reads", "recorded_at", "second_surname", "sex", "speaks") VALUES (OLD."birth_precision", OLD."born_on", OLD."diets", OLD."external_ref", OLD."first_surname", OLD."gender", OLD."given_names", OLD."id", OLD."merged_into_id", OLD."nationality", OLD."organisation_id", OLD."other_names", OLD."other_nationalities", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."preferred_name", OLD."reads", OLD."recorded_at", OLD."second_surname", OLD."sex", OLD."speaks"); RETURN NULL;', hash='cc33f0ce754c16af96b7dc6fd4b5238580355c40', operation='DELETE', pgid='pgtrigger_delete_delete_82e57', table='cases_person', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', models.F('pk')), _negated=True), name='no_file_is_joined_to_itself'),
        ),
        migrations.AddField(
            model_name='familychange',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='familychange',
            name='family',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='cases.family'),
        ),
        migrations.AddField(
            model_name='familychange',
            name='other_family',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='familychange',
            name='people',
            field=models.ManyToManyField(related_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='familychangeevent',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='familychangeevent',
            name='family',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='familychangeevent',
            name='other_family',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='familychangeevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.familychange'),
        ),
        migrations.AddField(
            model_name='merge',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='merge',
            name='kept',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='cases.person'),
        ),
        migrations.AddField(
            model_name='merge',
            name='merged',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merged_by', to='cases.person'),
        ),
        migrations.AddField(
            model_name='merge',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='merge',
            name='undone_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mergeevent',
            name='by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mergeevent',
            name='kept',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='mergeevent',
            name='merged',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='mergeevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='mergeevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.merge'),
        ),
        migrations.AddField(
            model_name='mergeevent',
            name='undone_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='nameword',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='possibleduplicate',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='possibleduplicate',
            name='one',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='possibleduplicate',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='possible_duplicates', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='possibleduplicate',
            name='other',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='possibleduplicateevent',
            name='decided_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='possibleduplicateevent',
            name='one',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='possibleduplicateevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='possibleduplicateevent',
            name='other',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='possibleduplicateevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.possibleduplicate'),
        ),
        migrations.AddIndex(
            model_name='familychange',
            index=models.Index(fields=['family'], name='changes_of_a_family'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='familychange',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_familychangeevent" ("at", "by_id", "family_id", "happened_on", "id", "kind", "other_family_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."at", NEW."by_id", NEW."family_id", NEW."happened_on", NEW."id", NEW."kind", NEW."other_family_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;', hash='b997f6a28c30c239d598431e8f4b33c2988bc32b', operation='INSERT', pgid='pgtrigger_insert_insert_b8d09', table='cases_familychange', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='familychange',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_familychangeevent" ("at", "by_id", "family_id", "happened_on", "id", "kind", "other_family_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."at", NEW."by_id", NEW."family_id", NEW."happened_on", NEW."id", NEW."kind", NEW."other_family_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."reason"); RETURN NULL;', hash='7e9a86bf475d016b09536833493be6efad82c6f6', operation='UPDATE', pgid='pgtrigger_update_update_c701d', table='cases_familychange', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='familychange',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_familychangeevent" ("at", "by_id", "family_id", "happened_on", "id", "kind", "other_family_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."at", OLD."by_id", OLD."family_id", OLD."happened_on", OLD."id", OLD."kind", OLD."other_family_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;', hash='483583e1f2c267da21e3a22d2b4b1d506cc431f8', operation='DELETE', pgid='pgtrigger_delete_delete_2d526', table='cases_familychange', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(fields=['organisation', '-at'], name='merges_of_an_organisation'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('merged',), name='a_file_is_joined_once'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(('kept', models.F('merged')), _negated=True), name='two_files_are_joined'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='merge',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_mergeevent" ("at", "by_id", "changed", "id", "kept_id", "merged_id", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "undone_at", "undone_by_id") VALUES (NEW."at", NEW."by_id", NEW."changed", NEW."id", NEW."kept_id", NEW."merged_id", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."reason", NEW."undone_at", NEW."undone_by_id"); RETURN NULL;', hash='0d0d4320676040cc70241f1fa0abe8aae9a4f96e', operation='INSERT', pgid='pgtrigger_insert_insert_f32b3', table='cases_merge', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='merge',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_mergeevent" ("at", "by_id", "changed", "id", "kept_id", "merged_id", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "undone_at", "undone_by_id") VALUES (NEW."at", NEW."by_id", NEW."changed", NEW."id", NEW."kept_id", NEW."merged_id", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."reason", NEW."undone_at", NEW."undone_by_id"); RETURN NULL;', hash='6a9e18fa378461f550fd57ecc771b8d5b9ccd2b7', operation='UPDATE', pgid='pgtrigger_update_update_5c03b', table='cases_merge', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='merge',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_mergeevent" ("at", "by_id", "changed", "id", "kept_id", "merged_id", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "undone_at", "undone_by_id") VALUES (OLD."at", OLD."by_id", OLD."changed", OLD."id", OLD."kept_id", OLD."merged_id", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."reason", OLD."undone_at", OLD."undone_by_id"); RETURN NULL;', hash='d42579de2db42a55e760e8c212c2aca234a5decc', operation='DELETE', pgid='pgtrigger_delete_delete_22db5', table='cases_merge', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='nameword',
            constraint=models.UniqueConstraint(fields=('organisation', 'word'), name='one_count_per_word'),
        ),
        migrations.AddIndex(
            model_name='possibleduplicate',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['organisation', '-score'], name='pairs_to_look_at'),
        ),
        migrations.AddIndex(
            model_name='possibleduplicate',
            index=models.Index(fields=['other'], name='pairs_by_the_newer_file'),
        ),
        migrations.AddConstraint(
            model_name='possibleduplicate',
            constraint=models.UniqueConstraint(fields=('one', 'other'), name='one_question_per_pair'),
        ),
        migrations.AddConstraint(
            model_name='possibleduplicate',
            constraint=models.CheckConstraint(condition=models.Q(('one__lt', models.F('other'))), name='the_older_file_stands_first'),
        ),
        migrations.AddConstraint(
            model_name='possibleduplicate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='a_decided_pair_says_who_and_when'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='possibleduplicate',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_possibleduplicateevent" ("decided_at", "decided_by_id", "found_at", "id", "one_id", "organisation_id", "other_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "score", "state") VALUES (NEW."decided_at", NEW."decided_by_id", NEW."found_at", NEW."id", NEW."one_id", NEW."organisation_id", NEW."other_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."reason", NEW."score", NEW."state"); RETURN NULL;', hash='d12ca2baa5cdd9ce9af596ed39df6de88747c567', operation='INSERT', pgid='pgtrigger_insert_insert_25987', table='cases_possibleduplicate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='possibleduplicate',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_possibleduplicateevent" ("decided_at", "decided_by_id", "found_at", "id", "one_id", "organisation_id", "other_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "score", "state") VALUES (NEW."decided_at", NEW."decided_by_id", NEW."found_at", NEW."id", NEW."one_id", NEW."organisation_id", NEW."other_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."reason", NEW."score", NEW."state"); RETURN NULL;', hash='834f156cad98e4e390a4da841c6b5e08906d0f50', operation='UPDATE', pgid='pgtrigger_update_update_4933f', table='cases_possibleduplicate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='possibleduplicate',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_possibleduplicateevent" ("decided_at", "decided_by_id", "found_at", "id", "one_id", "organisation_id", "other_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "score", "state") VALUES (OLD."decided_at", OLD."decided_by_id", OLD."found_at", OLD."id", OLD."one_id", OLD."organisation_id", OLD."other_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."reason", OLD."score", OLD."state"); RETURN NULL;', hash='ec092801f0a37fa6c0f0b11236d831b08335a124', operation='DELETE', pgid='pgtrigger_delete_delete_56ef1', table='cases_possibleduplicate', when='AFTER')),
        ),
    ])
    operations.append(append_only("^cases_.*event$"))
