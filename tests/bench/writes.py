"""What writes: check-in beside the same statements by hand, and how fast one worker sends reminders."""

import json
import smtplib
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from statistics import median
from time import perf_counter
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg import Connection

from cases.models import Family, Process
from cases.services.sending import send_due
from ngo.crypto import decrypt
from ngo.settings import BASE_DIR
from shelters.models import Bed, Placement, Stay
from shelters.services.desk import Place
from shelters.services.stays import check_in_family
from tests.bench.measuring import Row, medians
from tests.bench.sites import Site

CHECK_IN_GOAL, THROUGHPUT_GOAL = 3.0, 0.5
RUNS, ROUNDS, NOTICES = 30, 5, 100
AS_THE_MAIL = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": "127.0.0.1"}


def measure(site: Site, only: str = "", runs: int = RUNS, notices: int = NOTICES) -> list[Row]:
    rows = []
    if only in "check-in":
        rows.append(check_in(site, runs))
    if only in "reminders-by-mail":
        rows.append(reminders(site, notices))
    return rows


# --- Check in ----------------------------------------------------------------------------------------------------------


class Undone(Exception):
    """Ends a transaction that was only measured."""


def check_in(site: Site, runs: int) -> Row:
    """A family of four: the service beside its bare statements, both in a transaction that is undone afterwards."""
    with site.using():
        family, chosen = a_family_of_four(site), four_places(site)
        people = [row.person_id for row in family.members.order_by("pk")[:4]]
        places = dict(zip(people, chosen, strict=True))

    def ours(_run: int) -> None:
        with site.using(), undone():
            check_in_family(
                family=family, shelter=site.shelter, places=places, by=site.coordinator, reason="Medida de prueba"
            )

    facts = {
        **site.facts(),
        "family": family.pk,
        "people": people,
        "state": site.shelter.city.state,
        "beds": [place.bed_id for place in chosen],
        "spaces": [place.space_id for place in chosen],
    }
    service, hand = medians([ours, lambda _run: check_in_by_hand(site.by_hand, facts)], runs)
    with site.using(), CaptureQueriesContext(site.wrapper) as captured:
        ours(0)
    queries = [
        query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN"))
    ]
    return Row("check-in", service, "ms", hand, CHECK_IN_GOAL, queries=len(queries))


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def a_family_of_four(site: Site) -> Family:
    """One that left long ago, so that its people can come again, without an open case; four of them where they are more."""
    families = Family.objects.filter(organisation=site.organisation).with_members().order_by("pk")
    families = families.exclude(pk__in=Process.objects.open().values("family"))
    here = set(Stay.objects.current().filter(family__organisation=site.organisation).values_list("family", flat=True))
    return next(row for row in families.iterator(200) if len(row.current_members) >= 4 and row.pk not in here)


def four_places(site: Site) -> list[Place]:
    """Free beds in the house; where there are not four, the floor of a space."""
    taken = Placement.objects.filter(shelter=site.shelter, state__in=["in", "held"]).values("bed")
    night = site.facts()["night"]
    usable = Bed.objects.filter(space__shelter=site.shelter).usable(night).with_end(night)
    beds = (
        usable.filter(Q(gone_on=None)).exclude(pk__in=taken).exclude(space__sleepers="men").order_by("space", "pk")[:4]
    )
    floor = Place(site.shelter.spaces.exclude(sleepers="men").first().pk, None)
    return ([Place(bed.space_id, bed.pk) for bed in beds] + [floor] * 4)[:4]


STAYS = """
INSERT INTO shelters_stay (shelter_id, person_id, family_id, arrived_at, expected_departure_on, departed_at, exit_reason,
                           destination, recorded_at, recorded_by_id, voided_at, source, external_ref)
SELECT %(shelter)s, person, %(family)s, %(now)s, NULL, NULL, '', '', now(), %(staff)s, NULL, 'desk', ''
FROM unnest(%(people)s::bigint[]) person RETURNING id
"""
PLACEMENTS = """
INSERT INTO shelters_placement (shelter_id, space_id, bed_id, stay_id, person_id, family_id, state, actual, planned,
                                hold_expires_at, held_for, space_kind, rule_reason, decided_by_id, sex, relationship, needs,
                                recorded_at, recorded_by_id)
SELECT %(shelter)s, space, bed, stay, person, %(family)s, 'in', tstzrange(%(now)s, NULL), tstzrange(%(now)s, NULL),
       NULL, '', '', 'Medida de prueba', %(staff)s, '', '', '{}', now(), %(staff)s
FROM unnest(%(stays)s::bigint[], %(people)s::bigint[], %(beds)s::bigint[], %(spaces)s::bigint[]) AS row(stay, person, bed, space)
RETURNING id
"""
ACT = """
INSERT INTO shelters_act (shelter_id, family_id, kind, happened_at, recorded_at, by_id, changed)
VALUES (%(shelter)s, %(family)s, 'check_in', %(now)s, now(), %(staff)s, %(changed)s) RETURNING id
"""
# What the service asks, releases and looks at before it writes: the same statements, in its order.
LOOK = [
    "SELECT * FROM cases_family WHERE id = %(family)s FOR NO KEY UPDATE",
    "SELECT * FROM shelters_shelter WHERE id = %(shelter)s FOR NO KEY UPDATE",
    (
        "SELECT member.*, person.* FROM cases_familymember member JOIN cases_person person ON person.id = person_id"
        " WHERE family_id = %(family)s AND left_on IS NULL"
    ),
    (
        "SELECT stay.*, person.* FROM shelters_stay stay JOIN cases_person person ON person.id = stay.person_id"
        " WHERE (stay.family_id = %(family)s OR person_id = ANY(%(people)s)) AND departed_at IS NULL AND voided_at IS NULL"
    ),
    (
        "SELECT space.*, closure.*, (SELECT min(lower(later.nights)) FROM shelters_spaceclosure later"
        " WHERE later.space_id = space.id AND lower(later.nights) > %(night)s::date)"
        " FROM shelters_space space LEFT JOIN shelters_spaceclosure closure ON space_id = space.id"
        " AND nights @> %(night)s::date WHERE space.id = ANY(%(spaces)s) AND shelter_id = %(shelter)s"
    ),
    (
        "SELECT bed.*, cleaning.id, period.space_id, block.reason, LEAST("
        " (SELECT min(lower(later.nights)) FROM shelters_bedblock later"
        "  WHERE later.bed_id = bed.id AND lower(later.nights) > %(night)s::date),"
        " (SELECT min(upper(ended.nights)) FROM shelters_bedperiod ended"
        "  WHERE ended.bed_id = bed.id AND upper(ended.nights) > %(night)s::date"
        "   AND NOT EXISTS (SELECT FROM shelters_bedperiod other WHERE other.bed_id = ended.bed_id"
        "    AND other.space_id = ended.space_id AND other.nights @> upper(ended.nights))))"
        " FROM shelters_bed bed"
        " LEFT JOIN shelters_cleaning cleaning ON cleaning.bed_id = bed.id AND cleaned_at IS NULL AND dropped_at IS NULL"
        " LEFT JOIN shelters_bedperiod period ON period.bed_id = bed.id AND period.nights @> %(night)s::date"
        " LEFT JOIN shelters_bedblock block ON block.bed_id = bed.id AND block.nights @> %(night)s::date"
        " WHERE bed.id = ANY(%(beds)s)"
    ),
    (
        "SELECT hold.*, space.* FROM shelters_placement hold LEFT JOIN shelters_space space ON space.id = hold.space_id"
        " WHERE hold.family_id = %(family)s AND hold.shelter_id = %(shelter)s AND hold.state = 'held' ORDER BY planned, hold.id"
    ),
    (
        "UPDATE shelters_placement SET state = 'released' WHERE state = 'held' AND hold_expires_at <= %(now)s"
        " AND bed_id = ANY(%(beds)s) RETURNING id"
    ),
    (
        "SELECT id, hold_expires_at FROM shelters_placement"
        " WHERE shelter_id = %(shelter)s AND bed_id IS NULL AND state = 'held'"
    ),
    (
        "SELECT id, bed_id, state, actual, planned, hold_expires_at FROM shelters_placement WHERE bed_id = ANY(%(beds)s) AND ("
        " state IN ('held', 'in') AND planned && tstzrange(%(now)s, NULL)"
        " OR state IN ('in', 'out') AND actual && tstzrange(%(now)s, NULL))"
    ),
    "SELECT person_id, code FROM cases_specificneed WHERE person_id = ANY(%(people)s) AND ended_at IS NULL",
    "SELECT * FROM cases_childalert WHERE person_id = ANY(%(people)s) AND closed_at IS NULL",
    (
        "SELECT placement.person_id, space_id, placement.family_id, person.born_on, placement.state,"
        " EXISTS (SELECT FROM cases_childalert WHERE person_id = person.id AND closed_at IS NULL)"
        " FROM shelters_placement placement JOIN cases_person person ON person.id = placement.person_id"
        " WHERE placement.shelter_id = %(shelter)s AND state IN ('in', 'out')"
        " AND (space_id = ANY(%(spaces)s) OR placement.family_id = %(family)s)"
        " AND actual && tstzrange(%(now)s, %(now)s, '[]') AND stay_id IN (SELECT id FROM shelters_stay"
        " WHERE shelter_id = %(shelter)s AND voided_at IS NULL AND (departed_at IS NULL OR departed_at >= %(now)s))"
    ),
    (
        "SELECT person.id, EXISTS (SELECT FROM cases_processperson row JOIN cases_process one ON one.id = process_id"
        "  JOIN cases_claim claim ON claim.process_id = one.id WHERE row.person_id = person.id"
        "  AND (left_at IS NULL OR left_at = one.closed_at) AND NOT may_leave_the_state AND filed_in <> ''"
        "  AND upper(filed_in) <> upper(%(state)s)"
        "  AND claim.state IN ('filed', 'constancia', 'interviewed', 'transferred', 'refused', 'review')),"
        " EXISTS (SELECT FROM cases_processperson row JOIN cases_process one ON one.id = process_id"
        "  JOIN cases_pathwayversion version ON version.id = version_id JOIN cases_pathway pathway ON pathway.id = pathway_id"
        "  WHERE row.person_id = person.id AND left_at IS NULL AND \"group\" = 'us_appointment')"
        " OR EXISTS (SELECT FROM cases_appointmentperson row JOIN cases_appointment one ON one.id = appointment_id"
        "  JOIN cases_appointmentkind kind ON kind.id = kind_id WHERE row.person_id = person.id AND is_checked_weekly"
        "  AND state IN ('planned', 'confirmed') AND starts_at >= %(now)s),"
        " (SELECT shelter_id FROM shelters_stay WHERE person_id = person.id AND voided_at IS NULL AND arrived_at < %(now)s"
        "  ORDER BY arrived_at DESC, id DESC LIMIT 1) FROM cases_person person WHERE id = ANY(%(people)s)"
    ),
    "SELECT state FROM shelters_shelterstate WHERE shelter_id = %(shelter)s AND period @> %(now)s",
    "SELECT * FROM shelters_waitingentry WHERE family_id = %(family)s AND state IN ('waiting', 'offered')",
]


def check_in_by_hand(db: Connection, facts: dict[str, Any]) -> None:
    """The same statements in one transaction, with the same triggers, which is undone as well."""
    facts = {**facts, "now": timezone.now()}
    try:
        with db.transaction():
            for statement in LOOK:
                db.execute(statement, facts).fetchall()
            stays = [pk for (pk,) in db.execute(STAYS, facts).fetchall()]
            opened = [pk for (pk,) in db.execute(PLACEMENTS, {**facts, "stays": stays}).fetchall()]
            db.execute(ACT, {**facts, "changed": json.dumps({"stays": stays, "opened": opened, "released": []})})
            raise Undone
    except Undone:
        pass


# --- Reminders ---------------------------------------------------------------------------------------------------------


def reminders(site: Site, notices: int) -> Row:
    """Notices per second of one worker, as a share of a bare loop that claims rows and sends mail over one connection."""
    with a_sink() as port, override_settings(**AS_THE_MAIL, EMAIL_PORT=port):
        rates: tuple[list[float], list[float]] = ([], [])
        for _round in range(ROUNDS):
            for rate, work in zip(rates, (lambda: ours(site), lambda: bare(site.by_hand, port)), strict=True):
                make_due(site.by_hand, notices)
                rate.append(per_second(work))
    return Row(
        "reminders-by-mail",
        median(rates[0]),
        "notices per second",
        median(rates[1]),
        THROUGHPUT_GOAL,
        higher_is_better=True,
    )


@contextmanager
def a_sink() -> Iterator[int]:
    """A loopback SMTP server in a process of its own, and its port."""
    words = [sys.executable, "-m", "tests.bench.sink"]
    with subprocess.Popen(words, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdin
        assert sink.stdout
        try:
            yield int(sink.stdout.readline())
        finally:
            sink.stdin.close()


def make_due(db: Connection, notices: int) -> None:
    """So many reminders to families who agreed are due now, or as many as there are; nothing else is."""
    db.execute(
        "UPDATE cases_reminder SET state = 'pending', claim = NULL, claimed_until = NULL, attempts = 0, sent_at = NULL,"
        " next_try_at = now() + interval '10 days' WHERE state <> 'suppressed'"
    )
    made = db.execute(
        "UPDATE cases_reminder SET next_try_at = now() - interval '1 minute', expires_at = now() + interval '1 day' WHERE id IN ("
        " SELECT one.id FROM cases_reminder one JOIN cases_appointment appointment ON appointment.id = appointment_id"
        " WHERE one.state = 'pending' AND email_id IS NOT NULL AND leave_shelter_at > now() + interval '1 day'"
        " ORDER BY one.id LIMIT %(notices)s)",
        {"notices": notices},
    )
    if not made.rowcount:
        sys.exit("There is no reminder that could be made due.")


def per_second(work: Callable[[], int]) -> float:
    begun = perf_counter()
    sent = work()
    return sent / (perf_counter() - begun)


def ours(site: Site) -> int:
    with site.using():
        sent = 0
        while (swept := send_due()).touched:
            sent += swept.sent
        return sent


CLAIM = """
UPDATE cases_reminder SET state = 'claimed', claim = %(claim)s, claimed_until = now() + interval '5 minutes'
WHERE id IN (SELECT id FROM cases_reminder WHERE state = 'pending' AND next_try_at <= now()
             ORDER BY next_try_at, id LIMIT 50 FOR UPDATE SKIP LOCKED)
RETURNING id, key, (SELECT address FROM cases_emailaddress WHERE id = email_id)
"""
SENT = """
UPDATE cases_reminder SET state = 'sent', claim = NULL, claimed_until = NULL, attempts = 1, sent_at = now(), provider_id = %(key)s
WHERE id = %(id)s AND claim = %(claim)s
"""


def bare(db: Connection, port: int) -> int:
    """Claim, send, record: nothing is looked at once more, nothing is composed."""
    sent = 0
    with smtplib.SMTP("127.0.0.1", port) as line:
        while claimed := db.execute(CLAIM, {"claim": (claim := uuid.uuid4())}).fetchall():
            for pk, key, address in claimed:
                line.send_message(message_to(decrypt(address), key))
                db.execute(SENT, {"id": pk, "claim": claim, "key": str(key)})
                sent += 1
    return sent


def message_to(address: str, key: uuid.UUID) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "posada@localhost", address, "Recordatorio"
    message["Message-ID"] = f"<{key}@localhost>"
    message.set_content("Tiene algo que hacer el martes 1 de diciembre. Pregunte en la casa.")
    return message
