"""Organisations, the people who work in them, and their memberships."""

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ngo.models.base import OrganisationQuerySet, tracked
from ngo.permissions import Role


@tracked()
class Organisation(models.Model):
    """One NGO: nothing of it is seen by another, except through a referral."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class StaffManager(BaseUserManager["Staff"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Staff":
        """An account. Without a password nobody can sign in to it until an invitation is accepted."""
        staff = self.model(email=self.normalize_email(email).lower(), **fields)
        if password:
            staff.set_password(password)
        else:
            staff.set_unusable_password()
        staff.save(using=self._db)
        return staff

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Staff":
        return self.create_user(email, password, **(fields | {"is_staff": True, "is_superuser": True}))

    def get_by_natural_key(self, username: str | None) -> "Staff":
        return self.get(email__iexact=username)


class Theme(models.TextChoices):
    MACHINE = "", _("As this device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


@tracked(exclude=("password", "last_login"))
class Staff(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail. `is_staff` marks the administrator of the installation, and nothing else."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(
        _("language"), max_length=5, default="es", choices=[("es", "Español"), ("en", "English")]
    )
    theme = models.CharField(_("colours"), max_length=5, blank=True, default="", choices=Theme)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("administrator of the installation"), default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    current_membership = models.ForeignKey(
        "ngo.Membership", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = StaffManager()

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def membership(self) -> "Membership | None":
        """The membership in force that this person is working under now: the chosen one, or else the first."""
        in_force = list(Membership.objects.in_force().filter(staff=self).select_related("organisation").order_by("pk"))
        chosen = [membership for membership in in_force if membership.pk == self.current_membership_id]
        return (chosen or in_force or [None])[0]

    @property
    def organisation(self) -> Organisation | None:
        return self.membership.organisation if self.membership else None


class MembershipQuerySet(OrganisationQuerySet):
    def in_force(self) -> "MembershipQuerySet":
        """Accepted, not ended, not expired."""
        now = timezone.now()
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), accepted_at__lte=now, ended_at=None)

    def pending(self) -> "MembershipQuerySet":
        """Invited and not yet accepted."""
        return self.filter(accepted_at=None, ended_at=None)


@tracked(exclude=("invitation_hash",))
class Membership(models.Model):
    """What one person is in one organisation. Opened by an invitation, closed by a date; never deleted.

    The shelters that it is limited to stand in `shelters.Posting`: none means every shelter of the organisation.
    """

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    invited_at = models.DateTimeField(default=timezone.now)
    invited_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    invitation_hash = models.CharField(max_length=64, blank=True, editable=False)
    invitation_expires_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(_("access ends"), null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "organisation"],
                condition=Q(ended_at=None),
                name="one_open_membership_per_organisation",
                violation_error_message=_("This person already works here. Change their role instead."),
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("invited_at")),
                name="membership_expires_after_invitation",
            ),
        ]
        indexes = [models.Index(fields=["invitation_hash"], name="membership_by_invitation")]

    def __str__(self) -> str:
        return f"{self.staff} · {self.organisation}"

    @property
    def is_in_force(self) -> bool:
        now = timezone.now()
        accepted = self.accepted_at is not None and self.accepted_at <= now
        return accepted and self.ended_at is None and (self.expires_at is None or self.expires_at > now)
