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
        ('cases', '0004_appointments_still_on'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = in_one_go([
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
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('family', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='cases.family')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='cases.person')),
                ('removed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='cases.document', verbose_name='replaces')),
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
                ('added_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('family', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family')),
                ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.document')),
                ('removed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.document', verbose_name='replaces')),
            ],
            options={
                'abstract': False,
            },
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
    ])
    operations.append(append_only("^cases_.*event$"))
