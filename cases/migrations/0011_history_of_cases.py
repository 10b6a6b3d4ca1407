from django.db import migrations, models

from ngo.migration_tools import in_few_steps


class Migration(migrations.Migration):
    """Indexes by which the newest notes and tasks of a case are found, however many it has."""

    dependencies = [
        ('cases', '0010_fear_heard_and_days_meant'),
    ]

    operations = in_few_steps([
        migrations.RemoveIndex(
            model_name='task',
            name='tasks_of_a_case',
        ),
        migrations.AddIndex(
            model_name='processnote',
            index=models.Index(fields=['process', '-written_at'], name='notes_of_a_case'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['process', '-done_at', '-id'], name='tasks_of_a_case'),
        ),
    ])
