"""The cases of the demo at scale: one for each family, with its people, steps, papers, claim, tasks and notes.

Open for who is here and for who left and goes on, as their group is; and in every organisation for as many more as make the
caseload of its caseworker. One case of each organisation has a history such as none has after years.
"""

from typing import Any

from ngo.crypto import encrypt
from ngo.services.demo.scale_rows import Step

CASELOAD, PEOPLE_PER_CASE = 500, 40  # Open cases of one caseworker; fewer where there are few people.
PEOPLE_PER_LINE = 100  # The longest history has as many notes, tasks and changes: 2,000 of each for 200,000 people.
SAID = [
    "Se habló con la familia; quieren seguir por este camino.",
    "Llamada a la oficina: piden volver la semana próxima con las copias.",
    "Se revisaron los papeles. Falta la copia sellada.",
    "La familia pregunta por la fecha. Se explicó qué sigue y qué no depende de nosotros.",
]


def facts_of_cases(people: int) -> dict[str, Any]:
    """What the statements below need beside the usual: a few texts, each encrypted once."""
    return {
        "caseload": min(CASELOAD, people // PEOPLE_PER_CASE),
        "lines": people // PEOPLE_PER_LINE,
        "said": [encrypt(text) for text in SAID],
    }


# One line per family: its case, along a pathway of its group. `place` 1 is the one with the long history.
CASES_OF_FAMILIES = """
CREATE TEMPORARY TABLE scale_case ON COMMIT DROP AS
WITH ranked AS (
    SELECT family.*, first.arrived_at AS opened_at, last.departed_at,
           row_number() OVER (PARTITION BY organisation_id
                              ORDER BY last.departed_at IS NOT NULL, NOT goes_on, family.id) AS place
    FROM scale_family family
    JOIN scale_visit first ON first.family_id = family.id AND first.visit = 0
    JOIN scale_visit last ON last.family_id = family.id AND last.visit = %(last_visit)s
), known AS (
    SELECT *, CASE WHEN NOT goes_on AND place > %(caseload)s THEN departed_at END AS closed_at FROM ranked
), way AS (
    SELECT version.id AS version_id, organisation_id, "group", row_number() OVER mine - 1 AS number,
           count(*) OVER (PARTITION BY organisation_id, "group") AS ways,
           (SELECT count(*) FROM cases_step WHERE version_id = version.id) AS steps
    FROM cases_pathway pathway JOIN cases_pathwayversion version ON version.pathway_id = pathway.id AND version.number = 1
    WINDOW mine AS (PARTITION BY organisation_id, "group" ORDER BY position, pathway.id)
)
SELECT nextval(pg_get_serial_sequence('cases_process', 'id')) AS id, known.id AS family_id, known.organisation_id, by_id,
       shelter_id, head_id, luck, place, known."group", opened_at, closed_at,
       (coalesce(closed_at, %(now)s::timestamptz) - opened_at) AS span, way.version_id, step.id AS step_id, step.position AS step,
       (SELECT staff_id FROM ngo_membership membership
        WHERE membership.organisation_id = known.organisation_id AND ended_at IS NULL
          AND role = CASE WHEN place <= %(caseload)s THEN 'caseworker' WHEN luck %% 2 = 0 THEN 'legal' END LIMIT 1) AS owner_id
FROM known JOIN way ON way.organisation_id = known.organisation_id AND way."group" = known."group" AND number = luck %% ways
JOIN cases_step step ON step.version_id = way.version_id
 AND step.position = CASE WHEN closed_at IS NULL THEN 1 + luck / 7 %% steps ELSE steps END
ORDER BY opened_at, known.id;
CREATE INDEX ON scale_case (family_id);
CREATE INDEX ON scale_person (family_id);
ANALYZE scale_case;
"""

PROCESSES = """
INSERT INTO cases_process (id, organisation_id, family_id, version_id, step_id, step_since, owner_id, plan, opened_at,
                           opened_by_id, closed_at, closed_by_id, closing)
SELECT id, organisation_id, family_id, version_id, step_id, opened_at + span * (step - 1) / step, owner_id,
       CASE WHEN luck %% 4 = 0 THEN (%(said)s::text[])[1 + luck / 4 %% cardinality(%(said)s::text[])] ELSE '' END,
       opened_at, by_id, closed_at, CASE WHEN closed_at IS NOT NULL THEN by_id END,
       CASE WHEN closed_at IS NULL THEN '' ELSE (ARRAY['reached', 'travelled', 'left', 'no_contact'])[1 + luck %% 4] END
FROM scale_case ORDER BY id
"""

PEOPLE_OF_CASES = """
INSERT INTO cases_processperson (process_id, person_id, is_main, joined_at, left_at)
SELECT one.id, person.id, true, opened_at, closed_at
FROM scale_case one JOIN scale_person person USING (family_id) ORDER BY one.id, person.id
"""

# Opened, who is in it, each step that it came to, and its end. Of the long one many more.
CHANGES_OF_CASES = """
INSERT INTO cases_processchange (process_id, kind, at, by_id, person_id, step_id, staff_id, code, reason)
SELECT one.id, line.* FROM scale_case one CROSS JOIN LATERAL (
    SELECT 'opened', opened_at, by_id, NULL::bigint, NULL::bigint, NULL::bigint, '', ''
    UNION ALL
    SELECT 'joined', opened_at, by_id, person.id, NULL, NULL, '', '' FROM scale_person person
    WHERE person.family_id = one.family_id
    UNION ALL
    SELECT 'step', opened_at + span * (position - 1) / one.step, by_id, NULL, step.id, NULL, '', '' FROM cases_step step
    WHERE step.version_id = one.version_id AND position <= one.step
    UNION ALL
    SELECT 'closed', closed_at, by_id, NULL, NULL, NULL, 'left', '' WHERE closed_at IS NOT NULL
    UNION ALL
    SELECT (ARRAY['plan', 'owner', 'step', 'paper'])[1 + number %% 4], opened_at + span * number / (%(lines)s + 1), by_id, NULL,
           CASE WHEN number %% 4 = 2 THEN step_id END, CASE WHEN number %% 4 = 1 THEN owner_id END,
           CASE WHEN number %% 4 = 3 THEN 'identification' ELSE '' END, ''
    FROM generate_series(1, %(lines)s) number WHERE place = 1
) line
"""

SEEN = """
INSERT INTO cases_seenpaper (process_id, code, seen_at, seen_by_id, taken_back_at)
SELECT DISTINCT ON (one.id, paper ->> 'code') one.id, paper ->> 'code', opened_at + span * position / one.step, by_id, NULL
FROM scale_case one JOIN cases_step step ON step.version_id = one.version_id AND position < one.step
CROSS JOIN jsonb_array_elements(papers) paper ORDER BY one.id, paper ->> 'code', position
"""

# Of the step at which it stands, open; those of the steps before it, done; and one that somebody wrote.
TASKS_OF_CASES = """
INSERT INTO cases_task (organisation_id, process_id, person_id, appointment_id, kind, text, due_on, last_on, role, owner_id,
                        is_urgent, key, made_at, made_by_id, done_at, done_by_id, result, dropped_at, dropped_reason)
SELECT organisation_id, one.id, line.person, NULL, line.kind,
       CASE WHEN line.kind = 'other' THEN said[1 + (luck + line.number) %% cardinality(said)] ELSE '' END,
       coalesce(line.done_at, %(now)s)::date + CASE WHEN line.done_at IS NULL THEN (luck + line.number) %% 35 - 5 ELSE 2 END,
       NULL, line.role, owner_id, line.done_at IS NULL AND (luck + line.number) %% 40 = 0, '', line.made_at, by_id, line.done_at,
       CASE WHEN line.done_at IS NOT NULL THEN by_id END,
       CASE WHEN line.done_at IS NOT NULL THEN said[1 + luck %% cardinality(said)] ELSE '' END, NULL, ''
FROM scale_case one CROSS JOIN (SELECT %(said)s::text[] AS said) words CROSS JOIN LATERAL (
    SELECT position AS number, 'step' AS kind, NULL::bigint AS person, role,
           opened_at + span * (position - 1) / one.step AS made_at,
           CASE WHEN position < one.step OR closed_at IS NOT NULL THEN opened_at + span * position / one.step END AS done_at
    FROM cases_step step WHERE step.version_id = one.version_id AND position <= one.step
    UNION ALL
    SELECT 101, 'other', head_id, 'caseworker', opened_at, NULL WHERE closed_at IS NULL
    UNION ALL
    SELECT number, 'other', head_id, 'caseworker', opened_at, opened_at + span * number / (%(lines)s + 1)
    FROM generate_series(1, %(lines)s) number WHERE place = 1
) line
"""

NOTES_OF_CASES = """
INSERT INTO cases_processnote (process_id, kind, text, written_at, written_by_id)
SELECT one.id, (ARRAY['general', 'talk', 'contact', 'general', 'legal', 'health'])[1 + (luck + number) %% 6],
       said[1 + (luck + number) %% cardinality(said)], opened_at + span * number / (lines + 1), by_id
FROM scale_case one CROSS JOIN (SELECT %(said)s::text[] AS said) words
CROSS JOIN LATERAL (SELECT 1 + luck %% 3 + CASE WHEN place = 1 THEN %(lines)s ELSE 0 END AS lines) many
CROSS JOIN LATERAL generate_series(1, lines) number
"""

# Of whoever came as far as that: filed where they slept, recognised in the end.
CLAIMS = """
INSERT INTO cases_claim (process_id, state, entered_on, entry_is_estimated, filed_on, filed_in, office_id, folio, decided_on,
                         told_on, may_leave_the_state, consulate_is_silent, changed_at)
SELECT one.id, CASE WHEN closed_at IS NOT NULL THEN 'recognised' WHEN step = 4 THEN 'filed' ELSE 'constancia' END,
       opened_at::date - 3, false, opened_at::date, city.state, NULL, '', closed_at::date, closed_at::date, false, true, opened_at
FROM scale_case one JOIN shelters_shelter shelter ON shelter.id = shelter_id JOIN ngo_city city ON city.id = city_id
WHERE "group" = 'mexican_protection' AND step > 3 ORDER BY one.id
"""

OF_CASES = [
    Step("cases on a pathway", PROCESSES),
    Step("people in cases", PEOPLE_OF_CASES),
    Step("changes of cases", CHANGES_OF_CASES),
    Step("papers seen", SEEN),
    Step("tasks", TASKS_OF_CASES),
    Step("notes in cases", NOTES_OF_CASES),
    Step("claims", CLAIMS),
]
