"""What holds for a family as a whole: where it is going, its beds, its phone, what it agreed to; and notes about it."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import CountryNameField, text_field
from cases.languages import LANGUAGES
from cases.models import ConsentMethod, Decision, Group, Pathway, Purpose
from cases.services.contact import ConsentData, CountryMissing, PhoneData, e164
from cases.services.people import NOTE_AT_MOST
from ngo.errors import Refused
from ngo.ui import form_helper


class FamilyForm(forms.Form):
    carer = forms.ChoiceField(
        label=gettext_lazy("Who answers for the children who came without father or mother?"), widget=forms.RadioSelect
    )
    group = forms.ChoiceField(
        label=gettext_lazy("What are they waiting for?"),
        choices=Group.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("It can be changed later, and for each person."),
        error_messages={
            "required": gettext_lazy("Choose what the family is waiting for. “Undecided” is an answer too.")
        },
    )
    way = forms.ChoiceField(
        label=gettext_lazy("Which one, if they know it"),
        required=False,
        widget=forms.Select({"class": "po-w-m"}),
        help_text=gettext_lazy(
            "A case is opened on it, with its first task. Not known: somebody chooses it with them."
        ),
        error_messages={"invalid_choice": gettext_lazy("This pathway is not in use any more. Choose another one.")},
    )
    together = forms.ChoiceField(
        label=gettext_lazy("Do they want to sleep together?"),
        choices=[("yes", gettext_lazy("Yes, together")), ("no", gettext_lazy("No"))],
        widget=forms.RadioSelect,
        help_text=gettext_lazy("We look for beds together, unless they say otherwise."),
        error_messages={"required": gettext_lazy("Mark whether they want to sleep together.")},
    )
    bed_wish = text_field(
        gettext_lazy("Something the bed must have"),
        200,
        help_text=gettext_lazy("For example: lower bunk, crib, near the bathroom."),
    )
    phone = text_field(
        gettext_lazy("Phone"),
        40,
        help_text=gettext_lazy("With + and the country's code."),
        type="tel",
        inputmode="tel",
        **{"class": "po-w-m"},
    )
    phone_country = CountryNameField(
        label=gettext_lazy("Country of the number"),
        required=False,
        help_text=gettext_lazy("Where the number has no +."),
    )
    shared_with = text_field(
        gettext_lazy("Who else uses it?"),
        120,
        help_text=gettext_lazy("For example: her sister, everybody in the family."),
    )
    reminders = forms.BooleanField(
        label=gettext_lazy("They agree to reminders by phone (optional)"),
        required=False,
        help_text=gettext_lazy("Messages never say a name, a place or a procedure."),
    )
    record = forms.ChoiceField(
        label=gettext_lazy("Do they agree that we keep this record?"),
        choices=[
            ("verbal", gettext_lazy("Yes, by word, with a witness")),
            ("written", gettext_lazy("Yes, and they signed")),
            ("refused", gettext_lazy("No")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Ask whether they agree to the record, and mark the answer.")},
    )
    notice_language = forms.ChoiceField(
        label=gettext_lazy("Language in which it was read to them"),
        choices=[(code, name) for code, name in LANGUAGES.items() if code != "mis"],
        widget=forms.Select({"class": "po-w-m"}),
    )
    helper = form_helper()
    ways: dict[str, Pathway] = {}  # Those that are offered, by what stands in the field.

    def offer_carers(self, adults: list[tuple[str, str]], name: str) -> None:
        """Ask who answers for a child: one of these adults, or nobody here."""
        field = self.fields["carer"]
        field.choices = [*adults, ("nobody", _("None of them"))]  # type: ignore[attr-defined]
        sentence = _("Choose who answers for %(name)s here, or “None of them”.") % {"name": name}
        field.error_messages |= {"required": sentence, "invalid_choice": sentence}

    def offer_ways(self, ways: list[Pathway]) -> None:
        """Ask which pathway it is, where the group has several; by group, so that each is found under what they wait for."""
        self.ways = {str(way.pk): way for way in ways}
        groups: dict[str, list[tuple[str, str]]] = {}
        for pk, way in self.ways.items():
            groups.setdefault(str(Group(way.group).label), []).append((pk, way.latest[0].name))  # type: ignore[attr-defined]
        if groups:
            self.fields["way"].choices = [("", _("Not known yet")), *groups.items()]  # type: ignore[attr-defined]
        else:
            del self.fields["way"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        way = self.ways.get(cleaned.get("way", ""))
        if way is not None and cleaned.get("group") and way.group != cleaned["group"]:
            self.add_error(
                "way", _("This is another way than what they are waiting for. Choose one that fits, or none.")
            )
        if cleaned.get("record") == "refused":
            self.add_error(
                "record", _("Then nothing may be kept. Give them a bed, and note on paper how many they are.")
            )
        phone = cleaned.get("phone")
        if phone and "phone_country" in cleaned:
            self._check_phone(phone, cleaned["phone_country"])
        if cleaned.get("reminders") and not phone and "phone" in cleaned:
            self.add_error("reminders", _("Reminders need a phone. Write the number, or leave the reminders out."))
        return cleaned

    def _check_phone(self, phone: str, country: str) -> None:
        try:
            e164(phone, country)
        except CountryMissing as missing:
            self.add_error("phone_country", str(missing))
        except Refused as refusal:
            self.add_error("phone", str(refusal))

    def facts(self) -> dict[str, Any]:
        """What was typed, as `register_family` takes it."""
        cleaned = self.cleaned_data
        phone = (
            PhoneData(cleaned["phone"], cleaned["phone_country"], cleaned["shared_with"]) if cleaned["phone"] else None
        )
        return {
            "group": cleaned["group"],
            "way": self.ways.get(cleaned.get("way", "")),
            "wants_to_stay_together": cleaned["together"] == "yes",
            "bed_wish": cleaned["bed_wish"],
            "phone": phone,
            "consents": list(self._consents(has_phone=phone is not None)),
        }

    def _consents(self, *, has_phone: bool) -> Iterator[ConsentData]:
        """By word alone the law's "in writing" is still open (LFPDPPP 8): such consent waits for its signature."""
        said, language = self.cleaned_data["record"], self.cleaned_data["notice_language"]
        method = ConsentMethod.WRITTEN if said == "written" else ConsentMethod.VERBAL
        decision = Decision.GIVEN if said == "written" else Decision.WRITTEN_PENDING
        yield ConsentData(Purpose.RECORD, decision, method, notice_language=language)
        if has_phone:
            agreed = Decision.GIVEN if self.cleaned_data["reminders"] else Decision.REFUSED
            yield ConsentData(Purpose.REMINDERS, agreed, method, notice_language=language)


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("New note"),
        max_length=NOTE_AT_MOST,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
        help_text=gettext_lazy("Facts, short. It cannot be changed afterwards."),
        error_messages={"required": gettext_lazy("The note is empty.")},
    )
    helper = form_helper()
