from django.db import migrations

from ngo.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_people")]
    operations = [append_only("^cases_.*event$")]
