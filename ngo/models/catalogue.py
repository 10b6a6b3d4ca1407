"""Places of the border: cities, ports of entry and offices. Facts with a source, shared by all, edited by coordinators."""

import zoneinfo
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ngo.models.base import tracked


def is_a_zone(name: str) -> None:
    """Refuse a text that is not an IANA zone name such as America/Tijuana."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone. Write it like America/Tijuana."), params={"name": name})


class CatalogueQuerySet(models.QuerySet):
    def visible_to(self, staff: Any) -> Self:
        """Public facts, the same for every organisation; nothing for someone who works in none."""
        return self if getattr(staff, "membership", None) else self.none()

    def by_name(self) -> Self:
        """In the order of the alphabet, whatever the accents: the database itself sorts Sásabe after Sonoyta."""
        return self.order_by(models.Func("name", function="posada_normalise"), "pk")


class City(models.Model):
    """A border town with the zone that its clocks follow."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    state = models.CharField(_("state"), max_length=80)
    country = models.CharField(_("country"), max_length=2, default="MX")
    inegi_code = models.CharField(_("INEGI code"), max_length=5, blank=True)
    zone = models.CharField(_("time zone"), max_length=60, validators=[is_a_zone])
    source = models.CharField(_("source"), max_length=300, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OfficeKind(models.TextChoices):
    PORT = "port", _("Port of entry")
    COMAR = "comar", _("Refugee commission (COMAR)")
    INM = "inm", _("Migration institute (INM)")
    CONSULATE = "consulate", _("Consulate")
    COURT = "court", _("Court")
    CHILD_PROTECTION = "child_protection", _("Child-protection office")


class Office(models.Model):
    """A place where appointments happen, with its own zone: it may differ from the shelter's."""

    kind = models.CharField(_("kind"), max_length=20, choices=OfficeKind)
    name = models.CharField(_("name"), max_length=160)
    city = models.ForeignKey(City, models.PROTECT, related_name="offices", verbose_name=_("city"))
    zone = models.CharField(_("time zone"), max_length=60, validators=[is_a_zone])
    source = models.CharField(_("source"), max_length=300, blank=True)
    is_confirmed = models.BooleanField(_("confirmed by two sources"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("office")
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="one_office_per_kind_and_name")]

    def __str__(self) -> str:
        return self.name


tracked()(City)
tracked()(Office)
