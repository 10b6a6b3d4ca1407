"""A pathway as a coordinator writes it: its words, what may follow it, its steps, and notes by nationality."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from cases.forms.fields import text_field
from cases.forms.processes import ROLES_OF_CASES, reason_field
from cases.models import Pathway, PathwayVersion, Step
from cases.services.pathways import MOST_DAYS, MOST_STEPS, StepData, VersionData
from ngo.permissions import Role
from ngo.ui import DatePartsField, form_helper

ROLES = [Role.FRONT_DESK, *ROLES_OF_CASES]


def words_area(label: Any, *, rows: int = 2, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=600,
        required=False,
        help_text=help_text,
        widget=forms.Textarea({"rows": rows, "autocomplete": "off"}),
        error_messages={"max_length": gettext_lazy("This is too long: %(limit_value)s letters fit.")},
    )


class PathwayForm(forms.Form):
    name_es = text_field(gettext_lazy("Name in Spanish"), 120, required=True)
    name_en = text_field(gettext_lazy("Name in English"), 120, required=True)
    about_es = words_area(gettext_lazy("What it is, in Spanish"))
    about_en = words_area(gettext_lazy("What it is, in English"))
    reason = reason_field(gettext_lazy("Why it is changed"), required=True)

    def __init__(self, *args: Any, pathway: Pathway, version: PathwayVersion, **kwargs: Any):
        given = {name: getattr(version, name) for name in ("name_es", "name_en", "about_es", "about_en")}
        super().__init__(*args, initial=given | {"next_pathways": version.next_pathways}, **kwargs)
        others = PathwayVersion.objects.in_force().filter(pathway__organisation=pathway.organisation_id)
        others = others.exclude(pathway=pathway).select_related("pathway").order_by("pathway__position", "pathway")
        self.fields["next_pathways"] = forms.MultipleChoiceField(
            label=_("What may follow"),
            choices=[(row.pathway.code, row.name) for row in others],
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Without a tick, any. Another one than these needs a reason."),
        )
        self.helper = form_helper("name_es", "name_en", "about_es", "about_en", "next_pathways", "reason")


class StepForm(forms.Form):
    code = forms.CharField(required=False, widget=forms.HiddenInput)
    position = forms.IntegerField(
        label=gettext_lazy("Order"),
        min_value=1,
        max_value=999,
        required=False,
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-2", "autocomplete": "off", "maxlength": 3}),
        error_messages={"invalid": gettext_lazy("Write it with numbers.")},
    )
    name_es = text_field(gettext_lazy("Name in Spanish"), 120)
    name_en = text_field(gettext_lazy("Name in English"), 120)
    explain_es = words_area(gettext_lazy("In plain words, in Spanish"))
    explain_en = words_area(gettext_lazy("In plain words, in English"))
    role = forms.ChoiceField(
        label=gettext_lazy("Who does it"), choices=[(role.value, role.label) for role in ROLES], initial=Role.CASEWORKER
    )
    within_days = forms.IntegerField(
        label=gettext_lazy("Days to do it in"),
        min_value=0,
        max_value=MOST_DAYS,
        required=False,
        help_text=gettext_lazy("Ours, not the law's. Without it, no task is made."),
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-2", "autocomplete": "off", "maxlength": 3}),
        error_messages={"invalid": gettext_lazy("Write it with numbers.")},
    )
    papers_es = words_area(gettext_lazy("Papers needed, in Spanish"), help_text=gettext_lazy("One on each line."))
    papers_en = words_area(gettext_lazy("Papers needed, in English"), help_text=gettext_lazy("In the same order."))
    clock = forms.RegexField(
        label=gettext_lazy("Clock of law"),
        regex=r"^[a-z0-9-]*$",
        max_length=60,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "class": "po-w-m"}),
        help_text=gettext_lazy("The short name of a rule, for example mx-claim."),
        error_messages={"invalid": gettext_lazy("Small letters, digits and hyphens.")},
    )
    article = text_field(gettext_lazy("Article"), 200)
    source = text_field(gettext_lazy("Where it was read"), 300)
    checked_on = DatePartsField(label=gettext_lazy("Checked on"), required=False)
    remove = forms.BooleanField(label=gettext_lazy("Leave this step out"), required=False)
    use_required_attribute = False
    helper = form_helper(
        *("code", "position", "name_es", "name_en", "explain_es", "explain_en", "role", "within_days", "papers_es"),
        *("papers_en", "clock", "article", "source", "checked_on", "remove"),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if self.is_used(said):
            for name in ("name_es", "name_en"):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, _("Write the name in Spanish and in English."))
            if said.get("article") and not said.get("source") and "source" not in self.errors:
                self.add_error("source", _("Beside an article write where it was read and on which day."))
            if said.get("article") and not said.get("checked_on") and "checked_on" not in self.errors:
                self.add_error("checked_on", _("Beside an article write where it was read and on which day."))
        return said

    @staticmethod
    def is_used(said: dict[str, Any]) -> bool:
        """A step that is kept or new; one without any word is an empty row."""
        return not said.get("remove") and bool(said.get("code") or said.get("name_es") or said.get("name_en"))

    def data_of_step(self) -> StepData:
        said = self.cleaned_data
        return StepData(
            name_es=said["name_es"],
            name_en=said["name_en"],
            code=said["code"],
            explain_es=said["explain_es"],
            explain_en=said["explain_en"],
            role=said["role"],
            within_days=said["within_days"],
            papers_es=said["papers_es"].splitlines(),
            papers_en=said["papers_en"].splitlines(),
            clock=said["clock"],
            article=said["article"],
            source=said["source"],
            checked_on=said["checked_on"],
        )

    @staticmethod
    def of(step: Step) -> dict[str, Any]:
        """What a step says, as the form shows it."""
        names = ("code", "name_es", "name_en", "explain_es", "explain_en", "role", "within_days", "clock", "article")
        said = {name: getattr(step, name) for name in (*names, "source", "checked_on")}
        papers = {f"papers_{each}": "\n".join(paper.get(each, "") for paper in step.papers) for each in ("es", "en")}
        return said | papers | {"position": step.position}


class NationalityForm(forms.Form):
    nationalities = text_field(
        gettext_lazy("Nationalities"), 200, help_text=gettext_lazy("Codes of two letters: HN, GT. Empty: everybody.")
    )
    es = words_area(gettext_lazy("Note in Spanish"))
    en = words_area(gettext_lazy("Note in English"))
    source = text_field(gettext_lazy("Where it was read"), 300)
    checked_on = DatePartsField(label=gettext_lazy("Checked on"), required=False)
    use_required_attribute = False
    helper = form_helper("nationalities", "es", "en", "source", "checked_on")

    def clean_nationalities(self) -> list[str]:
        codes = [code.strip().upper() for code in self.cleaned_data["nationalities"].replace(";", ",").split(",")]
        codes = [code for code in codes if code]
        unknown = [code for code in codes if code not in countries]
        if unknown:
            raise forms.ValidationError(_("No country has this code: %(code)s.") % {"code": unknown[0]})
        return codes

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if (said.get("es") or said.get("en")) and not (said.get("source") and said.get("checked_on")):
            self.add_error("source", _("Beside a note write where it was read and on which day."))
        return said

    def note(self) -> dict[str, Any] | None:
        said = self.cleaned_data
        if not said.get("es") and not said.get("en"):
            return None
        return {
            "nationalities": said["nationalities"],
            "es": said["es"],
            "en": said["en"],
            "source": said["source"],
            "checked_on": said["checked_on"].isoformat(),
        }

    @staticmethod
    def of(row: dict[str, Any]) -> dict[str, Any]:
        checked = row.get("checked_on")
        return {
            "nationalities": ", ".join(row.get("nationalities", [])),
            "es": row.get("es", ""),
            "en": row.get("en", ""),
            "source": row.get("source", ""),
            "checked_on": date.fromisoformat(checked) if checked else None,
        }


Steps = forms.formset_factory(StepForm, extra=2, max_num=MOST_STEPS, absolute_max=MOST_STEPS + 5)
Notes = forms.formset_factory(NationalityForm, extra=1, max_num=20, absolute_max=25)


def version_data(form: PathwayForm, steps: Any, notes: Any) -> VersionData:
    """What the three forms say together, the steps in the order that was written."""
    used = [(row.cleaned_data.get("position") or 999, place, row) for place, row in enumerate(steps) if _is_used(row)]
    said = form.cleaned_data
    return VersionData(
        name_es=said["name_es"],
        name_en=said["name_en"],
        about_es=said["about_es"],
        about_en=said["about_en"],
        next_pathways=said["next_pathways"],
        nationality_notes=[note for row in notes if row.cleaned_data and (note := row.note())],
        steps=[row.data_of_step() for _order, _place, row in sorted(used, key=lambda one: one[:2])],
    )


def _is_used(row: StepForm) -> bool:
    return bool(row.cleaned_data) and StepForm.is_used(row.cleaned_data)
