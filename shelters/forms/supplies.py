"""The store and the kitchen's counts. Quantities are typed with a comma or a point, as the hand is used to."""

import re
import uuid
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Div, Field
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ngo.templatetags.posada import quantity
from ngo.ui import DatePartsField, form_helper
from shelters.forms.places import CountField
from shelters.models import Item, Lot, Meal, Shelter
from shelters.nights import local
from shelters.services.meals import MOST_SERVED
from shelters.services.supplies import MOST

DIGITS = re.compile(r"\d{1,12}(?:[.,]\d{1,3})?|[.,]\d{1,3}", re.ASCII)
GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d{0,2}(?:\.\d{3})+,\d+", re.ASCII)


class QuantityField(forms.CharField):
    """A quantity with up to three decimals: 12, 2.5 or 2,5. Gives a Decimal, or None where it is optional and empty.

    "1,250" is refused, not guessed: in Mexico it is a thousand and more, elsewhere a little over one.
    """

    default_error_messages = {
        "required": _("Write how much."),
        "invalid": _("Write the quantity with numbers, for example 12 or 2.5."),
        "grouped": _("Write it without the sign for thousands, for example 1250 or 2.5."),
        "too_little": _("It must be more than nothing."),
        "too_much": _("That is more than a store holds. Check the number."),
    }

    def __init__(self, *, may_be_zero: bool = False, **kwargs: Any):
        attrs = {"inputmode": "decimal", "class": "po-w-4", "autocomplete": "off", "maxlength": 14}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)
        self.may_be_zero = may_be_zero

    def prepare_value(self, value: Any) -> Any:
        return quantity(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if GROUPED.fullmatch(text):
            raise forms.ValidationError(self.error_messages["grouped"], code="grouped")
        if not DIGITS.fullmatch(text):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        number = Decimal(text.replace(",", "."))
        if number == 0 and not self.may_be_zero:
            raise forms.ValidationError(self.error_messages["too_little"], code="too_little")
        if number > MOST:
            raise forms.ValidationError(self.error_messages["too_much"], code="too_much")
        return number


class ActMixin(forms.Form):
    """One press of the button: the same form sent twice counts once."""

    act = forms.UUIDField(
        widget=forms.HiddenInput, initial=uuid.uuid4, error_messages={"invalid": _("Open this page again.")}
    )


class ReasonMixin(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write the reason.")},
    )


class ItemForm(forms.ModelForm):
    """One thing that the store keeps."""

    daily_per_head = QuantityField(
        label=_("Planned for one person and day"),
        required=False,
        help_text=_(
            "In the same unit: 0.25 kg, 1 tin. Left empty, what really went out in the last 14 days is measured."
        ),
    )
    low_days = CountField(
        label=_("Warn when it lasts fewer days than"),
        required=True,
        min_value=1,
        max_value=365,
        initial=7,
        error_messages={"required": _("Write a number of days."), "invalid": _("Write a number of days.")},
    )

    class Meta:
        model = Item
        fields = ["name", "unit", "is_staple", "daily_per_head", "low_days", "is_active"]
        labels = {
            "name": _("What it is"),
            "unit": _("Counted in"),
            "is_staple": _("A staple: say how many days it lasts"),
            "is_active": _("The house keeps it"),
        }
        help_texts = {
            "name": _("Rice, infant formula, nappies of size 3."),
            "unit": _("kg, litres, tins, packs."),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in ("name", "unit"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        is_new = self.instance.pk is None
        if is_new:
            del self.fields["is_active"]
        self.helper = form_helper(
            "name",
            Field("unit", css_class="po-w-m"),
            "is_staple",
            Div("daily_per_head", "low_days", css_class="po-pair"),
            *([] if is_new else ["is_active"]),
        )


class InForm(ActMixin):
    """What came in, with its date."""

    quantity = QuantityField(label=_("How much"))
    expires_on = DatePartsField(
        label=_("Use until"), required=False, help_text=_("The last day on the pack. Leave it empty where it has none.")
    )

    def __init__(self, *args: Any, item: Item, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["quantity"].help_text = unit_hint(item)
        self.helper = form_helper("quantity", "expires_on", "act")


class OutForm(ActMixin):
    """What goes out to the kitchen or to the families."""

    quantity = QuantityField(label=_("How much"))

    def __init__(self, *args: Any, item: Item, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["quantity"].help_text = unit_hint(item)
        self.helper = form_helper("quantity", "act")


class LossForm(ActMixin, ReasonMixin):
    """What is thrown away or lost, of one lot."""

    quantity = QuantityField(label=_("How much"))

    def __init__(self, *args: Any, lot: Lot, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["quantity"].help_text = unit_hint(lot.item)
        self.fields["quantity"].initial = lot.left
        self.fields["reason"].help_text = _("For example: past its date, wet, eaten by mice.")
        self.helper = form_helper("quantity", "reason", "act")


class CountForm(ActMixin, ReasonMixin):
    """What is really there, of one lot."""

    counted = QuantityField(label=_("What is really there"), may_be_zero=True)

    def __init__(self, *args: Any, lot: Lot, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["counted"].help_text = unit_hint(lot.item)
        self.fields["reason"].help_text = _("For example: counted on Sunday, a bag was opened.")
        self.helper = form_helper("counted", "reason", "act")


def unit_hint(item: Item) -> Any:
    return _("Counted in %(unit)s.") % {"unit": item.unit}


class MealForm(forms.Form):
    """Portions of one meal, as the kitchen counted them."""

    day = DatePartsField(label=_("Day"))
    meal = forms.ChoiceField(
        label=_("Meal"),
        choices=Meal.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the meal.")},
    )
    served = CountField(
        label=_("Portions served"),
        required=True,
        max_value=MOST_SERVED,
        error_messages={
            "required": _("Write how many portions. None served is 0."),
            "invalid": _("Write a whole number, for example 12."),
        },
    )
    helper = form_helper("day", "meal", "served")

    def __init__(self, *args: Any, shelter: Shelter, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["day"].initial = local(shelter, timezone.now()).date()
