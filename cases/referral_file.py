"""What a referral tells: to the other side, under its open grants and nothing else; and to us, who sent it.

`shared_with_them` is the only way from a referral to a person for the other side's pages, the letter and nothing besides. It
gives words, never a row: no template of theirs can reach further.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_countries import countries

from cases.models import (
    RESTRICTED_NEEDS,
    BirthPrecision,
    Case,
    Document,
    FileLink,
    Person,
    Phone,
    Referral,
    ReferralGrant,
    ReferralPaper,
    ReferralState,
    SharedFact,
    SpecificNeed,
)
from cases.words import age_words, language_words
from ngo.models import Organisation, ReadLog
from ngo.templatetags.posada import full_date


@dataclass(frozen=True)
class Line:
    label: str | Promise
    value: str


@dataclass(frozen=True)
class SharedPerson:
    """One person as the other side sees them: a number within the referral, and the facts that were chosen."""

    number: int
    lines: list[Line]


@dataclass(frozen=True)
class SharedPaper:
    code: UUID
    what: str
    size: int
    kind: str


@dataclass(frozen=True)
class Theirs:
    """A referral as the other side sees it. Once no grant is open there is neither person, nor paper, nor message in it."""

    code: UUID
    sender: str
    help_kind: str
    state: str
    state_words: str
    sent_at: datetime
    respond_by: datetime
    ended_at: datetime | None
    is_late: bool
    people: list[SharedPerson] = field(default_factory=list)
    papers: list[SharedPaper] = field(default_factory=list)
    message: str = ""
    seen_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        return bool(self.people)


def shared_with_them(referral: Referral, now: datetime) -> Theirs:
    """What the other side sees at this moment. At most six queries, however many people."""
    grants: list[Any] = list(
        ReferralGrant.objects.open(now).numbered().filter(referral=referral).select_related("person")
    )
    facts = set(referral.facts)
    people = [grant.person for grant in grants]
    told = _Facts(people, facts, referral.family_id if grants else None)
    return Theirs(
        code=referral.code,
        sender=str(referral.organisation),
        help_kind=referral.get_help_kind_display(),
        state=referral.state,
        state_words=referral.get_state_display(),
        sent_at=referral.sent_at,
        respond_by=referral.respond_by,
        ended_at=referral.ended_at,
        is_late=referral.is_late_at(now),
        people=[SharedPerson(grant.number, told.of(grant.person)) for grant in grants],
        papers=[_shared(row) for row in papers_open_to_them(referral, people)] if grants else [],
        message=referral.message if grants else "",
        seen_until=min((grant.expires_at for grant in grants), default=None),
    )


def papers_open_to_them(referral: Referral, people: Iterable[Person]) -> list[ReferralPaper]:
    """The papers that they may open now: of somebody whom they see, or of the family, and still in its file."""
    wanted = {person.pk for person in people}
    if not wanted:
        return []
    rows = ReferralPaper.objects.filter(referral=referral, document__removed_at=None).exclude(document__file_name="")
    return [
        row
        for row in rows.select_related("document").order_by("pk")
        if row.document.person_id is None or row.document.person_id in wanted
    ]


def paper_open_to_them(referral: Referral, code: UUID, now: datetime) -> Document | None:
    """One paper by the code that this referral gave it, if it is open to them at this moment."""
    people = [
        grant.person for grant in ReferralGrant.objects.open(now).filter(referral=referral).select_related("person")
    ]
    return next((row.document for row in papers_open_to_them(referral, people) if row.code == code), None)


def _shared(row: ReferralPaper) -> SharedPaper:
    document = row.document
    return SharedPaper(row.code, str(document), document.file_size, document.get_file_kind_display())


class _Facts:
    """The facts of some people, each kind fetched once and only where it was chosen."""

    def __init__(self, people: list[Person], facts: set[str], family_id: int | None):
        self.facts = facts
        self.groups: dict[int, str] = {}
        self.needs: dict[int, list[SpecificNeed]] = {}
        self.phones: list[str] = []
        if not people:
            return
        if SharedFact.GROUP in facts:
            cases = Case.objects.open().filter(person__in=people).order_by("pk")
            self.groups = {case.person_id: case.get_group_display() for case in cases}
        if facts & {SharedFact.NEEDS, SharedFact.RESTRICTED_NEEDS}:
            for need in SpecificNeed.objects.filter(person__in=people, ended_at=None).order_by("pk"):
                self.needs.setdefault(need.person_id, []).append(need)
        if SharedFact.PHONE in facts:
            rows = Phone.objects.filter(family=family_id, removed_at=None).order_by("pk")
            self.phones = [
                f"{row.number} ({_('others use it too')})" if row.shared_with else row.number for row in rows
            ]

    def of(self, person: Person) -> list[Line]:
        """In the order of the list of facts, each with its word; what nobody wrote says so."""
        said = {
            SharedFact.NAME: lambda: person.full_name,
            SharedFact.AGE: lambda: age_words(person),
            SharedFact.BIRTH_DATE: lambda: _birth(person),
            SharedFact.SEX: person.get_sex_display,  # type: ignore[attr-defined]
            SharedFact.NATIONALITY: lambda: str(countries.name(person.nationality.code)) if person.nationality else "",
            SharedFact.LANGUAGES: lambda: language_words(person.speaks),
            SharedFact.PHONE: lambda: ", ".join(self.phones),
            SharedFact.GROUP: lambda: self.groups.get(person.pk, ""),
            SharedFact.NEEDS: lambda: self._needs(person, restricted=False),
            SharedFact.RESTRICTED_NEEDS: lambda: self._needs(person, restricted=True),
        }
        chosen = [fact for fact in SharedFact if fact in self.facts]
        return [Line(fact.label, str(said[fact]()) or _("Nobody wrote it")) for fact in chosen]

    def _needs(self, person: Person, *, restricted: bool) -> str:
        needs = [need for need in self.needs.get(person.pk, []) if (need.code in RESTRICTED_NEEDS) == restricted]
        return ", ".join(need.get_code_display() for need in needs)


def _birth(person: Person) -> str:
    if person.born_on is None:
        return ""
    if person.birth_precision == BirthPrecision.EXACT:
        return full_date(person.born_on)
    return _("About %(year)s") % {"year": person.born_on.year}


def papers_seen_by(row: Referral, staff: Any) -> Any:
    """The papers of a referral of ours that one of us may know of."""
    ours = Document.objects.visible_to(staff)
    return row.papers.filter(document__in=ours).select_related("document").order_by("pk")


# --- Our side ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ours:
    """A referral as the side that sent it sees it."""

    row: Referral
    grants: list[ReferralGrant]
    open_grants: set[int]
    known_there: set[int]  # Grants of whose person the other side has a file: that it is so, and no more.
    papers: list[ReferralPaper]
    facts: list[str | Promise]
    reads: int  # Times that the other side opened it.
    last_read_at: datetime | None
    is_late: bool
    must_tell: bool

    @property
    def ended_by_us(self) -> bool:
        """Whether who ended it works here: of the other side no name is shown."""
        return self.row.to_organisation_id is None or self.row.state == ReferralState.REVOKED


def our_side(row: Referral, staff: Any, now: datetime) -> Ours:
    """Everything of a referral that we sent, and how often it was opened over there; not by whom. Five queries.

    Papers that this person may not see stand there no more than in the file.
    """
    grants = ReferralGrant.objects.filter(referral=row).select_related("person", "consent").order_by("pk")
    lines: list[Any] = []
    if row.to_organisation_id:
        read = ReadLog.objects.filter(organisation=row.to_organisation_id).of(row)
        lines = list(read.select_related(None).values_list("at", flat=True)[:200])
    return Ours(
        row=row,
        grants=list(grants),
        open_grants=set(ReferralGrant.objects.open(now).filter(referral=row).values_list("pk", flat=True)),
        known_there=set(FileLink.objects.standing(now).filter(grant__referral=row).values_list("grant", flat=True)),
        papers=list(papers_seen_by(row, staff)),
        facts=[SharedFact(fact).label for fact in row.facts],
        reads=len(lines),
        last_read_at=lines[0] if lines else None,
        is_late=row.is_late_at(now),
        must_tell=row.must_tell_since is not None and row.told_at is None,
    )


# --- For the first page ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ReferralCounts:
    """What waits for this organisation, in referrals."""

    to_answer: int  # Sent to us, not answered, and somebody still to be seen.
    to_answer_late: int
    unanswered: int  # Sent by us, and nobody answered in time.
    to_tell: int  # Somebody outside must be asked to destroy what they have.


def referral_counts(organisation: Organisation, now: datetime) -> ReferralCounts:
    """Two queries."""
    seen = Exists(ReferralGrant.objects.open(now).filter(referral=OuterRef("pk")).order_by())
    waiting = Referral.objects.filter(to_organisation=organisation).waiting().filter(seen).order_by()
    received = waiting.aggregate(all=Count("pk"), late=Count("pk", filter=Q(respond_by__lte=now)))
    sent = Referral.objects.filter(organisation=organisation).aggregate(
        late=Count("pk", filter=Q(state="sent", respond_by__lte=now)),
        tell=Count("pk", filter=Q(must_tell_since__isnull=False, told_at=None)),
    )
    return ReferralCounts(received["all"], received["late"], sent["late"], sent["tell"])
