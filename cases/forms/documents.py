"""A paper as it is written down: what it is, whose, what was seen, until when it is good, and the file of it."""

from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import text_field
from cases.models import RESTRICTED_DOCUMENTS, Document, DocumentKind, Person, Process, SeenAs
from cases.services.documents import Facts, papers_asked_for
from ngo.errors import Refused
from ngo.papers import Paper, check_size, examine
from ngo.permissions import Permission, may
from ngo.ui import DatePartsField, form_helper

ACCEPTED = "image/jpeg,image/png,image/webp,application/pdf"
THE_FAMILY = ""
NO_CASE = ""


class FactsForm(forms.Form):
    """What is written about a paper."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What paper is it?"),
        error_messages={"required": gettext_lazy("Choose what paper it is.")},
    )
    what = text_field(gettext_lazy("If it is another paper: what?"), 80)
    person = forms.ChoiceField(label=gettext_lazy("Whose is it?"), required=False)
    case = forms.ChoiceField(
        label=gettext_lazy("For which case, and which of its papers?"),
        required=False,
        help_text=gettext_lazy("The page of the case then says which papers are there and which are missing."),
    )
    seen_as = forms.ChoiceField(
        label=gettext_lazy("What did you see?"),
        choices=SeenAs.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Mark what you saw.")},
    )
    expires_on = DatePartsField(
        label=gettext_lazy("Good until"),
        required=False,
        help_text=gettext_lazy("As the paper says. Leave it empty where nobody knows."),
    )
    never_expires = forms.BooleanField(label=gettext_lazy("It does not expire"), required=False)
    is_legal = forms.BooleanField(
        label=gettext_lazy("Only for the legal team"),
        required=False,
        help_text=gettext_lazy("Nobody else sees that it is here."),
    )

    def __init__(
        self,
        *args: Any,
        members: Iterable[Person],
        by: Any,
        cases: Iterable[Process] = (),
        document: Document | None = None,
        **kwargs: Any,
    ):
        if document is not None:
            kwargs["initial"] = {name: getattr(document, name) for name in WRITTEN} | {
                "person": str(document.person_id or THE_FAMILY),
                "case": case_key(document.process, document.needed_as),
            }
        super().__init__(*args, **kwargs)
        self.members = {str(person.pk): person for person in members}
        hidden = set() if may(by, Permission.VIEW_RESTRICTED_NEEDS) else RESTRICTED_DOCUMENTS
        kinds = [(kind.value, kind.label) for kind in DocumentKind if kind not in hidden]
        self.fields["kind"].choices = [("", _("Choose…")), *kinds]  # type: ignore[attr-defined]
        people = [(key, person.full_name) for key, person in self.members.items()]
        self.fields["person"].choices = [*people, (THE_FAMILY, _("The whole family"))]  # type: ignore[attr-defined]
        self._offer(list(cases), document)
        if not may(by, Permission.KEEP_LEGAL_NOTES):
            del self.fields["is_legal"]
        self.about = form_helper(
            *[name for name in ("kind", "what", "person", "case", "seen_as") if name in self.fields]
        )
        rest = [name for name in ("never_expires", "is_legal") if name in self.fields]
        self.validity = form_helper("expires_on", Div(*rest))

    def _offer(self, cases: list[Process], document: Document | None) -> None:
        """The cases that it may be for, each with the papers that its steps ask for; what stands there stays on offer."""
        self.cases: dict[str, tuple[Process | None, str]] = {NO_CASE: (None, "")}
        if document is not None and document.process is not None:
            if document.process not in cases:
                cases = [*cases, document.process]
            self.cases[case_key(document.process, document.needed_as)] = (document.process, document.needed_as)
        groups: list[Any] = [(NO_CASE, _("For no case"))]
        for process in cases:
            asked = papers_asked_for(process)
            if document is not None and document.process == process and document.needed_as:
                asked.setdefault(document.needed_as, document.needed_as)
            lines = [(case_key(process, ""), _("Belongs to the case"))]
            lines += [(case_key(process, code), name) for code, name in asked.items()]
            self.cases |= {case_key(process, code): (process, code) for code in ["", *asked]}
            groups.append((process.version.name, lines))
        self.fields["case"].choices = groups  # type: ignore[attr-defined]
        if len(groups) == 1:
            del self.fields["case"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == DocumentKind.OTHER and not cleaned.get("what") and "what" not in self.errors:
            self.add_error("what", _("Write what paper it is."))
        if cleaned.get("expires_on") and cleaned.get("never_expires"):
            self.add_error("expires_on", _("Write until when it is good, or mark that it does not expire: not both."))
        return cleaned

    def facts(self) -> Facts:
        said = {name: self.cleaned_data[name] for name in WRITTEN if name in self.cleaned_data}
        if said["kind"] != DocumentKind.OTHER:
            said["what"] = ""
        process, needed_as = self.cases[self.cleaned_data.get("case", NO_CASE)]
        person = self.members.get(self.cleaned_data["person"])
        return Facts(person=person, process=process, needed_as=needed_as, **said)


def case_key(process: Process | None, code: str) -> str:
    """A case, or one of the papers that its steps ask for, as a choice of the form."""
    return NO_CASE if process is None else f"{process.pk}:{code}" if code else str(process.pk)


WRITTEN = ("kind", "what", "seen_as", "expires_on", "never_expires", "is_legal")


class DocumentForm(FactsForm):
    """A new paper, with its file or without."""

    file = forms.FileField(
        label=gettext_lazy("Photo or PDF of it"),
        required=False,
        help_text=gettext_lazy(
            "At most 8 MB. Keep a copy only where it is needed: to have seen the paper may be enough."
        ),
        widget=forms.FileInput({"accept": ACCEPTED}),
        error_messages={"empty": gettext_lazy("This file is empty. Choose it again.")},
    )
    replaces = forms.ModelChoiceField(
        label=gettext_lazy("Does it take the place of an older one?"),
        queryset=Document.objects.none(),
        required=False,
        empty_label=gettext_lazy("No"),
    )

    def __init__(self, *args: Any, replaceable: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["replaces"].queryset = replaceable  # type: ignore[attr-defined]
        if not replaceable.exists():
            del self.fields["replaces"]
        self.rest = form_helper(*[name for name in ("file", "replaces") if name in self.fields])
        self.paper: Paper | None = None

    def clean_file(self) -> Any:
        """The file is looked into here, so that what is wrong with it stands at its field."""
        file = self.cleaned_data.get("file")
        if not file:
            return None
        try:
            check_size(file.size)
            self.paper = examine(file.read())
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return file

    def new(self) -> dict[str, Any]:
        """What was sent, as `add_document` takes it."""
        return {"facts": self.facts(), "paper": self.paper, "replaces": self.cleaned_data.get("replaces")}


class RemoveForm(forms.Form):
    reason = text_field(gettext_lazy("Why is it removed?"), 200, required=True)
    helper = form_helper()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why it is removed.")
