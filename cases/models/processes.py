"""Cases: one process of one or several people along a pathway, what happened in it, and what has to be done.

The page calls it a case. In the code it is `Process`, because `Case` (cases/models/people.py) is the row that says in which
group a person is: that group follows the person's *main* process.
"""

from datetime import date
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.appointments import Appointment
from cases.models.pathways import PathwayVersion, Step
from cases.models.people import Family, Person
from ngo.crypto import EncryptedTextField
from ngo.models import Membership
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.permissions import Permission, Role, may


class Closing(models.TextChoices):
    """Why a case is closed. The first four say that they have gone on; the last that it should never have been opened."""

    REACHED = "reached", pgettext_lazy("closing", "It reached what they wanted")
    TRAVELLED = "travelled", pgettext_lazy("closing", "They travelled")
    LEFT = "left", pgettext_lazy("closing", "They left and go on elsewhere")
    NO_CONTACT = "no_contact", pgettext_lazy("closing", "No contact any more")
    REFUSED = "refused", pgettext_lazy("closing", "The authority refused, and nothing is left to do")
    WITHDRAWN = "withdrawn", pgettext_lazy("closing", "They do not want it any more")
    OTHER_WAY = "other_way", pgettext_lazy("closing", "They go another way now")
    CANCELLED = "cancelled", pgettext_lazy("closing", "The authority ended this way")
    REFERRED = "referred", pgettext_lazy("closing", "Another organisation goes on with it")
    MISTAKE = "mistake", pgettext_lazy("closing", "Opened by mistake")


GONE = {Closing.REACHED, Closing.TRAVELLED, Closing.LEFT, Closing.NO_CONTACT}  # They wait for nothing here any more.


class ProcessQuerySet(OrganisationQuerySet):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def of_people(self, people: Any) -> Self:
        """Cases that these people are in now, each once."""
        return self.filter(Exists(ProcessPerson.objects.current().filter(process=OuterRef("pk"), person__in=people)))

    def with_way(self) -> Self:
        """The cases with their pathway, their step and who is responsible."""
        return self.select_related("version__pathway", "step", "owner", "family")

    def with_people(self) -> Self:
        """Each case with `.here`: its rows of people now, in the order in which they joined."""
        rows = ProcessPerson.objects.current().select_related("person").order_by("pk")
        return self.prefetch_related(models.Prefetch("people", queryset=rows, to_attr="here"))


class Process(models.Model):
    """One process of one or several people: a claim, a hearing, a return. Several may be open; one is main per person."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="processes")
    family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, related_name="processes")  # When opened.
    version = models.ForeignKey(PathwayVersion, models.PROTECT, related_name="processes")
    step = models.ForeignKey(Step, models.PROTECT, related_name="+", verbose_name=_("step"))
    step_since = models.DateTimeField(default=timezone.now)
    owner = models.ForeignKey(
        "ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible")
    )
    plan = EncryptedTextField(_("plan"), blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    closing = models.CharField(_("why it is closed"), max_length=12, choices=Closing, blank=True)

    objects = ProcessQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closing="") | (Q(closed_at__isnull=False) & ~Q(closing="")),
                name="a_closed_case_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "owner"], condition=Q(closed_at=None), name="open_cases_by_responsible"
            ),
            models.Index(fields=["family"], name="cases_of_a_family"),
        ]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class ProcessPersonQuerySet(models.QuerySet):
    def current(self) -> Self:
        """Those who are in a case that is open."""
        return self.filter(left_at=None)

    def main(self) -> Self:
        return self.current().filter(is_main=True)

    def to_the_end(self) -> Self:
        """Those who are in a case, or were when it was closed."""
        return self.filter(Q(left_at=None) | Q(left_at=F("process__closed_at")))


class ProcessPerson(models.Model):
    """Someone in a case, for a time. Leaving closes the row, and so does the end of the case."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="people")
    person = models.ForeignKey(Person, models.PROTECT, related_name="process_rows")
    is_main = models.BooleanField(_("main case"), default=False)  # While `left_at` is empty.
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = ProcessPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person of a case")
        constraints = [
            models.UniqueConstraint(
                fields=["process", "person"], condition=Q(left_at=None), name="one_row_per_person_of_a_case"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(left_at=None, is_main=True), name="one_main_process_per_person"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")), name="leaves_a_case_after_joining_it"
            ),
        ]
        indexes = [models.Index(fields=["person"], name="cases_of_a_person")]


class Happening(models.TextChoices):
    OPENED = "opened", pgettext_lazy("case", "Opened")
    STEP = "step", pgettext_lazy("case", "Step")
    JOINED = "joined", pgettext_lazy("case", "Joined")
    LEFT = "left", pgettext_lazy("case", "Left the case")
    MAIN = "main", pgettext_lazy("case", "Main case")
    MOVED = "moved", pgettext_lazy("case", "Goes by another version")
    OWNER = "owner", pgettext_lazy("case", "Responsible")
    PLAN = "plan", pgettext_lazy("case", "Plan")
    PAPER = "paper", pgettext_lazy("case", "Paper")
    FACT = "fact", pgettext_lazy("case", "Written")
    ALERT = "alert", pgettext_lazy("case", "Alert")
    CLOSED = "closed", pgettext_lazy("case", "Closed")
    REOPENED = "reopened", pgettext_lazy("case", "Opened again")


class ProcessChange(models.Model):
    """Something that happened in a case: when, by whom, why. Written once, never changed."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=Happening)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    step = models.ForeignKey(Step, models.PROTECT, null=True, related_name="+")
    staff = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")  # To whom it was handed.
    # A code of what it was, where the kind has several: a paper, a state of a claim, a reason for closing.
    code = models.CharField(max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["process", "-at"], name="changes_of_a_case")]


class SeenPaper(models.Model):
    """A paper of a step that somebody saw with their own eyes. Taken back where it was a mistake."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="seen_papers")
    code = models.CharField(max_length=40)
    seen_at = models.DateTimeField(default=timezone.now)
    seen_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "code"], condition=Q(taken_back_at=None), name="one_row_per_seen_paper"
            )
        ]


class NoteKind(models.TextChoices):
    """What a note is about. The last three are read by those who need to know, and by nobody else."""

    GENERAL = "general", pgettext_lazy("note", "General")
    CONTACT = "contact", pgettext_lazy("note", "Contact with an authority")
    TALK = "talk", pgettext_lazy("note", "Talk with the person")
    HEALTH = "health", pgettext_lazy("note", "Health")
    PSYCHOSOCIAL = "psychosocial", pgettext_lazy("note", "Psychosocial")
    LEGAL = "legal", pgettext_lazy("note", "Legal, in confidence")


NEED_TO_KNOW = {
    NoteKind.HEALTH: Permission.VIEW_RESTRICTED_NEEDS,
    NoteKind.PSYCHOSOCIAL: Permission.VIEW_RESTRICTED_NEEDS,
    NoteKind.LEGAL: Permission.KEEP_LEGAL_NOTES,
}


def note_kinds_of(staff: Any) -> list[NoteKind]:
    """The kinds of note that this person may read and write."""
    return [kind for kind in NoteKind if kind not in NEED_TO_KNOW or may(staff, NEED_TO_KNOW[kind])]


class ProcessNoteQuerySet(OrganisationQuerySet):
    organisation_path = "process__organisation"

    def visible_to(self, staff: Any) -> Self:
        return super().visible_to(staff).filter(kind__in=note_kinds_of(staff))


class ProcessNote(models.Model):
    """A dated note in a case. Encrypted; never changed, only followed by another."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="notes")
    kind = models.CharField(_("kind"), max_length=12, choices=NoteKind, default=NoteKind.GENERAL)
    text = EncryptedTextField(_("note"))
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    objects = ProcessNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note of a case")
        ordering = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["process", "-written_at"], name="notes_of_a_case")]


# --- What has to be done -----------------------------------------------------------------------------------------------


class TaskKind(models.TextChoices):
    """What has to be done. Neutral words: they stand in lists."""

    OTHER = "other", pgettext_lazy("task", "Something else")
    STEP = "step", pgettext_lazy("task", "Do the step")
    CLOCK = "clock", pgettext_lazy("task", "A limit of law comes near")
    CLOCK_LATE = "clock_late", pgettext_lazy("task", "A limit of law has passed: see a lawyer")
    CLOCK_ASK = "clock_ask", pgettext_lazy("task", "The authority is late: ask what became of it")
    CHOOSE_WAY = "choose_way", pgettext_lazy("task", "Choose a new pathway with them")
    VERIFY_HEARING = "verify_hearing", pgettext_lazy("task", "Check the date of the hearing")
    ADDRESS = "address", pgettext_lazy("task", "Tell the court the new address")
    SIGN_IN_MISSED = "sign_in_missed", pgettext_lazy("task", "A sign-in was missed: talk to them today")
    FEAR = "fear", pgettext_lazy("task", "Stopped return: legal team, talk to them in private")
    OTHER_STATE = "other_state", pgettext_lazy("task", "They are in another state: ask the legal team")
    EXPIRY = "expiry", pgettext_lazy("task", "A paper ends soon: renew it")
    TURN = "turn", pgettext_lazy("task", "Ask how far the list is")
    TURN_CALLED = "turn_called", pgettext_lazy("task", "Their turn was called: they must be there that day")
    CHILD = "child", pgettext_lazy("task", "Child protection: next step")
    REFERRAL = "referral", pgettext_lazy("task", "A referral has no answer")
    ASKED_HELP = "asked_help", pgettext_lazy("task", "They wrote that they need help: talk to them")
    UNCONFIRMED = "unconfirmed", pgettext_lazy("task", "A date was not confirmed in time")
    AWAITED = "awaited", pgettext_lazy("task", "Ask whether the date is known")
    MISSED = "missed", pgettext_lazy("task", "An appointment was missed: talk to them today")
    TURNED_AWAY = "turned_away", pgettext_lazy("task", "They were turned away there: talk to them today")
    NO_OUTCOME = "no_outcome", pgettext_lazy("task", "Nobody wrote what became of it: ask them")
    NOT_BACK = "not_back", pgettext_lazy("task", "Somebody did not come back: legal team, today")


OF_A_MISS = [TaskKind.MISSED, TaskKind.TURNED_AWAY, TaskKind.NO_OUTCOME]  # Each is of one appointment.


ALERTS = [TaskKind.SIGN_IN_MISSED, TaskKind.FEAR, TaskKind.OTHER_STATE]  # The whole legal team is told of them.


class TaskQuerySet(OrganisationQuerySet):
    def open(self) -> Self:
        return self.filter(done_at=None, dropped_at=None)

    def ending_with_the_case(self) -> Self:
        """Those that mean nothing any more once their case is closed. Who fears to go back is still talked to."""
        return self.exclude(kind=TaskKind.FEAR)

    def due_by(self, day: date) -> Self:
        return self.open().filter(due_on__lte=day)

    def first_due_first(self) -> Self:
        """The urgent before the others, then by the day on which they are due."""
        return self.order_by("-is_urgent", "due_on", "pk")

    def with_case(self) -> Self:
        return self.select_related(
            "process__version__pathway", "process__step", "process__family", "person", "owner", "appointment"
        )

    def mine(self, staff: Any) -> Self:
        """Those of somebody, those of their role that are nobody's, and alerts to their role, whoever has them by name.

        What is for a role that nobody here has is the coordinators': otherwise it would stand in no list.
        """
        role = getattr(getattr(staff, "membership", None), "role", "")
        to_a_role = Q(owner=None) | Q(kind__in=ALERTS)
        theirs = Q(role=role)
        if role == Role.COORDINATOR:
            working = Membership.objects.in_force().filter(staff__is_active=True)
            theirs |= Q(~Exists(working.filter(organisation=OuterRef("organisation"), role=OuterRef("role"))))
        return self.filter(Q(owner=staff) | to_a_role & theirs)


class Task(models.Model):
    """Something to do, by a day, by somebody: from a step, a clock, or a person. Done, or dropped with a reason; never lost."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="tasks")
    process = models.ForeignKey(Process, models.PROTECT, null=True, blank=True, related_name="tasks")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="tasks")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="tasks")
    clock = models.ForeignKey("cases.Clock", models.PROTECT, null=True, blank=True, related_name="tasks")
    document = models.ForeignKey("cases.Document", models.PROTECT, null=True, blank=True, related_name="tasks")
    kind = models.CharField(_("what"), max_length=15, choices=TaskKind, default=TaskKind.OTHER)
    text = EncryptedTextField(_("what to do"), blank=True)
    due_on = models.DateField(_("due on"))
    last_on = models.DateField(null=True, blank=True)  # Where a rule gives more time than the safe day: its last day.
    role = models.CharField(_("who, if nobody by name"), max_length=20, choices=Role, default=Role.CASEWORKER)
    owner = models.ForeignKey(
        "ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible")
    )
    is_urgent = models.BooleanField(_("urgent"), default=False)
    # What made it, so that the same cause makes it once: "verify:12", "address:77:2026-11-26". Empty: a person.
    key = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    result = EncryptedTextField(_("what came of it"), blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_reason = models.CharField(_("why it is not needed"), max_length=200, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], condition=~Q(key=""), name="one_task_per_cause"),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(dropped_at=None), name="a_task_is_done_or_dropped_not_both"
            ),
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(last_on__gte=F("due_on")), name="the_safe_day_is_not_after_the_last"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "due_on"],
                condition=Q(done_at=None, dropped_at=None),
                name="open_tasks_by_day",
            ),
            models.Index(fields=["process", "-done_at", "-id"], name="tasks_of_a_case"),
        ]

    @property
    def words(self) -> str:
        """What has to be done: as somebody wrote it, or the step at which the case stands, or the kind of task."""
        if self.text:
            return self.text
        if self.kind == TaskKind.STEP and self.is_open and self.process is not None:
            return self.process.step.name  # The task of a step goes with it: an open one is of the step now.
        return str(TaskKind(self.kind).label)

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.dropped_at is None

    @property
    def is_a_question(self) -> bool:
        """Whether it asks what became of an appointment."""
        return self.kind == TaskKind.NO_OUTCOME

    def is_late_on(self, day: date) -> bool:
        return self.is_open and self.due_on < day


CLOCK_DAYS, PAPER_DAYS = 5, 30  # Where an organisation said nothing else.


class WarningDays(models.Model):
    """How many days before a limit of law, and before the end of a paper, an organisation wants a task made."""

    organisation = models.OneToOneField("ngo.Organisation", models.PROTECT, related_name="warning_days")
    clock_days = models.PositiveSmallIntegerField(
        _("days before a limit of law"), default=CLOCK_DAYS, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    paper_days = models.PositiveSmallIntegerField(
        _("days before a paper ends"), default=PAPER_DAYS, validators=[MinValueValidator(1), MaxValueValidator(180)]
    )
    changed_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("when tasks are made")


for model in (Process, ProcessPerson, SeenPaper, ProcessNote, Task, WarningDays):
    tracked()(model)
