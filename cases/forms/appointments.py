"""An appointment as it is typed: what, when on which clock, where, who goes."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.documents import ACCEPTED
from cases.forms.fields import text_field
from cases.languages import LANGUAGES
from cases.models import (
    HOUR_TO_BE_TOLD,
    RESTRICTED_DOCUMENTS,
    Appointment,
    AppointmentKind,
    AppointmentState,
    Capacity,
    Document,
    Family,
    Food,
    InterpreterState,
    Person,
    Precision,
    Transport,
)
from cases.services.appointments import DETAILS, Details
from cases.services.legal_aid import FreeSlot, slot_choices, slot_chosen
from cases.walltime import about_the_hour, at_clock, instant_at
from ngo.errors import Refused
from ngo.models import City, Membership, Office, Staff
from ngo.papers import Paper, check_size, examine
from ngo.permissions import GRANTS, Permission, may
from ngo.ui import DatePartsField, HourField, form_helper

DAYS_BEFORE = [
    ("0", gettext_lazy("The same day")),
    ("1", gettext_lazy("The day before")),
    ("2", gettext_lazy("2 days before")),
    ("3", gettext_lazy("3 days before")),
]
SLOTS_WITHIN = 28  # Days.
AS_THE_HOUR_ASKS = ""


def can_be_responsible(organisation: Any) -> Any:
    """Who works here in a role that keeps appointments."""
    roles = [role.value for role, granted in GRANTS.items() if Permission.EDIT_APPOINTMENTS in granted]
    ours = Membership.objects.in_force().filter(organisation=organisation, role__in=roles)
    return Staff.objects.filter(pk__in=ours.values("staff"), is_active=True).order_by("name", "pk")


def office_choices(staff: Any) -> list[Any]:
    """The offices in use, by city; those that nobody has confirmed say so."""
    offices = (
        Office.objects.visible_to(staff).filter(is_active=True).select_related("city").order_by("city__name", "name")
    )
    groups: list[Any] = [("", _("None of these"))]
    for city, rows in groupby(offices, key=lambda office: office.city.name):
        groups.append((city, [(str(office.pk), _office_name(office)) for office in rows]))
    return groups


def _office_name(office: Office) -> str:
    return office.name if office.is_confirmed else _("%(office)s (not confirmed)") % {"office": office.name}


def hour_field(label: Any, help_text: Any, *, required: bool = True) -> HourField:
    return HourField(
        label=label,
        help_text=help_text,
        required=required,
        error_messages={
            "invalid": gettext_lazy("Write the hour with numbers, for example 21:30."),
            "required": gettext_lazy("Write the hour, for example 8:15."),
        },
    )


class DateForm(forms.Form):
    """When and where: what booking and moving have in common."""

    slot = forms.ChoiceField(
        label=gettext_lazy("Consultation of a legal provider"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("Someone has just taken this consultation. Choose another one.")
        },
    )
    local_date = DatePartsField(label=gettext_lazy("Date"))
    local_time = hour_field(
        gettext_lazy("Hour of the appointment"), gettext_lazy("By the clock of the place, as the paper says.")
    )
    report_day = forms.ChoiceField(label=gettext_lazy("They must be there"), choices=DAYS_BEFORE[:2], initial="0")
    report_time = hour_field(
        gettext_lazy("At what time, by the clock of the place"),
        gettext_lazy("Leave it empty if it is the hour of the appointment."),
        required=False,
    )
    leave_day = forms.ChoiceField(label=gettext_lazy("They leave the house"), choices=DAYS_BEFORE, initial="0")
    leave_time = hour_field(
        gettext_lazy("At what time, by the clock of the house"),
        gettext_lazy("The hour that stands on the list of tomorrow."),
    )
    office = forms.ChoiceField(
        label=gettext_lazy("Office"),
        required=False,
        help_text=gettext_lazy("If it is not in the list, write the place below."),
    )
    place = text_field(
        gettext_lazy("Another place"), 160, help_text=gettext_lazy("For example: the clinic of the centre.")
    )
    city = forms.ModelChoiceField(
        label=gettext_lazy("City of that place"),
        queryset=City.objects.none(),
        required=False,
        empty_label=gettext_lazy("The city of the house"),
        help_text=gettext_lazy("Its clock decides the hour."),
    )
    precision = forms.ChoiceField(
        label=gettext_lazy("What is known of the date"),
        choices=Precision.choices,
        initial=Precision.EXACT,
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Where only the day is known, the hours below mean nothing: leave them empty."),
    )
    helper = form_helper()

    def __init__(self, *args: Any, family: Family, by: Staff, house_zone: str, **kwargs: Any):
        self.family, self.by, self.house_zone = family, by, house_zone
        self.usual_zone = house_zone  # Of a place without an office and without a city.
        super().__init__(*args, **kwargs)
        self.offices = {str(office.pk): office for office in Office.objects.visible_to(by).filter(is_active=True)}
        self.fields["office"].choices = office_choices(by)
        self.fields["city"].queryset = City.objects.visible_to(by).by_name()
        slots = slot_choices(family.organisation, timezone.localdate(), SLOTS_WITHIN)
        self.fields["slot"].choices = [("", _("None")), *slots]
        self.has_slots = bool(slots)
        if self.data.get("precision") == Precision.DAY:
            self.fields["local_time"].required = self.fields["leave_time"].required = False

    @property
    def chosen_slot(self) -> FreeSlot | None:
        return slot_chosen(self.family.organisation, self.cleaned_data.get("slot") or "")

    def is_legal(self, cleaned: dict[str, Any]) -> bool:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["precision"] = cleaned.get("precision") or Precision.EXACT
        if self.is_legal(cleaned):
            cleaned["precision"] = Precision.EXACT  # Its slot brings the hour.
            self._take_from_slot(cleaned)
        else:
            self._ask_for_place(cleaned)
        if cleaned["precision"] == Precision.DAY and cleaned.get("local_time") is not None:
            self.add_error("local_time", _("Leave the hour empty, or choose that the hour is known."))
        if cleaned["precision"] == Precision.EXACT and cleaned.get("leave_time", "") is None:
            self.add_error("leave_time", _("Write the hour, for example 8:15."))
        if (
            cleaned["precision"] == Precision.EXACT
            and cleaned.get("report_day") not in {"", "0", None}
            and cleaned.get("report_time") is None
        ):
            self.add_error("report_time", _("Write the hour, for example 8:15."))
        return cleaned

    def _take_from_slot(self, cleaned: dict[str, Any]) -> None:
        """A consultation has its own day, hour and clock; what was typed beside it must not say otherwise."""
        if "slot" in self.errors:
            return
        chosen = self.chosen_slot
        if chosen is None and not self.has_slots:  # There is no list to choose from: the kind is what can be changed.
            words = _("No consultation is free in the next 28 days. Add hours under Legal aid, or choose another kind.")
            self.add_error("kind" if "kind" in self.fields else "slot", words)
            return
        if chosen is None:
            self.add_error("slot", _("Choose a consultation that is free."))
            return
        own = {"local_date": chosen.day, "local_time": chosen.slot.starts_at}
        for name, value in own.items():
            if name not in self.errors and cleaned.get(name) not in {None, value}:
                self.add_error(name, _("The consultation that you chose is at another time. Leave this empty."))
        cleaned.update({name: value for name, value in own.items() if name not in self.errors})
        cleaned["zone"] = chosen.slot.zone
        if not cleaned.get("office") and not cleaned.get("place"):
            cleaned["place"] = str(chosen.slot.provider)[:160]

    def _ask_for_place(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("office"):
            if cleaned.get("place"):
                self.add_error("place", _("Choose the office or write another place, not both."))
            cleaned["zone"] = self.offices[cleaned["office"]].zone
        elif not cleaned.get("place") and "place" not in self.errors and "office" not in self.errors:
            self.add_error("office", _("Choose the office, or write another place."))
        else:
            city = cleaned.get("city")
            cleaned["zone"] = city.zone if city else self.usual_zone
            if city and not cleaned["place"].endswith(city.name):
                cleaned["place"] = f"{cleaned['place']}, {city.name}"[:160]

    def when_and_where(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        cleaned = self.cleaned_data
        day: date = cleaned["local_date"]
        office = self.offices.get(cleaned.get("office") or "")
        chosen = self.chosen_slot if self.is_legal(cleaned) else None
        hours = {name: cleaned.get(name) for name in ("local_time", "report_time", "leave_time")}
        if cleaned["precision"] == Precision.DAY:
            hours = {"local_time": HOUR_TO_BE_TOLD, "report_time": None, "leave_time": None}
        return {
            "local_date": day,
            **hours,
            "precision": cleaned["precision"],
            "report_date": day - timedelta(days=int(cleaned.get("report_day") or 0)),
            "leave_date": day - timedelta(days=int(cleaned["leave_day"])),
            "office": office,
            "place": "" if office else cleaned["place"],
            "zone": cleaned["zone"],
            "home_zone": self.house_zone,
            "slot": chosen.slot if chosen else None,
        }

    @property
    def oddities(self) -> list[str]:
        """What to say of hours on a night on which clocks change."""
        typed = self.when_and_where()
        if typed["precision"] == Precision.DAY:
            return []
        hours = [
            (typed["zone"], typed["local_date"], typed["local_time"]),
            (typed["zone"], typed["report_date"], typed["report_time"]),
            (self.house_zone, typed["leave_date"], typed["leave_time"]),
        ]
        said = [about_the_hour(zone, day, wall) for zone, day, wall in hours if wall is not None]
        return [words for words in dict.fromkeys(said) if words]


class DetailsMixin(forms.Form):
    """Who goes along who is not of the family, who interprets, and how they get there."""

    accompanied_by = text_field(
        gettext_lazy("Who else goes with them"),
        120,
        help_text=gettext_lazy("A name or a role; it stands on the list of tomorrow. No place and no procedure."),
    )
    companion_as = forms.ChoiceField(
        label=gettext_lazy("As what do they go along"),
        choices=[("", gettext_lazy("Nobody else goes")), *Capacity.choices],
        required=False,
    )
    interpreter_state = forms.ChoiceField(
        label=gettext_lazy("Interpreter"),
        choices=InterpreterState.choices,
        initial=InterpreterState.NOT_NEEDED,
        required=False,
        widget=forms.RadioSelect,
    )
    interpreter_language = forms.ChoiceField(label=gettext_lazy("Into which language"), required=False)
    interpreter = text_field(gettext_lazy("Who interprets"), 120)
    transport = forms.ChoiceField(
        label=gettext_lazy("How they get there"),
        choices=[("", gettext_lazy("Nobody said yet")), *Transport.choices],
        required=False,
    )
    transport_note = text_field(
        gettext_lazy("About the way"), 120, help_text=gettext_lazy("Who drives, who pays. No route and no hour.")
    )

    def set_up_details(self) -> None:
        self.fields["interpreter_language"].choices = [("", _("Not said")), *LANGUAGES.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["interpreter_state"] = cleaned.get("interpreter_state") or InterpreterState.NOT_NEEDED
        is_arranged = cleaned["interpreter_state"] == InterpreterState.ARRANGED
        if is_arranged and not cleaned.get("interpreter") and "interpreter" not in self.errors:
            self.add_error("interpreter", _("Write who interprets."))
        return cleaned

    def details(self) -> Details:
        return Details(**{name: self.cleaned_data.get(name) or "" for name in DETAILS})


class DetailsForm(DetailsMixin):
    """The same of an appointment that is booked."""

    def __init__(self, *args: Any, appointment: Appointment, **kwargs: Any):
        super().__init__(*args, initial={name: getattr(appointment, name) for name in DETAILS}, **kwargs)
        self.set_up_details()
        self.helper = form_helper(*DETAILS)


class PaperMixin(forms.Form):
    """The paper that names the date: one of the family's, or a photo that is taken now."""

    source = forms.ModelChoiceField(
        label=gettext_lazy("One of the family's papers"),
        queryset=Document.objects.none(),
        required=False,
        empty_label=gettext_lazy("None of them"),
    )
    photo = forms.FileField(
        label=gettext_lazy("Or a photo or PDF of it"),
        required=False,
        help_text=gettext_lazy("At most 8 MB. It is put among the family's papers."),
        widget=forms.FileInput({"accept": ACCEPTED}),
        error_messages={"empty": gettext_lazy("This file is empty. Choose it again.")},
    )

    def set_up_paper(self, family: Family, by: Staff) -> None:
        """Who does not keep papers is not asked for one."""
        self.paper: Paper | None = None
        self.paper_fields = None
        if not may(by, Permission.KEEP_DOCUMENTS):
            del self.fields["source"], self.fields["photo"]
            return
        papers = Document.objects.visible_to(by).kept().filter(family=family, is_legal=False, replaced_by=None)
        papers = papers.exclude(kind__in=RESTRICTED_DOCUMENTS).select_related("person")
        self.fields["source"].queryset = papers.order_by("-added_at", "-pk")  # type: ignore[attr-defined]
        self.paper_fields = form_helper("source", "photo")

    def clean_photo(self) -> Any:
        """The file is looked into here, so that what is wrong with it stands at its field."""
        file = self.cleaned_data.get("photo")
        if not file:
            return None
        try:
            check_size(file.size)
            self.paper = examine(file.read())
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if self.cleaned_data.get("source"):
            raise forms.ValidationError(_("Choose a paper of the family or a photo, not both."))
        return file


class PaperForm(PaperMixin):
    def __init__(self, *args: Any, appointment: Appointment, by: Staff, **kwargs: Any):
        super().__init__(*args, initial={"source": appointment.source_document_id}, **kwargs)
        self.set_up_paper(appointment.family, by)
        self.helper = self.paper_fields or form_helper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("source") and not cleaned.get("photo"):
            self.add_error("source", _("Choose the paper, or take a photo of it."))
        return cleaned


class ConfirmByMixin(forms.Form):
    """Until when an offer must be confirmed, on the clock of the house."""

    confirm_on = DatePartsField(label=gettext_lazy("To be confirmed until"), required=False)
    confirm_time = hour_field(
        gettext_lazy("Until what time"), gettext_lazy("By the clock of the house."), required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day, hour = cleaned.get("confirm_on"), cleaned.get("confirm_time")
        if day is None and hour is not None and "confirm_on" not in self.errors:
            self.add_error("confirm_on", _("Write the day too."))
        if day is not None and hour is None and "confirm_time" not in self.errors:
            self.add_error("confirm_time", _("Write the hour too, for example 12:00."))
        return cleaned

    def confirm_by(self, zone: str) -> datetime | None:
        """The instant that was typed, or None."""
        day, hour = self.cleaned_data.get("confirm_on"), self.cleaned_data.get("confirm_time")
        return instant_at(zone, day, hour) if day is not None and hour is not None else None


class OfferForm(ConfirmByMixin):
    """That the authority offers a date which is booked already, and until when it must be confirmed."""

    reason = text_field(gettext_lazy("What was said"), 200, help_text=gettext_lazy("Short. It stays in the history."))
    helper = form_helper("confirm_on", "confirm_time", "reason")

    def __init__(self, *args: Any, appointment: Appointment, **kwargs: Any):
        self.zone = appointment.home_zone
        if appointment.confirm_by:
            there = at_clock(self.zone, appointment.confirm_by)
            kwargs["initial"] = {"confirm_on": there.date(), "confirm_time": f"{there:%H:%M}"}
        super().__init__(*args, **kwargs)


class GoersMixin(DetailsMixin):
    """Who goes, with whom, what they eat, and who looks after it."""

    people = forms.MultipleChoiceField(
        label=gettext_lazy("Who has the appointment"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Mark at least one person who has the appointment.")},
    )
    companions = forms.MultipleChoiceField(
        label=gettext_lazy("Who of the family only goes along"), widget=forms.CheckboxSelectMultiple, required=False
    )
    food = forms.ChoiceField(
        label=gettext_lazy("Food"),
        required=False,
        help_text=gettext_lazy(
            "Before 06:00 breakfast and a packed lunch, until 08:00 breakfast, around midday a packed lunch."
        ),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Responsible"),
        queryset=Staff.objects.none(),
        required=False,
        empty_label=gettext_lazy("Nobody yet"),
        help_text=gettext_lazy("The day before, this person is reminded too."),
    )

    def set_up(self, members: Iterable[Person], by: Staff) -> None:
        self.members = {str(person.pk): person for person in members}
        choices = [(key, person.full_name) for key, person in self.members.items()]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]
        self.fields["companions"].choices = choices  # type: ignore[attr-defined]
        self.fields["food"].choices = [(AS_THE_HOUR_ASKS, _("As the hour of leaving asks")), *Food.choices]  # type: ignore[attr-defined]
        self.fields["owner"].queryset = can_be_responsible(by.organisation)  # type: ignore[attr-defined]

    def clean_companions(self) -> list[str]:
        along = self.cleaned_data["companions"]
        if set(along) & set(self.cleaned_data.get("people", [])):
            raise forms.ValidationError(_("The same person cannot both have the appointment and only go along."))
        return along

    def who_goes(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "people": [self.members[key] for key in cleaned["people"]],
            "companions": [self.members[key] for key in cleaned["companions"]],
            "details": self.details(),
            "food": cleaned["food"] or None,
            "owner": cleaned["owner"],
        }


class AppointmentForm(GoersMixin, ConfirmByMixin, PaperMixin, DateForm):
    """A new appointment of a family."""

    kind = forms.ModelChoiceField(
        label=gettext_lazy("What kind of appointment"),
        queryset=AppointmentKind.objects.none(),
        empty_label=gettext_lazy("Choose…"),
        error_messages={"required": gettext_lazy("Choose the kind of appointment.")},
    )
    is_offer = forms.BooleanField(label=gettext_lazy("The authority offers it: it must be confirmed"), required=False)
    reason = text_field(gettext_lazy("Why it is right all the same"), 200)

    def __init__(self, *args: Any, members: list[Person], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.set_up(members, self.by)
        self.set_up_details()
        self.set_up_paper(self.family, self.by)
        kinds = AppointmentKind.objects.visible_to(self.by)
        self.fields["kind"].queryset = kinds.in_use()
        if str(self.data.get("kind", "")) in {
            str(pk) for pk in kinds.filter(is_legal=True).values_list("pk", flat=True)
        }:
            self.fields["local_date"].required = self.fields["local_time"].required = False  # The slot brings them.
        if not self.has_slots:
            self.fields["slot"].widget = forms.HiddenInput()
        self.fields["slot"].help_text = _("Only for a legal consultation: it brings its own day and hour.")
        self.fields["owner"].initial = self.by.pk
        if len(members) == 1:
            self.fields["people"].initial = [str(members[0].pk)]
        self.what = form_helper("kind", "slot")
        self.when = form_helper(*WHEN, "is_offer", "confirm_on", "confirm_time")
        self.where = form_helper("office", "place", "city")
        self.who = form_helper("people", "companions", "accompanied_by", "companion_as")
        self.how = form_helper(*DETAILS[2:])
        self.rest = form_helper("food", "owner")
        self.why = form_helper("reason")

    def is_legal(self, cleaned: dict[str, Any]) -> bool:
        kind = cleaned.get("kind")
        return kind is not None and kind.is_legal

    def booking(self) -> dict[str, Any]:
        """What was typed, as `schedule_appointment` takes it."""
        confirm_by = self.confirm_by(self.house_zone)
        rest = {
            "kind": self.cleaned_data["kind"],
            "reason": self.cleaned_data["reason"],
            "is_offer": self.cleaned_data["is_offer"] or confirm_by is not None,
            "confirm_by": confirm_by,
            "source_document": self.cleaned_data.get("source"),
        }
        return self.when_and_where() | self.who_goes() | rest


WHEN = (
    "precision",
    "local_date",
    "local_time",
    Div("report_day", "report_time", css_class="po-pair"),
    Div("leave_day", "leave_time", css_class="po-pair"),
)


class MoveForm(DateForm):
    """Another date for an appointment; who goes and what for stays."""

    reason = text_field(
        gettext_lazy("Why the date moves"),
        200,
        required=True,
        help_text=gettext_lazy("Short. It stays in the history."),
    )
    although = text_field(gettext_lazy("Why it is right all the same"), 200)

    def __init__(self, *args: Any, appointment: Appointment, **kwargs: Any):
        self.appointment = appointment
        kwargs["initial"] = self.as_it_was(appointment) | kwargs.get("initial", {})
        super().__init__(*args, family=appointment.family, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why the date moves.")
        if appointment.kind.is_legal:
            for name in ("local_date", "local_time", "office", "place", "city"):
                del self.fields[name]
            del self.fields["precision"]
            self.when = form_helper("slot", *WHEN[3:])
            self.where = None
        else:
            del self.fields["slot"]
            self.usual_zone = appointment.zone
            self.fields["city"].empty_label = _("The same city as until now")
            self.when = form_helper(*WHEN)
            self.where = form_helper("office", "place", "city")
        self.why = form_helper("reason")
        self.all_the_same = form_helper("although")

    @staticmethod
    def as_it_was(row: Appointment) -> dict[str, Any]:
        """The date and hour are asked anew; the place, and how long before they leave, stand there as they were."""
        where = {"office": str(row.office_id or ""), "place": row.place}
        if not row.hour_is_known:
            return where
        leaves, there = at_clock(row.home_zone, row.leave_shelter_at), at_clock(row.zone, row.report_at)
        return {
            "report_day": str(max(0, min(1, (row.local_date - there.date()).days))),
            "report_time": f"{there:%H:%M}" if row.report_at != row.starts_at else "",
            "leave_day": str(max(0, min(3, (row.local_date - leaves.date()).days))),
            "leave_time": f"{leaves:%H:%M}",
            **where,
        }

    def is_legal(self, cleaned: dict[str, Any]) -> bool:
        return self.appointment.kind.is_legal

    def move(self) -> dict[str, Any]:
        why = {name: self.cleaned_data[name] for name in ("reason", "although")}
        return self.when_and_where() | why


class CancelForm(forms.Form):
    """Called off, by whom and why."""

    who = forms.ChoiceField(
        label=gettext_lazy("Who cancels it?"),
        choices=[("family", gettext_lazy("The family")), ("authority", gettext_lazy("The authority"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Mark who cancels it.")},
    )
    reason = text_field(
        gettext_lazy("Reason"), 200, required=True, help_text=gettext_lazy("Short. It stays in the history.")
    )
    helper = form_helper("who", "reason")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why it is cancelled.")


class OutcomeForm(forms.Form):
    """What became of it; a correction says why."""

    state = forms.ChoiceField(
        label=gettext_lazy("What became of it?"),
        choices=[
            (state.value, state.label)
            for state in (AppointmentState.ATTENDED, AppointmentState.MISSED, AppointmentState.TURNED_AWAY)
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what became of it.")},
    )
    reason = text_field(gettext_lazy("What happened, in a few words"), 200)
    next_step = text_field(
        gettext_lazy("What comes next"), 200, help_text=gettext_lazy("For example: ask for another date; see a lawyer.")
    )
    helper = form_helper("state", "reason", "next_step")

    def __init__(self, *args: Any, is_correction: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if is_correction:
            self.fields["reason"].required = True
            self.fields["reason"].label = _("Why it is corrected")
            self.fields["reason"].error_messages["required"] = _("Write why it is corrected.")


class ListFilter(forms.Form):
    """Which appointments to show. A GET form: a wrong value is the same as none."""

    kind = forms.ModelChoiceField(
        label=gettext_lazy("Kind"),
        queryset=AppointmentKind.objects.none(),
        required=False,
        empty_label=gettext_lazy("All kinds"),
    )
    mine = forms.BooleanField(label=gettext_lazy("Only those that I am responsible for"), required=False)
    unchecked = forms.BooleanField(
        label=gettext_lazy("Only dates that nobody else has read on the paper"), required=False
    )
    says_optional = False

    def __init__(self, *args: Any, by: Staff, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = AppointmentKind.objects.visible_to(by)
        self.helper = form_helper("kind", "mine", "unchecked")


class AwaitedForm(forms.Form):
    """A date that is to be told: of what, for whom, and when somebody asks again."""

    kind = forms.ModelChoiceField(
        label=gettext_lazy("What kind of appointment"),
        queryset=AppointmentKind.objects.none(),
        empty_label=gettext_lazy("Choose…"),
        error_messages={"required": gettext_lazy("Choose the kind of appointment.")},
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("Whose date is it"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Mark at least one person whose date it is.")},
    )
    office = forms.ChoiceField(label=gettext_lazy("Office, if it is known"), required=False)
    place = text_field(gettext_lazy("Another place"), 160)
    control_on = DatePartsField(
        label=gettext_lazy("When somebody asks again"), help_text=gettext_lazy("A task is made for that day.")
    )
    note = text_field(gettext_lazy("What is known so far"), 200)

    def __init__(self, *args: Any, by: Staff, members: list[Person], **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["kind"].queryset = AppointmentKind.objects.visible_to(by).in_use().filter(is_legal=False)
        self.members = {str(person.pk): person for person in members}
        fields["people"].choices = [(key, person.full_name) for key, person in self.members.items()]
        fields["people"].initial = [key for key in self.members if len(self.members) == 1]
        fields["office"].choices = office_choices(by)
        self.offices = {str(office.pk): office for office in Office.objects.visible_to(by).filter(is_active=True)}
        self.helper = form_helper("kind", "people", "office", "place", "control_on", "note")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("office") and cleaned.get("place"):
            self.add_error("place", _("Choose the office or write another place, not both."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        people = [self.members[key] for key in cleaned["people"]]
        return cleaned | {"people": people, "office": self.offices.get(cleaned["office"])}


class AskAgainForm(forms.Form):
    """Nobody has told the date yet."""

    control_on = DatePartsField(label=gettext_lazy("When somebody asks again"))
    note = text_field(gettext_lazy("What is known so far"), 200)
    helper = form_helper("control_on", "note")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class GiveUpForm(forms.Form):
    reason = text_field(gettext_lazy("Why nobody waits for it any more"), 200, required=True)
    helper = form_helper("reason")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why nobody waits for it any more.")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class OwnerForm(forms.Form):
    """Who is responsible for somebody, or for all of a family."""

    owner = forms.ModelChoiceField(
        label=gettext_lazy("Responsible"),
        queryset=Staff.objects.none(),
        required=False,
        empty_label=gettext_lazy("Nobody"),
    )
    whole_family = forms.BooleanField(label=gettext_lazy("For the whole family"), required=False, initial=True)
    says_optional = False

    def __init__(self, *args: Any, by: Staff, is_family: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = can_be_responsible(by.organisation)
        if not is_family:
            del self.fields["whole_family"]
        self.helper = form_helper(*self.fields)
