import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import ngo.crypto
import ngo.models.catalogue
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models

from ngo.migration_tools import append_only, in_one_go


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_history_is_append_only'),
        ('ngo', '0002_history_is_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = in_one_go([
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(blank=True, max_length=160, verbose_name='place')),
                ('zone', models.CharField(max_length=60, validators=[ngo.models.catalogue.is_a_zone], verbose_name='time zone of the place')),
                ('local_date', models.DateField(verbose_name='date')),
                ('local_time', models.TimeField(verbose_name='hour')),
                ('starts_at', models.DateTimeField()),
                ('home_zone', models.CharField(max_length=60, validators=[ngo.models.catalogue.is_a_zone])),
                ('leave_shelter_at', models.DateTimeField(verbose_name='leaves the house at')),
                ('report_at', models.DateTimeField(verbose_name='must be there at')),
                ('accompanied_by', models.CharField(blank=True, max_length=120, verbose_name='who goes with them')),
                ('food', models.CharField(choices=[('none', 'Nothing special'), ('breakfast', 'Early breakfast'), ('lunch', 'Packed lunch'), ('both', 'Early breakfast and packed lunch')], default='none', max_length=10, verbose_name='food')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('confirmed', 'Confirmed'), ('attended', 'Attended'), ('missed', 'Missed'), ('turned_away', 'Turned away there'), ('cancelled', 'Cancelled by the family'), ('cancelled_auth', 'Cancelled by the authority'), ('rescheduled', 'Moved to another date')], default='planned', max_length=15, verbose_name='state')),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'appointment',
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='AppointmentChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('confirmed', 'Confirmed'), ('attended', 'Attended'), ('missed', 'Missed'), ('turned_away', 'Turned away there'), ('cancelled', 'Cancelled by the family'), ('cancelled_auth', 'Cancelled by the authority'), ('rescheduled', 'Moved to another date')], max_length=15)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='AppointmentChangeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('confirmed', 'Confirmed'), ('attended', 'Attended'), ('missed', 'Missed'), ('turned_away', 'Turned away there'), ('cancelled', 'Cancelled by the family'), ('cancelled_auth', 'Cancelled by the authority'), ('rescheduled', 'Moved to another date')], max_length=15)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AppointmentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('place', models.CharField(blank=True, max_length=160, verbose_name='place')),
                ('zone', models.CharField(max_length=60, validators=[ngo.models.catalogue.is_a_zone], verbose_name='time zone of the place')),
                ('local_date', models.DateField(verbose_name='date')),
                ('local_time', models.TimeField(verbose_name='hour')),
                ('starts_at', models.DateTimeField()),
                ('home_zone', models.CharField(max_length=60, validators=[ngo.models.catalogue.is_a_zone])),
                ('leave_shelter_at', models.DateTimeField(verbose_name='leaves the house at')),
                ('report_at', models.DateTimeField(verbose_name='must be there at')),
                ('accompanied_by', models.CharField(blank=True, max_length=120, verbose_name='who goes with them')),
                ('food', models.CharField(choices=[('none', 'Nothing special'), ('breakfast', 'Early breakfast'), ('lunch', 'Packed lunch'), ('both', 'Early breakfast and packed lunch')], default='none', max_length=10, verbose_name='food')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('confirmed', 'Confirmed'), ('attended', 'Attended'), ('missed', 'Missed'), ('turned_away', 'Turned away there'), ('cancelled', 'Cancelled by the family'), ('cancelled_auth', 'Cancelled by the authority'), ('rescheduled', 'Moved to another date')], default='planned', max_length=15, verbose_name='state')),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AppointmentKind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, verbose_name='short name')),
                ('name_es', models.CharField(max_length=120, verbose_name='name in Spanish')),
                ('name_en', models.CharField(max_length=120, verbose_name='name in English')),
                ('group', models.CharField(blank=True, choices=[('us_appointment', 'Awaiting a U.S. appointment'), ('mexican_protection', 'Seeking protection in Mexico'), ('return', 'Awaiting return'), ('undecided', 'Undecided'), ('other', 'Other')], max_length=20, verbose_name='group')),
                ('is_legal', models.BooleanField(default=False, verbose_name='takes a slot of a legal provider')),
                ('bring_es', models.CharField(blank=True, max_length=200, verbose_name='what to bring, in Spanish')),
                ('bring_en', models.CharField(blank=True, max_length=200, verbose_name='what to bring, in English')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order in lists')),
            ],
            options={
                'verbose_name': 'kind of appointment',
                'verbose_name_plural': 'kinds of appointment',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='AppointmentKindEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('code', models.SlugField(db_index=False, max_length=40, verbose_name='short name')),
                ('name_es', models.CharField(max_length=120, verbose_name='name in Spanish')),
                ('name_en', models.CharField(max_length=120, verbose_name='name in English')),
                ('group', models.CharField(blank=True, choices=[('us_appointment', 'Awaiting a U.S. appointment'), ('mexican_protection', 'Seeking protection in Mexico'), ('return', 'Awaiting return'), ('undecided', 'Undecided'), ('other', 'Other')], max_length=20, verbose_name='group')),
                ('is_legal', models.BooleanField(default=False, verbose_name='takes a slot of a legal provider')),
                ('bring_es', models.CharField(blank=True, max_length=200, verbose_name='what to bring, in Spanish')),
                ('bring_en', models.CharField(blank=True, max_length=200, verbose_name='what to bring, in English')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order in lists')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AppointmentPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_companion', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='AppointmentPersonEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('is_companion', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='EmailAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', ngo.crypto.EncryptedTextField(verbose_name='e-mail')),
                ('address_hash', models.CharField(db_index=True, editable=False, max_length=64)),
                ('shared_with', models.CharField(blank=True, max_length=120, verbose_name='who else reads it')),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'e-mail address',
            },
        ),
        migrations.CreateModel(
            name='EmailAddressEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('address', ngo.crypto.EncryptedTextField(verbose_name='e-mail')),
                ('address_hash', models.CharField(editable=False, max_length=64)),
                ('shared_with', models.CharField(blank=True, max_length=120, verbose_name='who else reads it')),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LegalNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', ngo.crypto.EncryptedTextField(verbose_name='legal note')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'legal note',
                'ordering': ['-written_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='LegalNoteEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('text', ngo.crypto.EncryptedTextField(verbose_name='legal note')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LegalProvider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('licence', models.CharField(blank=True, max_length=120, verbose_name='may practise as')),
                ('speaks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), blank=True, default=list, size=None, verbose_name='speaks')),
                ('is_active', models.BooleanField(default=True, verbose_name='gives consultations')),
            ],
            options={
                'verbose_name': 'legal provider',
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='LegalProviderEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('licence', models.CharField(blank=True, max_length=120, verbose_name='may practise as')),
                ('speaks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), blank=True, default=list, size=None, verbose_name='speaks')),
                ('is_active', models.BooleanField(default=True, verbose_name='gives consultations')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='NoticeRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('audience', models.CharField(choices=[('guest', 'The family'), ('staff', 'Who is responsible')], max_length=10, verbose_name='who is reminded')),
                ('days_before', models.PositiveSmallIntegerField(verbose_name='days before')),
                ('at_time', models.TimeField(verbose_name='at what time')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'rule for reminders',
                'ordering': ['-days_before', 'at_time', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='NoticeRuleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('audience', models.CharField(choices=[('guest', 'The family'), ('staff', 'Who is responsible')], max_length=10, verbose_name='who is reminded')),
                ('days_before', models.PositiveSmallIntegerField(verbose_name='days before')),
                ('at_time', models.TimeField(verbose_name='at what time')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('channel', models.CharField(choices=[('email', 'E-mail')], default='email', max_length=10)),
                ('state', models.CharField(choices=[('pending', 'Waiting'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('failed', 'Not delivered'), ('suppressed', 'Not to be sent'), ('expired', 'Too late to be true'), ('cancelled', 'Withdrawn')], default='pending', max_length=10)),
                ('due_at', models.DateTimeField()),
                ('next_try_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('claim', models.UUIDField(blank=True, null=True)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('provider_id', models.CharField(blank=True, max_length=120)),
                ('last_error', models.CharField(blank=True, max_length=80)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('language', models.CharField(max_length=3)),
                ('called_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SlotBooking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('booked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'booked slot',
            },
        ),
        migrations.CreateModel(
            name='SlotBookingEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('day', models.DateField()),
                ('booked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WeeklySlot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(6)], verbose_name='day of the week')),
                ('starts_at', models.TimeField(verbose_name='begins at')),
                ('minutes', models.PositiveSmallIntegerField(default=45, validators=[django.core.validators.MinValueValidator(5)], verbose_name='minutes')),
                ('zone', models.CharField(max_length=60, validators=[ngo.models.catalogue.is_a_zone], verbose_name='time zone')),
                ('since', models.DateField(verbose_name='from')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until, that day included')),
            ],
            options={
                'verbose_name': 'weekly slot',
                'ordering': ['weekday', 'starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='WeeklySlotEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('weekday', models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(6)], verbose_name='day of the week')),
                ('starts_at', models.TimeField(verbose_name='begins at')),
                ('minutes', models.PositiveSmallIntegerField(default=45, validators=[django.core.validators.MinValueValidator(5)], verbose_name='minutes')),
                ('zone', models.CharField(max_length=60, validators=[ngo.models.catalogue.is_a_zone], verbose_name='time zone')),
                ('since', models.DateField(verbose_name='from')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until, that day included')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='case',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='case',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='case',
            name='delete_delete',
        ),
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
        migrations.AddField(
            model_name='case',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='responsible'),
        ),
        migrations.AddField(
            model_name='caseevent',
            name='owner',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='responsible'),
        ),
        migrations.AddField(
            model_name='person',
            name='diets',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('formula', 'Infant formula'), ('baby', 'Baby food, 6 to 23 months'), ('soft', 'Soft food'), ('no_meat', 'No meat'), ('no_pork', 'No pork'), ('no_sugar', 'Without sugar'), ('no_gluten', 'Without gluten'), ('no_milk', 'Without milk'), ('allergy', 'Allergy: ask before serving')], max_length=10), blank=True, default=list, size=None, verbose_name='diet'),
        ),
        migrations.AddField(
            model_name='personevent',
            name='diets',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('formula', 'Infant formula'), ('baby', 'Baby food, 6 to 23 months'), ('soft', 'Soft food'), ('no_meat', 'No meat'), ('no_pork', 'No pork'), ('no_sugar', 'Without sugar'), ('no_gluten', 'Without gluten'), ('no_milk', 'Without milk'), ('allergy', 'Allergy: ask before serving')], max_length=10), blank=True, default=list, size=None, verbose_name='diet'),
        ),
        migrations.AlterField(
            model_name='consent',
            name='purpose',
            field=models.CharField(choices=[('record', "Keeping the shelter's record"), ('reminders', 'Reminders by phone or e-mail')], max_length=12, verbose_name='purpose'),
        ),
        migrations.AlterField(
            model_name='consentevent',
            name='purpose',
            field=models.CharField(choices=[('record', "Keeping the shelter's record"), ('reminders', 'Reminders by phone or e-mail')], max_length=12, verbose_name='purpose'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='case',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_caseevent" ("closed_at", "group", "id", "opened_at", "opened_by_id", "owner_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."closed_at", NEW."group", NEW."id", NEW."opened_at", NEW."opened_by_id", NEW."owner_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;', hash='ff46afc540ff45b8c2a3f174c03c436989cb109c', operation='INSERT', pgid='pgtrigger_insert_insert_0b483', table='cases_case', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='case',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_caseevent" ("closed_at", "group", "id", "opened_at", "opened_by_id", "owner_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."closed_at", NEW."group", NEW."id", NEW."opened_at", NEW."opened_by_id", NEW."owner_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."reason"); RETURN NULL;', hash='f9d70d4754ff317c49d1ae2c03c845ab0a3ab1cf', operation='UPDATE', pgid='pgtrigger_update_update_f5146', table='cases_case', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='case',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_caseevent" ("closed_at", "group", "id", "opened_at", "opened_by_id", "owner_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."closed_at", OLD."group", OLD."id", OLD."opened_at", OLD."opened_by_id", OLD."owner_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;', hash='3617eb866ac3e907a3c1788761daeb204367f8ed', operation='DELETE', pgid='pgtrigger_delete_delete_8d49e', table='cases_case', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_personevent" ("birth_precision", "born_on", "diets", "external_ref", "first_surname", "gender", "given_names", "id", "nationality", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferred_name", "reads", "recorded_at", "second_surname", "sex", "speaks") VALUES (NEW."birth_precision", NEW."born_on", NEW."diets", NEW."external_ref", NEW."first_surname", NEW."gender", NEW."given_names", NEW."id", NEW."nationality", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."preferred_name", NEW."reads", NEW."recorded_at", NEW."second_surname", NEW."sex", NEW."speaks"); RETURN NULL;', hash='eab12597df38008ca8cde229959ffb6772f27de7', operation='INSERT', pgid='pgtrigger_insert_insert_eb0b4', table='cases_person', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."birth_precision" IS DISTINCT FROM (NEW."birth_precision") OR OLD."born_on" IS DISTINCT FROM (NEW."born_on") OR OLD."diets" IS DISTINCT FROM (NEW."diets") OR OLD."external_ref" IS DISTINCT FROM (NEW."external_ref") OR OLD."first_surname" IS DISTINCT FROM (NEW."first_surname") OR OLD."gender" IS DISTINCT FROM (NEW."gender") OR OLD."given_names" IS DISTINCT FROM (NEW."given_names") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."nationality" IS DISTINCT FROM (NEW."nationality") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."preferred_name" IS DISTINCT FROM (NEW."preferred_name") OR OLD."reads" IS DISTINCT FROM (NEW."reads") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."second_surname" IS DISTINCT FROM (NEW."second_surname") OR OLD."sex" IS DISTINCT FROM (NEW."sex") OR OLD."speaks" IS DISTINCT FROM (NEW."speaks"))', func='INSERT INTO "cases_personevent" ("birth_precision", "born_on", "diets", "external_ref", "first_surname", "gender", "given_names", "id", "nationality", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferred_name", "reads", "recorded_at", "second_surname", "sex", "speaks") VALUES (NEW."birth_precision", NEW."born_on", NEW."diets", NEW."external_ref", NEW."first_surname", NEW."gender", NEW."given_names", NEW."id", NEW."nationality", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."preferred_name", NEW."reads", NEW."recorded_at", NEW."second_surname", NEW."sex", NEW."speaks"); RETURN NULL;', hash='9e02bd46fa48f3da53806f7c50293d2c2ce6494b', operation='UPDATE', pgid='pgtrigger_update_update_6804f', table='cases_person', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_personevent" ("birth_precision", "born_on", "diets", "external_ref", "first_surname", "gender", "given_names", "id", "nationality", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferred_name", "reads", "recorded_at", "second_surname", "sex", "speaks") VALUES (OLD."birth_precision", OLD."born_on", OLD."diets", OLD."external_ref", OLD."first_surname", OLD."gender", OLD."given_names", OLD."id", OLD."nationality", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."preferred_name", OLD."reads", OLD."recorded_at", OLD."second_surname", OLD."sex", OLD."speaks"); RETURN NULL;', hash='61b513b9fdde062558a284c310f89d238304dde1', operation='DELETE', pgid='pgtrigger_delete_delete_82e57', table='cases_person', when='AFTER')),
        ),
        migrations.AddField(
            model_name='appointment',
            name='family',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='cases.family'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appointment',
            name='office',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='responsible'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='replaces',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='told_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appointmentchange',
            name='appointment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='appointmentchange',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appointmentchangeevent',
            name='appointment',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='appointmentchangeevent',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appointmentchangeevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.appointmentchange'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='family',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='made_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='office',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='owner',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='responsible'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='replaces',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='told_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appointmentkind',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointment_kinds', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='kind',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.appointmentkind'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='kind',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='cases.appointmentkind'),
        ),
        migrations.AddField(
            model_name='appointmentkindevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='appointmentkindevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.appointmentkind'),
        ),
        migrations.AddField(
            model_name='appointmentperson',
            name='appointment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='appointmentperson',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointment_rows', to='cases.person'),
        ),
        migrations.AddField(
            model_name='appointmentpersonevent',
            name='appointment',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='appointmentpersonevent',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='appointmentpersonevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.appointmentperson'),
        ),
        migrations.AddField(
            model_name='emailaddress',
            name='added_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='emailaddress',
            name='family',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='email_addresses', to='cases.family'),
        ),
        migrations.AddField(
            model_name='emailaddressevent',
            name='added_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='emailaddressevent',
            name='family',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='emailaddressevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.emailaddress'),
        ),
        migrations.AddField(
            model_name='legalnote',
            name='appointment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='legal_notes', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='legalnote',
            name='family',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='legal_notes', to='cases.family'),
        ),
        migrations.AddField(
            model_name='legalnote',
            name='written_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='legalnoteevent',
            name='appointment',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='legalnoteevent',
            name='family',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='legalnoteevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.legalnote'),
        ),
        migrations.AddField(
            model_name='legalnoteevent',
            name='written_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='legalprovider',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='legal_providers', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='legalproviderevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='legalproviderevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.legalprovider'),
        ),
        migrations.AddField(
            model_name='noticerule',
            name='kind',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notice_rules', to='cases.appointmentkind'),
        ),
        migrations.AddField(
            model_name='noticeruleevent',
            name='kind',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.appointmentkind'),
        ),
        migrations.AddField(
            model_name='noticeruleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.noticerule'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='appointment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='called_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reminder',
            name='email',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='cases.emailaddress'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='cases.noticerule'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='staff',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='slotbooking',
            name='appointment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slot_bookings', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='slotbooking',
            name='booked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='slotbookingevent',
            name='appointment',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='slotbookingevent',
            name='booked_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='slotbookingevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.slotbooking'),
        ),
        migrations.AddField(
            model_name='weeklyslot',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='cases.legalprovider'),
        ),
        migrations.AddField(
            model_name='slotbookingevent',
            name='slot',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.weeklyslot'),
        ),
        migrations.AddField(
            model_name='slotbooking',
            name='slot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='cases.weeklyslot'),
        ),
        migrations.AddField(
            model_name='weeklyslotevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.weeklyslot'),
        ),
        migrations.AddField(
            model_name='weeklyslotevent',
            name='provider',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.legalprovider'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentchange',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentchangeevent" ("appointment_id", "at", "by_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state") VALUES (NEW."appointment_id", NEW."at", NEW."by_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."reason", NEW."state"); RETURN NULL;', hash='db6a689f38b19be1652cce36f5c469e0e8132379', operation='INSERT', pgid='pgtrigger_insert_insert_86ebe', table='cases_appointmentchange', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentchange',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_appointmentchangeevent" ("appointment_id", "at", "by_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state") VALUES (NEW."appointment_id", NEW."at", NEW."by_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."reason", NEW."state"); RETURN NULL;', hash='f46d7b0d0a46755eb55010f83136f28e50890418', operation='UPDATE', pgid='pgtrigger_update_update_faa25', table='cases_appointmentchange', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentchange',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentchangeevent" ("appointment_id", "at", "by_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state") VALUES (OLD."appointment_id", OLD."at", OLD."by_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."reason", OLD."state"); RETURN NULL;', hash='3515858fbe354b38d68f543294e09f4ff1cd3378', operation='DELETE', pgid='pgtrigger_delete_delete_9f371', table='cases_appointmentchange', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='appointmentkind',
            constraint=models.UniqueConstraint(fields=('organisation', 'code'), name='one_appointment_kind_per_code'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentkind',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentkindevent" ("bring_en", "bring_es", "code", "group", "id", "is_active", "is_legal", "name_en", "name_es", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source") VALUES (NEW."bring_en", NEW."bring_es", NEW."code", NEW."group", NEW."id", NEW."is_active", NEW."is_legal", NEW."name_en", NEW."name_es", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position", NEW."source"); RETURN NULL;', hash='cdc30bbdf948f63193014a0592f9230082fc3a9c', operation='INSERT', pgid='pgtrigger_insert_insert_b9e31', table='cases_appointmentkind', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentkind',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_appointmentkindevent" ("bring_en", "bring_es", "code", "group", "id", "is_active", "is_legal", "name_en", "name_es", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source") VALUES (NEW."bring_en", NEW."bring_es", NEW."code", NEW."group", NEW."id", NEW."is_active", NEW."is_legal", NEW."name_en", NEW."name_es", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position", NEW."source"); RETURN NULL;', hash='c6467789aed3e8407abc84dd255c2ccac722a5b9', operation='UPDATE', pgid='pgtrigger_update_update_c5e0a', table='cases_appointmentkind', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentkind',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentkindevent" ("bring_en", "bring_es", "code", "group", "id", "is_active", "is_legal", "name_en", "name_es", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source") VALUES (OLD."bring_en", OLD."bring_es", OLD."code", OLD."group", OLD."id", OLD."is_active", OLD."is_legal", OLD."name_en", OLD."name_es", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position", OLD."source"); RETURN NULL;', hash='5831882eb0a70d7173ce54a16fe2d2c2e24d11ec', operation='DELETE', pgid='pgtrigger_delete_delete_fa812', table='cases_appointmentkind', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['organisation', 'leave_shelter_at'], name='appointments_by_leaving'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['family', 'starts_at'], name='appointments_of_a_family'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('leave_shelter_at__lte', models.F('report_at')), ('report_at__lte', models.F('starts_at'))), name='leave_then_report_then_start', violation_error_message='They leave the house first, then have to be there, then it begins.'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('told_at', None), ('told_by', None)), models.Q(('told_at__isnull', False), ('told_by__isnull', False)), _connector='OR'), name='told_has_time_and_author'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointment',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentevent" ("accompanied_by", "family_id", "food", "home_zone", "id", "kind_id", "leave_shelter_at", "local_date", "local_time", "made_at", "made_by_id", "office_id", "organisation_id", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "replaces_id", "report_at", "starts_at", "state", "told_at", "told_by_id", "zone") VALUES (NEW."accompanied_by", NEW."family_id", NEW."food", NEW."home_zone", NEW."id", NEW."kind_id", NEW."leave_shelter_at", NEW."local_date", NEW."local_time", NEW."made_at", NEW."made_by_id", NEW."office_id", NEW."organisation_id", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."place", NEW."replaces_id", NEW."report_at", NEW."starts_at", NEW."state", NEW."told_at", NEW."told_by_id", NEW."zone"); RETURN NULL;', hash='a1a8639ac3fd67474484a6699dfbc50f676759d6', operation='INSERT', pgid='pgtrigger_insert_insert_fb745', table='cases_appointment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointment',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_appointmentevent" ("accompanied_by", "family_id", "food", "home_zone", "id", "kind_id", "leave_shelter_at", "local_date", "local_time", "made_at", "made_by_id", "office_id", "organisation_id", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "replaces_id", "report_at", "starts_at", "state", "told_at", "told_by_id", "zone") VALUES (NEW."accompanied_by", NEW."family_id", NEW."food", NEW."home_zone", NEW."id", NEW."kind_id", NEW."leave_shelter_at", NEW."local_date", NEW."local_time", NEW."made_at", NEW."made_by_id", NEW."office_id", NEW."organisation_id", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."place", NEW."replaces_id", NEW."report_at", NEW."starts_at", NEW."state", NEW."told_at", NEW."told_by_id", NEW."zone"); RETURN NULL;', hash='b4f6f6dc32f788d3a1e0bfcd7b4382b90097b583', operation='UPDATE', pgid='pgtrigger_update_update_1fdb2', table='cases_appointment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointment',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentevent" ("accompanied_by", "family_id", "food", "home_zone", "id", "kind_id", "leave_shelter_at", "local_date", "local_time", "made_at", "made_by_id", "office_id", "organisation_id", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "replaces_id", "report_at", "starts_at", "state", "told_at", "told_by_id", "zone") VALUES (OLD."accompanied_by", OLD."family_id", OLD."food", OLD."home_zone", OLD."id", OLD."kind_id", OLD."leave_shelter_at", OLD."local_date", OLD."local_time", OLD."made_at", OLD."made_by_id", OLD."office_id", OLD."organisation_id", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."place", OLD."replaces_id", OLD."report_at", OLD."starts_at", OLD."state", OLD."told_at", OLD."told_by_id", OLD."zone"); RETURN NULL;', hash='c7e94b128aa7194bbd24c8b063f311c3a81178c7', operation='DELETE', pgid='pgtrigger_delete_delete_7e573', table='cases_appointment', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='appointmentperson',
            index=models.Index(fields=['person'], name='appointments_of_a_person'),
        ),
        migrations.AddConstraint(
            model_name='appointmentperson',
            constraint=models.UniqueConstraint(fields=('appointment', 'person'), name='one_row_per_person_of_an_appointment'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentperson',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentpersonevent" ("appointment_id", "id", "is_companion", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."appointment_id", NEW."id", NEW."is_companion", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='e1ff4b09b1e23d3d741d85b15313447ba67f1296', operation='INSERT', pgid='pgtrigger_insert_insert_d2b18', table='cases_appointmentperson', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentperson',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_appointmentpersonevent" ("appointment_id", "id", "is_companion", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."appointment_id", NEW."id", NEW."is_companion", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='e90b1642d5a5d3f6ec5a9a6b90751ea32196c116', operation='UPDATE', pgid='pgtrigger_update_update_583af', table='cases_appointmentperson', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentperson',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentpersonevent" ("appointment_id", "id", "is_companion", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."appointment_id", OLD."id", OLD."is_companion", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='9aa93cc3305ef0949568263d8e83b57c24114808', operation='DELETE', pgid='pgtrigger_delete_delete_1b0a4', table='cases_appointmentperson', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='emailaddress',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('family', 'address_hash'), name='one_row_per_address_of_a_family'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emailaddress',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_emailaddressevent" ("added_at", "added_by_id", "address", "address_hash", "family_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "shared_with") VALUES (NEW."added_at", NEW."added_by_id", NEW."address", NEW."address_hash", NEW."family_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."removed_at", NEW."shared_with"); RETURN NULL;', hash='22c86a4298d4c6bfb317221e551c8e8c9f063f31', operation='INSERT', pgid='pgtrigger_insert_insert_ecced', table='cases_emailaddress', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emailaddress',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_emailaddressevent" ("added_at", "added_by_id", "address", "address_hash", "family_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "shared_with") VALUES (NEW."added_at", NEW."added_by_id", NEW."address", NEW."address_hash", NEW."family_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."removed_at", NEW."shared_with"); RETURN NULL;', hash='d055c648c1f14789687de04f3b50842c6ebb89ed', operation='UPDATE', pgid='pgtrigger_update_update_32275', table='cases_emailaddress', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emailaddress',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_emailaddressevent" ("added_at", "added_by_id", "address", "address_hash", "family_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "shared_with") VALUES (OLD."added_at", OLD."added_by_id", OLD."address", OLD."address_hash", OLD."family_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."removed_at", OLD."shared_with"); RETURN NULL;', hash='7c83b338747673523c6bb7b19fe45e379a071a43', operation='DELETE', pgid='pgtrigger_delete_delete_b414c', table='cases_emailaddress', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalnote',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_legalnoteevent" ("appointment_id", "family_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "written_at", "written_by_id") VALUES (NEW."appointment_id", NEW."family_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."text", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='6eae1d7fb66209370bb48e29c46bdb9971e114f1', operation='INSERT', pgid='pgtrigger_insert_insert_25d24', table='cases_legalnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalnote',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_legalnoteevent" ("appointment_id", "family_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "written_at", "written_by_id") VALUES (NEW."appointment_id", NEW."family_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."text", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='97fdcccad61383113b2808dbe7faed819d45c85d', operation='UPDATE', pgid='pgtrigger_update_update_137cb', table='cases_legalnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalnote',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_legalnoteevent" ("appointment_id", "family_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "written_at", "written_by_id") VALUES (OLD."appointment_id", OLD."family_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."text", OLD."written_at", OLD."written_by_id"); RETURN NULL;', hash='591623e40a426af7e13ab289aafb2e3873a58cdf', operation='DELETE', pgid='pgtrigger_delete_delete_c3eb7', table='cases_legalnote', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='legalprovider',
            constraint=models.UniqueConstraint(fields=('organisation', 'name'), name='one_legal_provider_per_name'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalprovider',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_legalproviderevent" ("id", "is_active", "licence", "name", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "speaks") VALUES (NEW."id", NEW."is_active", NEW."licence", NEW."name", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."speaks"); RETURN NULL;', hash='766f493acc831fd15dc3b3dac5c9170c578eed77', operation='INSERT', pgid='pgtrigger_insert_insert_e277d', table='cases_legalprovider', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalprovider',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_legalproviderevent" ("id", "is_active", "licence", "name", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "speaks") VALUES (NEW."id", NEW."is_active", NEW."licence", NEW."name", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."speaks"); RETURN NULL;', hash='3ab38526d0052161242750ee7475db89f9d36086', operation='UPDATE', pgid='pgtrigger_update_update_f000f', table='cases_legalprovider', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalprovider',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_legalproviderevent" ("id", "is_active", "licence", "name", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "speaks") VALUES (OLD."id", OLD."is_active", OLD."licence", OLD."name", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."speaks"); RETURN NULL;', hash='88de06ef7e28b48b511213e14b6226dc53c63079', operation='DELETE', pgid='pgtrigger_delete_delete_f4d2e', table='cases_legalprovider', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='noticerule',
            constraint=models.UniqueConstraint(fields=('kind', 'audience', 'days_before', 'at_time'), name='one_notice_rule_per_moment'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='noticerule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_noticeruleevent" ("at_time", "audience", "days_before", "id", "is_active", "kind_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."at_time", NEW."audience", NEW."days_before", NEW."id", NEW."is_active", NEW."kind_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='5b8ac5bdf7da71f2f8415f3f8b14e718bcd42437', operation='INSERT', pgid='pgtrigger_insert_insert_109c2', table='cases_noticerule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='noticerule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_noticeruleevent" ("at_time", "audience", "days_before", "id", "is_active", "kind_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."at_time", NEW."audience", NEW."days_before", NEW."id", NEW."is_active", NEW."kind_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='ce807d3b1432b9f5aa3a39b3277b04d95d0b246e', operation='UPDATE', pgid='pgtrigger_update_update_7a4bc', table='cases_noticerule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='noticerule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_noticeruleevent" ("at_time", "audience", "days_before", "id", "is_active", "kind_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."at_time", OLD."audience", OLD."days_before", OLD."id", OLD."is_active", OLD."kind_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='0386b6e4f99a2db23408c5905f2f04432679f72c', operation='DELETE', pgid='pgtrigger_delete_delete_83b84', table='cases_noticerule', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'claimed'])), fields=['next_try_at'], name='reminder_due'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claim__isnull', False), ('claimed_until__isnull', False), ('state', 'claimed')), models.Q(models.Q(('state', 'claimed'), _negated=True), ('claim', None), ('claimed_until', None)), _connector='OR'), name='cases_reminder_claim_has_a_lease'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['sent', 'delivered']), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='cases_reminder_sent_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(condition=models.Q(('email__isnull', False)), fields=('appointment', 'rule', 'channel', 'email'), name='one_reminder_per_rule_and_address'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(condition=models.Q(('staff__isnull', False)), fields=('appointment', 'rule', 'channel', 'staff'), name='one_reminder_per_rule_and_member_of_staff'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email__isnull', False), ('staff', None)), models.Q(('email', None), ('staff__isnull', False)), _connector='OR'), name='a_reminder_has_one_recipient'),
        ),
        migrations.AddConstraint(
            model_name='weeklyslot',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='slot_has_a_weekday'),
        ),
        migrations.AddConstraint(
            model_name='weeklyslot',
            constraint=models.CheckConstraint(condition=models.Q(('until', None), ('until__gte', models.F('since')), _connector='OR'), name='slot_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='weeklyslot',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('provider', 'weekday', 'starts_at'), name='one_open_slot_per_hour'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='weeklyslot',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_weeklyslotevent" ("id", "minutes", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider_id", "since", "starts_at", "until", "weekday", "zone") VALUES (NEW."id", NEW."minutes", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."provider_id", NEW."since", NEW."starts_at", NEW."until", NEW."weekday", NEW."zone"); RETURN NULL;', hash='6f6e8dedb65aa41b3e396cf4c88e6baabdef5794', operation='INSERT', pgid='pgtrigger_insert_insert_df1d3', table='cases_weeklyslot', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='weeklyslot',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_weeklyslotevent" ("id", "minutes", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider_id", "since", "starts_at", "until", "weekday", "zone") VALUES (NEW."id", NEW."minutes", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."provider_id", NEW."since", NEW."starts_at", NEW."until", NEW."weekday", NEW."zone"); RETURN NULL;', hash='af9bbca3f4c175ec5eb55fec93f2c1499ae0e674', operation='UPDATE', pgid='pgtrigger_update_update_ff5ab', table='cases_weeklyslot', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='weeklyslot',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_weeklyslotevent" ("id", "minutes", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider_id", "since", "starts_at", "until", "weekday", "zone") VALUES (OLD."id", OLD."minutes", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."provider_id", OLD."since", OLD."starts_at", OLD."until", OLD."weekday", OLD."zone"); RETURN NULL;', hash='05dc806c7a12f2107eb48c3c53a99742c6448dd2', operation='DELETE', pgid='pgtrigger_delete_delete_a393b', table='cases_weeklyslot', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='slotbooking',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('slot', 'day'), name='a_slot_is_taken_once', violation_error_message='Someone else has just taken this slot.'),
        ),
        migrations.AddConstraint(
            model_name='slotbooking',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('appointment',), name='an_appointment_takes_one_slot'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='slotbooking',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_slotbookingevent" ("appointment_id", "booked_at", "booked_by_id", "day", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "released_at", "slot_id") VALUES (NEW."appointment_id", NEW."booked_at", NEW."booked_by_id", NEW."day", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."released_at", NEW."slot_id"); RETURN NULL;', hash='83e3de25ef213330e25d6e34bb18317409920eae', operation='INSERT', pgid='pgtrigger_insert_insert_e9353', table='cases_slotbooking', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='slotbooking',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_slotbookingevent" ("appointment_id", "booked_at", "booked_by_id", "day", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "released_at", "slot_id") VALUES (NEW."appointment_id", NEW."booked_at", NEW."booked_by_id", NEW."day", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."released_at", NEW."slot_id"); RETURN NULL;', hash='8782a17bab113afdaf60dff9a1fb5eed6aafbedd', operation='UPDATE', pgid='pgtrigger_update_update_0e2a1', table='cases_slotbooking', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='slotbooking',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_slotbookingevent" ("appointment_id", "booked_at", "booked_by_id", "day", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "released_at", "slot_id") VALUES (OLD."appointment_id", OLD."booked_at", OLD."booked_by_id", OLD."day", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."released_at", OLD."slot_id"); RETURN NULL;', hash='178abf22dccaddd82839af6c9809594c0679b3a7', operation='DELETE', pgid='pgtrigger_delete_delete_b698c', table='cases_slotbooking', when='AFTER')),
        ),
    ])
    operations.append(append_only("^cases_.*event$"))
