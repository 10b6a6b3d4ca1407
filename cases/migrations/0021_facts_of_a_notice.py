from django.db import migrations

# What decides whether a notice leaves, and to whom, at this moment: read once before each of them (cases/services/sending.py).
CREATE = """
CREATE FUNCTION public.posada_facts_of_notice(notice bigint) RETURNS TABLE (
    state text, home_zone text, leave_shelter_at timestamptz, owner_id bigint, is_told boolean, hour_is_known boolean,
    is_paused boolean, rule_is_active boolean, condition text, audience text, address text, address_removed_at timestamptz,
    number text, number_removed_at timestamptz, channel text, opted_out_at timestamptz, failed_at timestamptz,
    wants_hour boolean, owner_of_phone_left boolean, staff_email text, staff_is_active boolean, family_agreed boolean)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT appointment.state::text, appointment.home_zone::text, appointment.leave_shelter_at, appointment.owner_id,
           appointment.told_at IS NOT NULL, appointment.precision = 'exact',
           EXISTS (SELECT FROM public.cases_sendingpause pause
                   WHERE pause.organisation_id = reminder.organisation_id AND pause.ended_at IS NULL),
           rule.is_active, rule.condition::text, rule.audience::text,
           mail.address::text, mail.removed_at,
           phone.number::text, phone.removed_at, phone.channel::text, phone.opted_out_at, phone.failed_at, phone.wants_hour,
           phone.person_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM public.cases_familymember member WHERE member.person_id = phone.person_id
               AND member.family_id = phone.family_id AND member.left_on IS NULL),
           staff.email::text, staff.is_active,
           EXISTS (SELECT FROM public.cases_consent consent WHERE consent.family_id = reminder.family_id
                   AND consent.purpose = 'reminders' AND consent.decision = 'given' AND consent.withdrawn_at IS NULL)
    FROM public.cases_reminder reminder
    LEFT JOIN public.cases_appointment appointment ON appointment.id = reminder.appointment_id
    LEFT JOIN public.cases_noticerule rule ON rule.id = reminder.rule_id
    LEFT JOIN public.cases_emailaddress mail ON mail.id = reminder.email_id
    LEFT JOIN public.cases_phone phone ON phone.id = reminder.phone_id
    LEFT JOIN public.ngo_staff staff ON staff.id = reminder.staff_id
    WHERE reminder.id = notice;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0020_the_list_of_the_house_for_every_kind"),
        ("ngo", "0003_paces"),
    ]
    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION public.posada_facts_of_notice(bigint)")]
