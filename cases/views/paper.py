"""Forms to fill in by hand, for a night without power or network."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from cases.forms.families import FamilyForm
from cases.forms.people import MemberForm, PersonForm
from cases.models import RESTRICTED_NEEDS, Group, NeedCode
from cases.services.contact import NOTICE
from ngo.permissions import Permission, requires

PEOPLE = range(1, 8)  # One family; a larger one takes a second sheet.
OF_A_PERSON = (
    "given_names",
    "first_surname",
    "second_surname",
    "birth",
    "sex",
    "relationship",
    "nationality",
    "speaks",
)
HEADINGS = {
    "title": _("Intake of a family"),
    "received_by": _("Received by"),
    "day_and_hour": _("Day and hour of arrival"),
    "bed": _("Bed or place"),
    "who": _("1. Who arrives"),
    "way": _("2. The way ahead"),
    "tonight": _("3. Tonight"),
    "reach": _("4. How to reach them"),
    "word": _("5. Their word that we may keep this"),
    "signature": _("Signature, or a mark with a witness"),
    "first": _("Begin with the head of the family"),
    "alone": _("A minor without an adult: notify the child-protection office now, and do not wait for the network."),
}


class Both(dict):
    """A word of ours in Spanish and in English: whoever stands at the door reads one of them."""

    def __init__(self, word: str | Promise):
        said = {}
        for language in ("es", "en"):
            with translation.override(language):
                said[language] = str(word)
        super().__init__(said)


@require_GET
@requires(Permission.TAKE_IN_FAMILIES)
def intake_blank(request: HttpRequest) -> HttpResponse:
    """An empty intake form with the privacy notice, in Spanish and English. It holds no data of anyone."""
    context: dict[str, Any] = {
        "people": PEOPLE,
        "says": {name: Both(word) for name, word in HEADINGS.items()},
        "columns": [Both(_label(name)) for name in OF_A_PERSON],
        "asks": {name: Both(label) for name, label in _family_labels().items()},
        "groups": [Both(label) for _value, label in Group.choices],
        "needs": [Both(label) for code, label in NeedCode.choices if code not in RESTRICTED_NEEDS],
        "words": [Both(label) for _value, label in FamilyForm.base_fields["record"].choices],  # type: ignore[attr-defined]
        "notice": Both(NOTICE.text),
        "version": NOTICE.version,
        "now": timezone.now(),
    }
    return render(request, "cases/intake/blank.html", context)


def _label(name: str) -> Any:
    return (PersonForm.base_fields | MemberForm.base_fields)[name].label


def _family_labels() -> dict[str, Any]:
    return {name: field.label for name, field in FamilyForm.base_fields.items() if field.label}
