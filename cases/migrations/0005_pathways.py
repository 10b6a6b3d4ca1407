import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import ngo.crypto
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from ngo.migration_tools import append_only, in_one_go


COURTS = ["us-court-mpp", "us-court"]  # Whose dates are checked every week.
MISSING = {
    'us-court-mpp': (
        'El juez puede dictar una orden de expulsión en ausencia, y por años se cierran otros caminos. Vea a un abogado el mismo día: se puede pedir que la quite.',
        'The judge may order removal in absentia, and for years other ways are closed. See a lawyer the same day: one can ask to have it taken away.',
    ),
    'us-court': (
        'El juez puede dictar una orden de expulsión en ausencia, y por años se cierran otros caminos. Vea a un abogado el mismo día: se puede pedir que la quite.',
        'The judge may order removal in absentia, and for years other ways are closed. See a lawyer the same day: one can ask to have it taken away.',
    ),
    'us-port': (
        'La cita se pierde y hay que pedir otra. En el sistema anterior se volvía al principio.',
        'The appointment is lost and one has to ask for another. In the system before, one went back to the beginning.',
    ),
    'us-waitlist': (
        'El turno se pierde, o pasa al día siguiente. Toda la familia debe estar ahí.',
        'The turn is lost, or goes to the next day. The whole family must be there.',
    ),
    'us-consulate': (
        'Hay que pedir otra fecha, y el pago puede perderse.',
        'One has to ask for another date, and the fee may be lost.',
    ),
    'us-parole': (
        'Hable ese día con quien representa a la familia: solo esa persona puede pedir otra fecha.',
        'Talk that day to who represents the family: only they can ask for another date.',
    ),
    'comar-sign-in': (
        'La solicitud de refugio puede cerrarse por abandono; a veces basta una falta. Vaya a la oficina cuanto antes, con el equipo legal.',
        'The claim can be closed as abandoned; sometimes one miss is enough. Go to the office as soon as possible, with the legal team.',
    ),
    'comar-registration': (
        'La persona sigue sin documento que la proteja, y el plazo para solicitar sigue corriendo.',
        'The person still holds no paper that protects, and the time to apply goes on running.',
    ),
    'comar-interview': (
        'La solicitud puede cerrarse por abandono. Avise a la oficina ese mismo día y vea al equipo legal.',
        'The claim can be closed as abandoned. Tell the office the same day and see the legal team.',
    ),
}


def fill_what_missing_means(apps, schema_editor):
    """Kinds that organisations have already learn what the data file says of them from this version on."""
    kinds = apps.get_model("cases", "AppointmentKind").objects
    for code, (es, en) in MISSING.items():
        kinds.filter(code=code).update(missing_es=es, missing_en=en, is_checked_weekly=code in COURTS)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0004_appointments_still_on'),
        ('ngo', '0002_history_is_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = in_one_go([
        migrations.CreateModel(
            name='AlienNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', ngo.crypto.EncryptedTextField(verbose_name='A-number')),
                ('number_hash', models.CharField(db_index=True, editable=False, max_length=64)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'A-number',
            },
        ),
        migrations.CreateModel(
            name='AlienNumberEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('number', ngo.crypto.EncryptedTextField(verbose_name='A-number')),
                ('number_hash', models.CharField(editable=False, max_length=64)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('intends', 'Wants to ask for protection'), ('pre_registered', 'Pre-registered: a code, no protection yet'), ('filed', 'Filed, without a constancia yet'), ('constancia', 'Has a constancia'), ('interviewed', 'Interviewed'), ('recognised', 'Recognised as a refugee'), ('complementary', 'Complementary protection'), ('refused', 'Refused'), ('review', 'Review asked for'), ('final', 'Final refusal'), ('abandoned', 'Declared abandoned'), ('withdrawn', 'Withdrawn in writing'), ('transferred', 'Moved to the office of another state')], default='intends', max_length=15, verbose_name='where it stands')),
                ('entered_on', models.DateField(blank=True, null=True, verbose_name='entered Mexico on')),
                ('entry_is_estimated', models.BooleanField(default=False, verbose_name='that day is not sure')),
                ('filed_on', models.DateField(blank=True, null=True, verbose_name='filed on')),
                ('filed_in', models.CharField(blank=True, max_length=80, verbose_name='state in which it was filed')),
                ('folio', ngo.crypto.EncryptedTextField(blank=True, verbose_name='file number of the commission')),
                ('decided_on', models.DateField(blank=True, null=True, verbose_name='decided on')),
                ('told_on', models.DateField(blank=True, null=True, verbose_name='they were told the decision on')),
                ('may_leave_the_state', models.BooleanField(default=False, verbose_name='has written leave to move to another state')),
                ('consulate_is_silent', models.BooleanField(default=True, verbose_name='the consulate is not told')),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'claim',
            },
        ),
        migrations.CreateModel(
            name='ClaimChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('intends', 'Wants to ask for protection'), ('pre_registered', 'Pre-registered: a code, no protection yet'), ('filed', 'Filed, without a constancia yet'), ('constancia', 'Has a constancia'), ('interviewed', 'Interviewed'), ('recognised', 'Recognised as a refugee'), ('complementary', 'Complementary protection'), ('refused', 'Refused'), ('review', 'Review asked for'), ('final', 'Final refusal'), ('abandoned', 'Declared abandoned'), ('withdrawn', 'Withdrawn in writing'), ('transferred', 'Moved to the office of another state')], max_length=15)),
                ('on', models.DateField()),
                ('paper_seen', models.BooleanField(default=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ClaimEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('state', models.CharField(choices=[('intends', 'Wants to ask for protection'), ('pre_registered', 'Pre-registered: a code, no protection yet'), ('filed', 'Filed, without a constancia yet'), ('constancia', 'Has a constancia'), ('interviewed', 'Interviewed'), ('recognised', 'Recognised as a refugee'), ('complementary', 'Complementary protection'), ('refused', 'Refused'), ('review', 'Review asked for'), ('final', 'Final refusal'), ('abandoned', 'Declared abandoned'), ('withdrawn', 'Withdrawn in writing'), ('transferred', 'Moved to the office of another state')], default='intends', max_length=15, verbose_name='where it stands')),
                ('entered_on', models.DateField(blank=True, null=True, verbose_name='entered Mexico on')),
                ('entry_is_estimated', models.BooleanField(default=False, verbose_name='that day is not sure')),
                ('filed_on', models.DateField(blank=True, null=True, verbose_name='filed on')),
                ('filed_in', models.CharField(blank=True, max_length=80, verbose_name='state in which it was filed')),
                ('folio', ngo.crypto.EncryptedTextField(blank=True, verbose_name='file number of the commission')),
                ('decided_on', models.DateField(blank=True, null=True, verbose_name='decided on')),
                ('told_on', models.DateField(blank=True, null=True, verbose_name='they were told the decision on')),
                ('may_leave_the_state', models.BooleanField(default=False, verbose_name='has written leave to move to another state')),
                ('consulate_is_silent', models.BooleanField(default=True, verbose_name='the consulate is not told')),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Pathway',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, verbose_name='short name')),
                ('group', models.CharField(choices=[('us_appointment', 'Awaiting a U.S. appointment'), ('mexican_protection', 'Seeking protection in Mexico'), ('return', 'Awaiting return'), ('undecided', 'Undecided'), ('other', 'Other')], max_length=20, verbose_name='group')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order in lists')),
            ],
            options={
                'verbose_name': 'pathway',
                'verbose_name_plural': 'pathways',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PathwayEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('code', models.SlugField(db_index=False, max_length=40, verbose_name='short name')),
                ('group', models.CharField(choices=[('us_appointment', 'Awaiting a U.S. appointment'), ('mexican_protection', 'Seeking protection in Mexico'), ('return', 'Awaiting return'), ('undecided', 'Undecided'), ('other', 'Other')], max_length=20, verbose_name='group')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order in lists')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PathwayVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('name_es', models.CharField(max_length=120, verbose_name='name in Spanish')),
                ('name_en', models.CharField(max_length=120, verbose_name='name in English')),
                ('about_es', models.CharField(blank=True, max_length=600, verbose_name='what it is, in Spanish')),
                ('about_en', models.CharField(blank=True, max_length=600, verbose_name='what it is, in English')),
                ('next_pathways', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name='what may follow')),
                ('nationality_notes', models.JSONField(blank=True, default=list, verbose_name='notes by nationality')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason for the change')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'version of a pathway',
                'ordering': ['pathway', '-number'],
            },
        ),
        migrations.CreateModel(
            name='Permit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('constancia', 'Constancia of the commission'), ('tvrh', 'Humanitarian visitor card (TVRH)'), ('curp_temporary', 'Temporary CURP'), ('curp', 'CURP'), ('resident', 'Permanent residence')], max_length=15, verbose_name='paper')),
                ('state', models.CharField(choices=[('applied', 'Applied for'), ('issued', 'Issued'), ('refused', 'Refused'), ('lost', 'Lost or taken away')], max_length=10, verbose_name='state')),
                ('number', ngo.crypto.EncryptedTextField(blank=True, verbose_name='number')),
                ('number_hash', models.CharField(blank=True, db_index=True, editable=False, max_length=64)),
                ('applied_on', models.DateField(blank=True, null=True, verbose_name='applied on')),
                ('issued_on', models.DateField(blank=True, null=True, verbose_name='issued on')),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='valid until, that day included')),
                ('was_renewed', models.BooleanField(default=False, verbose_name='renewed once already')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'paper',
            },
        ),
        migrations.CreateModel(
            name='PermitEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('constancia', 'Constancia of the commission'), ('tvrh', 'Humanitarian visitor card (TVRH)'), ('curp_temporary', 'Temporary CURP'), ('curp', 'CURP'), ('resident', 'Permanent residence')], max_length=15, verbose_name='paper')),
                ('state', models.CharField(choices=[('applied', 'Applied for'), ('issued', 'Issued'), ('refused', 'Refused'), ('lost', 'Lost or taken away')], max_length=10, verbose_name='state')),
                ('number', ngo.crypto.EncryptedTextField(blank=True, verbose_name='number')),
                ('number_hash', models.CharField(blank=True, editable=False, max_length=64)),
                ('applied_on', models.DateField(blank=True, null=True, verbose_name='applied on')),
                ('issued_on', models.DateField(blank=True, null=True, verbose_name='issued on')),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='valid until, that day included')),
                ('was_renewed', models.BooleanField(default=False, verbose_name='renewed once already')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Process',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step_since', models.DateTimeField(default=django.utils.timezone.now)),
                ('plan', ngo.crypto.EncryptedTextField(blank=True, verbose_name='plan')),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closing', models.CharField(blank=True, choices=[('reached', 'It reached what they wanted'), ('travelled', 'They travelled'), ('left', 'They left and go on elsewhere'), ('no_contact', 'No contact any more'), ('refused', 'The authority refused, and nothing is left to do'), ('withdrawn', 'They do not want it any more'), ('other_way', 'They go another way now'), ('cancelled', 'The authority ended this way'), ('referred', 'Another organisation goes on with it'), ('mistake', 'Opened by mistake')], max_length=12, verbose_name='why it is closed')),
            ],
            options={
                'verbose_name': 'case',
                'verbose_name_plural': 'cases',
            },
        ),
        migrations.CreateModel(
            name='ProcessChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('opened', 'Opened'), ('step', 'Step'), ('joined', 'Joined'), ('left', 'Left the case'), ('main', 'Main case'), ('moved', 'Goes by another version'), ('owner', 'Responsible'), ('plan', 'Plan'), ('paper', 'Paper'), ('fact', 'Written'), ('alert', 'Alert'), ('closed', 'Closed'), ('reopened', 'Opened again')], max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('code', models.CharField(blank=True, max_length=60)),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ProcessEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('step_since', models.DateTimeField(default=django.utils.timezone.now)),
                ('plan', ngo.crypto.EncryptedTextField(blank=True, verbose_name='plan')),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closing', models.CharField(blank=True, choices=[('reached', 'It reached what they wanted'), ('travelled', 'They travelled'), ('left', 'They left and go on elsewhere'), ('no_contact', 'No contact any more'), ('refused', 'The authority refused, and nothing is left to do'), ('withdrawn', 'They do not want it any more'), ('other_way', 'They go another way now'), ('cancelled', 'The authority ended this way'), ('referred', 'Another organisation goes on with it'), ('mistake', 'Opened by mistake')], max_length=12, verbose_name='why it is closed')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ProcessNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('general', 'General'), ('contact', 'Contact with an authority'), ('talk', 'Talk with the person'), ('health', 'Health'), ('psychosocial', 'Psychosocial'), ('legal', 'Legal, in confidence')], default='general', max_length=12, verbose_name='kind')),
                ('text', ngo.crypto.EncryptedTextField(verbose_name='note')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'note of a case',
                'ordering': ['-written_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ProcessNoteEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('general', 'General'), ('contact', 'Contact with an authority'), ('talk', 'Talk with the person'), ('health', 'Health'), ('psychosocial', 'Psychosocial'), ('legal', 'Legal, in confidence')], default='general', max_length=12, verbose_name='kind')),
                ('text', ngo.crypto.EncryptedTextField(verbose_name='note')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ProcessPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_main', models.BooleanField(default=False, verbose_name='main case')),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('left_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'person of a case',
            },
        ),
        migrations.CreateModel(
            name='ProcessPersonEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('is_main', models.BooleanField(default=False, verbose_name='main case')),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('left_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReturnCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('fear', 'Asked in private, in their language, whether they fear to go back'), ('counsel', 'Talked to a lawyer, and still wants to go'), ('claim', 'Withdrew the claim in writing, after legal advice'), ('right_consulate', 'Knows: the consulate is contacted only if they want'), ('right_remedies', 'Knows: how to stay regularly, and what they can appeal'), ('right_call', 'Knows: may call family or a lawyer'), ('right_interpreter', 'Knows: has a right to an interpreter'), ('right_advice', 'Knows: legal advice, and may read the file'), ('right_country', 'Knows: the INM checks which country receives them'), ('right_belongings', 'Knows: their belongings go with them'), ('informed', 'Has current information about the place they go to'), ('consent', 'Agreed in writing, and may take it back until boarding'), ('health', 'Is fit to travel'), ('destination', 'Where they go, and who awaits them'), ('best_interest', 'Minor: best-interest decision of the Procuraduría'), ('escort', 'Minor: who travels with them'), ('receiver', 'Minor: which carer receives them')], max_length=20, verbose_name='what')),
                ('answer', models.BooleanField(null=True)),
                ('language', models.CharField(blank=True, max_length=3, verbose_name='in which language')),
                ('in_private', models.BooleanField(default=False, verbose_name='alone, nobody else heard it')),
                ('details', ngo.crypto.EncryptedTextField(blank=True, verbose_name='details')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'check before a return',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ReturnPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('iom', 'Voluntary return with the IOM'), ('assisted', 'Assisted return by the INM, at their own request'), ('own_means', 'Return by their own means'), ('home_state', 'A Mexican goes back to their own state'), ('order_to_leave', 'Order to leave the country'), ('deportation', 'Deportation'), ('expulsion', 'Expulsion')], max_length=15, verbose_name='kind of return')),
                ('state', models.CharField(choices=[('interest', 'Interested'), ('counselled', 'Informed'), ('screened', 'Asked about fear'), ('consented', 'Agreed'), ('scheduled', 'Has a date'), ('travelled', 'Travelled'), ('withdrawn', 'Does not want it any more'), ('stopped_fear', 'Stopped: there is fear'), ('recorded', 'Written down')], default='interest', max_length=12, verbose_name='where it stands')),
                ('travel_on', models.DateField(blank=True, null=True, verbose_name='date of travel')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'return',
            },
        ),
        migrations.CreateModel(
            name='ReturnPlanEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('iom', 'Voluntary return with the IOM'), ('assisted', 'Assisted return by the INM, at their own request'), ('own_means', 'Return by their own means'), ('home_state', 'A Mexican goes back to their own state'), ('order_to_leave', 'Order to leave the country'), ('deportation', 'Deportation'), ('expulsion', 'Expulsion')], max_length=15, verbose_name='kind of return')),
                ('state', models.CharField(choices=[('interest', 'Interested'), ('counselled', 'Informed'), ('screened', 'Asked about fear'), ('consented', 'Agreed'), ('scheduled', 'Has a date'), ('travelled', 'Travelled'), ('withdrawn', 'Does not want it any more'), ('stopped_fear', 'Stopped: there is fear'), ('recorded', 'Written down')], default='interest', max_length=12, verbose_name='where it stands')),
                ('travel_on', models.DateField(blank=True, null=True, verbose_name='date of travel')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SeenPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('taken_back_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SeenPaperEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=40)),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('taken_back_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_on', models.DateField()),
                ('result', models.CharField(choices=[('signed', 'Signed'), ('missed', 'Did not sign'), ('closed', 'The office took no sign-ins')], max_length=10, verbose_name='what happened')),
                ('on', models.DateField(blank=True, null=True)),
                ('proof', models.CharField(blank=True, max_length=120, verbose_name='proof: stamp, photo or receipt')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'sign-in',
                'ordering': ['-due_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SignInDuty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('every_days', models.PositiveSmallIntegerField(verbose_name='every how many days')),
                ('next_on', models.DateField(verbose_name='next sign-in')),
                ('began_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'duty to sign in',
            },
        ),
        migrations.CreateModel(
            name='SignInDutyEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('every_days', models.PositiveSmallIntegerField(verbose_name='every how many days')),
                ('next_on', models.DateField(verbose_name='next sign-in')),
                ('began_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SignInEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('due_on', models.DateField()),
                ('result', models.CharField(choices=[('signed', 'Signed'), ('missed', 'Did not sign'), ('closed', 'The office took no sign-ins')], max_length=10, verbose_name='what happened')),
                ('on', models.DateField(blank=True, null=True)),
                ('proof', models.CharField(blank=True, max_length=120, verbose_name='proof: stamp, photo or receipt')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='order')),
                ('code', models.SlugField(max_length=40, verbose_name='short name')),
                ('kind', models.CharField(choices=[('ordinary', 'A step'), ('consular', 'Their consulate is contacted'), ('gate', 'Checks before a date of return'), ('travel', 'A date of return is set'), ('last', 'The end of the way')], default='ordinary', max_length=10, verbose_name='kind of step')),
                ('name_es', models.CharField(max_length=120, verbose_name='name in Spanish')),
                ('name_en', models.CharField(max_length=120, verbose_name='name in English')),
                ('explain_es', models.CharField(blank=True, max_length=600, verbose_name='in plain words, in Spanish')),
                ('explain_en', models.CharField(blank=True, max_length=600, verbose_name='in plain words, in English')),
                ('role', models.CharField(choices=[('volunteer', 'Volunteer'), ('front_desk', 'Front desk'), ('caseworker', 'Caseworker'), ('legal', 'Legal team'), ('supplies', 'Kitchen and store'), ('coordinator', 'Coordinator'), ('network_viewer', 'City network')], default='caseworker', max_length=20, verbose_name='who does it')),
                ('papers', models.JSONField(blank=True, default=list, verbose_name='papers needed')),
                ('clock', models.SlugField(blank=True, max_length=60, verbose_name='clock of law')),
                ('within_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days to do it in')),
                ('article', models.CharField(blank=True, max_length=200, verbose_name='article')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                ('checked_on', models.DateField(blank=True, null=True, verbose_name='checked on')),
            ],
            options={
                'verbose_name': 'step',
                'ordering': ['version', 'position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('other', 'Something else'), ('step', 'Do the step'), ('clock', 'A limit of law comes near'), ('choose_way', 'Choose a new pathway with them'), ('verify_hearing', 'Check the date of the hearing'), ('address', 'Tell the court the new address'), ('sign_in_missed', 'A sign-in was missed: talk to them today'), ('fear', 'Stopped return: legal team, talk to them in private'), ('other_state', 'They are in another state: ask the legal team'), ('expiry', 'A paper ends soon: renew it'), ('turn', 'Ask how far the list is'), ('child', 'Child protection: next step'), ('referral', 'A referral has no answer')], default='other', max_length=15, verbose_name='what')),
                ('text', ngo.crypto.EncryptedTextField(blank=True, verbose_name='what to do')),
                ('due_on', models.DateField(verbose_name='due on')),
                ('last_on', models.DateField(blank=True, null=True)),
                ('role', models.CharField(choices=[('volunteer', 'Volunteer'), ('front_desk', 'Front desk'), ('caseworker', 'Caseworker'), ('legal', 'Legal team'), ('supplies', 'Kitchen and store'), ('coordinator', 'Coordinator'), ('network_viewer', 'City network')], default='caseworker', max_length=20, verbose_name='who, if nobody by name')),
                ('is_urgent', models.BooleanField(default=False, verbose_name='urgent')),
                ('key', models.CharField(blank=True, max_length=80)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('result', ngo.crypto.EncryptedTextField(blank=True, verbose_name='what came of it')),
                ('dropped_at', models.DateTimeField(blank=True, null=True)),
                ('dropped_reason', models.CharField(blank=True, max_length=200, verbose_name='why it is not needed')),
            ],
            options={
                'verbose_name': 'task',
                'verbose_name_plural': 'tasks',
            },
        ),
        migrations.CreateModel(
            name='TaskEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('other', 'Something else'), ('step', 'Do the step'), ('clock', 'A limit of law comes near'), ('choose_way', 'Choose a new pathway with them'), ('verify_hearing', 'Check the date of the hearing'), ('address', 'Tell the court the new address'), ('sign_in_missed', 'A sign-in was missed: talk to them today'), ('fear', 'Stopped return: legal team, talk to them in private'), ('other_state', 'They are in another state: ask the legal team'), ('expiry', 'A paper ends soon: renew it'), ('turn', 'Ask how far the list is'), ('child', 'Child protection: next step'), ('referral', 'A referral has no answer')], default='other', max_length=15, verbose_name='what')),
                ('text', ngo.crypto.EncryptedTextField(blank=True, verbose_name='what to do')),
                ('due_on', models.DateField(verbose_name='due on')),
                ('last_on', models.DateField(blank=True, null=True)),
                ('role', models.CharField(choices=[('volunteer', 'Volunteer'), ('front_desk', 'Front desk'), ('caseworker', 'Caseworker'), ('legal', 'Legal team'), ('supplies', 'Kitchen and store'), ('coordinator', 'Coordinator'), ('network_viewer', 'City network')], default='caseworker', max_length=20, verbose_name='who, if nobody by name')),
                ('is_urgent', models.BooleanField(default=False, verbose_name='urgent')),
                ('key', models.CharField(blank=True, max_length=80)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('result', ngo.crypto.EncryptedTextField(blank=True, verbose_name='what came of it')),
                ('dropped_at', models.DateTimeField(blank=True, null=True)),
                ('dropped_reason', models.CharField(blank=True, max_length=200, verbose_name='why it is not needed')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WaitlistTurn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list_name', models.CharField(max_length=120, verbose_name='which list')),
                ('number', ngo.crypto.EncryptedTextField(blank=True, verbose_name='number on the list')),
                ('joined_on', models.DateField(verbose_name='on the list since')),
                ('last_called', models.CharField(blank=True, max_length=40, verbose_name='last number that was called')),
                ('checked_on', models.DateField(blank=True, null=True)),
                ('check_on', models.DateField(verbose_name='ask again on')),
                ('state', models.CharField(choices=[('waiting', 'Waits'), ('called', 'Called'), ('passed', 'Went in'), ('lost', 'Turn lost'), ('list_closed', 'The list was closed')], default='waiting', max_length=12, verbose_name='state')),
                ('called_for', models.DateField(blank=True, null=True, verbose_name='called for')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'turn on a list',
            },
        ),
        migrations.CreateModel(
            name='WaitlistTurnEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('list_name', models.CharField(max_length=120, verbose_name='which list')),
                ('number', ngo.crypto.EncryptedTextField(blank=True, verbose_name='number on the list')),
                ('joined_on', models.DateField(verbose_name='on the list since')),
                ('last_called', models.CharField(blank=True, max_length=40, verbose_name='last number that was called')),
                ('checked_on', models.DateField(blank=True, null=True)),
                ('check_on', models.DateField(verbose_name='ask again on')),
                ('state', models.CharField(choices=[('waiting', 'Waits'), ('called', 'Called'), ('passed', 'Went in'), ('lost', 'Turn lost'), ('list_closed', 'The list was closed')], default='waiting', max_length=12, verbose_name='state')),
                ('called_for', models.DateField(blank=True, null=True, verbose_name='called for')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='appointmentkind',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='appointmentkind',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='appointmentkind',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='appointmentkind',
            name='is_checked_weekly',
            field=models.BooleanField(default=False, verbose_name='its date is checked with the court every week'),
        ),
        migrations.AddField(
            model_name='appointmentkind',
            name='missing_en',
            field=models.CharField(blank=True, max_length=400, verbose_name='what missing it means, in English'),
        ),
        migrations.AddField(
            model_name='appointmentkind',
            name='missing_es',
            field=models.CharField(blank=True, max_length=400, verbose_name='what missing it means, in Spanish'),
        ),
        migrations.AddField(
            model_name='appointmentkindevent',
            name='is_checked_weekly',
            field=models.BooleanField(default=False, verbose_name='its date is checked with the court every week'),
        ),
        migrations.AddField(
            model_name='appointmentkindevent',
            name='missing_en',
            field=models.CharField(blank=True, max_length=400, verbose_name='what missing it means, in English'),
        ),
        migrations.AddField(
            model_name='appointmentkindevent',
            name='missing_es',
            field=models.CharField(blank=True, max_length=400, verbose_name='what missing it means, in Spanish'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentkind',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentkindevent" ("bring_en", "bring_es", "code", "group", "id", "is_active", "is_checked_weekly", "is_legal", "missing_en", "missing_es", "name_en", "name_es", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source") VALUES (NEW."bring_en", NEW."bring_es", NEW."code", NEW."group", NEW."id", NEW."is_active", NEW."is_checked_weekly", NEW."is_legal", NEW."missing_en", NEW."missing_es", NEW."name_en", NEW."name_es", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position", NEW."source"); RETURN NULL;', hash='1e9679ac9f8fce22a8eb6a721f4fabfbb7e06a43', operation='INSERT', pgid='pgtrigger_insert_insert_b9e31', table='cases_appointmentkind', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentkind',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_appointmentkindevent" ("bring_en", "bring_es", "code", "group", "id", "is_active", "is_checked_weekly", "is_legal", "missing_en", "missing_es", "name_en", "name_es", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source") VALUES (NEW."bring_en", NEW."bring_es", NEW."code", NEW."group", NEW."id", NEW."is_active", NEW."is_checked_weekly", NEW."is_legal", NEW."missing_en", NEW."missing_es", NEW."name_en", NEW."name_es", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position", NEW."source"); RETURN NULL;', hash='bdff404b3cf75778ebe365ea647ba6533caa5eb7', operation='UPDATE', pgid='pgtrigger_update_update_c5e0a', table='cases_appointmentkind', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentkind',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_appointmentkindevent" ("bring_en", "bring_es", "code", "group", "id", "is_active", "is_checked_weekly", "is_legal", "missing_en", "missing_es", "name_en", "name_es", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source") VALUES (OLD."bring_en", OLD."bring_es", OLD."code", OLD."group", OLD."id", OLD."is_active", OLD."is_checked_weekly", OLD."is_legal", OLD."missing_en", OLD."missing_es", OLD."name_en", OLD."name_es", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position", OLD."source"); RETURN NULL;', hash='a5724c8fe0cee83b8812bf3d31c955e7d91b1b45', operation='DELETE', pgid='pgtrigger_delete_delete_fa812', table='cases_appointmentkind', when='AFTER')),
        ),
        migrations.AddField(
            model_name='aliennumber',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alien_numbers', to='cases.person'),
        ),
        migrations.AddField(
            model_name='aliennumber',
            name='written_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='aliennumberevent',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='aliennumberevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.aliennumber'),
        ),
        migrations.AddField(
            model_name='aliennumberevent',
            name='written_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='claim',
            name='office',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='claimchange',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='claimchange',
            name='claim',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='cases.claim'),
        ),
        migrations.AddField(
            model_name='claimevent',
            name='office',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='claimevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.claim'),
        ),
        migrations.AddField(
            model_name='pathway',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pathways', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='pathwayevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='pathwayevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.pathway'),
        ),
        migrations.AddField(
            model_name='pathwayversion',
            name='made_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='pathwayversion',
            name='pathway',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='cases.pathway'),
        ),
        migrations.AddField(
            model_name='permit',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='permits', to='cases.person'),
        ),
        migrations.AddField(
            model_name='permit',
            name='written_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='permitevent',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='permitevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.permit'),
        ),
        migrations.AddField(
            model_name='permitevent',
            name='written_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='process',
            name='closed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='process',
            name='family',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='processes', to='cases.family'),
        ),
        migrations.AddField(
            model_name='process',
            name='opened_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='process',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='processes', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='process',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='responsible'),
        ),
        migrations.AddField(
            model_name='process',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='processes', to='cases.pathwayversion'),
        ),
        migrations.AddField(
            model_name='claimevent',
            name='process',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.process'),
        ),
        migrations.AddField(
            model_name='claim',
            name='process',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='claim', to='cases.process'),
        ),
        migrations.AddField(
            model_name='processchange',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='processchange',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='processchange',
            name='process',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='cases.process'),
        ),
        migrations.AddField(
            model_name='processchange',
            name='staff',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='processevent',
            name='closed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='processevent',
            name='family',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.family'),
        ),
        migrations.AddField(
            model_name='processevent',
            name='opened_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='processevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='processevent',
            name='owner',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='responsible'),
        ),
        migrations.AddField(
            model_name='processevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.process'),
        ),
        migrations.AddField(
            model_name='processevent',
            name='version',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.pathwayversion'),
        ),
        migrations.AddField(
            model_name='processnote',
            name='process',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='cases.process'),
        ),
        migrations.AddField(
            model_name='processnote',
            name='written_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='processnoteevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.processnote'),
        ),
        migrations.AddField(
            model_name='processnoteevent',
            name='process',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.process'),
        ),
        migrations.AddField(
            model_name='processnoteevent',
            name='written_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='processperson',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='process_rows', to='cases.person'),
        ),
        migrations.AddField(
            model_name='processperson',
            name='process',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='people', to='cases.process'),
        ),
        migrations.AddField(
            model_name='processpersonevent',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='processpersonevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.processperson'),
        ),
        migrations.AddField(
            model_name='processpersonevent',
            name='process',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.process'),
        ),
        migrations.AddField(
            model_name='returncheck',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='returncheck',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='return_checks', to='cases.person'),
        ),
        migrations.AddField(
            model_name='returnplan',
            name='confirmed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='returnplan',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='returnplan',
            name='process',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='return_plan', to='cases.process'),
        ),
        migrations.AddField(
            model_name='returncheck',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='cases.returnplan'),
        ),
        migrations.AddField(
            model_name='returnplanevent',
            name='confirmed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='returnplanevent',
            name='made_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='returnplanevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.returnplan'),
        ),
        migrations.AddField(
            model_name='returnplanevent',
            name='process',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.process'),
        ),
        migrations.AddField(
            model_name='seenpaper',
            name='process',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seen_papers', to='cases.process'),
        ),
        migrations.AddField(
            model_name='seenpaper',
            name='seen_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='seenpaperevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.seenpaper'),
        ),
        migrations.AddField(
            model_name='seenpaperevent',
            name='process',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.process'),
        ),
        migrations.AddField(
            model_name='seenpaperevent',
            name='seen_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signin',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signinduty',
            name='began_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signinduty',
            name='claim',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='duties', to='cases.claim'),
        ),
        migrations.AddField(
            model_name='signinduty',
            name='office',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='signinduty',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sign_in_duties', to='cases.person'),
        ),
        migrations.AddField(
            model_name='signin',
            name='duty',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sign_ins', to='cases.signinduty'),
        ),
        migrations.AddField(
            model_name='signindutyevent',
            name='began_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signindutyevent',
            name='claim',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.claim'),
        ),
        migrations.AddField(
            model_name='signindutyevent',
            name='office',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.office'),
        ),
        migrations.AddField(
            model_name='signindutyevent',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='signindutyevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.signinduty'),
        ),
        migrations.AddField(
            model_name='signinevent',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signinevent',
            name='duty',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.signinduty'),
        ),
        migrations.AddField(
            model_name='signinevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.signin'),
        ),
        migrations.AddField(
            model_name='step',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='cases.pathwayversion'),
        ),
        migrations.AddField(
            model_name='processevent',
            name='step',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.step', verbose_name='step'),
        ),
        migrations.AddField(
            model_name='processchange',
            name='step',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.step'),
        ),
        migrations.AddField(
            model_name='process',
            name='step',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.step', verbose_name='step'),
        ),
        migrations.AddField(
            model_name='task',
            name='appointment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='task',
            name='done_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='task',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='task',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='task',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='responsible'),
        ),
        migrations.AddField(
            model_name='task',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='cases.person'),
        ),
        migrations.AddField(
            model_name='task',
            name='process',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='cases.process'),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='appointment',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.appointment'),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='done_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='made_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ngo.organisation'),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='owner',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='responsible'),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.person'),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.task'),
        ),
        migrations.AddField(
            model_name='taskevent',
            name='process',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.process'),
        ),
        migrations.AddField(
            model_name='waitlistturn',
            name='process',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='turns', to='cases.process'),
        ),
        migrations.AddField(
            model_name='waitlistturn',
            name='written_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='waitlistturnevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.waitlistturn'),
        ),
        migrations.AddField(
            model_name='waitlistturnevent',
            name='process',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.process'),
        ),
        migrations.AddField(
            model_name='waitlistturnevent',
            name='written_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='aliennumber',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('person',), name='one_a_number_per_person'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='aliennumber',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_aliennumberevent" ("id", "number", "number_hash", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "written_at", "written_by_id") VALUES (NEW."id", NEW."number", NEW."number_hash", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."removed_at", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='ee7952b874ef84fd533e613e763fa6e2c09b134b', operation='INSERT', pgid='pgtrigger_insert_insert_a1e5f', table='cases_aliennumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='aliennumber',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_aliennumberevent" ("id", "number", "number_hash", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "written_at", "written_by_id") VALUES (NEW."id", NEW."number", NEW."number_hash", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."removed_at", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='50a87531a9eca3af67217008ba2fbd8392f37357', operation='UPDATE', pgid='pgtrigger_update_update_10fc7', table='cases_aliennumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='aliennumber',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_aliennumberevent" ("id", "number", "number_hash", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "written_at", "written_by_id") VALUES (OLD."id", OLD."number", OLD."number_hash", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."removed_at", OLD."written_at", OLD."written_by_id"); RETURN NULL;', hash='25176cb6a276241b4895da4c374e13ddee6b3a84', operation='DELETE', pgid='pgtrigger_delete_delete_0efc2', table='cases_aliennumber', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='pathway',
            constraint=models.UniqueConstraint(fields=('organisation', 'code'), name='one_pathway_per_code'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pathway',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_pathwayevent" ("code", "group", "id", "is_active", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."code", NEW."group", NEW."id", NEW."is_active", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position"); RETURN NULL;', hash='3e29fa1ac46e5eefeb12e2d9f55298baca4ac346', operation='INSERT', pgid='pgtrigger_insert_insert_443fd', table='cases_pathway', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pathway',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_pathwayevent" ("code", "group", "id", "is_active", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."code", NEW."group", NEW."id", NEW."is_active", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position"); RETURN NULL;', hash='81d3610285b0fd663a5892bffb77682a826e32bb', operation='UPDATE', pgid='pgtrigger_update_update_c278b', table='cases_pathway', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pathway',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_pathwayevent" ("code", "group", "id", "is_active", "organisation_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (OLD."code", OLD."group", OLD."id", OLD."is_active", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position"); RETURN NULL;', hash='557f1f6c3ed3be8368398d6b0a893de55cc4edcf', operation='DELETE', pgid='pgtrigger_delete_delete_e0876', table='cases_pathway', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='pathwayversion',
            constraint=models.UniqueConstraint(fields=('pathway', 'number'), name='one_pathway_version_per_number'),
        ),
        migrations.AddConstraint(
            model_name='permit',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('person', 'kind'), name='one_standing_paper_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='permit',
            constraint=models.CheckConstraint(condition=models.Q(('expires_on', None), ('issued_on', None), ('expires_on__gte', models.F('issued_on')), _connector='OR'), name='a_paper_ends_after_it_was_issued'),
        ),
        migrations.AddConstraint(
            model_name='permit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'issued'), _negated=True), ('issued_on__isnull', False), _connector='OR'), name='an_issued_paper_has_its_day'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='permit',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_permitevent" ("applied_on", "expires_on", "id", "issued_on", "kind", "number", "number_hash", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replaced_at", "state", "was_renewed", "written_at", "written_by_id") VALUES (NEW."applied_on", NEW."expires_on", NEW."id", NEW."issued_on", NEW."kind", NEW."number", NEW."number_hash", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."replaced_at", NEW."state", NEW."was_renewed", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='27029729e09ec5684c4103b04d96a3124d305f57', operation='INSERT', pgid='pgtrigger_insert_insert_dcc16', table='cases_permit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='permit',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_permitevent" ("applied_on", "expires_on", "id", "issued_on", "kind", "number", "number_hash", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replaced_at", "state", "was_renewed", "written_at", "written_by_id") VALUES (NEW."applied_on", NEW."expires_on", NEW."id", NEW."issued_on", NEW."kind", NEW."number", NEW."number_hash", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."replaced_at", NEW."state", NEW."was_renewed", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='a326a62d8a5ad23f4ad9ac295221597c84597fb0', operation='UPDATE', pgid='pgtrigger_update_update_26eee', table='cases_permit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='permit',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_permitevent" ("applied_on", "expires_on", "id", "issued_on", "kind", "number", "number_hash", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replaced_at", "state", "was_renewed", "written_at", "written_by_id") VALUES (OLD."applied_on", OLD."expires_on", OLD."id", OLD."issued_on", OLD."kind", OLD."number", OLD."number_hash", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."replaced_at", OLD."state", OLD."was_renewed", OLD."written_at", OLD."written_by_id"); RETURN NULL;', hash='749c663663a45f49dd398406d3171b86c9c78a32', operation='DELETE', pgid='pgtrigger_delete_delete_23c74', table='cases_permit', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['intends', 'pre_registered']), ('state', 'withdrawn'), ('filed_on__isnull', False), _connector='OR'), name='a_filed_claim_has_its_day'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('told_on', None), ('decided_on', None), ('told_on__gte', models.F('decided_on')), _connector='OR'), name='told_after_it_was_decided'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='claim',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_claimevent" ("changed_at", "consulate_is_silent", "decided_on", "entered_on", "entry_is_estimated", "filed_in", "filed_on", "folio", "id", "may_leave_the_state", "office_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "state", "told_on") VALUES (NEW."changed_at", NEW."consulate_is_silent", NEW."decided_on", NEW."entered_on", NEW."entry_is_estimated", NEW."filed_in", NEW."filed_on", NEW."folio", NEW."id", NEW."may_leave_the_state", NEW."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id", NEW."state", NEW."told_on"); RETURN NULL;', hash='a0289a48e634c79099a37b49e6373b65fd521c30', operation='INSERT', pgid='pgtrigger_insert_insert_f70bc', table='cases_claim', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='claim',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_claimevent" ("changed_at", "consulate_is_silent", "decided_on", "entered_on", "entry_is_estimated", "filed_in", "filed_on", "folio", "id", "may_leave_the_state", "office_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "state", "told_on") VALUES (NEW."changed_at", NEW."consulate_is_silent", NEW."decided_on", NEW."entered_on", NEW."entry_is_estimated", NEW."filed_in", NEW."filed_on", NEW."folio", NEW."id", NEW."may_leave_the_state", NEW."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id", NEW."state", NEW."told_on"); RETURN NULL;', hash='0b9fc4f1298fdcba034bd0ef696ee9d80912a7a2', operation='UPDATE', pgid='pgtrigger_update_update_3c7f0', table='cases_claim', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='claim',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_claimevent" ("changed_at", "consulate_is_silent", "decided_on", "entered_on", "entry_is_estimated", "filed_in", "filed_on", "folio", "id", "may_leave_the_state", "office_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "state", "told_on") VALUES (OLD."changed_at", OLD."consulate_is_silent", OLD."decided_on", OLD."entered_on", OLD."entry_is_estimated", OLD."filed_in", OLD."filed_on", OLD."folio", OLD."id", OLD."may_leave_the_state", OLD."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id", OLD."state", OLD."told_on"); RETURN NULL;', hash='8bfc561c1cad403e07f209b4f94d5dc279417475', operation='DELETE', pgid='pgtrigger_delete_delete_88748', table='cases_claim', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='processnote',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_processnoteevent" ("id", "kind", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "text", "written_at", "written_by_id") VALUES (NEW."id", NEW."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id", NEW."text", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='cd90561f112c51aa8cde239880f6149b563325bb', operation='INSERT', pgid='pgtrigger_insert_insert_dddeb', table='cases_processnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='processnote',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_processnoteevent" ("id", "kind", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "text", "written_at", "written_by_id") VALUES (NEW."id", NEW."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id", NEW."text", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='b39c1c4f106f39b12058b6ce9b2b33bb50af9166', operation='UPDATE', pgid='pgtrigger_update_update_714cc', table='cases_processnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='processnote',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_processnoteevent" ("id", "kind", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "text", "written_at", "written_by_id") VALUES (OLD."id", OLD."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id", OLD."text", OLD."written_at", OLD."written_by_id"); RETURN NULL;', hash='9905641af5bcbfaf5502cca34fadec57c1dbcf4c', operation='DELETE', pgid='pgtrigger_delete_delete_464bf', table='cases_processnote', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='processperson',
            index=models.Index(fields=['person'], name='cases_of_a_person'),
        ),
        migrations.AddConstraint(
            model_name='processperson',
            constraint=models.UniqueConstraint(condition=models.Q(('left_at', None)), fields=('process', 'person'), name='one_row_per_person_of_a_case'),
        ),
        migrations.AddConstraint(
            model_name='processperson',
            constraint=models.UniqueConstraint(condition=models.Q(('is_main', True), ('left_at', None)), fields=('person',), name='one_main_process_per_person'),
        ),
        migrations.AddConstraint(
            model_name='processperson',
            constraint=models.CheckConstraint(condition=models.Q(('left_at', None), ('left_at__gte', models.F('joined_at')), _connector='OR'), name='leaves_a_case_after_joining_it'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='processperson',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_processpersonevent" ("id", "is_main", "joined_at", "left_at", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id") VALUES (NEW."id", NEW."is_main", NEW."joined_at", NEW."left_at", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id"); RETURN NULL;', hash='8a70e8686093745c78d44bae74e66fd34fcdae0f', operation='INSERT', pgid='pgtrigger_insert_insert_98b1d', table='cases_processperson', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='processperson',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_processpersonevent" ("id", "is_main", "joined_at", "left_at", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id") VALUES (NEW."id", NEW."is_main", NEW."joined_at", NEW."left_at", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id"); RETURN NULL;', hash='376601875ba85bb64a2efd634e83076f348c8bda', operation='UPDATE', pgid='pgtrigger_update_update_a7ce2', table='cases_processperson', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='processperson',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_processpersonevent" ("id", "is_main", "joined_at", "left_at", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id") VALUES (OLD."id", OLD."is_main", OLD."joined_at", OLD."left_at", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id"); RETURN NULL;', hash='93513cfa3877d947667e3f04ee95904859656038', operation='DELETE', pgid='pgtrigger_delete_delete_9b076', table='cases_processperson', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='returnplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'scheduled'), _negated=True), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), ('travel_on__isnull', False)), _connector='OR'), name='a_date_of_return_is_confirmed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='returnplan',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['iom', 'assisted', 'own_means', 'home_state']), models.Q(('state', 'scheduled'), _negated=True), _connector='OR'), name='nobody_arranges_a_deportation'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='returnplan',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_returnplanevent" ("confirmed_at", "confirmed_by_id", "id", "kind", "made_at", "made_by_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "state", "travel_on") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."id", NEW."kind", NEW."made_at", NEW."made_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id", NEW."state", NEW."travel_on"); RETURN NULL;', hash='896f265c16117048cfbb4abe2a8db0c26bf349bf', operation='INSERT', pgid='pgtrigger_insert_insert_a02b1', table='cases_returnplan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='returnplan',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_returnplanevent" ("confirmed_at", "confirmed_by_id", "id", "kind", "made_at", "made_by_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "state", "travel_on") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."id", NEW."kind", NEW."made_at", NEW."made_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id", NEW."state", NEW."travel_on"); RETURN NULL;', hash='12161b933682958f00597b194fdbe0fdc79afa3d', operation='UPDATE', pgid='pgtrigger_update_update_b7654', table='cases_returnplan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='returnplan',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_returnplanevent" ("confirmed_at", "confirmed_by_id", "id", "kind", "made_at", "made_by_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "state", "travel_on") VALUES (OLD."confirmed_at", OLD."confirmed_by_id", OLD."id", OLD."kind", OLD."made_at", OLD."made_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id", OLD."state", OLD."travel_on"); RETURN NULL;', hash='a3d80c8f985e07e1de3fdaa3175774c7237ea543', operation='DELETE', pgid='pgtrigger_delete_delete_49a5e', table='cases_returnplan', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='returncheck',
            index=models.Index(fields=['plan', 'person', 'what'], name='checks_of_a_return'),
        ),
        migrations.AddConstraint(
            model_name='returncheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('what', 'fear'), _negated=True), models.Q(('in_private', True), models.Q(('language', ''), _negated=True)), _connector='OR'), name='fear_is_asked_in_private_and_in_their_language'),
        ),
        migrations.AddConstraint(
            model_name='seenpaper',
            constraint=models.UniqueConstraint(condition=models.Q(('taken_back_at', None)), fields=('process', 'code'), name='one_row_per_seen_paper'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='seenpaper',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_seenpaperevent" ("code", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "seen_at", "seen_by_id", "taken_back_at") VALUES (NEW."code", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id", NEW."seen_at", NEW."seen_by_id", NEW."taken_back_at"); RETURN NULL;', hash='4018b9a669cd01bcbbbbc31780bf55b17247dff9', operation='INSERT', pgid='pgtrigger_insert_insert_b5478', table='cases_seenpaper', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='seenpaper',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_seenpaperevent" ("code", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "seen_at", "seen_by_id", "taken_back_at") VALUES (NEW."code", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id", NEW."seen_at", NEW."seen_by_id", NEW."taken_back_at"); RETURN NULL;', hash='2643e4ae4baebf276f8c859bdafb9cab272dc18c', operation='UPDATE', pgid='pgtrigger_update_update_e1448', table='cases_seenpaper', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='seenpaper',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_seenpaperevent" ("code", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "seen_at", "seen_by_id", "taken_back_at") VALUES (OLD."code", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id", OLD."seen_at", OLD."seen_by_id", OLD."taken_back_at"); RETURN NULL;', hash='5c2fcbffa1842eb19e9a58e29c1146a5b0a67c38', operation='DELETE', pgid='pgtrigger_delete_delete_11708', table='cases_seenpaper', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='signinduty',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['next_on'], name='sign_ins_by_day'),
        ),
        migrations.AddConstraint(
            model_name='signinduty',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('claim', 'person'), name='one_sign_in_duty_per_person'),
        ),
        migrations.AddConstraint(
            model_name='signinduty',
            constraint=models.CheckConstraint(condition=models.Q(('every_days__gte', 1), ('every_days__lte', 60)), name='sign_in_interval_is_days'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signinduty',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_signindutyevent" ("began_at", "began_by_id", "claim_id", "ended_at", "every_days", "id", "next_on", "office_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."began_at", NEW."began_by_id", NEW."claim_id", NEW."ended_at", NEW."every_days", NEW."id", NEW."next_on", NEW."office_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='90f97b0e9b40c67a7c8ad0d57ea1e2a70d4ea3b6', operation='INSERT', pgid='pgtrigger_insert_insert_c951a', table='cases_signinduty', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signinduty',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_signindutyevent" ("began_at", "began_by_id", "claim_id", "ended_at", "every_days", "id", "next_on", "office_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."began_at", NEW."began_by_id", NEW."claim_id", NEW."ended_at", NEW."every_days", NEW."id", NEW."next_on", NEW."office_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='b2d90c7c09d5d7938ac280685c8dd88b75df83ed', operation='UPDATE', pgid='pgtrigger_update_update_b4595', table='cases_signinduty', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signinduty',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_signindutyevent" ("began_at", "began_by_id", "claim_id", "ended_at", "every_days", "id", "next_on", "office_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."began_at", OLD."began_by_id", OLD."claim_id", OLD."ended_at", OLD."every_days", OLD."id", OLD."next_on", OLD."office_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='be115b71c68edc646912125385124f2f0e4ff552', operation='DELETE', pgid='pgtrigger_delete_delete_42a02', table='cases_signinduty', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='signin',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('duty', 'due_on'), name='one_answer_per_sign_in'),
        ),
        migrations.AddConstraint(
            model_name='signin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('result', 'signed'), _negated=True), ('on__isnull', False), _connector='OR'), name='who_signed_signed_on_a_day'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signin',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_signinevent" ("at", "by_id", "due_on", "duty_id", "id", "on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proof", "reason", "replaced_at", "result") VALUES (NEW."at", NEW."by_id", NEW."due_on", NEW."duty_id", NEW."id", NEW."on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."proof", NEW."reason", NEW."replaced_at", NEW."result"); RETURN NULL;', hash='c465284f8f71ae4a570dcb9572306c1a07a3411d', operation='INSERT', pgid='pgtrigger_insert_insert_2f36c', table='cases_signin', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signin',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_signinevent" ("at", "by_id", "due_on", "duty_id", "id", "on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proof", "reason", "replaced_at", "result") VALUES (NEW."at", NEW."by_id", NEW."due_on", NEW."duty_id", NEW."id", NEW."on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."proof", NEW."reason", NEW."replaced_at", NEW."result"); RETURN NULL;', hash='e9fd2917ea03392bd85a5546dae279f2d3655f41', operation='UPDATE', pgid='pgtrigger_update_update_35d78', table='cases_signin', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signin',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_signinevent" ("at", "by_id", "due_on", "duty_id", "id", "on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proof", "reason", "replaced_at", "result") VALUES (OLD."at", OLD."by_id", OLD."due_on", OLD."duty_id", OLD."id", OLD."on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."proof", OLD."reason", OLD."replaced_at", OLD."result"); RETURN NULL;', hash='a3690e347f262bdbb25d30da2adecb855a6bb644', operation='DELETE', pgid='pgtrigger_delete_delete_2faf8', table='cases_signin', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='step',
            constraint=models.UniqueConstraint(fields=('version', 'position'), name='one_step_per_place_in_a_version'),
        ),
        migrations.AddConstraint(
            model_name='step',
            constraint=models.UniqueConstraint(fields=('version', 'code'), name='one_step_per_code_in_a_version'),
        ),
        migrations.AddConstraint(
            model_name='step',
            constraint=models.CheckConstraint(condition=models.Q(('article', ''), models.Q(models.Q(('source', ''), _negated=True), ('checked_on__isnull', False)), _connector='OR'), name='an_article_has_a_source_and_a_day', violation_error_message='Beside an article write where it was read and on which day.'),
        ),
        migrations.AddIndex(
            model_name='processchange',
            index=models.Index(fields=['process', '-at'], name='changes_of_a_case'),
        ),
        migrations.AddIndex(
            model_name='process',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['organisation', 'owner'], name='open_cases_by_responsible'),
        ),
        migrations.AddIndex(
            model_name='process',
            index=models.Index(fields=['family'], name='cases_of_a_family'),
        ),
        migrations.AddConstraint(
            model_name='process',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closing', '')), models.Q(('closed_at__isnull', False), models.Q(('closing', ''), _negated=True)), _connector='OR'), name='a_closed_case_says_why'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='process',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_processevent" ("closed_at", "closed_by_id", "closing", "family_id", "id", "opened_at", "opened_by_id", "organisation_id", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan", "step_id", "step_since", "version_id") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."closing", NEW."family_id", NEW."id", NEW."opened_at", NEW."opened_by_id", NEW."organisation_id", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plan", NEW."step_id", NEW."step_since", NEW."version_id"); RETURN NULL;', hash='8fce15588767bbe75ac49adda8fa137a2b23494a', operation='INSERT', pgid='pgtrigger_insert_insert_1fbc1', table='cases_process', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='process',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_processevent" ("closed_at", "closed_by_id", "closing", "family_id", "id", "opened_at", "opened_by_id", "organisation_id", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan", "step_id", "step_since", "version_id") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."closing", NEW."family_id", NEW."id", NEW."opened_at", NEW."opened_by_id", NEW."organisation_id", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plan", NEW."step_id", NEW."step_since", NEW."version_id"); RETURN NULL;', hash='ef425b7219dcbde2d3f77fc6ce9a4679eb974082', operation='UPDATE', pgid='pgtrigger_update_update_88946', table='cases_process', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='process',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_processevent" ("closed_at", "closed_by_id", "closing", "family_id", "id", "opened_at", "opened_by_id", "organisation_id", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan", "step_id", "step_since", "version_id") VALUES (OLD."closed_at", OLD."closed_by_id", OLD."closing", OLD."family_id", OLD."id", OLD."opened_at", OLD."opened_by_id", OLD."organisation_id", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plan", OLD."step_id", OLD."step_since", OLD."version_id"); RETURN NULL;', hash='f44b26f69adc656768b0b988e722117b94172e27', operation='DELETE', pgid='pgtrigger_delete_delete_d8fef', table='cases_process', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('done_at', None), ('dropped_at', None)), fields=['organisation', 'due_on'], name='open_tasks_by_day'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['process'], name='tasks_of_a_case'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('organisation', 'key'), name='one_task_per_cause'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('done_at', None), ('dropped_at', None), _connector='OR'), name='a_task_is_done_or_dropped_not_both'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('last_on', None), ('last_on__gte', models.F('due_on')), _connector='OR'), name='the_safe_day_is_not_after_the_last'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='task',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_taskevent" ("appointment_id", "done_at", "done_by_id", "dropped_at", "dropped_reason", "due_on", "id", "is_urgent", "key", "kind", "last_on", "made_at", "made_by_id", "organisation_id", "owner_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "result", "role", "text") VALUES (NEW."appointment_id", NEW."done_at", NEW."done_by_id", NEW."dropped_at", NEW."dropped_reason", NEW."due_on", NEW."id", NEW."is_urgent", NEW."key", NEW."kind", NEW."last_on", NEW."made_at", NEW."made_by_id", NEW."organisation_id", NEW."owner_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id", NEW."result", NEW."role", NEW."text"); RETURN NULL;', hash='d57d00a06df0883c8cf92fdf37a60283a728361b', operation='INSERT', pgid='pgtrigger_insert_insert_62e7a', table='cases_task', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='task',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_taskevent" ("appointment_id", "done_at", "done_by_id", "dropped_at", "dropped_reason", "due_on", "id", "is_urgent", "key", "kind", "last_on", "made_at", "made_by_id", "organisation_id", "owner_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "result", "role", "text") VALUES (NEW."appointment_id", NEW."done_at", NEW."done_by_id", NEW."dropped_at", NEW."dropped_reason", NEW."due_on", NEW."id", NEW."is_urgent", NEW."key", NEW."kind", NEW."last_on", NEW."made_at", NEW."made_by_id", NEW."organisation_id", NEW."owner_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id", NEW."result", NEW."role", NEW."text"); RETURN NULL;', hash='cffb27a0a280a6681d3705ee7ef000f9c4ead8bc', operation='UPDATE', pgid='pgtrigger_update_update_e050d', table='cases_task', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='task',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_taskevent" ("appointment_id", "done_at", "done_by_id", "dropped_at", "dropped_reason", "due_on", "id", "is_urgent", "key", "kind", "last_on", "made_at", "made_by_id", "organisation_id", "owner_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "result", "role", "text") VALUES (OLD."appointment_id", OLD."done_at", OLD."done_by_id", OLD."dropped_at", OLD."dropped_reason", OLD."due_on", OLD."id", OLD."is_urgent", OLD."key", OLD."kind", OLD."last_on", OLD."made_at", OLD."made_by_id", OLD."organisation_id", OLD."owner_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id", OLD."result", OLD."role", OLD."text"); RETURN NULL;', hash='76f4bcf3c67c9e84d6b6a71f8ad5a2e572de50f9', operation='DELETE', pgid='pgtrigger_delete_delete_b7669', table='cases_task', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='waitlistturn',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'called'), _negated=True), ('called_for__isnull', False), _connector='OR'), name='a_call_has_a_day'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='waitlistturn',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_waitlistturnevent" ("called_for", "check_on", "checked_on", "id", "joined_on", "last_called", "list_name", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "state", "written_at", "written_by_id") VALUES (NEW."called_for", NEW."check_on", NEW."checked_on", NEW."id", NEW."joined_on", NEW."last_called", NEW."list_name", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."process_id", NEW."state", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='a0d2bfb8d9f925d025b28bedd457e63b7dc20eac', operation='INSERT', pgid='pgtrigger_insert_insert_bf35c', table='cases_waitlistturn', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='waitlistturn',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_waitlistturnevent" ("called_for", "check_on", "checked_on", "id", "joined_on", "last_called", "list_name", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "state", "written_at", "written_by_id") VALUES (NEW."called_for", NEW."check_on", NEW."checked_on", NEW."id", NEW."joined_on", NEW."last_called", NEW."list_name", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."process_id", NEW."state", NEW."written_at", NEW."written_by_id"); RETURN NULL;', hash='8d76b5ae3e298356632031e8b7a6705318e6c805', operation='UPDATE', pgid='pgtrigger_update_update_492bd', table='cases_waitlistturn', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='waitlistturn',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_waitlistturnevent" ("called_for", "check_on", "checked_on", "id", "joined_on", "last_called", "list_name", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "process_id", "state", "written_at", "written_by_id") VALUES (OLD."called_for", OLD."check_on", OLD."checked_on", OLD."id", OLD."joined_on", OLD."last_called", OLD."list_name", OLD."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."process_id", OLD."state", OLD."written_at", OLD."written_by_id"); RETURN NULL;', hash='0c038be8105458166bc6b16ec177d05de76f2492', operation='DELETE', pgid='pgtrigger_delete_delete_1d731', table='cases_waitlistturn', when='AFTER')),
        ),
    ])
    operations.append(append_only("^cases_.*event$"))
    # What a version says, what happened, and what was answered is written once.
    operations.append(
        append_only("^cases_(pathwayversion|step|processchange|processnote|claimchange|returncheck)$")
    )
    operations.append(migrations.RunPython(fill_what_missing_means, migrations.RunPython.noop))
