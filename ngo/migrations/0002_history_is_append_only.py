from django.db import migrations

from ngo.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [("ngo", "0001_ground")]
    operations = [append_only("^ngo_(.*event|readlog)$")]
