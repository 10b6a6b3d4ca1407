"""Django's admin, at /installation/, for the administrator of the installation and nobody else.

It shows the installation: organisations, accounts, memberships, houses, the catalogue, the logs. What services own is read
here, not written. Nothing about guests is registered at all: their rows would be read past `visible_to`, across
organisations, and without a line in the read log. Whoever needs them works in an organisation, through its own pages.
"""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite, ModelAdmin, register
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from ngo.models import City, Membership, Office, Organisation, ReadLog, Staff
from shelters.models import Bed, Shelter, Space


class Installation(AdminSite):
    site_header = site_title = _("Posada: the installation")
    index_title = _("Organisations, accounts and logs")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """One way to change a password: the account's own page, with its rate limit."""
        return redirect("account_change_password")


installation = Installation(name="admin")
installation.login = secure_admin_login(installation.login)  # type: ignore[method-assign]  # The one sign-in page.


class ReadOnly(ModelAdmin):
    """What services, triggers or tasks write. `is_staff` is the whole of the right: it marks this administrator alone."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_staff

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Editable(ReadOnly):
    """What has no consequence beyond its own row. Nothing is deleted: other rows and history name it."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_staff


class Catalogue(Editable):
    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return request.user.is_staff


@register(Organisation, site=installation)
class OrganisationAdmin(Editable):
    """A new organisation comes with its coordinator and first shelter: `manage.py setup` makes all three."""

    list_display = ["name", "slug", "created_at"]
    readonly_fields = ["slug", "created_at"]
    search_fields = ["name"]


@register(Staff, site=installation)
class StaffAdmin(Editable):
    """Accounts come by invitation. Here one is closed, opened again, or made administrator."""

    list_display = ["email", "name", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "language", "is_active", "is_staff", "date_joined", "last_login"]
    readonly_fields = ["email", "name", "language", "date_joined", "last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody closes or demotes their own account: somebody must remain."""
        mine = ["is_active", "is_staff"] if obj == request.user else []
        return [*self.readonly_fields, *mine]


@register(Membership, site=installation)
class MembershipAdmin(ReadOnly):
    list_display = ["staff", "organisation", "role", "invited_at", "accepted_at", "expires_at", "ended_at"]
    list_filter = ["organisation", "role"]
    list_select_related = ["staff", "organisation"]
    search_fields = ["staff__email", "staff__name"]
    exclude = ["invitation_hash"]


@register(City, site=installation)
class CityAdmin(Catalogue):
    list_display = ["name", "state", "country", "zone", "inegi_code"]
    list_filter = ["country", "zone"]
    search_fields = ["name"]


@register(Office, site=installation)
class OfficeAdmin(Catalogue):
    list_display = ["name", "kind", "city", "zone", "is_confirmed", "is_active"]
    list_filter = ["kind", "is_confirmed", "is_active"]
    list_select_related = ["city"]
    search_fields = ["name"]


@register(Shelter, site=installation)
class ShelterAdmin(ReadOnly):
    """Without the address: it may be confidential."""

    list_display = ["name", "organisation", "city", "zone"]
    list_filter = ["organisation"]
    list_select_related = ["organisation", "city"]
    exclude = ["address"]


@register(Space, site=installation)
class SpaceAdmin(ReadOnly):
    list_display = ["name", "shelter", "kind", "sleepers"]
    list_filter = ["shelter"]
    list_select_related = ["shelter"]


@register(Bed, site=installation)
class BedAdmin(ReadOnly):
    list_display = ["label", "space", "kind", "is_surge"]
    list_filter = ["space__shelter", "kind", "is_surge"]
    list_select_related = ["space"]


@register(ReadLog, site=installation)
class ReadLogAdmin(ReadOnly):
    """Ids, not contents: who opened what and when."""

    list_display = ["at", "organisation", "staff", "what", "subject_kind", "subject_id", "count"]
    list_filter = ["organisation", "what"]
    list_select_related = ["organisation", "staff"]
    date_hierarchy = "at"
