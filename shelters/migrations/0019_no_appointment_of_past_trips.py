from django.db import migrations

from ngo.migration_tools import in_few_steps

# A column that is dropped stays in the rows on the disk: what it says is taken out of them first.
EMPTY = """
UPDATE shelters_pasttrip SET appointment_id = NULL WHERE appointment_id IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('shelters', '0018_notices_to_numbers'),
    ]

    operations = in_few_steps([
        migrations.RunSQL(EMPTY, migrations.RunSQL.noop),
        migrations.RemoveField(model_name='pasttrip', name='appointment'),
    ])
