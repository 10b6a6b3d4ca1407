"""What is written down when someone leaves: where they went, by a list that reports understand, and what of theirs stays.

The list follows the answers of HMIS: FY2024 HMIS CSV Format Specifications, version 1.2, appendix B, list 3.12.1 (living
situation and destination), https://files.hudexchange.info/resources/documents/HMIS-CSV-Format-Specifications-2024.pdf. The
exports of FY2026 that the import reads carry the same numbers. Left out are the answers that only a funder in the United States
can give: safe haven (118), halfway houses (329), subsidies (421, 435) and the HOPWA programmes (327, 426).
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import tracked
from shelters.models.places import OfShelterQuerySet
from shelters.models.stays import ExitReason


class Destination(models.TextChoices):
    """Where someone went, as the desk says it. Leaving for the United States or for home is not a place to live: HMIS has no
    answer for it but "other", and the words beside it say the rest."""

    UNITED_STATES = "united_states", _("To the United States, where to is not known")
    HOME_COUNTRY = "home_country", _("To their country, where to is not known")
    SHELTER = "shelter", _("Another shelter")
    TRANSITIONAL = "transitional", _("A house for a longer stay, of a programme")
    FAMILY_FOR_NOW = "family_for_now", _("With family, for a time")
    FAMILY_TO_STAY = "family_to_stay", _("With family, to stay")
    FRIENDS_FOR_NOW = "friends_for_now", _("With friends, for a time")
    FRIENDS_TO_STAY = "friends_to_stay", _("With friends, to stay")
    HOST_HOME = "host_home", _("With a host family")
    RENTED = "rented", _("A rented room or house")
    OWN = "own", _("A house of their own")
    HOTEL = "hotel", _("A hotel that they pay")
    STREET = "street", _("The street, a camp, a station")
    HOSPITAL = "hospital", _("A hospital")
    PSYCHIATRIC = "psychiatric", _("A psychiatric hospital")
    TREATMENT = "treatment", _("A treatment centre for addictions")
    NURSING_HOME = "nursing_home", _("A home for older people")
    CHILDREN_HOME = "children_home", _("A home for children (DIF), or a foster family")
    DETENTION = "detention", _("Detention or prison")
    DECEASED = "deceased", _("Died")
    OTHER = "other", pgettext_lazy("destination", "Another place")
    DOES_NOT_KNOW = "does_not_know", _("They do not know yet")
    NOT_SAID = "not_said", _("They prefer not to say")
    NOT_ASKED = "", pgettext_lazy("destination", "Nobody asked")

    @property
    def hmis(self) -> int:
        """The number of this answer in list 3.12.1."""
        return HMIS[self]


HMIS: dict[str, int] = {
    Destination.UNITED_STATES: 17,
    Destination.HOME_COUNTRY: 17,
    Destination.SHELTER: 101,
    Destination.TRANSITIONAL: 302,
    Destination.FAMILY_FOR_NOW: 312,
    Destination.FAMILY_TO_STAY: 422,
    Destination.FRIENDS_FOR_NOW: 313,
    Destination.FRIENDS_TO_STAY: 423,
    Destination.HOST_HOME: 332,
    Destination.RENTED: 410,
    Destination.OWN: 411,
    Destination.HOTEL: 314,
    Destination.STREET: 116,
    Destination.HOSPITAL: 206,
    Destination.PSYCHIATRIC: 204,
    Destination.TREATMENT: 205,
    Destination.NURSING_HOME: 225,
    Destination.CHILDREN_HOME: 215,
    Destination.DETENTION: 207,
    Destination.DECEASED: 24,
    Destination.OTHER: 17,
    Destination.DOES_NOT_KNOW: 8,
    Destination.NOT_SAID: 9,
    Destination.NOT_ASKED: 99,
}
LEFT_WITHOUT_A_WORD = 30  # "No exit interview completed": nobody could be asked, which is more than that nobody asked.


class Belongings(models.TextChoices):
    TAKEN = "taken", _("They took everything")
    STORED = "stored", _("Something stays in our storage")
    NOT_ASKED = "", pgettext_lazy("belongings", "Nobody asked")


class DepartureQuerySet(OfShelterQuerySet):
    organisation_path = "stay__shelter__organisation"

    def standing(self) -> "DepartureQuerySet":
        """Those that were not undone."""
        return self.filter(undone_at=None)


class Departure(models.Model):
    """What one person's departure was, beside the end of their stay. Undoing it keeps the row, and who undid it is in the act."""

    stay = models.ForeignKey("shelters.Stay", models.PROTECT, related_name="departures")
    act = models.ForeignKey("shelters.Act", models.PROTECT, related_name="departures")
    went_to = models.CharField(_("where they went"), max_length=15, choices=Destination, blank=True)
    belongings = models.CharField(_("belongings"), max_length=8, choices=Belongings, blank=True)
    kept_until = models.DateField(_("kept until"), null=True, blank=True)
    kept_where = models.CharField(_("what, and where"), max_length=120, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        verbose_name = _("departure")
        constraints = [
            models.UniqueConstraint(
                fields=["stay"], condition=Q(undone_at=None), name="one_standing_departure_of_a_stay"
            ),
            models.CheckConstraint(
                condition=Q(belongings=Belongings.STORED) | Q(kept_until=None, kept_where=""),
                name="only_what_is_stored_is_kept_until_a_day",
            ),
        ]
        indexes = [
            models.Index(
                F("kept_until"), condition=Q(undone_at=None, kept_until__isnull=False), name="belongings_by_day"
            )
        ]

    @property
    def hmis(self) -> int:
        """The HMIS answer for where this person went."""
        if not self.went_to and self.stay.exit_reason == ExitReason.UNKNOWN:
            return LEFT_WITHOUT_A_WORD
        return Destination(self.went_to).hmis


tracked()(Departure)
