
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_appointments_reminders_legal_aid'),
        ('ngo', '0002_history_is_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('state__in', ['planned', 'confirmed'])), fields=['organisation', 'starts_at'], name='appointments_still_on'),
        ),
    ]
