"""The same facts by hand: what somebody would write who knows the tables and needs this one page, through psycopg alone.

Each takes a connection and the facts of its row, and gives back what it fetched, so that a test can hold it beside the page.
Writing the line in the log of reads is a part of both.
"""

from typing import Any

from psycopg import Connection

LOG = """
INSERT INTO ngo_readlog (organisation_id, staff_id, at, what, subject_kind, subject_id, count)
VALUES (%(organisation)s, %(staff)s, now(), %(what)s, %(kind)s, %(id)s, %(count)s)
"""

SHELTER = """
SELECT shelter.*, city.name, state.state
FROM shelters_shelter shelter LEFT JOIN ngo_city city ON city.id = city_id
LEFT JOIN shelters_shelterstate state ON state.shelter_id = shelter.id AND state.period @> now()
WHERE slug = %(slug)s AND organisation_id = %(organisation)s
  AND (NOT EXISTS (SELECT FROM shelters_posting WHERE membership_id = %(membership)s)
       OR EXISTS (SELECT FROM shelters_posting WHERE membership_id = %(membership)s AND shelter_id = shelter.id))
"""

BEDS = """
SELECT space.id, space.name, space.kind, space.sleepers, space.is_step_free, space.fire_limit, bed.id, bed.label, bed.kind,
       bed.is_surge, block.reason, closure.kind, cleaning.since
FROM shelters_space space
LEFT JOIN (shelters_bed bed JOIN shelters_bedperiod period ON period.bed_id = bed.id AND period.nights @> %(night)s::date)
  ON period.space_id = space.id
LEFT JOIN shelters_bedblock block ON block.bed_id = bed.id AND block.nights @> %(night)s::date
LEFT JOIN shelters_spaceclosure closure ON closure.space_id = space.id AND closure.nights @> %(night)s::date
LEFT JOIN shelters_cleaning cleaning ON cleaning.bed_id = bed.id AND cleaned_at IS NULL AND dropped_at IS NULL
WHERE space.shelter_id = %(shelter)s
ORDER BY space.position, space.id, bed.position, bed.id
"""

IN_BEDS = """
SELECT placement.space_id, placement.bed_id, placement.state, hold_expires_at, held_for, planned,
       person.id, given_names, first_surname, second_surname, preferred_name, person.born_on, person.sex,
       family.id, folio, stay.id, arrived_at, expected_departure_on, away.answer
FROM shelters_placement placement
LEFT JOIN (
    SELECT stay_id, answer FROM shelters_rollcall call JOIN shelters_rollcallmark mark ON mark.roll_call_id = call.id
    WHERE call.shelter_id = %(shelter)s AND call.night = %(night)s AND is_current AND answer IN ('leave', 'absent')
) away ON away.stay_id = placement.stay_id
LEFT JOIN cases_person person ON person.id = placement.person_id
LEFT JOIN cases_family family ON family.id = placement.family_id
LEFT JOIN shelters_stay stay ON stay.id = placement.stay_id
WHERE placement.shelter_id = %(shelter)s AND placement.state IN ('held', 'in')
  AND (placement.state = 'in' OR hold_expires_at > now())
"""

WITHOUT_PLACE = """
SELECT person.id, given_names, first_surname, second_surname, family.folio, stay.arrived_at
FROM shelters_stay stay JOIN cases_person person ON person.id = stay.person_id
LEFT JOIN cases_family family ON family.id = stay.family_id
WHERE stay.shelter_id = %(shelter)s AND departed_at IS NULL AND voided_at IS NULL
  AND NOT EXISTS (SELECT FROM shelters_placement WHERE stay_id = stay.id AND state = 'in')
"""

# Who last wrote, answered or confirmed something of this house.
LAST_WORD = """
SELECT known.*, staff.name FROM (
    (SELECT recorded_at AS at, by_id, 'desk' FROM shelters_act
     WHERE shelter_id = %(shelter)s AND undone_at IS NULL ORDER BY recorded_at DESC LIMIT 1)
    UNION ALL
    (SELECT at, by_id, how FROM shelters_confirmation WHERE shelter_id = %(shelter)s ORDER BY at DESC LIMIT 1)
    UNION ALL
    (SELECT greatest(call.closed_at, mark.happened_at), coalesce(call.closed_by_id, mark.by_id), 'roll_call'
     FROM shelters_rollcall call LEFT JOIN shelters_rollcallmark mark ON mark.roll_call_id = call.id AND is_current
     WHERE shelter_id = %(shelter)s ORDER BY night DESC, happened_at DESC LIMIT 1)
    UNION ALL
    (SELECT confirmed_at, confirmed_by_id, 'report' FROM shelters_capacityreport
     WHERE shelter_id = %(shelter)s AND state = 'confirmed' ORDER BY night DESC LIMIT 1)
) known LEFT JOIN ngo_staff staff ON staff.id = by_id ORDER BY at DESC LIMIT 1
"""
WAITING = """
SELECT count(*) FROM shelters_waitingentry WHERE organisation_id = %(organisation)s AND state IN ('waiting', 'offered')
  AND (shelter_id = %(shelter)s OR shelter_id IS NULL)
"""


def bed_board(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    with db.transaction():
        shelter = db.execute(SHELTER, facts).fetchone()
        beds = db.execute(BEDS, facts).fetchall()
        people = db.execute(IN_BEDS, facts).fetchall()
        nowhere = db.execute(WITHOUT_PLACE, facts).fetchall()
        last = db.execute(LAST_WORD, facts).fetchone()
        waiting = db.execute(WAITING, facts).fetchone()
        log(db, facts, "board", "shelters.shelter", facts["shelter"], len(people) + len(nowhere))
    return {"shelter": shelter, "beds": beds, "people": people, "nowhere": nowhere, "last": last, "waiting": waiting}


def log(db: Connection, facts: dict[str, Any], what: str, kind: str, pk: int | None, count: int | None = None) -> None:
    db.execute(LOG, {**facts, "what": what, "kind": kind, "id": pk, "count": count})


# --- The roll-call -----------------------------------------------------------------------------------------------------

EXPECTED = """
SELECT stay.id, stay.arrived_at, stay.recorded_at, person.id, given_names, first_surname, second_surname, preferred_name, born_on,
       family.id, folio, space.id, space.name, space.position, bed.id, bed.label, bed.position
FROM shelters_stay stay JOIN cases_person person ON person.id = stay.person_id
LEFT JOIN cases_family family ON family.id = stay.family_id
LEFT JOIN LATERAL (
    SELECT space_id, bed_id FROM shelters_placement
    WHERE stay_id = stay.id AND state IN ('in', 'out') AND actual @> %(now)s OFFSET 0
) there ON true
LEFT JOIN shelters_space space ON space.id = there.space_id LEFT JOIN shelters_bed bed ON bed.id = there.bed_id
WHERE stay.shelter_id = %(shelter)s AND voided_at IS NULL AND arrived_at <= %(now)s
  AND (departed_at IS NULL OR departed_at > %(now)s)
ORDER BY space.position NULLS LAST, space.id, bed.position, bed.id
"""
ANSWERED = """
SELECT mark.id, stay_id, answer, happened_at, source, batch, is_current, staff.name, call.closed_at
FROM shelters_rollcall call JOIN shelters_rollcallmark mark ON mark.roll_call_id = call.id AND undone_at IS NULL
LEFT JOIN ngo_staff staff ON staff.id = mark.by_id
WHERE call.shelter_id = %(shelter)s AND call.night = %(night)s ORDER BY happened_at DESC, mark.id DESC
"""
ABSENT_BEFORE = """
SELECT stay_id FROM shelters_rollcall call JOIN shelters_rollcallmark mark ON mark.roll_call_id = call.id AND is_current
WHERE call.shelter_id = %(shelter)s AND call.night = %(night)s::date - 1 AND answer = 'absent'
"""
# What the door knows: who passed it last, and how, and who is on leave.
AT_THE_DOOR = [
    """
    SELECT DISTINCT ON (passage.stay_id) passage.stay_id, direction, happened_at, staff.name
    FROM shelters_passage passage JOIN shelters_stay stay ON stay.id = passage.stay_id
    LEFT JOIN ngo_staff staff ON staff.id = passage.by_id
    WHERE stay.shelter_id = %(shelter)s AND voided_at IS NULL AND departed_at IS NULL AND happened_at <= %(now)s
    ORDER BY passage.stay_id, happened_at DESC, passage.id DESC
    """,
    """
    SELECT leave.stay_id, starts_at, expected_back_at, reason, staff.name
    FROM shelters_leave leave JOIN shelters_stay stay ON stay.id = leave.stay_id
    LEFT JOIN ngo_staff staff ON staff.id = leave.recorded_by_id
    WHERE stay.shelter_id = %(shelter)s AND voided_at IS NULL AND departed_at IS NULL AND starts_at <= %(now)s
      AND (ended_at IS NULL OR ended_at > %(now)s)
    """,
]


def roll_call(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    with db.transaction():
        shelter = db.execute(SHELTER, facts).fetchone()
        people = db.execute(EXPECTED, facts).fetchall()
        answers = db.execute(ANSWERED, facts).fetchall()
        before = db.execute(ABSENT_BEFORE, facts).fetchall()
        away = [db.execute(sql, facts).fetchall() for sql in AT_THE_DOOR]
        log(db, facts, "roll_call", "shelters.shelter", facts["shelter"], len(people))
    return {"shelter": shelter, "people": people, "answers": answers, "before": before, "away": away}


# --- Ways to place a family ------------------------------------------------------------------------------------------

# Whom it is about, and of every house: what is free, what becomes free on a known day, who sleeps where, what is promised.
OFFERS = [
    """
    SELECT person.*, placement.id FROM cases_familymember member JOIN cases_person person ON person.id = person_id
    LEFT JOIN shelters_placement placement ON placement.person_id = person.id AND state = 'in'
    WHERE member.family_id = %(family)s AND left_on IS NULL ORDER BY is_head DESC, member.id
    """,
    """
    SELECT need.person_id, code FROM cases_specificneed need JOIN cases_familymember member ON member.person_id = need.person_id
    WHERE member.family_id = %(family)s AND left_on IS NULL AND ended_at IS NULL
    """,
    """
    SELECT alert.* FROM cases_childalert alert JOIN cases_familymember member ON member.person_id = alert.person_id
    WHERE member.family_id = %(family)s AND left_on IS NULL AND closed_at IS NULL
    """,
    """
    SELECT stay.shelter_id, person.born_on FROM shelters_stay stay JOIN cases_person person ON person.id = person_id
    WHERE stay.family_id = %(family)s AND departed_at IS NULL AND voided_at IS NULL
    """,
    """
    SELECT shelter.*, state.state FROM shelters_shelter shelter
    LEFT JOIN shelters_shelterstate state ON state.shelter_id = shelter.id AND state.period @> now() ORDER BY name, shelter.id
    """,
    """
    SELECT space.*, rule.sleepers, rule.min_age, rule.max_age, rule.isolates FROM shelters_space space
    LEFT JOIN shelters_spacerule rule ON rule.space_id = space.id AND rule.nights @> %(night)s::date
    WHERE NOT EXISTS (SELECT FROM shelters_spaceclosure WHERE space_id = space.id AND nights @> %(night)s::date)
    ORDER BY space.position, space.id
    """,
    """
    SELECT bed.id, bed.space_id, bed.label, bed.kind, bed.is_surge, bed.position, cleaning.id
    FROM shelters_bed bed JOIN shelters_bedperiod period ON period.bed_id = bed.id AND period.nights @> %(night)s::date
    LEFT JOIN shelters_cleaning cleaning ON cleaning.bed_id = bed.id AND cleaned_at IS NULL AND dropped_at IS NULL
    WHERE NOT EXISTS (SELECT FROM shelters_bedblock WHERE bed_id = bed.id AND nights @> %(night)s::date)
      AND NOT EXISTS (SELECT FROM shelters_placement WHERE bed_id = bed.id AND (
          state IN ('held', 'in') AND planned && tstzrange(%(now)s, NULL) AND (state = 'in' OR hold_expires_at > %(now)s)
          OR state IN ('in', 'out') AND actual @> %(now)s))
    ORDER BY is_surge, bed.position, bed.id
    """,
    """
    SELECT bed.id, bed.space_id, bed.label, bed.kind, bed.is_surge, bed.position, max(upper(planned))
    FROM shelters_placement placement JOIN shelters_bed bed ON bed.id = bed_id
    WHERE state IN ('held', 'in') AND planned && tstzrange(%(now)s, NULL)
    GROUP BY bed.id HAVING NOT bool_or(upper_inf(planned))
       AND max(upper(planned)) BETWEEN %(now)s AND %(now)s + interval '14 days'
    """,
    """
    SELECT placement.shelter_id, placement.person_id, space_id, placement.family_id, state, planned, person.born_on,
           EXISTS (SELECT FROM cases_childalert WHERE person_id = person.id AND closed_at IS NULL)
    FROM shelters_placement placement JOIN cases_person person ON person.id = placement.person_id
    WHERE state = 'in' AND space_id IS NOT NULL AND actual @> %(now)s
    """,
    """
    SELECT shelter_id, space_id, space_kind, planned, hold_expires_at FROM shelters_placement
    WHERE bed_id IS NULL AND state = 'held' AND hold_expires_at > %(now)s AND planned && tstzrange(%(now)s, NULL)
    """,
]


def placement_options(db: Connection, facts: dict[str, Any]) -> list[list[Any]]:
    return [db.execute(sql, facts).fetchall() for sql in OFFERS]


# --- Finding a family --------------------------------------------------------------------------------------------------

BY_NUMBER = """
SELECT family.id, folio, registered_at, person.id, given_names, first_surname, second_surname, preferred_name, born_on, is_head
FROM (SELECT * FROM cases_family WHERE organisation_id = %(organisation)s AND upper(folio) = upper(%(text)s)
      ORDER BY registered_at DESC LIMIT 30) family
JOIN cases_familymember member ON member.family_id = family.id AND left_on IS NULL
JOIN cases_person person ON person.id = member.person_id
ORDER BY family.registered_at DESC, is_head DESC, member.id
"""

BY_NAME = """
WITH needle AS (SELECT posada_normalise(%(text)s) AS name),
found AS (
    SELECT person.id, given_names, first_surname, second_surname, preferred_name, born_on, nationality, name_key,
           word_similarity(needle.name, name_key) AS likeness
    FROM cases_person person, needle
    WHERE organisation_id = %(organisation)s AND (name_key %%> needle.name OR name_key LIKE '%%' || needle.name || '%%')
    ORDER BY likeness DESC, name_key, id LIMIT 31
)
SELECT found.*, family.id, folio, joined_on, left_on
FROM found LEFT JOIN cases_familymember member ON member.person_id = found.id
LEFT JOIN cases_family family ON family.id = member.family_id
ORDER BY likeness DESC, name_key, found.id, joined_on
"""

GROUPS = """
SELECT "group", count(*), min(opened_at), min(next_at)
FROM cases_case waiting JOIN cases_person person ON person.id = person_id
LEFT JOIN LATERAL (
    SELECT min(starts_at) AS next_at FROM cases_appointmentperson goer JOIN cases_appointment one ON one.id = appointment_id
    WHERE goer.person_id = waiting.person_id AND state IN ('planned', 'confirmed') AND starts_at >= %(now)s OFFSET 0
) date ON true
WHERE organisation_id = %(organisation)s AND closed_at IS NULL AND NOT EXISTS (
    SELECT FROM shelters_stay gone WHERE gone.person_id = waiting.person_id AND voided_at IS NULL AND departed_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM shelters_stay here WHERE here.person_id = gone.person_id AND voided_at IS NULL
                    AND departed_at IS NULL)
)
GROUP BY "group"
"""

ALERTS = """
SELECT alert.id, alert.kind, raised_at, notified_at, family.folio, is_of_the_dif, authorised_until
FROM cases_childalert alert JOIN cases_person person ON person.id = person_id
JOIN cases_family family ON family.id = family_id LEFT JOIN cases_childplace place ON place.id = place_id
WHERE person.organisation_id = %(organisation)s AND closed_at IS NULL ORDER BY raised_at, alert.id LIMIT 50
"""


# People whom other organisations show us under a referral that we accepted, by a name that is shared.
SHARED = """
WITH needle AS (SELECT posada_normalise(%(text)s) AS name)
SELECT person.id, given_names, first_surname, second_surname, preferred_name, name_key
FROM cases_person person, needle
WHERE (name_key %%> needle.name OR name_key LIKE '%%' || needle.name || '%%') AND person.id IN (
    SELECT seen.person_id FROM cases_referralgrant seen JOIN cases_referral referral ON referral.id = referral_id
    LEFT JOIN cases_consent consent ON consent.id = consent_id
    WHERE to_organisation_id = %(organisation)s AND referral.state = 'accepted' AND facts @> ARRAY['name']::varchar[]
      AND seen.ended_at IS NULL AND seen.expires_at > %(now)s
      AND (consent_id IS NULL OR withdrawn_at IS NULL AND decision IN ('given', 'written_pending')))
ORDER BY word_similarity(needle.name, name_key) DESC, name_key, person.id LIMIT 30
"""


def family_search(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    with db.transaction():
        families = db.execute(BY_NUMBER, facts).fetchall()
        people = db.execute(BY_NAME, facts).fetchall()
        log(db, facts, "search", "", None, len(people))
        shared = db.execute(SHARED, facts).fetchall()
        groups = db.execute(GROUPS, facts).fetchall()
        alerts = db.execute(ALERTS, facts).fetchall()
    return {"families": families, "people": people, "shared": shared, "groups": groups, "alerts": alerts}


# --- The page of a family ----------------------------------------------------------------------------------------------

FAMILY = """
SELECT id, folio, wants_to_stay_together, bed_wish, registered_at, staff.name
FROM cases_family LEFT JOIN LATERAL (SELECT name FROM ngo_staff WHERE id = registered_by_id) staff ON true
WHERE id = %(family)s AND organisation_id = %(organisation)s
"""

MEMBERS = """
SELECT person.id, given_names, first_surname, second_surname, preferred_name, sex, gender, born_on, birth_precision, nationality,
       speaks, reads, diets, relationship, is_head, is_carer, joined_on, left_on
FROM cases_familymember member JOIN cases_person person ON person.id = person_id
WHERE family_id = %(family)s ORDER BY is_head DESC, member.id
"""

OF_MEMBERS = """
SELECT 'case', one.person_id, one."group", one.opened_at, one.closed_at, one.reason, staff.name
FROM cases_familymember member JOIN cases_case one ON one.person_id = member.person_id
LEFT JOIN ngo_staff staff ON staff.id = one.opened_by_id WHERE member.family_id = %(family)s AND left_on IS NULL
UNION ALL
SELECT 'need', need.person_id, need.code, need.noted_at, NULL, '', NULL
FROM cases_familymember member JOIN cases_specificneed need ON need.person_id = member.person_id AND need.ended_at IS NULL
WHERE member.family_id = %(family)s AND left_on IS NULL
ORDER BY 4
"""

OF_FAMILY = [
    (  # Who of them another organisation shows us, by a file that was linked.
        "SELECT link.id, given_names, preferred_name, sender.name, code, seen.expires_at FROM cases_filelink link"
        " JOIN cases_familymember member ON member.person_id = link.person_id AND left_on IS NULL"
        " JOIN cases_person person ON person.id = link.person_id JOIN cases_referralgrant seen ON seen.id = grant_id"
        " JOIN cases_referral referral ON referral.id = referral_id"
        " JOIN ngo_organisation sender ON sender.id = referral.organisation_id"
        " WHERE member.family_id = %(family)s AND link.ended_at IS NULL AND seen.ended_at IS NULL"
        " AND seen.expires_at > %(now)s AND referral.state = 'accepted' ORDER BY link.id"
    ),
    "SELECT * FROM cases_childalert WHERE family_id = %(family)s ORDER BY id",
    (
        "SELECT change.kind, change.at, change.reason, staff.name, other.folio,"
        " ARRAY(SELECT person_id FROM cases_familychange_people WHERE familychange_id = change.id)"
        " FROM cases_familychange change LEFT JOIN cases_family other ON other.id = other_family_id"
        " LEFT JOIN ngo_staff staff ON staff.id = change.by_id WHERE change.family_id = %(family)s ORDER BY change.at DESC"
    ),
    (
        "SELECT id, number, shared_with, country FROM cases_phone WHERE family_id = %(family)s AND removed_at IS NULL"
        " UNION ALL SELECT id, address, shared_with, '@' FROM cases_emailaddress"
        " WHERE family_id = %(family)s AND removed_at IS NULL ORDER BY 1"
    ),
    (
        "SELECT purpose, decision, method, notice_version, at, withdrawn_at, staff.name FROM cases_consent"
        " JOIN ngo_staff staff ON staff.id = by_id WHERE family_id = %(family)s ORDER BY cases_consent.id"
    ),
    (
        "SELECT text, written_at, staff.name FROM cases_note JOIN ngo_staff staff ON staff.id = written_by_id"
        " WHERE family_id = %(family)s ORDER BY written_at DESC"
    ),
    (
        "SELECT at, what, staff.name FROM ngo_readlog JOIN ngo_staff staff ON staff.id = staff_id"
        " WHERE subject_kind = 'cases.family' AND subject_id = %(family)s AND organisation_id = %(organisation)s"
        " ORDER BY at DESC LIMIT 50"
    ),
    (
        "SELECT one.id, one.state, leave_shelter_at, report_at, one.starts_at, one.zone, home_zone, one.place, kind.name_es,"
        " office.name, city.name, owner.name, goer.person_id, goer.is_companion, given_names, first_surname, second_surname"
        " FROM cases_appointment one JOIN cases_appointmentkind kind ON kind.id = kind_id"
        " LEFT JOIN ngo_office office ON office.id = office_id LEFT JOIN ngo_city city ON city.id = office.city_id"
        " LEFT JOIN ngo_staff owner ON owner.id = one.owner_id"
        " LEFT JOIN cases_appointmentperson goer ON goer.appointment_id = one.id"
        " LEFT JOIN cases_person person ON person.id = goer.person_id"
        " WHERE one.family_id = %(family)s AND one.state IN ('planned', 'confirmed')"
        " ORDER BY one.starts_at, one.id, is_companion, goer.id"
    ),
    (
        "SELECT change.at, change.state, change.reason, staff.name, kind.name_es, one.starts_at, one.home_zone"
        " FROM cases_appointmentchange change JOIN cases_appointment one ON one.id = appointment_id"
        " JOIN cases_appointmentkind kind ON kind.id = kind_id LEFT JOIN ngo_staff staff ON staff.id = by_id"
        " WHERE one.family_id = %(family)s ORDER BY change.at DESC"
    ),
    (
        "SELECT one.id, opened_at, version.name_es, version.name_en, step.name_es, step.name_en, row.id, person.id,"
        " given_names, first_surname, second_surname, preferred_name"
        " FROM cases_processperson row JOIN cases_process one ON one.id = process_id"
        " JOIN cases_pathwayversion version ON version.id = version_id JOIN cases_step step ON step.id = step_id"
        " JOIN cases_person person ON person.id = person_id WHERE left_at IS NULL AND process_id IN ("
        " SELECT process_id FROM cases_processperson theirs JOIN cases_familymember member USING (person_id)"
        " WHERE member.family_id = %(family)s AND left_on IS NULL AND left_at IS NULL) AND closed_at IS NULL"
        " ORDER BY opened_at, one.id, row.id"
    ),
]


def family_page(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    with db.transaction():
        family = db.execute(FAMILY, facts).fetchone()
        log(db, facts, "family", "cases.family", facts["family"])
        members = db.execute(MEMBERS, facts).fetchall()
        of_members = db.execute(OF_MEMBERS, facts).fetchall()
        others = [db.execute(sql, facts).fetchall() for sql in OF_FAMILY]
    return {"family": family, "members": members, "of_members": of_members, "others": others}


# --- A case, and the cases of somebody -------------------------------------------------------------------------------

CASE = """
SELECT one.id, one.plan, one.opened_at, one.closed_at, closing, family.id, family.folio, pathway.id, pathway.code,
       pathway."group", version.number, version.name_es, version.name_en, nationality_notes, one.step_id, staff.name,
       claim.*, office.name, goes.*,
       ARRAY(SELECT code FROM cases_seenpaper WHERE process_id = one.id AND taken_back_at IS NULL),
       EXISTS (SELECT FROM cases_pathwayversion newer WHERE pathway_id = pathway.id AND newer.number > version.number),
       EXISTS (SELECT FROM cases_clock WHERE process_id = one.id AND state = 'running'),
       EXISTS (SELECT FROM cases_waitlistturn WHERE process_id = one.id),
       EXISTS (SELECT FROM cases_processperson mine JOIN cases_processperson other USING (person_id)
               JOIN cases_process its ON its.id = other.process_id JOIN cases_claim silent ON silent.process_id = its.id
               WHERE mine.process_id = one.id AND (mine.left_at IS NULL OR mine.left_at = one.closed_at)
                 AND (other.left_at IS NULL OR other.left_at = its.closed_at) AND consulate_is_silent
                 AND silent.state IN ('filed', 'constancia', 'interviewed', 'transferred', 'refused', 'review'))
FROM cases_process one LEFT JOIN cases_family family ON family.id = one.family_id
JOIN cases_pathwayversion version ON version.id = version_id JOIN cases_pathway pathway ON pathway.id = pathway_id
LEFT JOIN ngo_staff staff ON staff.id = owner_id LEFT JOIN cases_claim claim ON claim.process_id = one.id
LEFT JOIN ngo_office office ON office.id = claim.office_id LEFT JOIN cases_returnplan goes ON goes.process_id = one.id
WHERE one.id = %(process)s AND one.organisation_id = %(organisation)s
"""

# Who is in it, its way, what has to be done, what happened, what they have ahead: the newest sixteen lines of each.
OF_CASE = {
    "people": (
        "SELECT row.id, is_main, joined_at, row.left_at, person.id, given_names, first_surname, second_surname, preferred_name,"
        " nationality, born_on,"
        " (SELECT number FROM cases_aliennumber WHERE person_id = person.id AND removed_at IS NULL),"
        " (SELECT json_build_array(duty.id, next_on, every_days, office.name) FROM cases_signinduty duty"
        " JOIN cases_claim claim ON claim.id = claim_id LEFT JOIN ngo_office office ON office.id = duty.office_id"
        " WHERE claim.process_id = row.process_id AND duty.person_id = person.id AND ended_at IS NULL LIMIT 1),"
        " (SELECT json_build_array(answer.id, due_on) FROM cases_signin answer JOIN cases_signinduty duty ON duty.id = duty_id"
        " JOIN cases_claim claim ON claim.id = claim_id WHERE claim.process_id = row.process_id AND duty.person_id = person.id"
        " AND ended_at IS NULL AND replaced_at IS NULL ORDER BY due_on DESC, answer.id DESC LIMIT 1),"
        " ARRAY(SELECT json_build_array(kind, state, number, expires_on) FROM cases_permit WHERE person_id = person.id"
        " AND replaced_at IS NULL ORDER BY kind, id),"
        " ARRAY(SELECT claim.state FROM cases_processperson its JOIN cases_process one ON one.id = its.process_id"
        " JOIN cases_claim claim ON claim.process_id = one.id WHERE its.person_id = person.id"
        " AND (its.left_at IS NULL OR its.left_at = one.closed_at))"
        " FROM cases_processperson row JOIN cases_person person ON person.id = person_id"
        " WHERE row.process_id = %(process)s ORDER BY row.id"
    ),
    "steps": (
        "SELECT step.* FROM cases_step step JOIN cases_process one USING (version_id) WHERE one.id = %(process)s"
        " ORDER BY position"
    ),
    "tasks": (
        "SELECT task.id, kind, text, due_on, task.role, is_urgent, done_at, result, owner.name, done_by.name, person.given_names"
        " FROM cases_task task LEFT JOIN ngo_staff owner ON owner.id = task.owner_id"
        " LEFT JOIN ngo_staff done_by ON done_by.id = done_by_id LEFT JOIN cases_person person ON person.id = person_id"
        " WHERE process_id = %(process)s AND dropped_at IS NULL AND (done_at IS NULL OR task.id IN ("
        " SELECT id FROM cases_task WHERE process_id = %(process)s AND dropped_at IS NULL AND done_at IS NOT NULL"
        " ORDER BY done_at DESC, id DESC LIMIT 16))"
    ),
    "changes": (
        "SELECT change.id, at, change.kind, change.code, change.reason, who.name, whom.name, step.name_es, step.name_en,"
        " given_names FROM cases_processchange change LEFT JOIN ngo_staff who ON who.id = by_id"
        " LEFT JOIN ngo_staff whom ON whom.id = staff_id"
        " LEFT JOIN cases_step step ON step.id = step_id LEFT JOIN cases_person person ON person.id = person_id"
        " WHERE process_id = %(process)s ORDER BY at DESC, change.id DESC LIMIT 16"
    ),
    "notes": (
        "SELECT note.id, kind, text, written_at, staff.name FROM cases_processnote note"
        " JOIN ngo_staff staff ON staff.id = written_by_id WHERE process_id = %(process)s"
        " AND kind IN ('general', 'contact', 'talk', 'health', 'psychosocial') ORDER BY written_at DESC, note.id DESC LIMIT 16"
    ),
    "appointments": (
        "SELECT one.id, starts_at, home_zone, kind.name_es, kind.name_en, bring_es, bring_en, missing_es, missing_en, office.name"
        " FROM cases_appointment one JOIN cases_appointmentkind kind ON kind.id = kind_id"
        " LEFT JOIN ngo_office office ON office.id = office_id WHERE one.id IN ("
        " SELECT appointment_id FROM cases_appointmentperson goer JOIN cases_processperson row USING (person_id)"
        " JOIN cases_process its ON its.id = row.process_id WHERE its.id = %(process)s"
        " AND (row.left_at IS NULL OR row.left_at = its.closed_at))"
        " AND one.state IN ('planned', 'confirmed') AND starts_at >= %(now)s ORDER BY starts_at, one.id"
    ),
}


def case_page(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    with db.transaction():
        found = {"case": db.execute(CASE, facts).fetchone()}
        log(db, facts, "case", "cases.process", facts["process"])
        return found | {name: db.execute(sql, facts).fetchall() for name, sql in OF_CASE.items()}


OPEN_CASES = """
SELECT count(*) FROM cases_process WHERE organisation_id = %(organisation)s AND owner_id = %(staff)s AND closed_at IS NULL
"""
CASELOAD = """
SELECT one.id, family.id, family.folio, version.name_es, version.name_en, step.name_es, step.name_en, claim.state, goes.state,
       (SELECT min(due_on) FROM cases_task WHERE process_id = one.id AND done_at IS NULL AND dropped_at IS NULL) AS next_due
FROM cases_process one JOIN cases_pathwayversion version ON version.id = version_id JOIN cases_step step ON step.id = step_id
LEFT JOIN cases_family family ON family.id = one.family_id LEFT JOIN cases_claim claim ON claim.process_id = one.id
LEFT JOIN cases_returnplan goes ON goes.process_id = one.id
WHERE one.organisation_id = %(organisation)s AND one.owner_id = %(staff)s AND one.closed_at IS NULL
ORDER BY next_due, one.opened_at, one.id LIMIT 50
"""
IN_THEM = """
SELECT row.process_id, person.id, given_names, first_surname, second_surname, preferred_name
FROM cases_processperson row JOIN cases_person person ON person.id = person_id
WHERE process_id = ANY(%(cases)s) AND left_at IS NULL ORDER BY row.id
"""
DUE = """
SELECT task.id, task.kind, text, due_on, task.role, is_urgent, given_names, version.name_es, version.name_en, folio, owner.name
FROM cases_task task LEFT JOIN cases_process one ON one.id = process_id
LEFT JOIN cases_pathwayversion version ON version.id = version_id LEFT JOIN cases_family family ON family.id = one.family_id
LEFT JOIN cases_person person ON person.id = task.person_id LEFT JOIN ngo_staff owner ON owner.id = task.owner_id
WHERE task.organisation_id = %(organisation)s AND done_at IS NULL AND dropped_at IS NULL
  AND (task.owner_id = %(staff)s OR task.owner_id IS NULL AND task.role = 'caseworker')
  AND (due_on <= %(today)s::date + 7 OR is_urgent)
ORDER BY is_urgent DESC, due_on, task.id LIMIT 50
"""


def caseload(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    with db.transaction():
        count = db.execute(OPEN_CASES, facts).fetchone()
        cases = db.execute(CASELOAD, facts).fetchall()
        people = db.execute(IN_THEM, {**facts, "cases": [line[0] for line in cases]}).fetchall()
        tasks = db.execute(DUE, facts).fetchall()
        log(db, facts, "caseload", "", None, len(people))
    return {"count": count, "cases": cases, "people": people, "tasks": tasks}


# --- The figures of a night --------------------------------------------------------------------------------------------

SHELTERS = """
SELECT shelter.*, city.name, state.state
FROM shelters_shelter shelter LEFT JOIN ngo_city city ON city.id = city_id
LEFT JOIN shelters_shelterstate state ON state.shelter_id = shelter.id AND state.period @> now()
WHERE %(organisation)s::bigint IS NULL OR organisation_id = %(organisation)s
ORDER BY shelter.name, shelter.id
"""

NIGHT = """
WITH house AS MATERIALIZED (
    SELECT shelter.id, night, least(%(now)s, (night + 1 + morning_at) AT TIME ZONE zone - interval '1 microsecond') AS at,
           (night + morning_at) AT TIME ZONE zone AS since, (night + 1 + morning_at) AT TIME ZONE zone AS until
    FROM shelters_shelter shelter, LATERAL (SELECT coalesce(%(night)s, (%(now)s AT TIME ZONE zone - morning_at::interval)::date)
                                            AS night) night
    WHERE %(organisation)s::bigint IS NULL OR organisation_id = %(organisation)s
)"""

PLACES = """, guest AS MATERIALIZED (
    SELECT house.id AS shelter_id, stay.id AS stay_id, at, night FROM house CROSS JOIN LATERAL (
        SELECT id FROM shelters_stay
        WHERE shelter_id = house.id AND voided_at IS NULL AND departed_at IS NULL AND arrived_at <= at
        UNION ALL
        SELECT id FROM shelters_stay WHERE shelter_id = house.id AND voided_at IS NULL AND departed_at > at AND arrived_at <= at
        OFFSET 0
    ) stay
), answer AS MATERIALIZED (
    SELECT mark.stay_id, mark.answer
    FROM house JOIN shelters_rollcall call ON call.shelter_id = house.id AND call.night = house.night
    JOIN shelters_rollcallmark mark ON mark.roll_call_id = call.id AND is_current
), place AS MATERIALIZED (
    SELECT space.shelter_id, space.id AS space_id, bed.id, is_surge, night
    FROM house JOIN shelters_space space ON space.shelter_id = house.id
    JOIN shelters_bedperiod period ON period.space_id = space.id AND period.nights @> night
    JOIN shelters_bed bed ON bed.id = period.bed_id
), counted AS (
    SELECT shelter_id, space_id, count(*) FILTER (WHERE NOT is_surge) AS nominal,
           count(*) FILTER (WHERE NOT is_surge AND block.id IS NOT NULL) AS out_of_service,
           count(*) FILTER (WHERE is_surge AND block.id IS NULL) AS surge, 0 AS held, 0 AS occupied, 0 AS away
    FROM place LEFT JOIN shelters_bedblock block ON block.bed_id = place.id AND block.nights @> night
    GROUP BY 1, 2
    UNION ALL
    SELECT hold.shelter_id, hold.space_id, 0, 0, 0, count(*), 0, 0 FROM house JOIN shelters_placement hold
      ON hold.shelter_id = house.id AND hold.state = 'held' AND hold_expires_at > at GROUP BY 1, 2
    UNION ALL
    SELECT guest.shelter_id, there.space_id, 0, 0, 0, 0, count(*) FILTER (WHERE coalesce(answer, 'present') = 'present'),
           count(*) FILTER (WHERE answer IN ('leave', 'absent'))
    FROM guest LEFT JOIN LATERAL (
        SELECT space_id FROM shelters_placement
        WHERE stay_id = guest.stay_id AND state IN ('in', 'out') AND actual @> guest.at OFFSET 0
    ) there ON true
    LEFT JOIN answer ON answer.stay_id = guest.stay_id GROUP BY 1, 2
)
SELECT shelter_id, space_id, sum(nominal), sum(out_of_service), sum(surge), sum(held), sum(occupied), sum(away)
FROM counted GROUP BY 1, 2
"""

MOVEMENTS = """
SELECT house.id,
       (SELECT count(DISTINCT person_id) FROM shelters_stay WHERE shelter_id = house.id AND voided_at IS NULL
        AND arrived_at >= since AND arrived_at < until AND arrived_at <= at),
       (SELECT count(DISTINCT person_id) FROM shelters_stay WHERE shelter_id = house.id AND voided_at IS NULL
        AND departed_at >= since AND departed_at < until AND departed_at <= at),
       (SELECT sum(party_size) FROM shelters_turnaway WHERE shelter_id = house.id AND night = house.night AND voided_at IS NULL)
FROM house
"""

SPACES = """
SELECT space.id, shelter_id, space.name, kind, sleepers, space.position FROM shelters_space space
JOIN shelters_shelter shelter ON shelter.id = shelter_id
WHERE %(organisation)s::bigint IS NULL OR organisation_id = %(organisation)s ORDER BY space.position, space.id
"""


def night(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    """The figures of a night, `facts["night"]` or tonight where it is None; of all shelters where there is no organisation."""
    with db.transaction():
        return {
            "shelters": db.execute(SHELTERS, facts).fetchall(),
            "spaces": db.execute(SPACES, facts).fetchall(),
            "places": db.execute(NIGHT + PLACES, facts).fetchall(),
            "movements": db.execute(NIGHT + MOVEMENTS, facts).fetchall(),
        }


# Beside the figures, who is in the house, and what was counted that day.
PEOPLE = """, guest AS MATERIALIZED (
    SELECT house.id AS shelter_id, stay.id AS stay_id, stay.person_id, at, night FROM house CROSS JOIN LATERAL (
        SELECT id, person_id FROM shelters_stay
        WHERE shelter_id = house.id AND voided_at IS NULL AND departed_at IS NULL AND arrived_at <= at
        UNION ALL
        SELECT id, person_id FROM shelters_stay
        WHERE shelter_id = house.id AND voided_at IS NULL AND departed_at > at AND arrived_at <= at
        OFFSET 0
    ) stay
), answer AS MATERIALIZED (
    SELECT mark.stay_id, mark.answer
    FROM house JOIN shelters_rollcall call ON call.shelter_id = house.id AND call.night = house.night
    JOIN shelters_rollcallmark mark ON mark.roll_call_id = call.id AND is_current
)
SELECT shelter_id, sex, width_bucket(date_part('year', age(night, born_on)), ARRAY[6, 12, 18, 60]), "group", answer, count(*)
FROM guest JOIN cases_person person ON person.id = person_id LEFT JOIN answer USING (stay_id)
LEFT JOIN LATERAL (
    SELECT "group" FROM cases_case one WHERE one.person_id = guest.person_id AND (closed_at IS NULL OR closed_at > at)
    ORDER BY opened_at, id LIMIT 1
) main ON true
GROUP BY 1, 2, 3, 4, 5
"""

TURNED_AWAY = """
SELECT house.id, reason, count(*), sum(party_size) FROM house
JOIN shelters_turnaway party ON party.shelter_id = house.id AND party.night = house.night AND voided_at IS NULL GROUP BY 1, 2
"""

MEALS = """
SELECT house.id, meal, served FROM house JOIN shelters_mealcount one ON one.shelter_id = house.id AND one.day = house.night
"""


def report(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    found = night(db, facts)
    with db.transaction():
        found["people"] = db.execute(NIGHT + PEOPLE, facts).fetchall()
        found["turned_away"] = db.execute(NIGHT + TURNED_AWAY, facts).fetchall()
        found["meals"] = db.execute(NIGHT + MEALS, facts).fetchall()
    return found


# --- The list of tomorrow ----------------------------------------------------------------------------------------------

LEAVING = """
SELECT appointment.id, leave_shelter_at, appointment.state, food, told_at, accompanied_by, home_zone, kind.bring_es,
       kind.bring_en, goer.is_companion, person.id, given_names, first_surname, second_surname, preferred_name, person.born_on,
       stay.shelter_id, space.name, space.kind, bed.label
FROM cases_appointment appointment
JOIN cases_appointmentkind kind ON kind.id = kind_id
JOIN cases_appointmentperson goer ON goer.appointment_id = appointment.id
JOIN cases_person person ON person.id = goer.person_id
LEFT JOIN shelters_stay stay ON stay.person_id = person.id AND departed_at IS NULL AND voided_at IS NULL
LEFT JOIN shelters_placement placement ON placement.stay_id = stay.id AND placement.state = 'in'
LEFT JOIN shelters_space space ON space.id = placement.space_id
LEFT JOIN shelters_bed bed ON bed.id = placement.bed_id
WHERE appointment.organisation_id = %(organisation)s AND appointment.state IN ('planned', 'confirmed')
  AND leave_shelter_at >= %(now)s AND leave_shelter_at < %(end)s
ORDER BY leave_shelter_at, appointment.id, is_companion, goer.id
"""


def tomorrow_list(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    with db.transaction():
        shelters = db.execute(SHELTERS, facts).fetchall()
        people = db.execute(LEAVING, facts).fetchall()
        log(db, facts, "tomorrow_names", "", None, len(people))
    return {"shelters": shelters, "people": people}


# --- Today -------------------------------------------------------------------------------------------------------------

# What waits in the cases, for a coordinator: all of it in one row, as the page asks it.
IN_CASES = """
SELECT * FROM
(SELECT count(*) FILTER (WHERE safe_on < %(now)s::date), count(*) FILTER (WHERE safe_on >= %(now)s::date)
 FROM cases_clock clock JOIN cases_clockrule rule ON rule.id = rule_id
 WHERE clock.organisation_id = %(organisation)s AND state = 'running' AND actor = 'person'
   AND safe_on <= %(now)s::date + 7) clocks,
(SELECT count(*) FROM cases_clockresult result JOIN cases_clock clock ON clock.id = clock_id
 WHERE organisation_id = %(organisation)s AND told_at IS NULL AND cause <> 'started' AND state IN ('running', 'passed')) moved,
(SELECT count(*) FILTER (WHERE is_urgent), count(*) FILTER (WHERE due_on < %(now)s::date),
        count(*) FILTER (WHERE due_on = %(now)s::date)
 FROM cases_task WHERE organisation_id = %(organisation)s AND done_at IS NULL AND dropped_at IS NULL
   AND (owner_id = %(staff)s OR owner_id IS NULL AND role = 'coordinator') AND (is_urgent OR due_on <= %(now)s::date)) tasks,
(SELECT count(*) FROM cases_process
 WHERE organisation_id = %(organisation)s AND closed_at IS NULL AND owner_id IS NULL) nobodys,
(SELECT count(*) FROM cases_claim claim JOIN cases_process process ON process.id = claim.process_id
 JOIN cases_processperson here ON here.process_id = process.id AND left_at IS NULL
 WHERE organisation_id = %(organisation)s AND closed_at IS NULL AND claim.state IN ('intends', 'pre_registered', 'filed',
   'constancia', 'interviewed', 'transferred', 'refused', 'review') AND NOT EXISTS (
     SELECT FROM cases_permit permit WHERE permit.person_id = here.person_id AND replaced_at IS NULL AND permit.state = 'issued'
       AND kind IN ('constancia', 'tvrh', 'resident') AND (expires_on IS NULL OR expires_on >= %(now)s::date))) unprotected,
(SELECT count(*) FROM cases_signinduty duty JOIN cases_claim claim ON claim.id = claim_id
 JOIN cases_process process ON process.id = claim.process_id
 WHERE organisation_id = %(organisation)s AND ended_at IS NULL AND next_on < %(now)s::date) sign_ins,
(SELECT count(*), count(*) FILTER (WHERE respond_by <= %(now)s)
 FROM cases_referral referral WHERE to_organisation_id = %(organisation)s AND state = 'sent' AND EXISTS (
   SELECT FROM cases_referralgrant seen LEFT JOIN cases_consent consent ON consent.id = consent_id
   WHERE seen.referral_id = referral.id AND seen.ended_at IS NULL AND seen.expires_at > %(now)s AND (consent_id IS NULL
     OR withdrawn_at IS NULL AND decision IN ('given', 'written_pending')
        AND (expires_on IS NULL OR expires_on >= %(now)s::date)))) received,
(SELECT count(*) FILTER (WHERE state = 'sent' AND respond_by <= %(now)s),
        count(*) FILTER (WHERE must_tell_since IS NOT NULL AND told_at IS NULL)
 FROM cases_referral WHERE organisation_id = %(organisation)s) sent,
(SELECT count(*) FROM cases_possibleduplicate pair
 JOIN cases_person one ON one.id = one_id AND one.merged_into_id IS NULL
 JOIN cases_person other ON other.id = other_id AND other.merged_into_id IS NULL
 WHERE pair.organisation_id = %(organisation)s AND state = 'open') pairs,
(SELECT count(*) FROM cases_childplace WHERE organisation_id = %(organisation)s AND is_active AND NOT is_of_the_dif
   AND authorised_until <= %(now)s::date + 30) places
"""

# What waits for someone, what comes tomorrow, what is in the store, and the last thirty nights.
OF_TODAY = [
    "SELECT id, started_at, saved_at FROM cases_intakedraft WHERE staff_id = %(staff)s AND organisation_id = %(organisation)s",
    (
        "SELECT one.id, appointment_id, leave_shelter_at, last_error FROM cases_reminder one"
        " JOIN cases_appointment appointment ON appointment.id = appointment_id"
        " WHERE appointment.organisation_id = %(organisation)s"
        " AND one.state = 'failed' AND called_at IS NULL AND leave_shelter_at > %(now)s ORDER BY leave_shelter_at"
    ),
    (
        "SELECT DISTINCT ON (shelter_id, night) shelter_id, night, version, report.state, figures FROM"
        " shelters_capacityreport report"
        " JOIN shelters_shelter shelter ON shelter.id = shelter_id WHERE organisation_id = %(organisation)s"
        " AND night > %(night)s::date - 31 ORDER BY shelter_id, night, version DESC"
    ),
    (
        "SELECT call.shelter_id, call.night, call.closed_at, count(mark.id), max(mark.recorded_at) FROM shelters_rollcall call"
        " JOIN shelters_shelter shelter ON shelter.id = shelter_id LEFT JOIN shelters_rollcallmark mark"
        " ON mark.roll_call_id = call.id AND is_current WHERE organisation_id = %(organisation)s AND call.night = %(night)s"
        " GROUP BY call.id"
    ),
    (
        "SELECT DISTINCT ON (act.shelter_id) act.shelter_id, recorded_at, staff.name FROM shelters_act act"
        " JOIN shelters_shelter shelter ON shelter.id = shelter_id JOIN ngo_staff staff ON staff.id = by_id"
        " WHERE organisation_id = %(organisation)s ORDER BY act.shelter_id, recorded_at DESC"
    ),
    (
        "SELECT DISTINCT ON (one.shelter_id) one.shelter_id, at, how, staff.name FROM shelters_confirmation one"
        " JOIN shelters_shelter shelter ON shelter.id = shelter_id JOIN ngo_staff staff ON staff.id = by_id"
        " WHERE organisation_id = %(organisation)s ORDER BY one.shelter_id, at DESC"
    ),
    (
        'SELECT item.shelter_id, item.id, item.name, unit, daily_per_head, low_days, expires_on, "left" FROM shelters_item item'
        " JOIN shelters_shelter shelter ON shelter.id = shelter_id LEFT JOIN shelters_lot lot ON lot.item_id ="
        ' item.id AND "left" > 0'
        " WHERE organisation_id = %(organisation)s AND item.is_active AND is_staple ORDER BY item.position, expires_on"
    ),
    (
        "SELECT slot.id, weekday, starts_at, slot.zone FROM cases_weeklyslot slot JOIN cases_legalprovider provider"
        " ON provider.id = provider_id WHERE organisation_id = %(organisation)s AND provider.is_active"
    ),
    (
        "SELECT DISTINCT ON (stay_id) stay_id, direction, happened_at, stay.shelter_id, (SELECT max(happened_at)"
        " FROM shelters_rollcallmark mark WHERE mark.stay_id = stay.id AND is_current AND answer = 'present') FROM"
        " shelters_passage passage JOIN shelters_stay stay ON stay.id = stay_id JOIN shelters_shelter shelter"
        " ON shelter.id = stay.shelter_id WHERE organisation_id = %(organisation)s AND departed_at IS NULL AND voided_at IS NULL"
        " AND direction <> 'undo' AND NOT EXISTS (SELECT FROM shelters_passage undo WHERE undo.undoes_id = passage.id)"
        " ORDER BY stay_id, happened_at DESC"
    ),
    (
        "SELECT leave.stay_id, starts_at, expected_back_at, stay.shelter_id FROM shelters_leave leave JOIN shelters_stay stay"
        " ON stay.id = stay_id JOIN shelters_shelter shelter ON shelter.id = stay.shelter_id"
        " WHERE organisation_id = %(organisation)s AND departed_at IS NULL AND voided_at IS NULL AND ended_at IS NULL"
    ),
    (
        "SELECT stay.id, stay.shelter_id, family_id, arrived_at FROM shelters_stay stay WHERE id IN (SELECT mark.stay_id"
        " FROM shelters_rollcallmark mark JOIN shelters_stay one ON one.id = mark.stay_id JOIN shelters_shelter shelter"
        " ON shelter.id = one.shelter_id WHERE organisation_id = %(organisation)s AND is_current AND answer = 'absent'"
        " AND departed_at IS NULL AND voided_at IS NULL GROUP BY mark.stay_id HAVING count(*) >= 3)"
    ),
    (
        "SELECT stay.id, shelter_id, arrived_at, expected_departure_on, (SELECT max(to_on) FROM shelters_stayextension"
        " WHERE stay_id = stay.id AND state = 'approved') FROM shelters_stay stay JOIN shelters_shelter shelter"
        " ON shelter.id = shelter_id WHERE organisation_id = %(organisation)s AND departed_at IS NULL AND voided_at IS NULL"
        " AND (expected_departure_on <= %(night)s::date + 5 OR expected_departure_on IS NULL AND stay_limit IS NOT NULL"
        " AND arrived_at <= %(now)s + interval '5 days' - stay_limit * interval '1 day')"
    ),
    (
        "SELECT count(DISTINCT batch) FROM shelters_stayextension extension JOIN shelters_stay stay ON stay.id = stay_id"
        " JOIN shelters_shelter shelter ON shelter.id = shelter_id WHERE organisation_id = %(organisation)s AND state = 'asked'"
        " AND departed_at IS NULL AND voided_at IS NULL"
    ),
    (
        "SELECT state FROM shelters_waitingentry WHERE organisation_id = %(organisation)s AND state IN ('waiting', 'offered')"
    ),
    (
        "SELECT slot_id, day FROM cases_slotbooking booking JOIN cases_weeklyslot slot ON slot.id = slot_id JOIN"
        " cases_legalprovider"
        " provider ON provider.id = provider_id WHERE organisation_id = %(organisation)s AND released_at IS NULL"
        " AND day >= %(night)s::date"
    ),
]


def dashboard(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    found = night(db, facts | {"night": None})
    for name, sql in {"alerts": ALERTS, "groups": GROUPS, "tomorrow": LEAVING}.items():
        found[name] = db.execute(sql, facts).fetchall()
    found["cases"] = db.execute(IN_CASES, facts).fetchone()
    found["cards"] = [db.execute(sql, facts).fetchall() for sql in OF_TODAY]
    return found
