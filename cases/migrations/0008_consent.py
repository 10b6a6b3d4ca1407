import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import ngo.crypto
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models

from ngo.migration_tools import append_only, in_one_go



class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0007_duplicates'),
        ('ngo', '0002_history_is_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = in_one_go([
        migrations.CreateModel(
            name='ChildPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=160, verbose_name='place')),
                ('is_of_the_dif', models.BooleanField(default=False, verbose_name='it is a place of the DIF itself')),
                ('authorisation', models.CharField(blank=True, max_length=80, verbose_name='number of the authorisation')),
                ('authorised_until', models.DateField(blank=True, null=True, verbose_name='authorised until')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'place for children',
                'verbose_name_plural': 'places for children',
            },
        ),
        migrations.CreateModel(
            name='ChildPlaceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=160, verbose_name='place')),
                ('is_of_the_dif', models.BooleanField(default=False, verbose_name='it is a place of the DIF itself')),
                ('authorisation', models.CharField(blank=True, max_length=80, verbose_name='number of the authorisation')),
                ('authorised_until', models.DateField(blank=True, null=True, verbose_name='authorised until')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('passport', 'Passport'), ('national_id', 'National identity card'), ('birth_certificate', 'Birth certificate'), ('consular_id', 'Consular card or travel document'), ('family_proof', "Proof of family: marriage, custody, a parent's permission"), ('comar_qr', 'COMAR: paper with the QR code (protects nobody yet)'), ('constancia', 'COMAR: constancia'), ('comar_decision', 'COMAR: decision'), ('visitor_card', 'Humanitarian visitor card (TVRH)'), ('residence_card', 'Residence card'), ('curp', 'CURP'), ('us_appointment', 'U.S. appointment or court notice'), ('us_status', 'Other U.S. immigration paper'), ('child_plan', 'Child-protection office: notice, measure or plan'), ('complaint', 'Complaint to the police or a prosecutor'), ('medical', 'Medical paper or vaccinations'), ('signed_consent', 'Signed consent'), ('other', 'Another paper')], max_length=20, verbose_name='kind of paper')),
                ('what', models.CharField(blank=True, max_length=80, verbose_name='what it is')),
                ('seen_as', models.CharField(choices=[('original', 'The original'), ('copy', 'A copy'), ('photo', 'A photo of it')], max_length=10, verbose_name='what was seen')),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='good until')),
                ('never_expires', models.BooleanField(default=False, verbose_name='does not expire')),
                ('is_legal', models.BooleanField(default=False, verbose_name='for the legal team alone')),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('removed_because', models.CharField(blank=True, max_length=200, verbose_name='why it is removed')),
                ('file_name', models.CharField(blank=True, editable=False, max_length=40)),
                ('file_kind', models.CharField(blank=True, choices=[('application/pdf', 'PDF'), ('image/jpeg', 'JPEG'), ('image/png', 'PNG')], editable=False, max_length=20)),
                ('file_size', models.PositiveIntegerField(default=0, editable=False)),
                ('file_key', models.TextField(blank=True, editable=False)),
            ],
            options={
                'verbose_name': 'document',
                'verbose_name_plural': 'documents',
                'ordering': ['-added_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='DocumentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('passport', 'Passport'), ('national_id', 'National identity card'), ('birth_certificate', 'Birth certificate'), ('consular_id', 'Consular card or travel document'), ('family_proof', "Proof of family: marriage, custody, a parent's permission"), ('comar_qr', 'COMAR: paper with the QR code (protects nobody yet)'), ('constancia', 'COMAR: constancia'), ('comar_decision', 'COMAR: decision'), ('visitor_card', 'Humanitarian visitor card (TVRH)'), ('residence_card', 'Residence card'), ('curp', 'CURP'), ('us_appointment', 'U.S. appointment or court notice'), ('us_status', 'Other U.S. immigration paper'), ('child_plan', 'Child-protection office: notice, measure or plan'), ('complaint', 'Complaint to the police or a prosecutor'), ('medical', 'Medical paper or vaccinations'), ('signed_consent', 'Signed consent'), ('other', 'Another paper')], max_length=20, verbose_name='kind of paper')),
                ('what', models.CharField(blank=True, max_length=80, verbose_name='what it is')),
                ('seen_as', models.CharField(choices=[('original', 'The original'), ('copy', 'A copy'), ('photo', 'A photo of it')], max_length=10, verbose_name='what was seen')),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='good until')),
                ('never_expires', models.BooleanField(default=False, verbose_name='does not expire')),
                ('is_legal', models.BooleanField(default=False, verbose_name='for the legal team alone')),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('removed_because', models.CharField(blank=True, max_length=200, verbose_name='why it is removed')),
                ('file_name', models.CharField(blank=True, editable=False, max_length=40)),
                ('file_kind', models.CharField(blank=True, choices=[('application/pdf', 'PDF'), ('image/jpeg', 'JPEG'), ('image/png', 'PNG')], editable=False, max_length=20)),
                ('file_size', models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Referral',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('to_outside', models.CharField(blank=True, max_length=160, verbose_name='who is asked')),
                ('outside_contact', ngo.crypto.EncryptedTextField(blank=True, verbose_name='how they are reached')),
                ('help_kind', models.CharField(choices=[('bed', 'A bed'), ('legal', 'Legal help'), ('medical', 'Medical care'), ('mental_health', 'Psychological care'), ('child_protection', 'Child protection'), ('violence', 'Help after violence'), ('documents', 'Papers'), ('school', 'School'), ('work', 'Work'), ('travel', 'Transport or return'), ('money', 'Money, food, clothes'), ('other', 'Other help')], max_length=16, verbose_name='what for')),
                ('facts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('name', 'Name'), ('age', 'Age'), ('birth_date', 'Date of birth'), ('sex', 'Sex'), ('nationality', 'Nationality'), ('languages', 'Languages'), ('phone', 'Phone'), ('group', 'What they are waiting for'), ('needs', 'Needs that anybody may know'), ('restricted', 'Needs in confidence: violence, torture, illness, LGBTQ+')], max_length=12), size=None, verbose_name='what is told')),
                ('message', ngo.crypto.EncryptedTextField(blank=True, verbose_name='what they should know')),
                ('override_reason', ngo.crypto.EncryptedTextField(blank=True, verbose_name='why it cannot wait for consent')),
                ('sent_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('respond_by', models.DateTimeField(verbose_name='answer expected by')),
                ('state', models.CharField(choices=[('sent', 'Waiting for an answer'), ('accepted', 'Accepted'), ('refused', 'Not accepted'), ('done', 'Done'), ('revoked', 'Taken back')], default='sent', max_length=10)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answer', ngo.crypto.EncryptedTextField(blank=True, verbose_name='what they answered')),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ending', ngo.crypto.EncryptedTextField(blank=True, verbose_name='how it ended')),
                ('escalated_at', models.DateTimeField(blank=True, null=True)),
                ('must_tell_since', models.DateTimeField(blank=True, null=True)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'referral',
                'ordering': ['-sent_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ReferralDesk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_open', models.BooleanField(default=False, verbose_name='other organisations here may refer people to us')),
                ('helps_with', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('bed', 'A bed'), ('legal', 'Legal help'), ('medical', 'Medical care'), ('mental_health', 'Psychological care'), ('child_protection', 'Child protection'), ('violence', 'Help after violence'), ('documents', 'Papers'), ('school', 'School'), ('work', 'Work'), ('travel', 'Transport or return'), ('money', 'Money, food, clothes'), ('other', 'Other help')], max_length=16), blank=True, default=list, size=None, verbose_name='what we help with')),
                ('about', models.CharField(blank=True, max_length=300, verbose_name='what they should know first')),
            ],
            options={
                'verbose_name': 'referral desk',
                'ordering': ['organisation__name'],
            },
        ),
        migrations.CreateModel(
            name='ReferralDeskEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('is_open', models.BooleanField(default=False, verbose_name='other organisations here may refer people to us')),
                ('helps_with', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('bed', 'A bed'), ('legal', 'Legal help'), ('medical', 'Medical care'), ('mental_health', 'Psychological care'), ('child_protection', 'Child protection'), ('violence', 'Help after violence'), ('documents', 'Papers'), ('school', 'School'), ('work', 'Work'), ('travel', 'Transport or return'), ('money', 'Money, food, clothes'), ('other', 'Other help')], max_length=16), blank=True, default=list, size=None, verbose_name='what we help with')),
                ('about', models.CharField(blank=True, max_length=300, verbose_name='what they should know first')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReferralEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('to_outside', models.CharField(blank=True, max_length=160, verbose_name='who is asked')),
                ('outside_contact', ngo.crypto.EncryptedTextField(blank=True, verbose_name='how they are reached')),
                ('help_kind', models.CharField(choices=[('bed', 'A bed'), ('legal', 'Legal help'), ('medical', 'Medical care'), ('mental_health', 'Psychological care'), ('child_protection', 'Child protection'), ('violence', 'Help after violence'), ('documents', 'Papers'), ('school', 'School'), ('work', 'Work'), ('travel', 'Transport or return'), ('money', 'Money, food, clothes'), ('other', 'Other help')], max_length=16, verbose_name='what for')),
                ('facts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('name', 'Name'), ('age', 'Age'), ('birth_date', 'Date of birth'), ('sex', 'Sex'), ('nationality', 'Nationality'), ('languages', 'Languages'), ('phone', 'Phone'), ('group', 'What they are waiting for'), ('needs', 'Needs that anybody may know'), ('restricted', 'Needs in confidence: violence, torture, illness, LGBTQ+')], max_length=12), size=None, verbose_name='what is told')),
                ('message', ngo.crypto.EncryptedTextField(blank=True, verbose_name='what they should know')),
                ('override_reason', ngo.crypto.EncryptedTextField(blank=True, verbose_name='why it cannot wait for consent')),
                ('sent_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('respond_by', models.DateTimeField(verbose_name='answer expected by')),
                ('state', models.CharField(choices=[('sent', 'Waiting for an answer'), ('accepted', 'Accepted'), ('refused', 'Not accepted'), ('done', 'Done'), ('revoked', 'Taken back')], default='sent', max_length=10)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answer', ngo.crypto.EncryptedTextField(blank=True, verbose_name='what they answered')),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ending', ngo.crypto.EncryptedTextField(blank=True, verbose_name='how it ended')),
                ('escalated_at', models.DateTimeField(blank=True, null=True)),
                ('must_tell_since', models.DateTimeField(blank=True, null=True)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReferralGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, choices=[('ended', 'The referral ended'), ('withdrawn', 'Consent was withdrawn'), ('expired', 'Its time was over')], max_length=10)),
            ],
            options={
                'verbose_name': 'grant',
            },
        ),
        migrations.CreateModel(
            name='ReferralGrantEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, choices=[('ended', 'The referral ended'), ('withdrawn', 'Consent was withdrawn'), ('expired', 'Its time was over')], max_length=10)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReferralNotice',
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
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReferralPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
            ],
            options={
                'verbose_name': 'shared paper',
            },
        ),
        migrations.CreateModel(
            name='ReferralPaperEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='childalert',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='childalert',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='childalert',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='consent',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='consent',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='consent',
            name='delete_delete',
        ),
        migrations.RemoveConstraint(
            model_name='consent',
            name='one_consent_in_force_per_purpose',
        ),
        migrations.AddField(
            model_name='childalert',
            name='placed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='since when'),
        ),
        migrations.AddField(
            model_name='childalert',
            name='placed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='childalert',
            name='plan_folio',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='file number of the plan'),
        ),
        migrations.AddField(
            model_name='childalert',
            name='plan_received_on',
            field=models.DateField(blank=True, null=True, verbose_name='plan received on'),
        ),
        migrations.AddField(
            model_name='childalert',
            name='plan_recorded_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='childalertevent',
            name='placed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='since when'),
        ),
        migrations.AddField(
            model_name='childalertevent',
            name='placed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='childalertevent',
            name='plan_folio',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='file number of the plan'),
        ),
        migrations.AddField(
            model_name='childalertevent',
            name='plan_received_on',
            field=models.DateField(blank=True, null=True, verbose_name='plan received on'),
        ),
        migrations.AddField(
            model_name='childalertevent',
            name='plan_recorded_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consent',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consent',
            name='ending',
            field=models.CharField(blank=True, choices=[('withdrawn', 'Withdrawn'), ('replaced', 'Asked again')], db_default='', default='', max_length=10),
        ),
        migrations.AddField(
            model_name='consent',
            name='expires_on',
            field=models.DateField(blank=True, null=True, verbose_name='good until'),
        ),
        migrations.AddField(
            model_name='consent',
            name='recipient_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=160, verbose_name='who is told'),
        ),
        migrations.AddField(
            model_name='consent',
            name='recipient_organisation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='consent',
            name='said_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='consent',
            name='witness',
            field=models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name='witness'),
        ),
        migrations.AddField(
            model_name='consentevent',
            name='ended_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consentevent',
            name='ending',
            field=models.CharField(blank=True, choices=[('withdrawn', 'Withdrawn'), ('replaced', 'Asked again')], db_default='', default='', max_length=10),
        ),
        migrations.AddField(
            model_name='consentevent',
            name='expires_on',
            field=models.DateField(blank=True, null=True, verbose_name='good until'),
        ),
        migrations.AddField(
            model_name='consentevent',
            name='recipient_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=160, verbose_name='who is told'),
        ),
        migrations.AddField(
            model_name='consentevent',
            name='recipient_organisation',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='consentevent',
            name='said_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='consentevent',
            name='witness',
            field=models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name='witness'),
        ),
        migrations.AlterField(
            model_name='consent',
            name='method',
            field=models.CharField(choices=[('written', 'In writing'), ('verbal', 'By word, with a witness'), ('thumb', 'With a thumbprint, and a witness')], max_length=10, verbose_name='how'),
        ),
        migrations.AlterField(
            model_name='consent',
            name='purpose',
            field=models.CharField(choices=[('record', "Keeping the shelter's record"), ('reminders', 'Reminders by phone or e-mail'), ('statistics', 'Being counted in reports without a name'), ('legal_file', 'A legal file'), ('photo', 'A photo of them'), ('sharing', 'Telling somebody else what they need to help')], max_length=12, verbose_name='purpose'),
        ),
        migrations.AlterField(
            model_name='consentevent',
            name='method',
            field=models.CharField(choices=[('written', 'In writing'), ('verbal', 'By word, with a witness'), ('thumb', 'With a thumbprint, and a witness')], max_length=10, verbose_name='how'),
        ),
        migrations.AlterField(
            model_name='consentevent',
            name='purpose',
            field=models.CharField(choices=[('record', "Keeping the shelter's record"), ('reminders', 'Reminders by phone or e-mail'), ('statistics', 'Being counted in reports without a name'), ('legal_file', 'A legal file'), ('photo', 'A photo of them'), ('sharing', 'Telling somebody else what they need to help')], max_length=12, verbose_name='purpose'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='childalert',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_childalertevent" ("closed_at", "closed_by_id", "closing_reason", "family_id", "folio", "id", "kind", "notified_at", "notified_by_id", "office", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "placed_at", "placed_by_id", "plan_folio", "plan_received_on", "plan_recorded_by_id", "raised_at", "raised_by_id", "told_to") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."closing_reason", NEW."family_id", NEW."folio", NEW."id", NEW."kind", NEW."notified_at", NEW."notified_by_id", NEW."office", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."place_id", NEW."placed_at", NEW."placed_by_id", NEW."plan_folio", NEW."plan_received_on", NEW."plan_recorded_by_id", NEW."raised_at", NEW."raised_by_id", NEW."told_to"); RETURN NULL;', hash='8335cb16b7d2af835885f2f55f6e42f0f49c6e82', operation='INSERT', pgid='pgtrigger_insert_insert_c1720', table='cases_childalert', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='childalert',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_childalertevent" ("closed_at", "closed_by_id", "closing_reason", "family_id", "folio", "id", "kind", "notified_at", "notified_by_id", "office", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "placed_at", "placed_by_id", "plan_folio", "plan_received_on", "plan_recorded_by_id", "raised_at", "raised_by_id", "told_to") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."closing_reason", NEW."family_id", NEW."folio", NEW."id", NEW."kind", NEW."notified_at", NEW."notified_by_id", NEW."office", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."place_id", NEW."placed_at", NEW."placed_by_id", NEW."plan_folio", NEW."plan_received_on", NEW."plan_recorded_by_id", NEW."raised_at", NEW."raised_by_id", NEW."told_to"); RETURN NULL;', hash='7896f934cdd3a95cf7b7b10fd03394efeeb90440', operation='UPDATE', pgid='pgtrigger_update_update_d75bb', table='cases_childalert', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='childalert',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_childalertevent" ("closed_at", "closed_by_id", "closing_reason", "family_id", "folio", "id", "kind", "notified_at", "notified_by_id", "office", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "placed_at", "placed_by_id", "plan_folio", "plan_received_on", "plan_recorded_by_id", "raised_at", "raised_by_id", "told_to") VALUES (OLD."closed_at", OLD."closed_by_id", OLD."closing_reason", OLD."family_id", OLD."folio", OLD."id", OLD."kind", OLD."notified_at", OLD."notified_by_id", OLD."office", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."place_id", OLD."placed_at", OLD."placed_by_id", OLD."plan_folio", OLD."plan_received_on", OLD."plan_recorded_by_id", OLD."raised_at", OLD."raised_by_id", OLD."told_to"); RETURN NULL;', hash='3fd82f59384cae5d6480675afbb3c26d16c9b5f1', operation='DELETE', pgid='pgtrigger_delete_delete_121be', table='cases_childalert', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consent',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_consentevent" ("at", "by_id", "decision", "ended_by_id", "ending", "expires_on", "family_id", "id", "method", "notice_language", "notice_version", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "purpose", "recipient_name", "recipient_organisation_id", "said_by_id", "withdrawn_at", "witness") VALUES (NEW."at", NEW."by_id", NEW."decision", NEW."ended_by_id", NEW."ending", NEW."expires_on", NEW."family_id", NEW."id", NEW."method", NEW."notice_language", NEW."notice_version", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."purpose", NEW."recipient_name", NEW."recipient_organisation_id", NEW."said_by_id", NEW."withdrawn_at", NEW."witness"); RETURN NULL;', hash='db3d36b1b3979ddaf52912d95285b2a524eda70f', operation='INSERT', pgid='pgtrigger_insert_insert_d4098', table='cases_consent', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consent',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_consentevent" ("at", "by_id", "decision", "ended_by_id", "ending", "expires_on", "family_id", "id", "method", "notice_language", "notice_version", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "purpose", "recipient_name", "recipient_organisation_id", "said_by_id", "withdrawn_at", "witness") VALUES (NEW."at", NEW."by_id", NEW."decision", NEW."ended_by_id", NEW."ending", NEW."expires_on", NEW."family_id", NEW."id", NEW."method", NEW."notice_language", NEW."notice_version", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."purpose", NEW."recipient_name", NEW."recipient_organisation_id", NEW."said_by_id", NEW."withdrawn_at", NEW."witness"); RETURN NULL;', hash='cb683654b6632d5770b4f0c53f25d800e868dbf1', operation='UPDATE', pgid='pgtrigger_update_update_8a7aa', table='cases_consent', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consent',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_consentevent" ("at", "by_id", "decision", "ended_by_id", "ending", "expires_on", "family_id", "id", "method", "notice_language", "notice_version", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "purpose", "recipient_name", "recipient_organisation_id", "said_by_id", "withdrawn_at", "witness") VALUES (OLD."at", OLD."by_id", OLD."decision", OLD."ended_by_id", OLD."ending", OLD."expires_on", OLD."family_id", OLD."id", OLD."method", OLD."notice_language", OLD."notice_version", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."purpose", OLD."recipient_name", OLD."recipient_organisation_id", OLD."said_by_id", OLD."withdrawn_at", OLD."witness"); RETURN NULL;', hash='d24e9aea7415654dda88079a62e6d5f8b3180fdf', operation='DELETE', pgid='pgtrigger_delete_delete_af72a', table='cases_consent', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose__in', ['record', 'reminders', 'statistics']), ('withdrawn_at', None)), fields=('family', 'purpose'), name='one_consent_in_force_per_purpose'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose__in', ['legal_file', 'photo', 'sharing']), ('withdrawn_at', None)), fields=('person', 'purpose', 'recipient_organisation', 'recipient_name'), name='one_consent_in_force_per_person', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'sharing'), ('recipient_organisation', None), models.Q(('recipient_name', ''), _negated=True)), models.Q(('purpose', 'sharing'), ('recipient_name', ''), ('recipient_organisation__isnull', False)), models.Q(models.Q(('purpose', 'sharing'), _negated=True), ('recipient_name', ''), ('recipient_organisation', None)), _connector='OR'), name='sharing_has_one_recipient'),
        ),
        migrations.AddField(
            model_name='childplace',
            name='changed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='childplace',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='child_places', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='childalert',
            name='place',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='cases.childplace', verbose_name='where they sleep'),
        ),
        migrations.AddField(
            model_name='childalertevent',
            name='place',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.childplace', verbose_name='where they sleep'),
        ),
        migrations.AddConstraint(
            model_name='childalert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('plan_folio', ''), ('plan_received_on', None), ('plan_recorded_by', None)), models.Q(('plan_received_on__isnull', False), ('plan_recorded_by__isnull', False)), _connector='OR'), name='plan_has_day_and_author'),
        ),
        migrations.AddConstraint(
            model_name='childalert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('place', None), ('placed_at', None), ('placed_by', None)), models.Q(('place__isnull', False), ('placed_at__isnull', False), ('placed_by__isnull', False)), _connector='OR'), name='place_has_time_and_author'),
        ),
        migrations.AddField(
            model_name='childplaceevent',
            name='changed_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='childplaceevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='childplaceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.childplace'),
        ),
        migrations.AddField(
            model_name='document',
            name='added_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='document',
            name='family',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='cases.family'),
        ),
        migrations.AddField(
            model_name='document',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='cases.person'),
        ),
        migrations.AddField(
            model_name='document',
            name='removed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='document',
            name='replaces',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='cases.document', verbose_name='replaces'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='added_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='family',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.document'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='removed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='replaces',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.document', verbose_name='replaces'),
        ),
        migrations.AddField(
            model_name='referral',
            name='answered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referral',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referral',
            name='family',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='referrals', to='cases.family'),
        ),
        migrations.AddField(
            model_name='referral',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='referrals_sent', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='referral',
            name='sent_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referral',
            name='to_organisation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referrals_received', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='referral',
            name='told_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referraldesk',
            name='changed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referraldesk',
            name='organisation',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='referral_desk', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='referraldeskevent',
            name='changed_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referraldeskevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='referraldeskevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.referraldesk'),
        ),
        migrations.AddField(
            model_name='referralevent',
            name='answered_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referralevent',
            name='ended_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referralevent',
            name='family',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='referralevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='referralevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.referral'),
        ),
        migrations.AddField(
            model_name='referralevent',
            name='sent_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referralevent',
            name='to_organisation',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='referralevent',
            name='told_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referralgrant',
            name='consent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='cases.consent'),
        ),
        migrations.AddField(
            model_name='referralgrant',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='referralgrant',
            name='referral',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='cases.referral'),
        ),
        migrations.AddField(
            model_name='referralgrantevent',
            name='consent',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.consent'),
        ),
        migrations.AddField(
            model_name='referralgrantevent',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='referralgrantevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.referralgrant'),
        ),
        migrations.AddField(
            model_name='referralgrantevent',
            name='referral',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.referral'),
        ),
        migrations.AddField(
            model_name='referralnotice',
            name='referral',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='cases.referral'),
        ),
        migrations.AddField(
            model_name='referralnotice',
            name='staff',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referralpaper',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.document'),
        ),
        migrations.AddField(
            model_name='referralpaper',
            name='referral',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='cases.referral'),
        ),
        migrations.AddField(
            model_name='referralpaperevent',
            name='document',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.document'),
        ),
        migrations.AddField(
            model_name='referralpaperevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.referralpaper'),
        ),
        migrations.AddField(
            model_name='referralpaperevent',
            name='referral',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.referral'),
        ),
        migrations.AddConstraint(
            model_name='childplace',
            constraint=models.UniqueConstraint(fields=('organisation', 'name'), name='one_row_per_place_for_children', violation_error_message='This place is in the list already.'),
        ),
        migrations.AddConstraint(
            model_name='childplace',
            constraint=models.CheckConstraint(condition=models.Q(('is_of_the_dif', True), models.Q(('authorised_until__isnull', False), models.Q(('authorisation', ''), _negated=True)), _connector='OR'), name='a_place_for_children_is_authorised'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='childplace',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_childplaceevent" ("authorisation", "authorised_until", "changed_by_id", "id", "is_active", "is_of_the_dif", "name", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."authorisation", NEW."authorised_until", NEW."changed_by_id", NEW."id", NEW."is_active", NEW."is_of_the_dif", NEW."name", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='d41f9b504115b19ff47610e4b5a78ea12ca4ae62', operation='INSERT', pgid='pgtrigger_insert_insert_03a0e', table='cases_childplace', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='childplace',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_childplaceevent" ("authorisation", "authorised_until", "changed_by_id", "id", "is_active", "is_of_the_dif", "name", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."authorisation", NEW."authorised_until", NEW."changed_by_id", NEW."id", NEW."is_active", NEW."is_of_the_dif", NEW."name", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='971ae5ad5a68a08b0273a72748c6e726a8e22d48', operation='UPDATE', pgid='pgtrigger_update_update_18b78', table='cases_childplace', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='childplace',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_childplaceevent" ("authorisation", "authorised_until", "changed_by_id", "id", "is_active", "is_of_the_dif", "name", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."authorisation", OLD."authorised_until", OLD."changed_by_id", OLD."id", OLD."is_active", OLD."is_of_the_dif", OLD."name", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='0ba73a9ad66a60051a5e866fb50d6801143442ca', operation='DELETE', pgid='pgtrigger_delete_delete_087c5', table='cases_childplace', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('removed_at', None)), fields=['expires_on'], name='documents_by_expiry'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(condition=models.Q(('file_name', ''), _negated=True), fields=('file_name',), name='one_document_per_file'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('file_key', ''), ('file_kind', ''), ('file_name', ''), ('file_size', 0)), models.Q(('file_size__gt', 0), models.Q(('file_name', ''), _negated=True), models.Q(('file_kind', ''), _negated=True), models.Q(('file_key', ''), _negated=True)), _connector='OR'), name='a_file_is_whole_or_not_there'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('never_expires', False), ('expires_on', None), _connector='OR'), name='expires_or_never_does_not_both'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('removed_at', None), ('removed_by', None)), models.Q(('removed_at__isnull', False), ('removed_by__isnull', False), models.Q(('removed_because', ''), _negated=True)), _connector='OR'), name='removal_has_author_and_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_documentevent" ("added_at", "added_by_id", "expires_on", "family_id", "file_kind", "file_name", "file_size", "id", "is_legal", "kind", "never_expires", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_because", "removed_by_id", "replaces_id", "seen_as", "what") VALUES (NEW."added_at", NEW."added_by_id", NEW."expires_on", NEW."family_id", NEW."file_kind", NEW."file_name", NEW."file_size", NEW."id", NEW."is_legal", NEW."kind", NEW."never_expires", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."removed_at", NEW."removed_because", NEW."removed_by_id", NEW."replaces_id", NEW."seen_as", NEW."what"); RETURN NULL;', hash='ce39bc548e932dbd0faaa5714047de418ed8750f', operation='INSERT', pgid='pgtrigger_insert_insert_96a33', table='cases_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."added_at" IS DISTINCT FROM (NEW."added_at") OR OLD."added_by_id" IS DISTINCT FROM (NEW."added_by_id") OR OLD."expires_on" IS DISTINCT FROM (NEW."expires_on") OR OLD."family_id" IS DISTINCT FROM (NEW."family_id") OR OLD."file_kind" IS DISTINCT FROM (NEW."file_kind") OR OLD."file_name" IS DISTINCT FROM (NEW."file_name") OR OLD."file_size" IS DISTINCT FROM (NEW."file_size") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_legal" IS DISTINCT FROM (NEW."is_legal") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."never_expires" IS DISTINCT FROM (NEW."never_expires") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."removed_at" IS DISTINCT FROM (NEW."removed_at") OR OLD."removed_because" IS DISTINCT FROM (NEW."removed_because") OR OLD."removed_by_id" IS DISTINCT FROM (NEW."removed_by_id") OR OLD."replaces_id" IS DISTINCT FROM (NEW."replaces_id") OR OLD."seen_as" IS DISTINCT FROM (NEW."seen_as") OR OLD."what" IS DISTINCT FROM (NEW."what"))', func='INSERT INTO "cases_documentevent" ("added_at", "added_by_id", "expires_on", "family_id", "file_kind", "file_name", "file_size", "id", "is_legal", "kind", "never_expires", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_because", "removed_by_id", "replaces_id", "seen_as", "what") VALUES (NEW."added_at", NEW."added_by_id", NEW."expires_on", NEW."family_id", NEW."file_kind", NEW."file_name", NEW."file_size", NEW."id", NEW."is_legal", NEW."kind", NEW."never_expires", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."removed_at", NEW."removed_because", NEW."removed_by_id", NEW."replaces_id", NEW."seen_as", NEW."what"); RETURN NULL;', hash='f976828a483c710cfc2332febe575f1ba6d8c06c', operation='UPDATE', pgid='pgtrigger_update_update_5bc40', table='cases_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_documentevent" ("added_at", "added_by_id", "expires_on", "family_id", "file_kind", "file_name", "file_size", "id", "is_legal", "kind", "never_expires", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_because", "removed_by_id", "replaces_id", "seen_as", "what") VALUES (OLD."added_at", OLD."added_by_id", OLD."expires_on", OLD."family_id", OLD."file_kind", OLD."file_name", OLD."file_size", OLD."id", OLD."is_legal", OLD."kind", OLD."never_expires", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."removed_at", OLD."removed_because", OLD."removed_by_id", OLD."replaces_id", OLD."seen_as", OLD."what"); RETURN NULL;', hash='278df918fa4b8b16aedb9c21b8a8c5c53b662e55', operation='DELETE', pgid='pgtrigger_delete_delete_69c2a', table='cases_document', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(condition=models.Q(('state', 'sent')), fields=['organisation', 'respond_by'], name='referrals_unanswered'),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(fields=['to_organisation', 'state'], name='referrals_received'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('to_organisation', None), models.Q(('to_outside', ''), _negated=True)), models.Q(('to_organisation__isnull', False), ('to_outside', '')), _connector='OR'), name='a_referral_has_one_recipient'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.CheckConstraint(condition=models.Q(('to_organisation', None), models.Q(('to_organisation', models.F('organisation')), _negated=True), _connector='OR'), name='nobody_refers_to_themselves'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state__in', ['sent', 'accepted'])), models.Q(('ended_at__isnull', False), models.Q(('state__in', ['sent', 'accepted']), _negated=True)), _connector='OR'), name='a_referral_is_open_until_it_ends'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referral',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_referralevent" ("answer", "answered_at", "answered_by_id", "code", "ended_at", "ended_by_id", "ending", "escalated_at", "facts", "family_id", "help_kind", "id", "message", "must_tell_since", "organisation_id", "outside_contact", "override_reason", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "respond_by", "sent_at", "sent_by_id", "state", "to_organisation_id", "to_outside", "told_at", "told_by_id") VALUES (NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."code", NEW."ended_at", NEW."ended_by_id", NEW."ending", NEW."escalated_at", NEW."facts", NEW."family_id", NEW."help_kind", NEW."id", NEW."message", NEW."must_tell_since", NEW."organisation_id", NEW."outside_contact", NEW."override_reason", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."respond_by", NEW."sent_at", NEW."sent_by_id", NEW."state", NEW."to_organisation_id", NEW."to_outside", NEW."told_at", NEW."told_by_id"); RETURN NULL;', hash='3b4b0d5887c2ba76143943504a475b4164385ec2', operation='INSERT', pgid='pgtrigger_insert_insert_b2939', table='cases_referral', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referral',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_referralevent" ("answer", "answered_at", "answered_by_id", "code", "ended_at", "ended_by_id", "ending", "escalated_at", "facts", "family_id", "help_kind", "id", "message", "must_tell_since", "organisation_id", "outside_contact", "override_reason", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "respond_by", "sent_at", "sent_by_id", "state", "to_organisation_id", "to_outside", "told_at", "told_by_id") VALUES (NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."code", NEW."ended_at", NEW."ended_by_id", NEW."ending", NEW."escalated_at", NEW."facts", NEW."family_id", NEW."help_kind", NEW."id", NEW."message", NEW."must_tell_since", NEW."organisation_id", NEW."outside_contact", NEW."override_reason", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."respond_by", NEW."sent_at", NEW."sent_by_id", NEW."state", NEW."to_organisation_id", NEW."to_outside", NEW."told_at", NEW."told_by_id"); RETURN NULL;', hash='972cbf9739b8052934b7f5e5a8b5dbe24127dc9d', operation='UPDATE', pgid='pgtrigger_update_update_18505', table='cases_referral', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referral',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_referralevent" ("answer", "answered_at", "answered_by_id", "code", "ended_at", "ended_by_id", "ending", "escalated_at", "facts", "family_id", "help_kind", "id", "message", "must_tell_since", "organisation_id", "outside_contact", "override_reason", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "respond_by", "sent_at", "sent_by_id", "state", "to_organisation_id", "to_outside", "told_at", "told_by_id") VALUES (OLD."answer", OLD."answered_at", OLD."answered_by_id", OLD."code", OLD."ended_at", OLD."ended_by_id", OLD."ending", OLD."escalated_at", OLD."facts", OLD."family_id", OLD."help_kind", OLD."id", OLD."message", OLD."must_tell_since", OLD."organisation_id", OLD."outside_contact", OLD."override_reason", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."respond_by", OLD."sent_at", OLD."sent_by_id", OLD."state", OLD."to_organisation_id", OLD."to_outside", OLD."told_at", OLD."told_by_id"); RETURN NULL;', hash='e9694cac15c965e84c8d8bf9db51e9380beb6e28', operation='DELETE', pgid='pgtrigger_delete_delete_33b55', table='cases_referral', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referraldesk',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_referraldeskevent" ("about", "changed_by_id", "helps_with", "id", "is_open", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."about", NEW."changed_by_id", NEW."helps_with", NEW."id", NEW."is_open", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='64ed4a820bf9d2e5226ff498c4b0f952c7ce99e4', operation='INSERT', pgid='pgtrigger_insert_insert_7a035', table='cases_referraldesk', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referraldesk',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_referraldeskevent" ("about", "changed_by_id", "helps_with", "id", "is_open", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."about", NEW."changed_by_id", NEW."helps_with", NEW."id", NEW."is_open", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='e4e1e9654d492316f0714f58b77714a48a1542df', operation='UPDATE', pgid='pgtrigger_update_update_a6515', table='cases_referraldesk', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referraldesk',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_referraldeskevent" ("about", "changed_by_id", "helps_with", "id", "is_open", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."about", OLD."changed_by_id", OLD."helps_with", OLD."id", OLD."is_open", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='ec5b39dacda36ec65cbc49e567509628172d1476', operation='DELETE', pgid='pgtrigger_delete_delete_9f978', table='cases_referraldesk', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='referralgrant',
            constraint=models.UniqueConstraint(fields=('referral', 'person'), name='one_grant_per_person_of_a_referral'),
        ),
        migrations.AddConstraint(
            model_name='referralgrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_because', '')), models.Q(('ended_at__isnull', False), models.Q(('ended_because', ''), _negated=True)), _connector='OR'), name='a_grant_ends_for_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referralgrant',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_referralgrantevent" ("consent_id", "ended_at", "ended_because", "expires_at", "id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "referral_id") VALUES (NEW."consent_id", NEW."ended_at", NEW."ended_because", NEW."expires_at", NEW."id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."referral_id"); RETURN NULL;', hash='e31382c506eba6c9a833bb29ece10f56c9ceba61', operation='INSERT', pgid='pgtrigger_insert_insert_37494', table='cases_referralgrant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referralgrant',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_referralgrantevent" ("consent_id", "ended_at", "ended_because", "expires_at", "id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "referral_id") VALUES (NEW."consent_id", NEW."ended_at", NEW."ended_because", NEW."expires_at", NEW."id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."referral_id"); RETURN NULL;', hash='1e48b587644d1fde226bccee5cedd6a94c3ff25c', operation='UPDATE', pgid='pgtrigger_update_update_fc20e', table='cases_referralgrant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referralgrant',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_referralgrantevent" ("consent_id", "ended_at", "ended_because", "expires_at", "id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "referral_id") VALUES (OLD."consent_id", OLD."ended_at", OLD."ended_because", OLD."expires_at", OLD."id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."referral_id"); RETURN NULL;', hash='57dbda91787aa5d1ce01d004722f9b7ba53c17da', operation='DELETE', pgid='pgtrigger_delete_delete_cd787', table='cases_referralgrant', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='referralnotice',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'claimed'])), fields=['next_try_at'], name='referralnotice_due'),
        ),
        migrations.AddConstraint(
            model_name='referralnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claim__isnull', False), ('claimed_until__isnull', False), ('state', 'claimed')), models.Q(models.Q(('state', 'claimed'), _negated=True), ('claim', None), ('claimed_until', None)), _connector='OR'), name='cases_referralnotice_claim_has_a_lease'),
        ),
        migrations.AddConstraint(
            model_name='referralnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['sent', 'delivered']), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='cases_referralnotice_sent_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='referralnotice',
            constraint=models.UniqueConstraint(fields=('referral', 'staff'), name='one_notice_per_referral_and_member_of_staff'),
        ),
        migrations.AddConstraint(
            model_name='referralpaper',
            constraint=models.UniqueConstraint(fields=('referral', 'document'), name='a_paper_is_shared_once_per_referral'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referralpaper',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_referralpaperevent" ("code", "document_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "referral_id") VALUES (NEW."code", NEW."document_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."referral_id"); RETURN NULL;', hash='ac91745844ee80f449360320486ebb554782bd0c', operation='INSERT', pgid='pgtrigger_insert_insert_42e0c', table='cases_referralpaper', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referralpaper',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_referralpaperevent" ("code", "document_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "referral_id") VALUES (NEW."code", NEW."document_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."referral_id"); RETURN NULL;', hash='67c6ecf73ba165299c49ea489f6fc8121eede3dc', operation='UPDATE', pgid='pgtrigger_update_update_88fb4', table='cases_referralpaper', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referralpaper',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_referralpaperevent" ("code", "document_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "referral_id") VALUES (OLD."code", OLD."document_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."referral_id"); RETURN NULL;', hash='6b0f4f0f3efed809cce439af5954db37cf26f804', operation='DELETE', pgid='pgtrigger_delete_delete_c2765', table='cases_referralpaper', when='AFTER')),
        ),
    ])
    operations.append(append_only("^cases_.*event$"))
