"""Where a child sleeps, the plan for it, and the places that are authorised."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import text_field
from cases.models import ChildAlert, ChildPlace
from cases.services.child_places import PlaceData
from ngo.ui import DatePartsField, HourField, form_helper


class PlaceForm(forms.Form):
    """One place and its authorisation."""

    name = text_field(gettext_lazy("Place"), 160, required=True)
    is_of_the_dif = forms.BooleanField(label=gettext_lazy("It is a place of the DIF itself"), required=False)
    authorisation = text_field(
        gettext_lazy("Number of the DIF's authorisation"),
        80,
        help_text=gettext_lazy("Not for a place of the DIF itself."),
    )
    authorised_until = DatePartsField(label=gettext_lazy("Authorised until"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)
    helper = form_helper()

    def __init__(self, *args: Any, place: ChildPlace | None = None, **kwargs: Any):
        if place is not None:
            kwargs["initial"] = {name: getattr(place, name) for name in vars(PlaceData(""))}
        super().__init__(*args, **kwargs)
        self.fields["name"].error_messages["required"] = _("Write what the place is called.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("is_of_the_dif"):
            if not cleaned.get("authorisation") and "authorisation" not in self.errors:
                self.add_error("authorisation", _("Write the number, or mark that it is a place of the DIF."))
            if not cleaned.get("authorised_until") and "authorised_until" not in self.errors:
                self.add_error("authorised_until", _("Write the day on which the authorisation ends."))
        return cleaned

    def data_of(self) -> PlaceData:
        return PlaceData(**self.cleaned_data)


class PlacedForm(forms.Form):
    """Where a child sleeps, on the clock of this house."""

    place = forms.ModelChoiceField(
        label=gettext_lazy("Where does the child sleep?"),
        queryset=ChildPlace.objects.none(),
        empty_label=gettext_lazy("Choose…"),
        error_messages={"required": gettext_lazy("Choose where the child sleeps.")},
    )
    placed_on = DatePartsField(label=gettext_lazy("Day"))
    placed_hour = HourField(
        label=gettext_lazy("Hour"),
        error_messages={
            "invalid": gettext_lazy("Write the hour with numbers, for example 21:30."),
            "required": gettext_lazy("Write the hour, for example 21:30."),
        },
    )
    helper = form_helper()

    def __init__(self, *args: Any, alert: ChildAlert, by: Any, **kwargs: Any):
        at = timezone.localtime(alert.placed_at or timezone.now())
        kwargs["initial"] = {"place": alert.place_id, "placed_on": at.date(), "placed_hour": f"{at:%H:%M}"}
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = ChildPlace.objects.visible_to(by).in_use()  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        at = timezone.make_aware(datetime.combine(cleaned["placed_on"], cleaned["placed_hour"]))
        return {"place": cleaned["place"], "since": at}


class PlanForm(forms.Form):
    """The plan of the child-protection office."""

    received_on = DatePartsField(label=gettext_lazy("Received on"))
    folio = text_field(gettext_lazy("File number of the plan"), 60, **{"class": "po-w-m"})
    helper = form_helper()

    def __init__(self, *args: Any, alert: ChildAlert, **kwargs: Any):
        day = alert.plan_received_on or timezone.localdate()
        kwargs["initial"] = {"received_on": day, "folio": alert.plan_folio}
        super().__init__(*args, **kwargs)
