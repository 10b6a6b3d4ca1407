"""What was done about an alert."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import text_field
from cases.models import ChildAlert, FamilyMember
from cases.services.children import is_surely_adult
from ngo.models import Office, OfficeKind
from ngo.ui import DatePartsField, HourField, form_helper


class NoticeForm(forms.Form):
    """The notice to the child-protection office, on the clock of this house."""

    office = forms.CharField(
        label=gettext_lazy("Which office was told?"),
        max_length=160,
        help_text=gettext_lazy("Choose it from the list, or write it."),
        widget=forms.TextInput({"list": "offices", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write which office was told.")},
    )
    told_to = text_field(gettext_lazy("Person at the office"), 120)
    folio = text_field(gettext_lazy("File number that they gave"), 60, **{"class": "po-w-m"})
    told_on = DatePartsField(label=gettext_lazy("Day"))
    told_hour = HourField(
        label=gettext_lazy("Hour"),
        error_messages={
            "invalid": gettext_lazy("Write the hour with numbers, for example 21:30."),
            "required": gettext_lazy("Write the hour, for example 21:30."),
        },
    )
    helper = form_helper()

    def __init__(self, *args: Any, alert: ChildAlert, **kwargs: Any):
        at = timezone.localtime(alert.notified_at or timezone.now())
        told = {"office": alert.office, "told_to": alert.told_to, "folio": alert.folio}
        kwargs["initial"] = told | {"told_on": at.date(), "told_hour": f"{at:%H:%M}"}
        super().__init__(*args, **kwargs)

    def facts(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        at = timezone.make_aware(datetime.combine(cleaned["told_on"], cleaned["told_hour"]))
        return {name: cleaned[name] for name in ("office", "told_to", "folio")} | {"notified_at": at}

    @staticmethod
    def offices() -> list[str]:
        """The offices of the catalogue, as suggestions."""
        offices = Office.objects.filter(kind=OfficeKind.CHILD_PROTECTION, is_active=True)
        return list(offices.order_by("city__name", "name").values_list("name", flat=True))


class CloseForm(forms.Form):
    """Why an alert is closed, and who answers for the child from now on, where somebody does."""

    carer = forms.ChoiceField(
        label=gettext_lazy("Does an adult of the family answer for the child?"),
        required=False,
        widget=forms.RadioSelect,
    )
    reason = text_field(
        gettext_lazy("Why is the alert closed?"),
        200,
        required=True,
        help_text=gettext_lazy("For example: the DIF took charge; the aunt has the mother's written permission."),
    )
    helper = form_helper()

    def __init__(self, *args: Any, alert: ChildAlert, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why the alert is closed.")
        members = FamilyMember.objects.filter(family_id=alert.family_id, left_on=None).exclude(
            person_id=alert.person_id
        )
        today = timezone.localdate()
        people = [member.person for member in members.select_related("person").order_by("pk")]
        self.adults = {str(person.pk): person for person in people if is_surely_adult(person, today)}
        self.fields["carer"].choices = [  # type: ignore[attr-defined]
            *((pk, person.full_name) for pk, person in self.adults.items()),
            ("", _("Nobody of the family")),
        ]

    def facts(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"], "carer": self.adults.get(self.cleaned_data["carer"])}
