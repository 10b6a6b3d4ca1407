from django.db import migrations

# Kinds that were there before the list of the house: who has no address and no telephone is told aloud, the day before.
FILL = """
INSERT INTO cases_noticerule
    (organisation_id, source, kind_id, audience, unit, days_before, at_time, way, condition, is_active)
SELECT kind.organisation_id, 'appointment', kind.id, 'guest', 'calendar', 1, '12:00', 'house', 'not_told', true
FROM cases_appointmentkind kind
WHERE EXISTS (SELECT FROM cases_noticerule rule WHERE rule.kind_id = kind.id AND rule.audience = 'guest' AND rule.is_active)
  AND NOT EXISTS (SELECT FROM cases_noticerule rule WHERE rule.kind_id = kind.id AND rule.way = 'house')
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_answers_to_strangers")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
