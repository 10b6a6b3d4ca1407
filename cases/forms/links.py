"""Somebody whom another organisation shows us, and which file of ours is theirs."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import text_field
from cases.models import Person
from cases.words import age_words
from ngo.ui import form_helper


class LookForm(forms.Form):
    """Look for a file of ours."""

    text = text_field(gettext_lazy("Name or file number"), 120)
    helper = form_helper()


class LinkForm(forms.Form):
    """Choose the file, and say how one knows."""

    person = forms.ChoiceField(
        label=gettext_lazy("Which file of yours is it?"), required=False, widget=forms.RadioSelect
    )
    how = text_field(
        gettext_lazy("How do you know that they are one person?"),
        200,
        help_text=gettext_lazy("For example: they showed us their card; they told us that they came from there."),
    )

    def __init__(self, *args: Any, found: Iterable[Person], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.found = {str(person.pk): person for person in found}
        self.fields["person"].choices = [(key, _words(person)) for key, person in self.found.items()]  # type: ignore[attr-defined]
        if not self.found:
            del self.fields["person"]
        self.helper = form_helper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "person" in self.fields and not cleaned.get("person") and "person" not in self.errors:
            self.add_error("person", _("Choose which file it is, or look for another one."))
        if not cleaned.get("how") and "how" not in self.errors:
            self.add_error("how", _("Write how it was found out that they are one person."))
        return cleaned

    def linking(self) -> dict[str, Any]:
        """What was said, as `link_file` takes it."""
        return {"person": self.found[self.cleaned_data["person"]], "how": self.cleaned_data["how"]}


def _words(person: Person) -> str:
    """A file in a list: its name, age and number."""
    last = person.memberships[-1] if person.memberships else None  # type: ignore[attr-defined]
    words = {"name": person.full_name, "age": age_words(person), "folio": last.family.folio if last else ""}
    return _("%(name)s. %(age)s. File %(folio)s") % words if last else _("%(name)s. %(age)s.") % words
