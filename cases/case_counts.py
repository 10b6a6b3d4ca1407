"""What the first page asks about cases: how much is late, without anybody or without a paper. One statement for all of it.

Written by hand, because a page that everybody opens should not ask twelve times. Each number is that of the list which its line
opens; tests/cases/test_case_counts.py holds both side by side.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from cases.clock_words import NEAR
from cases.models import ALERTS, BEFORE_FILING, OPEN_CLAIM, PROTECTS
from cases.services.child_places import SOON
from ngo.permissions import Permission, may


@dataclass(frozen=True)
class CaseCounts:
    """What waits in the cases of an organisation; nothing of what the role does not see."""

    clocks_late: int = 0
    clocks_near: int = 0
    clocks_to_tell: int = 0  # Dates that moved, of which nobody told the family.
    tasks_urgent: int = (
        0  # Of somebody, and of their role that are nobody's; one that is urgent and late counts in both.
    )
    tasks_late: int = 0
    tasks_today: int = 0
    misses: int = 0  # Appointments that were missed, or where they were turned away, and nobody has seen to it yet.
    silences: int = 0  # Appointments of which nobody wrote what became of them, although their day is over.
    cases_of_nobody: int = 0
    unprotected: int = 0  # People of open claims who hold no paper that protects them.
    sign_ins_missed: int = 0  # Their day is over, and nobody wrote what became of them.
    referrals_to_answer: int = 0
    referrals_to_answer_late: int = 0
    referrals_unanswered: int = 0  # Ours, and nobody answered in time.
    referrals_to_tell: int = 0  # Somebody outside must be asked to destroy what they have.
    pairs: int = 0
    child_places_ending: int = 0


# By what a role must be allowed to see. Each part gives one row, whatever the organisation holds.
PARTS = [
    (
        Permission.VIEW_CLOCKS,
        """
        SELECT count(*) FILTER (WHERE safe_on < %(today)s) AS clocks_late,
               count(*) FILTER (WHERE safe_on >= %(today)s) AS clocks_near
        FROM cases_clock clock JOIN cases_clockrule rule ON rule.id = rule_id
        WHERE clock.organisation_id = %(organisation)s AND state = 'running' AND safe_on <= %(near)s AND actor = 'person'
        """,
    ),
    (
        Permission.VIEW_CLOCKS,
        """
        SELECT count(*) AS clocks_to_tell FROM cases_clockresult result JOIN cases_clock clock ON clock.id = clock_id
        WHERE organisation_id = %(organisation)s AND told_at IS NULL AND cause <> 'started' AND state IN ('running', 'passed')
        """,
    ),
    (
        Permission.VIEW_CASES,
        """
        SELECT count(*) FILTER (WHERE is_urgent) AS tasks_urgent, count(*) FILTER (WHERE due_on < %(today)s) AS tasks_late,
               count(*) FILTER (WHERE due_on = %(today)s) AS tasks_today,
               count(*) FILTER (WHERE kind IN ('missed', 'turned_away')) AS misses,
               count(*) FILTER (WHERE kind = 'no_outcome') AS silences
        FROM cases_task task WHERE organisation_id = %(organisation)s AND done_at IS NULL AND dropped_at IS NULL
          AND (is_urgent OR due_on <= %(today)s) AND (owner_id = %(staff)s
            OR (owner_id IS NULL OR kind = ANY(%(alerts)s)) AND (role = %(role)s OR %(role)s = 'coordinator' AND NOT EXISTS (
              SELECT FROM ngo_membership member JOIN ngo_staff staff ON staff.id = staff_id AND staff.is_active
              WHERE member.organisation_id = task.organisation_id AND member.role = task.role AND ended_at IS NULL
                AND accepted_at <= %(now)s AND (expires_at IS NULL OR expires_at > %(now)s))))
        """,
    ),
    (
        Permission.VIEW_CASES,
        """
        SELECT count(*) AS cases_of_nobody FROM cases_process
        WHERE organisation_id = %(organisation)s AND closed_at IS NULL AND owner_id IS NULL
        """,
    ),
    (
        Permission.VIEW_CASES,
        """
        SELECT count(*) AS unprotected
        FROM cases_claim claim JOIN cases_process process ON process.id = claim.process_id
        JOIN cases_processperson here ON here.process_id = process.id AND left_at IS NULL
        WHERE organisation_id = %(organisation)s AND closed_at IS NULL AND claim.state = ANY(%(unsettled)s) AND NOT EXISTS (
            SELECT FROM cases_permit permit WHERE permit.person_id = here.person_id AND replaced_at IS NULL
              AND permit.state = 'issued' AND kind = ANY(%(protects)s) AND (expires_on IS NULL OR expires_on >= %(today)s))
        """,
    ),
    (
        Permission.VIEW_CASES,
        """
        SELECT count(*) AS sign_ins_missed
        FROM cases_signinduty duty JOIN cases_claim claim ON claim.id = claim_id
        JOIN cases_process process ON process.id = claim.process_id
        WHERE organisation_id = %(organisation)s AND ended_at IS NULL AND next_on < %(today)s
        """,
    ),
    (
        Permission.HANDLE_REFERRALS,
        """
        SELECT count(*) AS referrals_to_answer, count(*) FILTER (WHERE respond_by <= %(now)s) AS referrals_to_answer_late
        FROM cases_referral referral WHERE to_organisation_id = %(organisation)s AND state = 'sent' AND EXISTS (
            SELECT FROM cases_referralgrant seen LEFT JOIN cases_consent consent ON consent.id = consent_id
            WHERE seen.referral_id = referral.id AND seen.ended_at IS NULL AND seen.expires_at > %(now)s
              AND (consent_id IS NULL OR withdrawn_at IS NULL AND decision IN ('given', 'written_pending')
                   AND (expires_on IS NULL OR expires_on >= %(today)s)))
        """,
    ),
    (
        Permission.HANDLE_REFERRALS,
        """
        SELECT count(*) FILTER (WHERE state = 'sent' AND respond_by <= %(now)s) AS referrals_unanswered,
               count(*) FILTER (WHERE must_tell_since IS NOT NULL AND told_at IS NULL) AS referrals_to_tell
        FROM cases_referral WHERE organisation_id = %(organisation)s
        """,
    ),
    (
        Permission.EDIT_PEOPLE,
        """
        SELECT count(*) AS pairs FROM cases_possibleduplicate pair
        JOIN cases_person one ON one.id = one_id AND one.merged_into_id IS NULL
        JOIN cases_person other ON other.id = other_id AND other.merged_into_id IS NULL
        WHERE pair.organisation_id = %(organisation)s AND state = 'open'
        """,
    ),
    (
        Permission.HANDLE_CHILD_ALERTS,
        """
        SELECT count(*) AS child_places_ending FROM cases_childplace
        WHERE organisation_id = %(organisation)s AND is_active AND NOT is_of_the_dif AND authorised_until <= %(soon)s
        """,
    ),
]
UNSETTLED = [str(state) for state in (*BEFORE_FILING, *OPEN_CLAIM)]


def case_counts(staff: Any, now: datetime) -> CaseCounts:
    """Everything that this person may see of it. One query; none for a role that sees nothing of it."""
    parts = [sql for permission, sql in PARTS if may(staff, permission)]
    if not parts:
        return CaseCounts()
    today = timezone.localdate(now)
    facts = {
        "organisation": staff.membership.organisation_id,
        "staff": staff.pk,
        "role": staff.membership.role,
        "now": now,
        "today": today,
        "near": today + timedelta(days=NEAR),
        "soon": today + SOON,
        "unsettled": UNSETTLED,
        "alerts": [str(kind) for kind in ALERTS],
        "protects": [str(kind) for kind in PROTECTS],
    }
    tables = ", ".join(f"({sql}) AS part_{number}" for number, sql in enumerate(parts))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {tables}", facts)  # noqa: S608  Our own words; what is looked for is in `facts`.
        names = [column.name for column in cursor.description]
        return CaseCounts(**dict(zip(names, cursor.fetchone(), strict=True)))
