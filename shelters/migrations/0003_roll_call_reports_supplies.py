import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from ngo.migration_tools import append_only, in_one_go


class Migration(migrations.Migration):

    dependencies = [
        ('shelters', '0002_history_is_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = in_one_go([
        migrations.CreateModel(
            name='CapacityReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('night', models.DateField()),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('confirmed', 'Confirmed'), ('unconfirmed', 'Not confirmed')], default='draft', max_length=12)),
                ('figures', models.JSONField()),
                ('drafted_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('counted_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('frozen_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason for the correction')),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('corrected_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('shelter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='shelters.shelter')),
            ],
            options={
                'verbose_name': 'capacity report',
                'ordering': ['-night', 'shelter', '-version'],
            },
        ),
        migrations.CreateModel(
            name='CapacityReportEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('night', models.DateField()),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('confirmed', 'Confirmed'), ('unconfirmed', 'Not confirmed')], default='draft', max_length=12)),
                ('figures', models.JSONField()),
                ('drafted_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('counted_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('frozen_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason for the correction')),
                ('confirmed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('corrected_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='shelters.capacityreport')),
                ('shelter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.shelter')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('unit', models.CharField(max_length=20, verbose_name='unit')),
                ('is_staple', models.BooleanField(default=False, verbose_name='a staple: say how many days it lasts')),
                ('daily_per_head', models.DecimalField(blank=True, decimal_places=3, max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.001'))], verbose_name='planned per person and day')),
                ('low_days', models.PositiveSmallIntegerField(default=7, verbose_name='warn when it lasts fewer days than')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('shelter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='shelters.shelter')),
            ],
            options={
                'verbose_name': 'item',
                'ordering': ['position', 'name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ItemEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('unit', models.CharField(max_length=20, verbose_name='unit')),
                ('is_staple', models.BooleanField(default=False, verbose_name='a staple: say how many days it lasts')),
                ('daily_per_head', models.DecimalField(blank=True, decimal_places=3, max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.001'))], verbose_name='planned per person and day')),
                ('low_days', models.PositiveSmallIntegerField(default=7, verbose_name='warn when it lasts fewer days than')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='shelters.item')),
                ('shelter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.shelter')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='use until')),
                ('left', models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='shelters.item')),
            ],
            options={
                'verbose_name': 'lot',
            },
        ),
        migrations.CreateModel(
            name='LotEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='use until')),
                ('left', models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.item')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='shelters.lot')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='MealCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('meal', models.CharField(choices=[('breakfast', 'Breakfast'), ('lunch', 'Lunch'), ('supper', 'Supper')], max_length=10)),
                ('served', models.PositiveIntegerField(verbose_name='portions served')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('shelter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meal_counts', to='shelters.shelter')),
            ],
            options={
                'verbose_name': 'meals served',
            },
        ),
        migrations.CreateModel(
            name='MealCountEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('day', models.DateField()),
                ('meal', models.CharField(choices=[('breakfast', 'Breakfast'), ('lunch', 'Lunch'), ('supper', 'Supper')], max_length=10)),
                ('served', models.PositiveIntegerField(verbose_name='portions served')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='shelters.mealcount')),
                ('shelter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.shelter')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReportRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('language', models.CharField(choices=[('es', 'Español'), ('en', 'English')], default='es', max_length=5, verbose_name='language')),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('shelter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='report_recipients', to='shelters.shelter')),
            ],
            options={
                'verbose_name': 'recipient of the report',
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ReportDelivery',
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
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='shelters.capacityreport')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='shelters.reportrecipient')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReportRecipientEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('language', models.CharField(choices=[('es', 'Español'), ('en', 'English')], default='es', max_length=5, verbose_name='language')),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='shelters.reportrecipient')),
                ('shelter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.shelter')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RollCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('night', models.DateField()),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('shelter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='roll_calls', to='shelters.shelter')),
            ],
            options={
                'verbose_name': 'roll-call',
                'ordering': ['-night'],
            },
        ),
        migrations.CreateModel(
            name='RollCallEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('night', models.DateField()),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='shelters.rollcall')),
                ('shelter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.shelter')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RollCallMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answer', models.CharField(choices=[('present', 'Present'), ('leave', 'On leave'), ('absent', 'Absent')], max_length=8)),
                ('happened_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('source', models.CharField(choices=[('tap', 'One by one'), ('all', 'All present'), ('paper', 'From paper')], default='tap', max_length=8)),
                ('tap', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('is_current', models.BooleanField(default=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('roll_call', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='shelters.rollcall')),
                ('stay', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='roll_call_marks', to='shelters.stay')),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'answer of a roll-call',
                'ordering': ['-recorded_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='RollCallMarkEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('answer', models.CharField(choices=[('present', 'Present'), ('leave', 'On leave'), ('absent', 'Absent')], max_length=8)),
                ('happened_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('source', models.CharField(choices=[('tap', 'One by one'), ('all', 'All present'), ('paper', 'From paper')], default='tap', max_length=8)),
                ('tap', models.UUIDField(default=uuid.uuid4)),
                ('is_current', models.BooleanField(default=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='shelters.rollcallmark')),
                ('roll_call', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.rollcall')),
                ('stay', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.stay')),
                ('undone_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StockMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('in', 'Came in'), ('out', 'Went out'), ('loss', 'Lost or thrown away'), ('count', 'Corrected by a count')], max_length=5)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=12)),
                ('happened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='shelters.lot')),
            ],
            options={
                'verbose_name': 'move of the store',
                'ordering': ['-happened_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='StockMoveEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('in', 'Came in'), ('out', 'Went out'), ('loss', 'Lost or thrown away'), ('count', 'Corrected by a count')], max_length=5)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=12)),
                ('happened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('lot', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.lot')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='shelters.stockmove')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TurnAway',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('night', models.DateField()),
                ('happened_at', models.DateTimeField()),
                ('party_size', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(500)], verbose_name='how many')),
                ('composition', models.CharField(choices=[('men', 'Men'), ('women', 'Women'), ('women_children', 'Women with children'), ('family', 'Family'), ('children', 'Children alone'), ('mixed', 'Other')], max_length=15, verbose_name='who')),
                ('reason', models.CharField(choices=[('full', 'Full'), ('composition', 'No place for them together'), ('curfew', 'After the door had closed'), ('no_id', 'No papers'), ('other', 'Other reason')], max_length=12, verbose_name='why')),
                ('sent_to', models.CharField(blank=True, max_length=120, verbose_name='where they were sent')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('voided_at', models.DateTimeField(blank=True, null=True)),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('shelter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='turn_aways', to='shelters.shelter')),
                ('voided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'party turned away',
                'ordering': ['-happened_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='TurnAwayEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('night', models.DateField()),
                ('happened_at', models.DateTimeField()),
                ('party_size', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(500)], verbose_name='how many')),
                ('composition', models.CharField(choices=[('men', 'Men'), ('women', 'Women'), ('women_children', 'Women with children'), ('family', 'Family'), ('children', 'Children alone'), ('mixed', 'Other')], max_length=15, verbose_name='who')),
                ('reason', models.CharField(choices=[('full', 'Full'), ('composition', 'No place for them together'), ('curfew', 'After the door had closed'), ('no_id', 'No papers'), ('other', 'Other reason')], max_length=12, verbose_name='why')),
                ('sent_to', models.CharField(blank=True, max_length=120, verbose_name='where they were sent')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('voided_at', models.DateTimeField(blank=True, null=True)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='shelters.turnaway')),
                ('recorded_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('shelter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='shelters.shelter')),
                ('voided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='capacityreport',
            index=models.Index(fields=['shelter', '-night', '-version'], name='reports_of_a_shelter'),
        ),
        migrations.AddConstraint(
            model_name='capacityreport',
            constraint=models.UniqueConstraint(fields=('shelter', 'night', 'version'), name='one_report_per_night_and_version'),
        ),
        migrations.AddConstraint(
            model_name='capacityreport',
            constraint=models.UniqueConstraint(condition=models.Q(('frozen_at', None)), fields=('shelter', 'night'), name='one_open_report_per_night'),
        ),
        migrations.AddConstraint(
            model_name='capacityreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('frozen_at', None), ('state', 'draft')), models.Q(models.Q(('state', 'draft'), _negated=True), ('frozen_at__isnull', False)), _connector='OR'), name='only_a_draft_is_open'),
        ),
        migrations.AddConstraint(
            model_name='capacityreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), ('state', 'confirmed')), models.Q(models.Q(('state', 'confirmed'), _negated=True), ('confirmed_at', None), ('confirmed_by', None)), _connector='OR'), name='a_confirmed_report_has_time_and_author'),
        ),
        migrations.AddConstraint(
            model_name='capacityreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrected_by', None), ('reason', ''), ('version', 1)), models.Q(('corrected_by__isnull', False), ('version__gt', 1), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='a_correction_has_author_and_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='capacityreport',
            trigger=pgtrigger.compiler.Trigger(name='a_frozen_report_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."frozen_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9922f3347e5d2f185adbfc1acc99a2802ea45b02', operation='UPDATE OR DELETE', pgid='pgtrigger_a_frozen_report_stays_acd8b', table='shelters_capacityreport', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='capacityreport',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_capacityreportevent" ("confirmed_at", "confirmed_by_id", "corrected_by_id", "counted_at", "drafted_at", "figures", "frozen_at", "id", "night", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "shelter_id", "state", "version") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."corrected_by_id", NEW."counted_at", NEW."drafted_at", NEW."figures", NEW."frozen_at", NEW."id", NEW."night", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."reason", NEW."shelter_id", NEW."state", NEW."version"); RETURN NULL;', hash='11fe8e5c33fc7b5d982d865a718b1ed7df6b9691', operation='INSERT', pgid='pgtrigger_insert_insert_61d94', table='shelters_capacityreport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='capacityreport',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "shelters_capacityreportevent" ("confirmed_at", "confirmed_by_id", "corrected_by_id", "counted_at", "drafted_at", "figures", "frozen_at", "id", "night", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "shelter_id", "state", "version") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."corrected_by_id", NEW."counted_at", NEW."drafted_at", NEW."figures", NEW."frozen_at", NEW."id", NEW."night", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."reason", NEW."shelter_id", NEW."state", NEW."version"); RETURN NULL;', hash='e46506d0dea83016970cbc3ec4a8de9489e01c81', operation='UPDATE', pgid='pgtrigger_update_update_2f613', table='shelters_capacityreport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='capacityreport',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_capacityreportevent" ("confirmed_at", "confirmed_by_id", "corrected_by_id", "counted_at", "drafted_at", "figures", "frozen_at", "id", "night", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "shelter_id", "state", "version") VALUES (OLD."confirmed_at", OLD."confirmed_by_id", OLD."corrected_by_id", OLD."counted_at", OLD."drafted_at", OLD."figures", OLD."frozen_at", OLD."id", OLD."night", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."reason", OLD."shelter_id", OLD."state", OLD."version"); RETURN NULL;', hash='114d7820b6b05c6b4d44ccc09938adeba711ecfd', operation='DELETE', pgid='pgtrigger_delete_delete_f386c', table='shelters_capacityreport', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.UniqueConstraint(fields=('shelter', 'name'), name='one_item_per_name'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('daily_per_head', None), ('daily_per_head__gt', 0), _connector='OR'), name='planned_use_is_something'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_itemevent" ("daily_per_head", "id", "is_active", "is_staple", "low_days", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "shelter_id", "unit") VALUES (NEW."daily_per_head", NEW."id", NEW."is_active", NEW."is_staple", NEW."low_days", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position", NEW."shelter_id", NEW."unit"); RETURN NULL;', hash='15720e2cce9372c9a97535ad90f44227deb466b5', operation='INSERT', pgid='pgtrigger_insert_insert_66a4f', table='shelters_item', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "shelters_itemevent" ("daily_per_head", "id", "is_active", "is_staple", "low_days", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "shelter_id", "unit") VALUES (NEW."daily_per_head", NEW."id", NEW."is_active", NEW."is_staple", NEW."low_days", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position", NEW."shelter_id", NEW."unit"); RETURN NULL;', hash='845d9c43742512105f39ff37d7229f8b39c6e07d', operation='UPDATE', pgid='pgtrigger_update_update_864bf', table='shelters_item', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_itemevent" ("daily_per_head", "id", "is_active", "is_staple", "low_days", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "shelter_id", "unit") VALUES (OLD."daily_per_head", OLD."id", OLD."is_active", OLD."is_staple", OLD."low_days", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position", OLD."shelter_id", OLD."unit"); RETURN NULL;', hash='105c70e79271e1a2155926e5977cfced1b1a6d6a', operation='DELETE', pgid='pgtrigger_delete_delete_cf919', table='shelters_item', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('left__gte', 0)), name='stock_is_never_below_zero', violation_error_message='There is not that much left.'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.UniqueConstraint(fields=('item', 'expires_on'), name='one_lot_per_expiry_date', nulls_distinct=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lot',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_lotevent" ("expires_on", "id", "item_id", "left", "opened_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."expires_on", NEW."id", NEW."item_id", NEW."left", NEW."opened_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='ca3aa7f8dc775d311da41db33674ea67d16f99ac', operation='INSERT', pgid='pgtrigger_insert_insert_9bf2e', table='shelters_lot', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lot',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "shelters_lotevent" ("expires_on", "id", "item_id", "left", "opened_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."expires_on", NEW."id", NEW."item_id", NEW."left", NEW."opened_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='e2ef68ae13e7b89580c5be22b8fb2b35245b98b9', operation='UPDATE', pgid='pgtrigger_update_update_76c11', table='shelters_lot', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lot',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_lotevent" ("expires_on", "id", "item_id", "left", "opened_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."expires_on", OLD."id", OLD."item_id", OLD."left", OLD."opened_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='aba57d516bfdef4554386c75055dbc94c8c9419f', operation='DELETE', pgid='pgtrigger_delete_delete_e7b32', table='shelters_lot', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='mealcount',
            constraint=models.UniqueConstraint(fields=('shelter', 'day', 'meal'), name='one_count_per_meal'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mealcount',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_mealcountevent" ("at", "by_id", "day", "id", "meal", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "served", "shelter_id") VALUES (NEW."at", NEW."by_id", NEW."day", NEW."id", NEW."meal", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."served", NEW."shelter_id"); RETURN NULL;', hash='45a7fa0d58f13d4691154991beb86d772923647e', operation='INSERT', pgid='pgtrigger_insert_insert_b3200', table='shelters_mealcount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mealcount',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "shelters_mealcountevent" ("at", "by_id", "day", "id", "meal", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "served", "shelter_id") VALUES (NEW."at", NEW."by_id", NEW."day", NEW."id", NEW."meal", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."served", NEW."shelter_id"); RETURN NULL;', hash='f39955d793daa764c20b9c33e5f3084cf4ab8873', operation='UPDATE', pgid='pgtrigger_update_update_7e24d', table='shelters_mealcount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mealcount',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_mealcountevent" ("at", "by_id", "day", "id", "meal", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "served", "shelter_id") VALUES (OLD."at", OLD."by_id", OLD."day", OLD."id", OLD."meal", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."served", OLD."shelter_id"); RETURN NULL;', hash='7ccb19b3567e27f2b73c60ae32d60380c53f605c', operation='DELETE', pgid='pgtrigger_delete_delete_8339f', table='shelters_mealcount', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='reportrecipient',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('shelter', 'email'), name='one_recipient_per_address'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reportrecipient',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_reportrecipientevent" ("added_at", "added_by_id", "email", "id", "language", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "shelter_id") VALUES (NEW."added_at", NEW."added_by_id", NEW."email", NEW."id", NEW."language", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."removed_at", NEW."shelter_id"); RETURN NULL;', hash='96669a886af2a621e8b22841127d69ea30f55b2b', operation='INSERT', pgid='pgtrigger_insert_insert_2c5d4', table='shelters_reportrecipient', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reportrecipient',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "shelters_reportrecipientevent" ("added_at", "added_by_id", "email", "id", "language", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "shelter_id") VALUES (NEW."added_at", NEW."added_by_id", NEW."email", NEW."id", NEW."language", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."removed_at", NEW."shelter_id"); RETURN NULL;', hash='5427990dc613cfb02ea6c80e5cbfd540fd6ed175', operation='UPDATE', pgid='pgtrigger_update_update_323db', table='shelters_reportrecipient', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reportrecipient',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_reportrecipientevent" ("added_at", "added_by_id", "email", "id", "language", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "shelter_id") VALUES (OLD."added_at", OLD."added_by_id", OLD."email", OLD."id", OLD."language", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."removed_at", OLD."shelter_id"); RETURN NULL;', hash='204c03b733dc95e3eff150db86afb96900ce1ec1', operation='DELETE', pgid='pgtrigger_delete_delete_60add', table='shelters_reportrecipient', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='reportdelivery',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'claimed'])), fields=['next_try_at'], name='reportdelivery_due'),
        ),
        migrations.AddConstraint(
            model_name='reportdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claim__isnull', False), ('claimed_until__isnull', False), ('state', 'claimed')), models.Q(models.Q(('state', 'claimed'), _negated=True), ('claim', None), ('claimed_until', None)), _connector='OR'), name='shelters_reportdelivery_claim_has_a_lease'),
        ),
        migrations.AddConstraint(
            model_name='reportdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['sent', 'delivered']), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='shelters_reportdelivery_sent_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='reportdelivery',
            constraint=models.UniqueConstraint(fields=('report', 'recipient'), name='one_delivery_per_version_and_recipient'),
        ),
        migrations.AddConstraint(
            model_name='rollcall',
            constraint=models.UniqueConstraint(fields=('shelter', 'night'), name='one_roll_call_per_night'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rollcall',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_rollcallevent" ("closed_at", "closed_by_id", "id", "night", "opened_at", "opened_by_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shelter_id") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."night", NEW."opened_at", NEW."opened_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."shelter_id"); RETURN NULL;', hash='387aa0a6effb540b2ab9dcfda1e6008532f31e14', operation='INSERT', pgid='pgtrigger_insert_insert_2b18c', table='shelters_rollcall', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rollcall',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "shelters_rollcallevent" ("closed_at", "closed_by_id", "id", "night", "opened_at", "opened_by_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shelter_id") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."night", NEW."opened_at", NEW."opened_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."shelter_id"); RETURN NULL;', hash='d0673d2931323b4aa9d2c6bc9e07a22563aaeb1e', operation='UPDATE', pgid='pgtrigger_update_update_79474', table='shelters_rollcall', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rollcall',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_rollcallevent" ("closed_at", "closed_by_id", "id", "night", "opened_at", "opened_by_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shelter_id") VALUES (OLD."closed_at", OLD."closed_by_id", OLD."id", OLD."night", OLD."opened_at", OLD."opened_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."shelter_id"); RETURN NULL;', hash='65f12369362dc9a15c93280c1def3f1cd81d2a86', operation='DELETE', pgid='pgtrigger_delete_delete_2d430', table='shelters_rollcall', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='rollcallmark',
            constraint=models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('roll_call', 'stay'), name='one_answer_per_guest_and_night'),
        ),
        migrations.AddConstraint(
            model_name='rollcallmark',
            constraint=models.CheckConstraint(condition=models.Q(('undone_at', None), ('is_current', False), _connector='OR'), name='an_undone_answer_does_not_count'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rollcallmark',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_rollcallmarkevent" ("answer", "by_id", "happened_at", "id", "is_current", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "roll_call_id", "source", "stay_id", "tap", "undone_at", "undone_by_id") VALUES (NEW."answer", NEW."by_id", NEW."happened_at", NEW."id", NEW."is_current", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."roll_call_id", NEW."source", NEW."stay_id", NEW."tap", NEW."undone_at", NEW."undone_by_id"); RETURN NULL;', hash='3ff570d39e82c6aa479f51a61853ad08d91da23c', operation='INSERT', pgid='pgtrigger_insert_insert_8e21b', table='shelters_rollcallmark', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rollcallmark',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "shelters_rollcallmarkevent" ("answer", "by_id", "happened_at", "id", "is_current", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "roll_call_id", "source", "stay_id", "tap", "undone_at", "undone_by_id") VALUES (NEW."answer", NEW."by_id", NEW."happened_at", NEW."id", NEW."is_current", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."roll_call_id", NEW."source", NEW."stay_id", NEW."tap", NEW."undone_at", NEW."undone_by_id"); RETURN NULL;', hash='523429d684cf5a5ebc2838ff8a96c1cdf6ebb3e8', operation='UPDATE', pgid='pgtrigger_update_update_c0cb9', table='shelters_rollcallmark', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rollcallmark',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_rollcallmarkevent" ("answer", "by_id", "happened_at", "id", "is_current", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "roll_call_id", "source", "stay_id", "tap", "undone_at", "undone_by_id") VALUES (OLD."answer", OLD."by_id", OLD."happened_at", OLD."id", OLD."is_current", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."roll_call_id", OLD."source", OLD."stay_id", OLD."tap", OLD."undone_at", OLD."undone_by_id"); RETURN NULL;', hash='0aa1a2c9487ca53e8e12406fd8a4ec59b95b1960', operation='DELETE', pgid='pgtrigger_delete_delete_3643a', table='shelters_rollcallmark', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='stockmove',
            index=models.Index(fields=['lot', '-happened_at'], name='moves_of_a_lot'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'in'), ('quantity__gt', 0)), models.Q(('kind__in', ['out', 'loss']), ('quantity__lt', 0)), models.Q(('kind', 'count'), models.Q(('quantity', 0), _negated=True)), _connector='OR'), name='a_move_has_the_sign_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['in', 'out']), models.Q(('reason', ''), _negated=True), _connector='OR'), name='losses_and_corrections_have_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockmove',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_stockmoveevent" ("by_id", "happened_at", "id", "kind", "lot_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "reason", "recorded_at") VALUES (NEW."by_id", NEW."happened_at", NEW."id", NEW."kind", NEW."lot_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."quantity", NEW."reason", NEW."recorded_at"); RETURN NULL;', hash='37f06ab92e84596e1a74a2655d00e462479fa993', operation='INSERT', pgid='pgtrigger_insert_insert_3e1fc', table='shelters_stockmove', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockmove',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "shelters_stockmoveevent" ("by_id", "happened_at", "id", "kind", "lot_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "reason", "recorded_at") VALUES (NEW."by_id", NEW."happened_at", NEW."id", NEW."kind", NEW."lot_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."quantity", NEW."reason", NEW."recorded_at"); RETURN NULL;', hash='de2d31e3f5642ebeacdce270002057f98f21b8a5', operation='UPDATE', pgid='pgtrigger_update_update_aa285', table='shelters_stockmove', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockmove',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_stockmoveevent" ("by_id", "happened_at", "id", "kind", "lot_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "reason", "recorded_at") VALUES (OLD."by_id", OLD."happened_at", OLD."id", OLD."kind", OLD."lot_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."quantity", OLD."reason", OLD."recorded_at"); RETURN NULL;', hash='09fd78860430ba49d20ae902f293d80072dccf2c', operation='DELETE', pgid='pgtrigger_delete_delete_61b23', table='shelters_stockmove', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='turnaway',
            index=models.Index(fields=['shelter', 'night'], name='turn_aways_of_a_night'),
        ),
        migrations.AddConstraint(
            model_name='turnaway',
            constraint=models.CheckConstraint(condition=models.Q(('party_size__gte', 1)), name='a_party_has_someone'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='turnaway',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_turnawayevent" ("composition", "happened_at", "id", "night", "party_size", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recorded_at", "recorded_by_id", "sent_to", "shelter_id", "voided_at", "voided_by_id") VALUES (NEW."composition", NEW."happened_at", NEW."id", NEW."night", NEW."party_size", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."sent_to", NEW."shelter_id", NEW."voided_at", NEW."voided_by_id"); RETURN NULL;', hash='6aaf65a7520436b61c539dd1336c21cbf5dae82d', operation='INSERT', pgid='pgtrigger_insert_insert_7aa4c', table='shelters_turnaway', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='turnaway',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "shelters_turnawayevent" ("composition", "happened_at", "id", "night", "party_size", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recorded_at", "recorded_by_id", "sent_to", "shelter_id", "voided_at", "voided_by_id") VALUES (NEW."composition", NEW."happened_at", NEW."id", NEW."night", NEW."party_size", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."sent_to", NEW."shelter_id", NEW."voided_at", NEW."voided_by_id"); RETURN NULL;', hash='a4be43c48b6d84bf6da699b17298a2804cf5992a', operation='UPDATE', pgid='pgtrigger_update_update_9abde', table='shelters_turnaway', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='turnaway',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "shelters_turnawayevent" ("composition", "happened_at", "id", "night", "party_size", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recorded_at", "recorded_by_id", "sent_to", "shelter_id", "voided_at", "voided_by_id") VALUES (OLD."composition", OLD."happened_at", OLD."id", OLD."night", OLD."party_size", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."reason", OLD."recorded_at", OLD."recorded_by_id", OLD."sent_to", OLD."shelter_id", OLD."voided_at", OLD."voided_by_id"); RETURN NULL;', hash='6c85602b303f32ffc4adfc3036d39d68819075be', operation='DELETE', pgid='pgtrigger_delete_delete_3ee8c', table='shelters_turnaway', when='AFTER')),
        ),
    ])
    operations.append(append_only("^shelters_.*event$"))
