"""What the database makes by itself of the families and people of the demo at scale (scale_families.py).

A round of families is in its space in five turns. The turns of a space follow one another, five days each; a family comes on
the first or second day from 13:00 on, and leaves on the last before 12:00 or a day earlier. The last turn goes on now.
"""

from dataclasses import dataclass

from ngo.services.demo.scale_families import ROUNDS

TURN = 5  # Days.
VISITS = 5
LAST_TURN = VISITS * ROUNDS - 1  # The fifth visit of the sixth round: (5 · 7 + 4 · 11) mod 40 = 39.
TIMES = {"turn": TURN, "rounds": ROUNDS, "last_turn": LAST_TURN, "last_visit": VISITS - 1}

# One line per family and visit. `luck` is a number of the family's own: the same load has the same hours.
VISITS_OF_FAMILIES = """
CREATE TEMPORARY TABLE scale_visit ON COMMIT DROP AS
WITH turn AS (
    SELECT family.*, visit, (%(now)s::timestamptz AT TIME ZONE zone)::date AS today,
           visit * %(rounds)s + (round * 7 + visit * 11) %% %(rounds)s AS turn,
           (luck + visit * 7919) %% 1000 AS chance
    FROM scale_family family, generate_series(0, %(last_visit)s) visit
), day AS (
    SELECT *, today - phase - (%(last_turn)s - turn) * %(turn)s AS first_day FROM turn
), hour AS (
    SELECT *,
           (first_day + CASE WHEN chance %% 4 = 0 AND (turn < %(last_turn)s OR phase > 1) THEN 1 ELSE 0 END
               + time '13:00' + make_interval(mins => chance * 9 / 16)) AT TIME ZONE zone AS arrived_at,
           (first_day + %(turn)s - CASE WHEN chance %% 5 = 0 THEN 1 ELSE 0 END
               + time '08:00' + make_interval(mins => chance * 3 / 13)) AT TIME ZONE zone AS leaves_at
    FROM day
)
SELECT id AS family_id, visit, turn, shelter_id, space_id, by_id, zone, is_here, arrived_at,
       CASE WHEN turn < %(last_turn)s THEN leaves_at
            WHEN NOT is_here THEN least((today + time '08:00' + make_interval(mins => chance * 3 / 13)) AT TIME ZONE zone,
                                        %(now)s::timestamptz - interval '1 minute')
       END AS departed_at,
       CASE WHEN chance %% 3 = 0 THEN today + 2 + chance %% 20 END AS leaves_on, chance
FROM hour;
CREATE INDEX ON scale_visit (visit, family_id);
ANALYZE scale_visit; ANALYZE scale_family; ANALYZE scale_person;
"""

FAMILIES = """
INSERT INTO cases_family (id, organisation_id, folio, wants_to_stay_together, bed_wish, registered_at, recorded_at,
                          registered_by_id, external_ref)
SELECT id, organisation_id,
       'F-' || to_char(row_number() OVER (PARTITION BY organisation_id ORDER BY arrived_at, id), 'FM0000999999'),
       true, '', arrived_at - interval '10 minutes', arrived_at, family.by_id, ''
FROM scale_family family JOIN scale_visit ON family_id = id AND visit = 0
ORDER BY arrived_at, id
"""

MEMBERSHIPS = """
INSERT INTO cases_familymember (family_id, person_id, relationship, is_head, is_carer, joined_on, left_on, is_imported)
SELECT family_id, person.id, relationship, is_head, false, (registered_at AT TIME ZONE 'UTC')::date, NULL, false
FROM scale_person person JOIN cases_family family ON family.id = family_id ORDER BY person.id
"""

CONSENTS = """
INSERT INTO cases_consent (family_id, person_id, purpose, decision, method, notice_version, notice_language, at, by_id,
                           withdrawn_at)
SELECT family.id, head_id, purpose, CASE WHEN purpose = 'record' OR luck %% 10 < 7 THEN 'given' ELSE 'refused' END,
       'verbal', %(notice)s, 'spa', registered_at, by_id, NULL
FROM scale_family JOIN cases_family family USING (id)
CROSS JOIN (VALUES ('record'), ('reminders')) AS asked(purpose)
WHERE purpose = 'record' OR luck %% 2 = 0
ORDER BY family.id
"""

# The group that each person is counted in follows the case of the family (scale_cases.py).
CASES = """
INSERT INTO cases_case (person_id, "group", opened_at, opened_by_id, closed_at, reason, owner_id)
SELECT person.id, "group", opened_at, by_id, closed_at, '', owner_id
FROM scale_person person JOIN scale_case USING (family_id) ORDER BY opened_at, person.id
"""

# The stays of one visit of everybody, in the order of time, and the place of each.
STAYS = """
INSERT INTO shelters_stay (shelter_id, person_id, family_id, arrived_at, expected_departure_on, departed_at, exit_reason,
                           destination, recorded_at, recorded_by_id, voided_at, source, external_ref)
SELECT shelter_id, person.id, visit.family_id, arrived_at, CASE WHEN departed_at IS NULL THEN leaves_on END, departed_at,
       CASE WHEN departed_at IS NULL THEN '' ELSE (ARRAY['completed', 'crossed', 'own_housing', 'other_shelter', 'unknown'])
            [1 + chance %% 5] END,
       '', arrived_at, by_id, NULL, 'desk', ''
FROM scale_visit visit JOIN scale_person person ON person.family_id = visit.family_id
WHERE visit = %(visit)s
ORDER BY arrived_at, person.id
RETURNING 1
"""

PLACEMENTS = """
INSERT INTO shelters_placement (shelter_id, space_id, bed_id, stay_id, person_id, family_id, state, actual, planned,
                                hold_expires_at, held_for, space_kind, rule_reason, sex, born_on, relationship, needs,
                                recorded_at, recorded_by_id)
SELECT stay.shelter_id, space_id, bed_id, stay.id, stay.person_id, stay.family_id,
       CASE WHEN stay.departed_at IS NULL THEN 'in' ELSE 'out' END,
       tstzrange(stay.arrived_at, stay.departed_at),
       tstzrange(stay.arrived_at, coalesce(stay.departed_at,
                 (stay.expected_departure_on + time '12:00') AT TIME ZONE zone)),
       NULL, '', '', '', known.sex, known.born_on, coalesce(member.relationship, ''), coalesce(need.codes, '{}'), stay.arrived_at,
       by_id
FROM scale_visit visit JOIN scale_person person ON person.family_id = visit.family_id
JOIN shelters_stay stay ON stay.person_id = person.id AND stay.arrived_at = visit.arrived_at
JOIN cases_person known ON known.id = person.id
LEFT JOIN cases_familymember member ON member.person_id = person.id AND member.family_id = visit.family_id
  AND member.left_on IS NULL
LEFT JOIN LATERAL (  -- One by one, by the index: the planner takes the rows before for few, and would read all needs for each.
    SELECT array_agg(code ORDER BY code) AS codes FROM cases_specificneed
    WHERE person_id = person.id AND ended_at IS NULL AND code IN ('pregnant', 'infant', 'lower_bunk', 'step_free', 'older')
) need ON true
WHERE visit = %(visit)s
ORDER BY stay.id
RETURNING 1
"""

ACTS = """
INSERT INTO shelters_act (shelter_id, family_id, kind, happened_at, recorded_at, by_id, changed, undone_at, undone_by_id)
SELECT visit.shelter_id, visit.family_id, 'check_in', visit.arrived_at, visit.arrived_at, by_id,
       jsonb_build_object('stays', jsonb_agg(stay.id ORDER BY stay.id), 'opened', jsonb_agg(placement.id ORDER BY placement.id),
                          'released', '[]'::jsonb), NULL, NULL
FROM scale_visit visit JOIN shelters_stay stay ON stay.family_id = visit.family_id AND stay.departed_at IS NULL
JOIN shelters_placement placement ON placement.stay_id = stay.id
WHERE turn = %(last_turn)s AND is_here
GROUP BY visit.shelter_id, visit.family_id, visit.arrived_at, by_id
ORDER BY visit.arrived_at
"""

FREE_BEDS = """
SELECT bed.id FROM shelters_bed bed JOIN shelters_space space ON space.id = space_id
WHERE shelter_id = ANY(%(shelters)s)
  AND NOT EXISTS (SELECT FROM shelters_placement WHERE bed_id = bed.id AND state = 'in')
ORDER BY bed.id
"""

# A date ahead for every family that is here or goes on, and one that is over for one in three of the others.
DATES = """
CREATE TEMPORARY TABLE scale_date ON COMMIT DROP AS
WITH kind AS (
    SELECT id, organisation_id, "group", row_number() OVER mine - 1 AS place,
           count(*) OVER (PARTITION BY organisation_id, "group")
    FROM cases_appointmentkind WHERE is_active AND NOT is_legal
    WINDOW mine AS (PARTITION BY organisation_id, "group" ORDER BY position, id)
), office AS (
    SELECT id, zone, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () FROM ngo_office WHERE is_active
), date AS (
    SELECT family.*, kind.id AS kind_id, office.id AS office_id, office.zone AS there, family.zone AS home_zone,
           visit.departed_at IS NULL OR goes_on AS is_ahead, luck %% 3 > 0 AS has_owner,
           CASE WHEN visit.departed_at IS NULL OR goes_on
                THEN (%(now)s::timestamptz AT TIME ZONE family.zone)::date + 1 + luck %% 28
                ELSE (visit.departed_at AT TIME ZONE family.zone)::date - 1 END AS local_date,
           time '06:30' + make_interval(mins => 15 * (luck %% 30)) AS local_time
    FROM scale_family family JOIN scale_visit visit ON visit.family_id = family.id AND visit = %(last_visit)s
    JOIN kind ON kind.organisation_id = family.organisation_id AND kind.place = luck %% kind.count
     AND kind."group" = CASE WHEN family."group" IN ('undecided', 'other') THEN '' ELSE family."group" END
    JOIN office ON office.place = luck %% office.count
    WHERE visit.departed_at IS NULL OR goes_on OR luck %% 3 = 0
)
SELECT nextval(pg_get_serial_sequence('cases_appointment', 'id')) AS id, date.id AS family_id, organisation_id, kind_id, by_id,
       office_id, there, home_zone, local_date, local_time, (local_date + local_time) AT TIME ZONE there AS starts_at, is_ahead,
       luck, CASE WHEN has_owner THEN (SELECT staff_id FROM ngo_membership WHERE organisation_id = date.organisation_id
                                       AND role = 'caseworker' LIMIT 1) END AS owner_id
FROM date ORDER BY local_date, date.id;
CREATE INDEX ON scale_date (family_id);
ANALYZE scale_date;
"""

APPOINTMENTS = """
INSERT INTO cases_appointment (id, organisation_id, family_id, kind_id, office_id, place, zone, local_date, local_time,
                               starts_at, home_zone, leave_shelter_at, report_at, accompanied_by, food, owner_id, state,
                               replaces_id, told_at, told_by_id, made_at, made_by_id)
SELECT id, organisation_id, family_id, kind_id, office_id, '', there, local_date, local_time, starts_at, home_zone,
       starts_at - interval '90 minutes', starts_at - interval '30 minutes', '',
       (ARRAY['none', 'breakfast', 'lunch', 'both'])[1 + luck %% 4], owner_id,
       CASE WHEN NOT is_ahead THEN 'attended' WHEN luck %% 5 = 0 THEN 'confirmed' ELSE 'planned' END, NULL, NULL, NULL,
       least(starts_at - interval '20 days', %(now)s), by_id
FROM scale_date ORDER BY id
"""

GOERS = """
INSERT INTO cases_appointmentperson (appointment_id, person_id, is_companion)
SELECT date.id, person.id, NOT is_head
FROM scale_date date JOIN scale_person person USING (family_id) WHERE is_head OR luck %% 2 = 0 ORDER BY date.id, person.id
"""

CHANGES = """
INSERT INTO cases_appointmentchange (appointment_id, state, at, by_id, reason)
SELECT id, state, made_at, made_by_id, '' FROM cases_appointment WHERE id IN (SELECT id FROM scale_date) ORDER BY id
"""

# As cases.services.reminders plans them: one row per rule and recipient, what has passed or was not agreed to with its reason.
REMINDERS = """
INSERT INTO cases_reminder (key, channel, state, due_at, next_try_at, expires_at, claim, claimed_until, attempts, sent_at,
                            provider_id, last_error, reason, organisation_id, family_id, source_id, appointment_id, rule_id,
                            email_id, staff_id, language, called_at, called_by_id)
WITH recipient AS (
    SELECT date.id, 'guest' AS audience, email.id AS email_id, NULL::bigint AS staff_id,
           EXISTS (SELECT FROM cases_consent consent WHERE consent.family_id = date.family_id AND purpose = 'reminders'
                   AND decision = 'given' AND withdrawn_at IS NULL) AS agreed
    FROM scale_date date JOIN cases_emailaddress email USING (family_id) WHERE is_ahead AND removed_at IS NULL
    UNION ALL
    SELECT id, 'staff', NULL, owner_id, true FROM scale_date WHERE is_ahead AND owner_id IS NOT NULL
), planned AS (
    SELECT recipient.*, appointment.organisation_id, appointment.family_id, rule.id AS rule_id, leave_shelter_at,
           ((leave_shelter_at AT TIME ZONE home_zone)::date - days_before + at_time) AT TIME ZONE home_zone AS due
    FROM recipient JOIN cases_appointment appointment USING (id)
    JOIN cases_noticerule rule ON rule.kind_id = appointment.kind_id AND rule.audience = recipient.audience AND rule.is_active
         AND rule.way = 'any'
), reasoned AS (
    SELECT *, CASE WHEN due >= leave_shelter_at THEN 'after_leaving' WHEN due <= %(now)s THEN 'passed'
                   WHEN NOT agreed THEN 'no_consent' ELSE '' END AS reason,
           least(lead(due) OVER (PARTITION BY id, audience, email_id ORDER BY due), leave_shelter_at) AS expires
    FROM planned
)
SELECT gen_random_uuid(), 'email', CASE WHEN reason = '' THEN 'pending' ELSE 'suppressed' END, due, due, expires, NULL, NULL, 0,
       NULL, '', '', reason, organisation_id, family_id, id, id, rule_id, email_id, staff_id, 'es', NULL, NULL
FROM reasoned ORDER BY due, id
"""

# Roll-calls of the last thirty nights, at ten in the evening, with an answer for everyone who was there.
ROLL_CALLS = """
INSERT INTO shelters_rollcall (shelter_id, night, opened_at, opened_by_id, closed_at, closed_by_id)
SELECT shelter.id, night, at, by_id, at + interval '40 minutes', by_id
FROM shelters_shelter shelter JOIN unnest(%(shelters)s::bigint[], %(by)s::bigint[]) AS mine(id, by_id) USING (id),
     generate_series(1, 30) ago,
     LATERAL (SELECT (%(now)s::timestamptz AT TIME ZONE zone)::date - ago AS night) night,
     LATERAL (SELECT (night.night + time '21:30') AT TIME ZONE zone AS at) at
ORDER BY night, shelter.id
"""

MARKS = """
INSERT INTO shelters_rollcallmark (roll_call_id, stay_id, answer, happened_at, recorded_at, by_id, source, tap, batch,
                                   is_current, undone_at, undone_by_id)
SELECT roll_call.id, stay.id,
       CASE WHEN stay.id %% 41 = 0 THEN 'absent' WHEN stay.id %% 29 = 0 THEN 'leave' ELSE 'present' END,
       opened_at + interval '5 minutes', opened_at + interval '5 minutes', opened_by_id, 'tap', gen_random_uuid(), NULL,
       true, NULL, NULL
FROM shelters_rollcall roll_call JOIN shelters_stay stay ON stay.shelter_id = roll_call.shelter_id
 AND stay.arrived_at <= opened_at AND (stay.departed_at IS NULL OR stay.departed_at > opened_at)
WHERE roll_call.shelter_id = ANY(%(shelters)s)
ORDER BY roll_call.id, stay.id
"""

TURN_AWAYS = """
INSERT INTO shelters_turnaway (shelter_id, night, happened_at, party_size, composition, reason, sent_to, recorded_at,
                               recorded_by_id, voided_at, voided_by_id)
SELECT roll_call.shelter_id, night, opened_at - make_interval(mins => 7 * number), 1 + (roll_call.id + number) %% 5,
       (ARRAY['men', 'women', 'women_children', 'family', 'mixed'])[1 + (roll_call.id + number) %% 5],
       (ARRAY['full', 'composition', 'curfew', 'other'])[1 + (roll_call.id + 2 * number) %% 4],
       'Otra casa de prueba', opened_at, opened_by_id, NULL, NULL
FROM shelters_rollcall roll_call, generate_series(1, 3) number
WHERE roll_call.shelter_id = ANY(%(shelters)s) AND (roll_call.id + number) %% 3 <> 0
ORDER BY 3
"""

ITEMS = """
INSERT INTO shelters_item (shelter_id, name, unit, is_staple, daily_per_head, low_days, is_active, position)
SELECT shelter, name, unit, is_staple, per_head, 7, true, position
FROM unnest(%(shelters)s::bigint[]) shelter, (VALUES
    ('Arroz', 'kg', true, 0.12, 0), ('Frijol', 'kg', true, 0.10, 1), ('Aceite', 'l', true, 0.03, 2),
    ('Leche', 'l', true, 0.20, 3), ('Fórmula infantil', 'lata', false, NULL, 4), ('Pañales', 'pieza', false, NULL, 5)
) AS item(name, unit, is_staple, per_head, position)
ORDER BY shelter, position
"""

LOTS = """
INSERT INTO shelters_lot (item_id, expires_on, "left", opened_at)
SELECT item.id, (%(now)s::timestamptz)::date + 40 + 50 * number, 0, %(now)s::timestamptz - interval '31 days'
FROM shelters_item item, generate_series(1, 2) number WHERE shelter_id = ANY(%(shelters)s) ORDER BY item.id, number
"""

# A delivery a month ago, and what the kitchen has taken since.
MOVES = """
INSERT INTO shelters_stockmove (lot_id, kind, quantity, happened_at, recorded_at, by_id, reason, act, undoes_id)
SELECT lot.id, CASE WHEN ago = 31 THEN 'in' ELSE 'out' END,
       CASE WHEN ago = 31 THEN 900 + lot.id %% 100 ELSE -(10 + (lot.id + ago) %% 9) END,
       at, at, by_id, '', gen_random_uuid(), NULL
FROM shelters_lot lot JOIN shelters_item item ON item.id = item_id
JOIN unnest(%(shelters)s::bigint[], %(by)s::bigint[]) AS mine(shelter_id, by_id) USING (shelter_id),
     generate_series(1, 31) ago, LATERAL (SELECT %(now)s::timestamptz - make_interval(days => ago) AS at) at
ORDER BY at, lot.id
"""

LEFT = """
UPDATE shelters_lot SET "left" = (SELECT sum(quantity) FROM shelters_stockmove WHERE lot_id = shelters_lot.id)
WHERE item_id IN (SELECT id FROM shelters_item WHERE shelter_id = ANY(%(shelters)s))
"""

MEALS = """
INSERT INTO shelters_mealcount (shelter_id, day, meal, served, at, by_id)
SELECT roll_call.shelter_id, night, meal, 20 + (roll_call.id * 7) %% 90, opened_at, opened_by_id
FROM shelters_rollcall roll_call, unnest(ARRAY['breakfast', 'lunch', 'supper']) meal
WHERE roll_call.shelter_id = ANY(%(shelters)s) ORDER BY roll_call.id
"""


@dataclass(frozen=True)
class Step:
    """One statement and what its rows are called when it says how far it is."""

    says: str
    sql: str


BEFORE_THE_STAYS = [
    Step("families", FAMILIES),
    Step("members of families", MEMBERSHIPS),
    Step("consents", CONSENTS),
    Step("groups of people", CASES),
]
AFTER_THE_STAYS = [
    Step("acts of the desk", ACTS),
    Step("dates", DATES),
    Step("appointments", APPOINTMENTS),
    Step("people in appointments", GOERS),
    Step("changes of appointments", CHANGES),
    Step("reminders", REMINDERS),
    Step("roll-calls", ROLL_CALLS),
    Step("answers of roll-calls", MARKS),
    Step("parties turned away", TURN_AWAYS),
    Step("items of the store", ITEMS),
    Step("lots", LOTS),
    Step("moves of the store", MOVES),
    Step("lots counted", LEFT),
    Step("meals counted", MEALS),
]
