"""Which lines of the read log to show. A GET form: a wrong value is the same as none."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from crispy_forms.layout import Div
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ngo.models import Staff
from ngo.models.reads import ReadLogQuerySet
from ngo.ui import DatePartsField, form_helper

# What a line's code means. A code that is not here is shown as it is: the log never hides a line.
WORDS: dict[str, str | Promise] = {
    "a_number": _("An A-number"),
    "absent": _("Who has been absent without word"),
    "appointment": _("An appointment"),
    "appointments": _("The list of appointments"),
    "awaited_dates": _("The dates that are to be told"),
    "authority_event": _("What an authority cancelled or moved"),
    "authority_event_preview": _("Whom a change of an authority would touch"),
    "bed": _("A bed"),
    "board": _("The bed board"),
    "board_names": _("The bed board, with names"),
    "calendar": _("The calendar of appointments, with initials"),
    "calendar_feed": _("A private calendar feed"),
    "calendar_names": _("The calendar of appointments, with names"),
    "card": _("A guest's card, read at the door"),
    "card_unknown": _("A card that opened nothing"),
    "cards": _("The list of cards"),
    "cards_print": _("Cards, printed"),
    "case": _("A case"),
    "caseload": _("A caseload"),
    "check_out": _("A departure"),
    "check_out_many": _("Who leaves a house, ticked on one list"),
    "child_alert": _("A child-protection alert"),
    "clock": _("A deadline of law"),
    "clock_changes": _("Dates that a closure moved"),
    "clocks": _("The list of deadlines"),
    "closure_preview": _("Whose dates a closure would move"),
    "consents": _("What a family agreed to"),
    "curfew": _("Who is out, and how late"),
    "document": _("A paper of a family"),
    "document_file": _("A paper, opened"),
    "documents": _("The papers of a family, or those that end soon"),
    "door": _("The door of a house"),
    "door_person": _("A guest at the door"),
    "duplicates": _("Possible duplicates at intake"),
    "email": _("An e-mail address"),
    "endings": _("Who leaves soon"),
    "endings_names": _("Who leaves soon, with names"),
    "extension": _("A request for a longer stay"),
    "family": _("A family's file"),
    "family_beds": _("A family's beds"),
    "family_clocks": _("The deadlines of a family"),
    "family_wait": _("A family, to put it on the waiting list"),
    "group": _("The people of a group"),
    "group_change": _("A change of group"),
    "hold": _("A hold"),
    "holds": _("What is held"),
    "inbound": _("What families wrote back"),
    "kitchen": _("Special diets in the kitchen"),
    "leaves_on": _("A day of departure"),
    "legal_notes": _("Legal notes"),
    "merge": _("Two files, to join them"),
    "move": _("A move"),
    "owner": _("Who is responsible for somebody"),
    "pair": _("Two files side by side"),
    "people_to_call": _("The people to call"),
    "slip": _("A slip with pictures"),
    "person": _("A person's file, to correct it"),
    "phone": _("A phone number"),
    "place_family": _("The choice of beds"),
    "print_evacuation": _("The evacuation list"),
    "print_tonight": _("Tonight by space, printed"),
    "protection": _("Who holds no paper that protects them"),
    "reads": _("This page"),
    "referral": _("A referral"),
    "referral_letter": _("The letter of a referral"),
    "referral_paper": _("A paper that others shared with us"),
    "referral_received": _("A referral that others sent us"),
    "referrals": _("Referrals"),
    "referrals_received": _("Referrals that others sent us"),
    "report_csv": _("A report, as a spreadsheet"),
    "report_json": _("A report, for another system"),
    "report_print": _("A report, printed"),
    "report_text": _("A report, for a chat"),
    "return": _("The checks before a return"),
    "roll_call": _("The roll-call"),
    "roll_call_print": _("The roll-call, printed"),
    "search": _("A search by name"),
    "show_ups_csv": _("Show-up rates, as a spreadsheet"),
    "statement": _("The statement of a departure"),
    "task": _("A task"),
    "tasks": _("The list of tasks"),
    "tomorrow": _("The list of tomorrow, with initials"),
    "tomorrow_names": _("The list of tomorrow, with names"),
    "trip": _("A trip"),
    "trip_open": _("Who leaves, to open a trip"),
    "trips": _("Who is out on a trip"),
    "waiting": _("The waiting list"),
    "waiting_edit": _("Someone on the waiting list, to change it"),
    "waiting_entry": _("Someone on the waiting list"),
    "waiting_link": _("The file of someone who waits"),
    "waiting_names": _("The waiting list, with names"),
}


def words_of(code: str) -> str:
    return str(WORDS.get(code, code))


class ReadsFilter(forms.Form):
    staff = forms.ModelChoiceField(
        label=_("Who"), queryset=Staff.objects.none(), required=False, empty_label=_("Everyone")
    )
    what = forms.ChoiceField(label=_("What"), required=False)
    day = DatePartsField(label=_("Day"), required=False)
    says_optional = False

    def __init__(self, *args: Any, by: Staff, zone: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.zone = zone
        ours = Staff.objects.filter(memberships__organisation=by.organisation, memberships__accepted_at__isnull=False)
        self.fields["staff"].queryset = ours.distinct().order_by("name", "pk")
        kinds = sorted(((code, str(words)) for code, words in WORDS.items()), key=lambda pair: pair[1].casefold())
        self.fields["what"].choices = [("", _("Everything")), *kinds]
        self.helper = form_helper(Div("staff", "what", css_class="po-pair"), "day")

    def of(self, lines: ReadLogQuerySet) -> ReadLogQuerySet:
        """The lines that fit; what was not chosen, or chosen wrongly, does not narrow them."""
        self.is_valid()
        chosen = self.cleaned_data
        if chosen.get("staff"):
            lines = lines.filter(staff=chosen["staff"])
        if chosen.get("what"):
            lines = lines.filter(what=chosen["what"])
        if chosen.get("day"):
            midnight = datetime.combine(chosen["day"], time(0), ZoneInfo(self.zone))
            following = datetime.combine(chosen["day"] + timedelta(days=1), time(0), ZoneInfo(self.zone))
            lines = lines.filter(at__gte=midnight, at__lt=following)
        return lines

    def query(self) -> str:
        """The filter again, for the links to the other pages."""
        names = ["staff", "what", "day_day", "day_month", "day_year"]
        return urlencode({name: self.data[name] for name in names if self.data.get(name)})
