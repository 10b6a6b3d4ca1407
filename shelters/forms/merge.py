"""Two files of one person: which goes on, and what it says where they differ."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.comparison import Line, said
from cases.forms.fields import text_field
from cases.models import Group, Person
from ngo.templatetags.posada import local_time
from ngo.ui import form_helper
from shelters.models import Stay
from shelters.services.merge import Preview

ONE, OTHER = "one", "other"
CHOOSE = gettext_lazy("Choose one of the two.")


class MergeForm(forms.Form):
    """A radio for each thing that both files know and say differently, and for each time at which both slept somewhere."""

    keep = forms.ChoiceField(
        label=gettext_lazy("Which file goes on?"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Its cards and its number stay. What the other one knows more goes along."),
        error_messages={"required": CHOOSE},
    )
    reason = text_field(
        gettext_lazy("How do you know that they are one person?"),
        200,
        required=True,
        help_text=gettext_lazy("For example: she told us; both cards have her photo."),
    )
    helper = form_helper()

    def __init__(self, *args: Any, one: Person, other: Person, lines: Iterable[Line], seen: Preview, **kwargs: Any):
        super().__init__(*args, auto_id="id_merge_%s", **kwargs)
        self.people = {ONE: one, OTHER: other}
        self.seen = seen
        names = {key: person.full_name for key, person in self.people.items()}
        keep: Any = self.fields["keep"]
        keep.choices = [(ONE, _("The older one: %(name)s") % {"name": names[ONE]})]
        keep.choices += [(OTHER, _("The newer one: %(name)s") % {"name": names[OTHER]})]
        self.fields["reason"].error_messages["required"] = _("Write how it was found out that they are one person.")
        labels = {line.name: line.label for line in lines}
        for name in seen.clashes:
            self._ask(f"fact-{name}", labels[name], [(ONE, said(one, name)), (OTHER, said(other, name))])
        if len(seen.groups) == 2:
            groups = zip((ONE, OTHER), (str(Group(group).label) for group in seen.groups), strict=True)
            self._ask("case", _("What they are waiting for"), list(groups))
        for number, pair in enumerate(seen.overlaps):
            stays = [(str(stay.pk), self._words(stay)) for stay in (pair.of_kept, pair.of_merged)]
            self._ask(f"stay-{number}", _("Both files have a stay at this time. Which of them never was?"), stays)
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])  # As the page has them.

    def _ask(self, name: str, label: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name] = forms.ChoiceField(
            label=capfirst(label), choices=choices, widget=forms.RadioSelect, error_messages={"required": CHOOSE}
        )

    @staticmethod
    def _words(stay: Stay) -> str:
        facts = {"house": stay.shelter.name, "since": local_time(stay.arrived_at, stay.shelter.zone)}
        if stay.departed_at is None:
            return _("%(house)s, since %(since)s, still there") % facts
        facts["until"] = local_time(stay.departed_at, stay.shelter.zone)
        return _("%(house)s, %(since)s to %(until)s") % facts

    @property
    def choices_to_make(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(("fact-", "case", "stay-"))]

    def joining(self) -> dict[str, Any]:
        """What `merge` takes."""
        cleaned = self.cleaned_data
        keep = cleaned["keep"]
        goes = OTHER if keep == ONE else ONE
        facts = {name.removeprefix("fact-"): value for name, value in cleaned.items() if name.startswith("fact-")}
        return {
            "kept": self.people[keep],
            "merged": self.people[goes],
            "reason": cleaned["reason"],
            "facts": {name: "merged" for name, value in facts.items() if value == goes},
            "case_of": "merged" if cleaned.get("case") == goes else "kept",
            "never_were": {int(value) for name, value in cleaned.items() if name.startswith("stay-")},
        }
