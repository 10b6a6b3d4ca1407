import django.contrib.postgres.fields
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
        ('cases', '0005_pathways'),
        ('ngo', '0002_history_is_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = in_one_go([
        migrations.CreateModel(
            name='Authority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name_es', models.CharField(max_length=160)),
                ('name_en', models.CharField(max_length=160)),
                ('lists', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('office_kind', models.CharField(blank=True, choices=[('port', 'Port of entry'), ('comar', 'Refugee commission (COMAR)'), ('inm', 'Migration institute (INM)'), ('consulate', 'Consulate'), ('court', 'Court'), ('child_protection', 'Child-protection office')], max_length=20)),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'authority',
                'verbose_name_plural': 'authorities',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='AuthorityEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('code', models.SlugField(db_index=False, max_length=40)),
                ('name_es', models.CharField(max_length=160)),
                ('name_en', models.CharField(max_length=160)),
                ('lists', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('office_kind', models.CharField(blank=True, choices=[('port', 'Port of entry'), ('comar', 'Refugee commission (COMAR)'), ('inm', 'Migration institute (INM)'), ('consulate', 'Consulate'), ('court', 'Court'), ('child_protection', 'Child-protection office')], max_length=20)),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event_on', models.DateField(verbose_name='day of the event')),
                ('after_hours', models.BooleanField(default=False, verbose_name='done when the office had shut')),
                ('event_note', models.CharField(blank=True, max_length=200, verbose_name='why this day')),
                ('state', models.CharField(choices=[('running', 'Running'), ('met', 'Done in time'), ('passed', 'The time passed'), ('stopped', 'Not needed any more')], default='running', max_length=10, verbose_name='state')),
                ('safe_on', models.DateField()),
                ('likely_on', models.DateField()),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_on', models.DateField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closing_note', models.CharField(blank=True, max_length=200, verbose_name='note')),
            ],
            options={
                'verbose_name': 'clock',
                'ordering': ['safe_on', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ClockEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('event_on', models.DateField(verbose_name='day of the event')),
                ('after_hours', models.BooleanField(default=False, verbose_name='done when the office had shut')),
                ('event_note', models.CharField(blank=True, max_length=200, verbose_name='why this day')),
                ('state', models.CharField(choices=[('running', 'Running'), ('met', 'Done in time'), ('passed', 'The time passed'), ('stopped', 'Not needed any more')], default='running', max_length=10, verbose_name='state')),
                ('safe_on', models.DateField()),
                ('likely_on', models.DateField()),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_on', models.DateField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closing_note', models.CharField(blank=True, max_length=200, verbose_name='note')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ClockResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(choices=[('started', 'It began'), ('closure', 'A closure was entered'), ('withdrawal', 'A closure was withdrawn'), ('event', 'The day of the event was corrected'), ('rule', 'A new version of the rule was taken'), ('reopened', 'It was opened again'), ('list', 'A list of days was brought up to date')], max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('event_on', models.DateField()),
                ('was_safe_on', models.DateField(null=True)),
                ('was_likely_on', models.DateField(null=True)),
                ('safe_on', models.DateField()),
                ('likely_on', models.DateField()),
                ('left_out', models.JSONField(default=list)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('told_whom', models.CharField(blank=True, max_length=120, verbose_name='who was told')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ClockResultEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('cause', models.CharField(choices=[('started', 'It began'), ('closure', 'A closure was entered'), ('withdrawal', 'A closure was withdrawn'), ('event', 'The day of the event was corrected'), ('rule', 'A new version of the rule was taken'), ('reopened', 'It was opened again'), ('list', 'A list of days was brought up to date')], max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('event_on', models.DateField()),
                ('was_safe_on', models.DateField(null=True)),
                ('was_likely_on', models.DateField(null=True)),
                ('safe_on', models.DateField()),
                ('likely_on', models.DateField()),
                ('left_out', models.JSONField(default=list)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('told_whom', models.CharField(blank=True, max_length=120, verbose_name='who was told')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ClockRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('article', models.CharField(max_length=120, verbose_name='article')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('source_url', models.URLField(blank=True, max_length=300, verbose_name='address of the source')),
                ('checked_on', models.DateField(verbose_name='checked on')),
                ('certainty', models.CharField(choices=[('V', 'Read in the source named'), ('S', 'Read in a weak or indirect source: check it'), ('U', 'Not verified: ask a lawyer before relying on it')], max_length=1, verbose_name='how sure we are')),
                ('code', models.SlugField(max_length=40)),
                ('version', models.PositiveSmallIntegerField()),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('actor', models.CharField(choices=[('person', 'The person must act'), ('authority', 'The authority must act')], max_length=10, verbose_name='whose time it is')),
                ('name_es', models.CharField(max_length=160, verbose_name='name in Spanish')),
                ('name_en', models.CharField(max_length=160, verbose_name='name in English')),
                ('event_es', models.CharField(max_length=160, verbose_name='counted from, in Spanish')),
                ('event_en', models.CharField(max_length=160, verbose_name='counted from, in English')),
                ('quote', models.CharField(blank=True, max_length=300, verbose_name='the words of the law')),
                ('note_es', models.CharField(blank=True, max_length=500, verbose_name='note in Spanish')),
                ('note_en', models.CharField(blank=True, max_length=500, verbose_name='note in English')),
                ('safe_count', models.PositiveSmallIntegerField(verbose_name='safe: how many days')),
                ('safe_unit', models.CharField(choices=[('working', 'working days'), ('calendar', 'calendar days')], max_length=10, verbose_name='safe: which days')),
                ('safe_start', models.CharField(choices=[('event_day', 'the day of the event itself'), ('next_day', 'the day after the event')], max_length=10, verbose_name='safe: day 1 is looked for from')),
                ('likely_count', models.PositiveSmallIntegerField(verbose_name='likely: how many days')),
                ('likely_unit', models.CharField(choices=[('working', 'working days'), ('calendar', 'calendar days')], max_length=10, verbose_name='likely: which days')),
                ('likely_start', models.CharField(choices=[('event_day', 'the day of the event itself'), ('next_day', 'the day after the event')], max_length=10, verbose_name='likely: day 1 is looked for from')),
                ('likely_rolls', models.BooleanField(default=False, verbose_name='a last day without work becomes the next working day')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'rule of a clock',
                'ordering': ['position', 'code', 'version'],
            },
        ),
        migrations.CreateModel(
            name='ClockRuleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('article', models.CharField(max_length=120, verbose_name='article')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('source_url', models.URLField(blank=True, max_length=300, verbose_name='address of the source')),
                ('checked_on', models.DateField(verbose_name='checked on')),
                ('certainty', models.CharField(choices=[('V', 'Read in the source named'), ('S', 'Read in a weak or indirect source: check it'), ('U', 'Not verified: ask a lawyer before relying on it')], max_length=1, verbose_name='how sure we are')),
                ('code', models.SlugField(db_index=False, max_length=40)),
                ('version', models.PositiveSmallIntegerField()),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('actor', models.CharField(choices=[('person', 'The person must act'), ('authority', 'The authority must act')], max_length=10, verbose_name='whose time it is')),
                ('name_es', models.CharField(max_length=160, verbose_name='name in Spanish')),
                ('name_en', models.CharField(max_length=160, verbose_name='name in English')),
                ('event_es', models.CharField(max_length=160, verbose_name='counted from, in Spanish')),
                ('event_en', models.CharField(max_length=160, verbose_name='counted from, in English')),
                ('quote', models.CharField(blank=True, max_length=300, verbose_name='the words of the law')),
                ('note_es', models.CharField(blank=True, max_length=500, verbose_name='note in Spanish')),
                ('note_en', models.CharField(blank=True, max_length=500, verbose_name='note in English')),
                ('safe_count', models.PositiveSmallIntegerField(verbose_name='safe: how many days')),
                ('safe_unit', models.CharField(choices=[('working', 'working days'), ('calendar', 'calendar days')], max_length=10, verbose_name='safe: which days')),
                ('safe_start', models.CharField(choices=[('event_day', 'the day of the event itself'), ('next_day', 'the day after the event')], max_length=10, verbose_name='safe: day 1 is looked for from')),
                ('likely_count', models.PositiveSmallIntegerField(verbose_name='likely: how many days')),
                ('likely_unit', models.CharField(choices=[('working', 'working days'), ('calendar', 'calendar days')], max_length=10, verbose_name='likely: which days')),
                ('likely_start', models.CharField(choices=[('event_day', 'the day of the event itself'), ('next_day', 'the day after the event')], max_length=10, verbose_name='likely: day 1 is looked for from')),
                ('likely_rolls', models.BooleanField(default=False, verbose_name='a last day without work becomes the next working day')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(verbose_name='last day')),
                ('kind', models.CharField(choices=[('closed', 'Closed or on holiday'), ('suspended', 'Its deadlines are suspended')], default='closed', max_length=10, verbose_name='what it is')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('source_url', models.URLField(blank=True, max_length=300, verbose_name='address of the source')),
                ('takes_no_sign_in', models.BooleanField(default=True, verbose_name='no sign-in is taken')),
                ('entered_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_because', models.CharField(blank=True, max_length=300, verbose_name='why it is withdrawn')),
            ],
            options={
                'verbose_name': 'closure',
                'ordering': ['-first_day', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ClosureEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(verbose_name='last day')),
                ('kind', models.CharField(choices=[('closed', 'Closed or on holiday'), ('suspended', 'Its deadlines are suspended')], default='closed', max_length=10, verbose_name='what it is')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('source_url', models.URLField(blank=True, max_length=300, verbose_name='address of the source')),
                ('takes_no_sign_in', models.BooleanField(default=True, verbose_name='no sign-in is taken')),
                ('entered_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_because', models.CharField(blank=True, max_length=300, verbose_name='why it is withdrawn')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DayList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('article', models.CharField(max_length=120, verbose_name='article')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('source_url', models.URLField(blank=True, max_length=300, verbose_name='address of the source')),
                ('checked_on', models.DateField(verbose_name='checked on')),
                ('certainty', models.CharField(choices=[('V', 'Read in the source named'), ('S', 'Read in a weak or indirect source: check it'), ('U', 'Not verified: ask a lawyer before relying on it')], max_length=1, verbose_name='how sure we are')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name_es', models.CharField(max_length=160)),
                ('name_en', models.CharField(max_length=160)),
                ('days', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=5), blank=True, default=list, size=None)),
                ('cycles', models.JSONField(blank=True, default=list)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('package', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'verbose_name': 'list of non-working days',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='DayListEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('article', models.CharField(max_length=120, verbose_name='article')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('source_url', models.URLField(blank=True, max_length=300, verbose_name='address of the source')),
                ('checked_on', models.DateField(verbose_name='checked on')),
                ('certainty', models.CharField(choices=[('V', 'Read in the source named'), ('S', 'Read in a weak or indirect source: check it'), ('U', 'Not verified: ask a lawyer before relying on it')], max_length=1, verbose_name='how sure we are')),
                ('code', models.SlugField(db_index=False, max_length=40)),
                ('name_es', models.CharField(max_length=160)),
                ('name_en', models.CharField(max_length=160)),
                ('days', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=5), blank=True, default=list, size=None)),
                ('cycles', models.JSONField(blank=True, default=list)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('package', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='authority',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_authorityevent" ("code", "id", "lists", "name_en", "name_es", "office_kind", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."code", NEW."id", NEW."lists", NEW."name_en", NEW."name_es", NEW."office_kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position"); RETURN NULL;', hash='6398532554fa83c861b2801f346a1e6d4eb0dea7', operation='INSERT', pgid='pgtrigger_insert_insert_0eb63', table='cases_authority', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='authority',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_authorityevent" ("code", "id", "lists", "name_en", "name_es", "office_kind", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."code", NEW."id", NEW."lists", NEW."name_en", NEW."name_es", NEW."office_kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position"); RETURN NULL;', hash='29564d939da8381051b922dc7f42e5d10a598786', operation='UPDATE', pgid='pgtrigger_update_update_22baa', table='cases_authority', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='authority',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_authorityevent" ("code", "id", "lists", "name_en", "name_es", "office_kind", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (OLD."code", OLD."id", OLD."lists", OLD."name_en", OLD."name_es", OLD."office_kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position"); RETURN NULL;', hash='ff4f432a5dad69c4baa379a9d31e2060067dfc28', operation='DELETE', pgid='pgtrigger_delete_delete_a8dd3', table='cases_authority', when='AFTER')),
        ),
        migrations.AddField(
            model_name='authorityevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.authority'),
        ),
        migrations.AddField(
            model_name='clock',
            name='closed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clock',
            name='family',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='cases.family'),
        ),
        migrations.AddField(
            model_name='clock',
            name='office',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='clock',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='clock',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='cases.person'),
        ),
        migrations.AddField(
            model_name='clock',
            name='process',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='cases.process'),
        ),
        migrations.AddField(
            model_name='clock',
            name='started_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockevent',
            name='closed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockevent',
            name='family',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='clockevent',
            name='office',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='clockevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='clockevent',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='clockevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.clock'),
        ),
        migrations.AddField(
            model_name='clockevent',
            name='process',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.process'),
        ),
        migrations.AddField(
            model_name='clockevent',
            name='started_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockresult',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockresult',
            name='clock',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='cases.clock'),
        ),
        migrations.AddField(
            model_name='clockresult',
            name='told_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockresultevent',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockresultevent',
            name='clock',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.clock'),
        ),
        migrations.AddField(
            model_name='clockresultevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.clockresult'),
        ),
        migrations.AddField(
            model_name='clockresultevent',
            name='told_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockrule',
            name='authority',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='cases.authority'),
        ),
        migrations.AddField(
            model_name='clockrule',
            name='made_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockrule',
            name='organisation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='clockevent',
            name='rule',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.clockrule'),
        ),
        migrations.AddField(
            model_name='clock',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='cases.clockrule'),
        ),
        migrations.AddField(
            model_name='clockruleevent',
            name='authority',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.authority'),
        ),
        migrations.AddField(
            model_name='clockruleevent',
            name='made_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockruleevent',
            name='organisation',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='clockruleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.clockrule'),
        ),
        migrations.AddField(
            model_name='closure',
            name='authority',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='cases.authority', verbose_name='authority'),
        ),
        migrations.AddField(
            model_name='closure',
            name='entered_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='closure',
            name='office',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='closure',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='closure',
            name='withdrawn_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockresultevent',
            name='closure',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.closure'),
        ),
        migrations.AddField(
            model_name='clockresult',
            name='closure',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='results', to='cases.closure'),
        ),
        migrations.AddField(
            model_name='closureevent',
            name='authority',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.authority', verbose_name='authority'),
        ),
        migrations.AddField(
            model_name='closureevent',
            name='entered_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='closureevent',
            name='office',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='closureevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='closureevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.closure'),
        ),
        migrations.AddField(
            model_name='closureevent',
            name='withdrawn_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='daylist',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_daylistevent" ("article", "certainty", "checked_on", "code", "country", "cycles", "days", "id", "name_en", "name_es", "package", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "source_url") VALUES (NEW."article", NEW."certainty", NEW."checked_on", NEW."code", NEW."country", NEW."cycles", NEW."days", NEW."id", NEW."name_en", NEW."name_es", NEW."package", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."source", NEW."source_url"); RETURN NULL;', hash='041ff92a6335d06b70f4c4f19d5aa40edb7be7cf', operation='INSERT', pgid='pgtrigger_insert_insert_9b74a', table='cases_daylist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='daylist',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_daylistevent" ("article", "certainty", "checked_on", "code", "country", "cycles", "days", "id", "name_en", "name_es", "package", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "source_url") VALUES (NEW."article", NEW."certainty", NEW."checked_on", NEW."code", NEW."country", NEW."cycles", NEW."days", NEW."id", NEW."name_en", NEW."name_es", NEW."package", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."source", NEW."source_url"); RETURN NULL;', hash='1c72b3f3c604374a1383d30b08bfff9b688c2f5f', operation='UPDATE', pgid='pgtrigger_update_update_d42e8', table='cases_daylist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='daylist',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_daylistevent" ("article", "certainty", "checked_on", "code", "country", "cycles", "days", "id", "name_en", "name_es", "package", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "source_url") VALUES (OLD."article", OLD."certainty", OLD."checked_on", OLD."code", OLD."country", OLD."cycles", OLD."days", OLD."id", OLD."name_en", OLD."name_es", OLD."package", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."source", OLD."source_url"); RETURN NULL;', hash='7794349f864aa2a8c0e04d107e650403e8d915f2', operation='DELETE', pgid='pgtrigger_delete_delete_7285f', table='cases_daylist', when='AFTER')),
        ),
        migrations.AddField(
            model_name='daylistevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.daylist'),
        ),
        migrations.AddConstraint(
            model_name='clockrule',
            constraint=models.UniqueConstraint(fields=('organisation', 'code', 'version'), name='one_clock_rule_per_version', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='clockrule',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('organisation', 'code'), name='one_clock_rule_in_force', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='clockrule',
            constraint=models.CheckConstraint(condition=models.Q(('safe_count__range', (1, 1000)), ('likely_count__range', (1, 1000))), name='a_clock_rule_counts_days_that_can_be_counted', violation_error_message='A rule counts from 1 to 1000 days.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clockrule',
            trigger=pgtrigger.compiler.Trigger(name='a_version_is_never_edited', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."article" IS DISTINCT FROM (NEW."article") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."source_url" IS DISTINCT FROM (NEW."source_url") OR OLD."checked_on" IS DISTINCT FROM (NEW."checked_on") OR OLD."certainty" IS DISTINCT FROM (NEW."certainty") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."authority_id" IS DISTINCT FROM (NEW."authority_id") OR OLD."actor" IS DISTINCT FROM (NEW."actor") OR OLD."name_es" IS DISTINCT FROM (NEW."name_es") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."event_es" IS DISTINCT FROM (NEW."event_es") OR OLD."event_en" IS DISTINCT FROM (NEW."event_en") OR OLD."quote" IS DISTINCT FROM (NEW."quote") OR OLD."note_es" IS DISTINCT FROM (NEW."note_es") OR OLD."note_en" IS DISTINCT FROM (NEW."note_en") OR OLD."safe_count" IS DISTINCT FROM (NEW."safe_count") OR OLD."safe_unit" IS DISTINCT FROM (NEW."safe_unit") OR OLD."safe_start" IS DISTINCT FROM (NEW."safe_start") OR OLD."likely_count" IS DISTINCT FROM (NEW."likely_count") OR OLD."likely_unit" IS DISTINCT FROM (NEW."likely_unit") OR OLD."likely_start" IS DISTINCT FROM (NEW."likely_start") OR OLD."likely_rolls" IS DISTINCT FROM (NEW."likely_rolls") OR OLD."made_at" IS DISTINCT FROM (NEW."made_at") OR OLD."made_by_id" IS DISTINCT FROM (NEW."made_by_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5fb88b4c113eedf647f77ccb9df42c32d79ab27f', operation='UPDATE', pgid='pgtrigger_a_version_is_never_edited_8c1e7', table='cases_clockrule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clockrule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_clockruleevent" ("actor", "article", "authority_id", "certainty", "checked_on", "code", "event_en", "event_es", "id", "likely_count", "likely_rolls", "likely_start", "likely_unit", "made_at", "made_by_id", "name_en", "name_es", "note_en", "note_es", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quote", "replaced_at", "safe_count", "safe_start", "safe_unit", "source", "source_url", "version") VALUES (NEW."actor", NEW."article", NEW."authority_id", NEW."certainty", NEW."checked_on", NEW."code", NEW."event_en", NEW."event_es", NEW."id", NEW."likely_count", NEW."likely_rolls", NEW."likely_start", NEW."likely_unit", NEW."made_at", NEW."made_by_id", NEW."name_en", NEW."name_es", NEW."note_en", NEW."note_es", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position", NEW."quote", NEW."replaced_at", NEW."safe_count", NEW."safe_start", NEW."safe_unit", NEW."source", NEW."source_url", NEW."version"); RETURN NULL;', hash='ad08961390681ead005055e978ea2c95fd343add', operation='INSERT', pgid='pgtrigger_insert_insert_d735a', table='cases_clockrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clockrule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_clockruleevent" ("actor", "article", "authority_id", "certainty", "checked_on", "code", "event_en", "event_es", "id", "likely_count", "likely_rolls", "likely_start", "likely_unit", "made_at", "made_by_id", "name_en", "name_es", "note_en", "note_es", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quote", "replaced_at", "safe_count", "safe_start", "safe_unit", "source", "source_url", "version") VALUES (NEW."actor", NEW."article", NEW."authority_id", NEW."certainty", NEW."checked_on", NEW."code", NEW."event_en", NEW."event_es", NEW."id", NEW."likely_count", NEW."likely_rolls", NEW."likely_start", NEW."likely_unit", NEW."made_at", NEW."made_by_id", NEW."name_en", NEW."name_es", NEW."note_en", NEW."note_es", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position", NEW."quote", NEW."replaced_at", NEW."safe_count", NEW."safe_start", NEW."safe_unit", NEW."source", NEW."source_url", NEW."version"); RETURN NULL;', hash='5b0e8011035183fc78e441134a4446264b4f0cc1', operation='UPDATE', pgid='pgtrigger_update_update_f633e', table='cases_clockrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clockrule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_clockruleevent" ("actor", "article", "authority_id", "certainty", "checked_on", "code", "event_en", "event_es", "id", "likely_count", "likely_rolls", "likely_start", "likely_unit", "made_at", "made_by_id", "name_en", "name_es", "note_en", "note_es", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quote", "replaced_at", "safe_count", "safe_start", "safe_unit", "source", "source_url", "version") VALUES (OLD."actor", OLD."article", OLD."authority_id", OLD."certainty", OLD."checked_on", OLD."code", OLD."event_en", OLD."event_es", OLD."id", OLD."likely_count", OLD."likely_rolls", OLD."likely_start", OLD."likely_unit", OLD."made_at", OLD."made_by_id", OLD."name_en", OLD."name_es", OLD."note_en", OLD."note_es", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position", OLD."quote", OLD."replaced_at", OLD."safe_count", OLD."safe_start", OLD."safe_unit", OLD."source", OLD."source_url", OLD."version"); RETURN NULL;', hash='7d59e3f76ab918bb2c61e897b01d01da7c49d2f0', operation='DELETE', pgid='pgtrigger_delete_delete_db9d1', table='cases_clockrule', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['organisation', 'safe_on'], name='running_clocks_by_date'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(fields=['family', 'safe_on'], name='clocks_of_a_family'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(('safe_on__lte', models.F('likely_on'))), name='safe_is_never_after_likely'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None), ('closed_on', None), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('closed_at__isnull', False), ('closed_by__isnull', False), ('closed_on__isnull', False)), _connector='OR'), name='a_closed_clock_has_day_time_and_author'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clock',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_clockevent" ("after_hours", "closed_at", "closed_by_id", "closed_on", "closing_note", "event_note", "event_on", "family_id", "id", "likely_on", "office_id", "organisation_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "rule_id", "safe_on", "started_at", "started_by_id", "state") VALUES (NEW."after_hours", NEW."closed_at", NEW."closed_by_id", NEW."closed_on", NEW."closing_note", NEW."event_note", NEW."event_on", NEW."family_id", NEW."id", NEW."likely_on", NEW."office_id", NEW."organisation_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id", NEW."rule_id", NEW."safe_on", NEW."started_at", NEW."started_by_id", NEW."state"); RETURN NULL;', hash='030577f07eac4934232f48a15ae7ef5d52cd0ea2', operation='INSERT', pgid='pgtrigger_insert_insert_bbd14', table='cases_clock', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clock',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_clockevent" ("after_hours", "closed_at", "closed_by_id", "closed_on", "closing_note", "event_note", "event_on", "family_id", "id", "likely_on", "office_id", "organisation_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "rule_id", "safe_on", "started_at", "started_by_id", "state") VALUES (NEW."after_hours", NEW."closed_at", NEW."closed_by_id", NEW."closed_on", NEW."closing_note", NEW."event_note", NEW."event_on", NEW."family_id", NEW."id", NEW."likely_on", NEW."office_id", NEW."organisation_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id", NEW."rule_id", NEW."safe_on", NEW."started_at", NEW."started_by_id", NEW."state"); RETURN NULL;', hash='48cb778a9b2e051b168a53751e3414ec7521ccf2', operation='UPDATE', pgid='pgtrigger_update_update_5f30a', table='cases_clock', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clock',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_clockevent" ("after_hours", "closed_at", "closed_by_id", "closed_on", "closing_note", "event_note", "event_on", "family_id", "id", "likely_on", "office_id", "organisation_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "rule_id", "safe_on", "started_at", "started_by_id", "state") VALUES (OLD."after_hours", OLD."closed_at", OLD."closed_by_id", OLD."closed_on", OLD."closing_note", OLD."event_note", OLD."event_on", OLD."family_id", OLD."id", OLD."likely_on", OLD."office_id", OLD."organisation_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id", OLD."rule_id", OLD."safe_on", OLD."started_at", OLD."started_by_id", OLD."state"); RETURN NULL;', hash='782cc8beda32029a4ef2c2104da5e969f72b1daa', operation='DELETE', pgid='pgtrigger_delete_delete_589ef', table='cases_clock', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='closure',
            index=models.Index(fields=['organisation', 'authority', 'first_day'], name='closures_of_an_authority'),
        ),
        migrations.AddConstraint(
            model_name='closure',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='a_closure_ends_after_it_starts', violation_error_message='The last day must not be before the first.'),
        ),
        migrations.AddConstraint(
            model_name='closure',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at', None), ('withdrawn_because', ''), ('withdrawn_by', None)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawn_because', ''), _negated=True)), _connector='OR'), name='a_withdrawal_has_time_author_and_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closure',
            trigger=pgtrigger.compiler.Trigger(name='a_closure_is_never_edited', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."authority_id" IS DISTINCT FROM (NEW."authority_id") OR OLD."office_id" IS DISTINCT FROM (NEW."office_id") OR OLD."first_day" IS DISTINCT FROM (NEW."first_day") OR OLD."last_day" IS DISTINCT FROM (NEW."last_day") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."source_url" IS DISTINCT FROM (NEW."source_url") OR OLD."takes_no_sign_in" IS DISTINCT FROM (NEW."takes_no_sign_in") OR OLD."entered_at" IS DISTINCT FROM (NEW."entered_at") OR OLD."entered_by_id" IS DISTINCT FROM (NEW."entered_by_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='78a316a672402fbff032b29a15536384c24f2525', operation='UPDATE', pgid='pgtrigger_a_closure_is_never_edited_81d21', table='cases_closure', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closure',
            trigger=pgtrigger.compiler.Trigger(name='a_withdrawal_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."withdrawn_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1eca83b416dc46c8e0d118b6c309d80edcc39de8', operation='UPDATE OR DELETE', pgid='pgtrigger_a_withdrawal_stays_5f46f', table='cases_closure', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closure',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_closureevent" ("authority_id", "entered_at", "entered_by_id", "first_day", "id", "kind", "last_day", "office_id", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "source_url", "takes_no_sign_in", "withdrawn_at", "withdrawn_because", "withdrawn_by_id") VALUES (NEW."authority_id", NEW."entered_at", NEW."entered_by_id", NEW."first_day", NEW."id", NEW."kind", NEW."last_day", NEW."office_id", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."source", NEW."source_url", NEW."takes_no_sign_in", NEW."withdrawn_at", NEW."withdrawn_because", NEW."withdrawn_by_id"); RETURN NULL;', hash='c90f67e9c2ac7802d5a5da464a509efc72642249', operation='INSERT', pgid='pgtrigger_insert_insert_29719', table='cases_closure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closure',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_closureevent" ("authority_id", "entered_at", "entered_by_id", "first_day", "id", "kind", "last_day", "office_id", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "source_url", "takes_no_sign_in", "withdrawn_at", "withdrawn_because", "withdrawn_by_id") VALUES (NEW."authority_id", NEW."entered_at", NEW."entered_by_id", NEW."first_day", NEW."id", NEW."kind", NEW."last_day", NEW."office_id", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."source", NEW."source_url", NEW."takes_no_sign_in", NEW."withdrawn_at", NEW."withdrawn_because", NEW."withdrawn_by_id"); RETURN NULL;', hash='3d4cb161848b102f303452a5f506c1459e2b9a7f', operation='UPDATE', pgid='pgtrigger_update_update_46157', table='cases_closure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closure',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_closureevent" ("authority_id", "entered_at", "entered_by_id", "first_day", "id", "kind", "last_day", "office_id", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "source_url", "takes_no_sign_in", "withdrawn_at", "withdrawn_because", "withdrawn_by_id") VALUES (OLD."authority_id", OLD."entered_at", OLD."entered_by_id", OLD."first_day", OLD."id", OLD."kind", OLD."last_day", OLD."office_id", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."source", OLD."source_url", OLD."takes_no_sign_in", OLD."withdrawn_at", OLD."withdrawn_because", OLD."withdrawn_by_id"); RETURN NULL;', hash='5c3cd32e32a432fdcf1460df889e7f18a0a71c7e', operation='DELETE', pgid='pgtrigger_delete_delete_1201b', table='cases_closure', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='clockresult',
            index=models.Index(fields=['clock', '-at'], name='results_of_a_clock'),
        ),
        migrations.AddIndex(
            model_name='clockresult',
            index=models.Index(condition=models.Q(('told_at', None), models.Q(('cause', 'started'), _negated=True)), fields=['-at'], name='clock_changes_to_tell'),
        ),
        migrations.AddConstraint(
            model_name='clockresult',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('told_at', None), ('told_by', None), ('told_whom', '')), models.Q(('told_at__isnull', False), ('told_by__isnull', False), models.Q(('told_whom', ''), _negated=True)), _connector='OR'), name='who_was_told_has_time_and_author'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clockresult',
            trigger=pgtrigger.compiler.Trigger(name='a_result_is_never_edited', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."clock_id" IS DISTINCT FROM (NEW."clock_id") OR OLD."cause" IS DISTINCT FROM (NEW."cause") OR OLD."closure_id" IS DISTINCT FROM (NEW."closure_id") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."event_on" IS DISTINCT FROM (NEW."event_on") OR OLD."was_safe_on" IS DISTINCT FROM (NEW."was_safe_on") OR OLD."was_likely_on" IS DISTINCT FROM (NEW."was_likely_on") OR OLD."safe_on" IS DISTINCT FROM (NEW."safe_on") OR OLD."likely_on" IS DISTINCT FROM (NEW."likely_on") OR OLD."left_out" IS DISTINCT FROM (NEW."left_out"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='187b6dc4d6ba1936a1d373833f1471a3bee20d1f', operation='UPDATE', pgid='pgtrigger_a_result_is_never_edited_b8410', table='cases_clockresult', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clockresult',
            trigger=pgtrigger.compiler.Trigger(name='who_was_told_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."told_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e62c6fbeb3d1b45c92a00ef31b0b4a604d802b46', operation='UPDATE OR DELETE', pgid='pgtrigger_who_was_told_stays_af49e', table='cases_clockresult', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clockresult',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_clockresultevent" ("at", "by_id", "cause", "clock_id", "closure_id", "event_on", "id", "left_out", "likely_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "safe_on", "told_at", "told_by_id", "told_whom", "was_likely_on", "was_safe_on") VALUES (NEW."at", NEW."by_id", NEW."cause", NEW."clock_id", NEW."closure_id", NEW."event_on", NEW."id", NEW."left_out", NEW."likely_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."safe_on", NEW."told_at", NEW."told_by_id", NEW."told_whom", NEW."was_likely_on", NEW."was_safe_on"); RETURN NULL;', hash='d131d5da8cdefa039599eb224ccafac0f84b27b2', operation='INSERT', pgid='pgtrigger_insert_insert_b5ddb', table='cases_clockresult', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clockresult',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_clockresultevent" ("at", "by_id", "cause", "clock_id", "closure_id", "event_on", "id", "left_out", "likely_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "safe_on", "told_at", "told_by_id", "told_whom", "was_likely_on", "was_safe_on") VALUES (NEW."at", NEW."by_id", NEW."cause", NEW."clock_id", NEW."closure_id", NEW."event_on", NEW."id", NEW."left_out", NEW."likely_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."safe_on", NEW."told_at", NEW."told_by_id", NEW."told_whom", NEW."was_likely_on", NEW."was_safe_on"); RETURN NULL;', hash='28f5434293642b10f9de17182f3829cb97a809f1', operation='UPDATE', pgid='pgtrigger_update_update_9befe', table='cases_clockresult', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clockresult',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_clockresultevent" ("at", "by_id", "cause", "clock_id", "closure_id", "event_on", "id", "left_out", "likely_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "safe_on", "told_at", "told_by_id", "told_whom", "was_likely_on", "was_safe_on") VALUES (OLD."at", OLD."by_id", OLD."cause", OLD."clock_id", OLD."closure_id", OLD."event_on", OLD."id", OLD."left_out", OLD."likely_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."safe_on", OLD."told_at", OLD."told_by_id", OLD."told_whom", OLD."was_likely_on", OLD."was_safe_on"); RETURN NULL;', hash='e63ffa353306e34f1245b2e751118fc0ed76a51a', operation='DELETE', pgid='pgtrigger_delete_delete_33a30', table='cases_clockresult', when='AFTER')),
        ),
    ])
    operations.append(append_only("^cases_.*event$"))
