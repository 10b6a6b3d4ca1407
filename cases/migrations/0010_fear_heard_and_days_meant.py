import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from ngo.migration_tools import in_few_steps


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0009_links'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = in_few_steps([
        pgtrigger.migrations.RemoveTrigger(
            model_name='signinduty',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='signinduty',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='signinduty',
            name='delete_delete',
        ),
        migrations.RemoveConstraint(
            model_name='returncheck',
            name='fear_is_asked_in_private_and_in_their_language',
        ),
        migrations.AddField(
            model_name='signinduty',
            name='meant_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='signindutyevent',
            name='meant_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='task',
            name='kind',
            field=models.CharField(choices=[('other', 'Something else'), ('step', 'Do the step'), ('clock', 'A limit of law comes near'), ('clock_late', 'A limit of law has passed: see a lawyer'), ('clock_ask', 'The authority is late: ask what became of it'), ('choose_way', 'Choose a new pathway with them'), ('verify_hearing', 'Check the date of the hearing'), ('address', 'Tell the court the new address'), ('sign_in_missed', 'A sign-in was missed: talk to them today'), ('fear', 'Stopped return: legal team, talk to them in private'), ('other_state', 'They are in another state: ask the legal team'), ('expiry', 'A paper ends soon: renew it'), ('turn', 'Ask how far the list is'), ('turn_called', 'Their turn was called: they must be there that day'), ('child', 'Child protection: next step'), ('referral', 'A referral has no answer')], default='other', max_length=15, verbose_name='what'),
        ),
        migrations.AlterField(
            model_name='taskevent',
            name='kind',
            field=models.CharField(choices=[('other', 'Something else'), ('step', 'Do the step'), ('clock', 'A limit of law comes near'), ('clock_late', 'A limit of law has passed: see a lawyer'), ('clock_ask', 'The authority is late: ask what became of it'), ('choose_way', 'Choose a new pathway with them'), ('verify_hearing', 'Check the date of the hearing'), ('address', 'Tell the court the new address'), ('sign_in_missed', 'A sign-in was missed: talk to them today'), ('fear', 'Stopped return: legal team, talk to them in private'), ('other_state', 'They are in another state: ask the legal team'), ('expiry', 'A paper ends soon: renew it'), ('turn', 'Ask how far the list is'), ('turn_called', 'Their turn was called: they must be there that day'), ('child', 'Child protection: next step'), ('referral', 'A referral has no answer')], default='other', max_length=15, verbose_name='what'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signinduty',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_signindutyevent" ("began_at", "began_by_id", "claim_id", "ended_at", "every_days", "id", "meant_on", "next_on", "office_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."began_at", NEW."began_by_id", NEW."claim_id", NEW."ended_at", NEW."every_days", NEW."id", NEW."meant_on", NEW."next_on", NEW."office_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='30ea65739e1f662afd18e5017799e5aef8d467c9', operation='INSERT', pgid='pgtrigger_insert_insert_c951a', table='cases_signinduty', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signinduty',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_signindutyevent" ("began_at", "began_by_id", "claim_id", "ended_at", "every_days", "id", "meant_on", "next_on", "office_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."began_at", NEW."began_by_id", NEW."claim_id", NEW."ended_at", NEW."every_days", NEW."id", NEW."meant_on", NEW."next_on", NEW."office_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='2ea83c47875d3549f33a82b4e43c77b0a4bd9fcc', operation='UPDATE', pgid='pgtrigger_update_update_b4595', table='cases_signinduty', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signinduty',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_signindutyevent" ("began_at", "began_by_id", "claim_id", "ended_at", "every_days", "id", "meant_on", "next_on", "office_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."began_at", OLD."began_by_id", OLD."claim_id", OLD."ended_at", OLD."every_days", OLD."id", OLD."meant_on", OLD."next_on", OLD."office_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='1a885415b2204454ceb1e79c911299a695e110c7', operation='DELETE', pgid='pgtrigger_delete_delete_42a02', table='cases_signinduty', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='returncheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('what', 'fear'), _negated=True), ('answer', True), ('answer', None), models.Q(('in_private', True), models.Q(('language', ''), _negated=True)), _connector='OR'), name='fear_is_asked_in_private_and_in_their_language'),
        ),
    ])
