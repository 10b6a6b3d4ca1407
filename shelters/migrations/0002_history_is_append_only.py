from django.db import migrations

from ngo.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [("shelters", "0001_places_and_stays")]
    operations = [append_only("^shelters_.*event$")]
