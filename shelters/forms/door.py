"""What is typed at the door: a card's signs or its photo, leave, and for whom cards are made."""

from datetime import datetime
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext_lazy as _

from ngo.ui import DatePartsField, HourField, form_helper
from shelters.forms.moments import EarlierMixin
from shelters.models import Direction, SeenBy, Shelter
from shelters.nights import ONE_DAY, instant_at, tonight
from shelters.services.card_pictures import check_size, read_card


class CardForm(forms.Form):
    """The signs of a card, read by a camera or typed; or a photo of it, which is read and forgotten."""

    code = forms.CharField(
        label=_("The signs on the card"),
        max_length=120,
        required=False,
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "inputmode": "text"}
        ),
    )
    photo = forms.FileField(
        label=_("A photo of the card"),
        required=False,
        widget=forms.ClearableFileInput({"accept": "image/jpeg,image/png,image/webp", "capture": "environment"}),
        error_messages={"empty": _("This photo is empty. Take it again, or type the signs of the card.")},
    )
    says_optional = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("code") and not cleaned.get("photo"):
            raise forms.ValidationError(_("Type the signs of the card, or take a photo of it."))
        return cleaned

    @property
    def text(self) -> str:
        """What is on the card. Raises Refused for a photo in which nothing can be read."""
        photo = self.cleaned_data.get("photo")
        if not photo:
            return self.cleaned_data["code"]
        check_size(photo.size)
        return read_card(photo.read())


class PassageForm(forms.Form):
    """One press at the door."""

    direction = forms.ChoiceField(choices=[(one.value, one.label) for one in (Direction.OUT, Direction.IN)])
    stay = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    tap = forms.UUIDField(required=False)
    source = forms.ChoiceField(choices=[(SeenBy.LIST.value, ""), (SeenBy.CARD.value, "")], required=False)


class PaperPassageForm(EarlierMixin):
    """What somebody wrote on paper at the door."""

    direction = forms.ChoiceField(
        label=_("What the paper says"),
        choices=[(one.value, one.label) for one in (Direction.OUT, Direction.IN)],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether they went out or came in.")},
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("direction", Div(*self.earlier, css_class="po-pair"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("happened_hour") is None and "happened_hour" not in self.errors:
            self.add_error("happened_hour", _("Write the hour that stands on the paper."))
        return cleaned


class LeaveForm(forms.Form):
    """Until when somebody is away, and from when where that is not now."""

    back_on = DatePartsField(label=_("Comes back on"))
    back_hour = HourField(label=_("At what time"), help_text=_("By the shelter's clock."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=120,
        required=False,
        help_text=_("In a few words, without health or legal matters: work, a visit."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    from_on = DatePartsField(label=_("From which day"), required=False, help_text=_("Leave it empty for now."))
    from_hour = HourField(label=_("From what time"), required=False)

    def __init__(self, *args: Any, shelter: Shelter, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        self.fields["back_on"].initial = tonight(shelter) + ONE_DAY
        self.helper = form_helper(Div("back_on", "back_hour", css_class="po-pair"), "reason")
        self.later = form_helper(Div("from_on", "from_hour", css_class="po-pair"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day, hour = cleaned.get("from_on"), cleaned.get("from_hour")
        if {"from_on", "from_hour"} & set(self.errors):
            return cleaned
        if day and hour is None:
            self.add_error("from_hour", _("Write the hour too."))
        if hour is not None and not day:
            self.add_error("from_on", _("Write the day too."))
        return cleaned

    @property
    def is_later(self) -> bool:
        return any(self.data.get(name) for name in ("from_on_day", "from_hour")) or bool(
            {"from_on", "from_hour"} & set(self.errors)
        )

    @property
    def times(self) -> dict[str, datetime | None]:
        cleaned = self.cleaned_data
        starts = instant_at(self.shelter, cleaned["from_on"], cleaned["from_hour"]) if cleaned["from_on"] else None
        return {
            "starts_at": starts,
            "expected_back_at": instant_at(self.shelter, cleaned["back_on"], cleaned["back_hour"]),
        }


class CardsForm(forms.Form):
    """For whom cards are made, and in which shape they are printed."""

    NONE_YET, EVERYONE = "none", "all"
    shape = forms.ChoiceField(
        label=_("Printed as"),
        choices=[("cards", _("Cards")), ("bands", _("Wristbands"))],
        initial="cards",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose cards or wristbands.")},
    )
    whom = forms.ChoiceField(
        label=_("For whom"),
        choices=[
            (NONE_YET, _("Who has none that is good")),
            (EVERYONE, _("Everyone: the old ones are good no longer")),
        ],
        initial=NONE_YET,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose for whom the cards are.")},
    )
    batch = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("shape", "whom", "batch")
