"""Cases as they are typed: opened, taken on, handed on, closed; and tasks."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import text_field
from cases.models import Closing, NoteKind, Pathway, PathwayVersion, Person, Process, Step, Task, note_kinds_of
from cases.services.processes import NOTE_AT_MOST
from cases.services.tasks import TEXT_AT_MOST
from ngo.models import Membership, Staff
from ngo.permissions import GRANTS, Permission, Role
from ngo.ui import DatePartsField, form_helper

ROLES_OF_CASES = [role for role, granted in GRANTS.items() if Permission.EDIT_CASES in granted]


def keeps_cases(organisation: Any) -> Any:
    """Who works here in a role that keeps cases."""
    roles = [role.value for role in ROLES_OF_CASES]
    ours = Membership.objects.in_force().filter(organisation=organisation, role__in=roles)
    return Staff.objects.filter(pk__in=ours.values("staff"), is_active=True).order_by("name", "pk")


def owner_field(by: Staff, label: Any = "") -> forms.ModelChoiceField:
    ours = keeps_cases(by.organisation)
    empty = _("Nobody by name")
    return forms.ModelChoiceField(label=label or _("Responsible"), queryset=ours, required=False, empty_label=empty)


def reason_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    field = text_field(label, 300, required=required, help_text=help_text)
    field.error_messages["required"] = gettext_lazy("Write the reason.")
    return field


def people_field(people: Iterable[Person], label: Any, *, everybody: bool = False) -> forms.MultipleChoiceField:
    people = list(people)
    return forms.MultipleChoiceField(
        label=label,
        choices=[(str(person.pk), person.full_name) for person in people],
        widget=forms.CheckboxSelectMultiple,
        initial=[str(person.pk) for person in people] if everybody else None,
        error_messages={"required": _("Mark at least one person.")},
    )


def pathway_choices(organisation: Any, codes: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The pathways in use by name; with `codes`, those first that may follow."""
    versions = PathwayVersion.objects.in_force().filter(pathway__organisation=organisation, pathway__is_active=True)
    rows = list(versions.select_related("pathway").order_by("pathway__position", "pathway"))
    first = list(codes)
    rows.sort(key=lambda row: row.pathway.code not in first if first else False)
    return [(str(row.pathway_id), row.name) for row in rows]


class OpenForm(forms.Form):
    """Who goes which way, and who is responsible."""

    def __init__(self, *args: Any, by: Staff, members: list[Person], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.by, self.members = by, {str(person.pk): person for person in members}
        self.fields["people"] = people_field(members, _("For whom"), everybody=True)
        self.fields["pathway"] = forms.ChoiceField(
            label=_("Pathway"),
            choices=pathway_choices(by.organisation),
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose the pathway.")},
        )
        self.fields["is_main"] = forms.BooleanField(
            label=_("It is their main case"),
            required=False,
            initial=True,
            help_text=_("Everybody is counted by their main case. It can be changed for each person."),
        )
        self.fields["owner"] = owner_field(by)
        self.fields["owner"].initial = by.pk
        self.helper = form_helper("people", "pathway", "is_main", "owner")

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "people": [self.members[pk] for pk in said["people"]],
            "pathway": Pathway.objects.get(pk=said["pathway"], organisation=self.by.organisation),
            "is_main": said["is_main"],
            "owner": said["owner"],
        }


class StepForm(forms.Form):
    """To which step a case goes on, and why where something is left out."""

    def __init__(self, *args: Any, steps: list[Step], here: int, wanted: int | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.steps = {str(step.pk): step for step in steps if step.pk != here}
        self.fields["step"] = forms.ChoiceField(
            label=_("Step"),
            choices=[(pk, step.name) for pk, step in self.steps.items()],
            initial=str(wanted or ""),
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose the step.")},
        )
        self.fields["reason"] = reason_field(
            _("Reason"), help_text=_("Where steps or papers are left out, or where it goes back.")
        )
        self.helper = form_helper("step", "reason")

    def facts(self) -> dict[str, Any]:
        return {"step": self.steps[self.cleaned_data["step"]], "reason": self.cleaned_data["reason"]}


class VersionForm(forms.Form):
    """From which step a case goes on by the newest version of its pathway."""

    says_optional = False

    def __init__(self, *args: Any, version: PathwayVersion, process: Process, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.steps = {str(step.pk): step for step in version.steps.all()}
        same = [pk for pk, step in self.steps.items() if step.code == process.step.code]
        self.fields["step"] = forms.ChoiceField(
            label=_("It goes on from"),
            choices=[(pk, step.name) for pk, step in self.steps.items()],
            initial=same[0] if same else "",
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose the step.")},
        )
        self.helper = form_helper("step")

    def facts(self) -> dict[str, Any]:
        return {"step": self.steps[self.cleaned_data["step"]]}


class OneOfForm(forms.Form):
    """One of some people, and a reason where it needs one."""

    def __init__(self, *args: Any, people: list[Person], asks: Any, needs_reason: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["person"] = forms.ChoiceField(
            label=asks,
            choices=[(pk, person.full_name) for pk, person in self.people.items()],
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose the person.")},
        )
        if needs_reason:
            self.fields["reason"] = reason_field(_("Reason"), required=True)
        self.helper = form_helper(*self.fields)

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"person": self.people[said["person"]]} | ({"reason": said["reason"]} if "reason" in said else {})


class HandOverForm(forms.Form):
    reason = reason_field(gettext_lazy("Reason"))

    def __init__(self, *args: Any, by: Staff, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["owner"] = owner_field(by, _("Who goes on with it"))
        self.helper = form_helper("owner", "reason")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class PlanForm(forms.Form):
    plan = forms.CharField(
        label=gettext_lazy("What was agreed with them"),
        max_length=NOTE_AT_MOST,
        required=False,
        widget=forms.Textarea({"rows": 6, "autocomplete": "off"}),
        help_text=gettext_lazy("Goals, who does what, until when. The history keeps what stood here before."),
    )
    helper = form_helper("plan")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class CaseNoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=NOTE_AT_MOST,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        help_text=gettext_lazy("Facts, short. It cannot be changed afterwards."),
        error_messages={"required": gettext_lazy("The note is empty.")},
    )

    def __init__(self, *args: Any, by: Staff, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["kind"] = forms.ChoiceField(
            label=_("What it is about"),
            choices=[(kind.value, kind.label) for kind in note_kinds_of(by)],
            initial=NoteKind.GENERAL,
            help_text=_("Health, psychosocial and legal notes are read by those who need to know, and by nobody else."),
        )
        self.helper = form_helper("kind", "text")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class CloseForm(forms.Form):
    """Why a case ends, and what comes next for its people."""

    closing = forms.ChoiceField(
        label=gettext_lazy("Why is it closed?"),
        choices=Closing.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why the case is closed.")},
    )

    def __init__(self, *args: Any, process: Process, by: Staff, **kwargs: Any):
        super().__init__(*args, **kwargs)
        follows = pathway_choices(by.organisation, process.version.next_pathways)
        self.by = by
        self.fields["next_pathway"] = forms.ChoiceField(
            label=_("What comes next for them?"),
            choices=[("", _("Nothing for now")), *follows],
            required=False,
            help_text=_(
                "A new case is opened for the same people. Another pathway than those that follow needs a reason."
            ),
        )
        self.fields["reason"] = reason_field(_("What happened, in a few words"))
        self.helper = form_helper("closing", "next_pathway", "reason")

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        following = said["next_pathway"]
        return {
            "closing": said["closing"],
            "reason": said["reason"],
            "next_pathway": Pathway.objects.get(pk=following, organisation=self.by.organisation) if following else None,
        }


class ReasonForm(forms.Form):
    """One sentence: why."""

    def __init__(self, *args: Any, asks: Any, required: bool = True, stands: bool | None = None, **kwargs: Any):
        """`stands`, of something that this turns round: how it stood when the page was drawn. See `stood`."""
        super().__init__(*args, **kwargs)
        self.fields["reason"] = reason_field(asks, required=required)
        self.helper = form_helper("reason")
        if stands is not None:
            self.fields["stood"] = forms.CharField(
                required=False, widget=forms.HiddenInput, initial="yes" if stands else "no"
            )
            self.helper = form_helper("reason", "stood")

    def stood(self, now: bool) -> bool:
        """How it stood when the page was drawn, so that a second press does not turn it round again."""
        return {"yes": True, "no": False}.get(self.cleaned_data.get("stood", ""), now)

    def facts(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"]}


# --- Tasks -------------------------------------------------------------------------------------------------------------


class TaskForm(forms.Form):
    text = text_field(gettext_lazy("What has to be done"), TEXT_AT_MOST, required=True)
    due_on = DatePartsField(label=gettext_lazy("Until"))
    is_urgent = forms.BooleanField(label=gettext_lazy("It is urgent"), required=False)

    def __init__(self, *args: Any, by: Staff, people: list[Person], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["text"].error_messages["required"] = _("Write what has to be done.")
        self.fields["person"] = forms.ChoiceField(
            label=_("For whom"),
            choices=[("", _("The whole case")), *((pk, person.full_name) for pk, person in self.people.items())],
            required=False,
        )
        self.fields["owner"] = owner_field(by)
        self.fields["owner"].initial = by.pk
        self.fields["role"] = forms.ChoiceField(
            label=_("Otherwise, whose task it is"),
            choices=[(role.value, role.label) for role in ROLES_OF_CASES],
            initial=Role.CASEWORKER,
        )
        self.helper = form_helper("text", "due_on", "person", "owner", "role", "is_urgent")

    def facts(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        said["person"] = self.people.get(said["person"] or "")
        return said


class DoneForm(forms.Form):
    result = text_field(gettext_lazy("What came of it"), TEXT_AT_MOST)
    helper = form_helper("result")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ChangeTaskForm(forms.Form):
    due_on = DatePartsField(label=gettext_lazy("Until"))

    def __init__(self, *args: Any, by: Staff, task: Task, **kwargs: Any):
        kwargs.setdefault("initial", {"due_on": task.due_on, "owner": task.owner_id})
        super().__init__(*args, **kwargs)
        self.fields["owner"] = owner_field(by)
        self.helper = form_helper("due_on", "owner")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
