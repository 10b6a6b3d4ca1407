"""The site map. Each floor keeps its own addresses; the roof's stand here, and Django's admin has a path of its own."""

from allauth.account.urls import urlpatterns as sign_in_pages
from django.urls import include, path

from ngo.admin import installation
from ngo.views import account, catalogue, health, reads, setup, staff, today

roof = [
    path("", today.today, name="today"),
    path("more/", account.more, name="more"),
    path("reads/", reads.reads, name="reads"),
    # One's own account
    path("preferences/", account.preferences, name="preferences"),
    path("language/", account.language, name="language"),
    path("organisations/switch/", account.switch_organisation, name="switch_organisation"),
    path("hide/", account.hide, name="hide"),
    path("hidden/", account.hidden, name="hidden"),
    # Staff
    path("staff/", staff.staff_list, name="staff_list"),
    path("staff/invite/", staff.invite, name="invite"),
    path("staff/<int:pk>/edit/", staff.staff_edit, name="staff_edit"),
    path("staff/<int:pk>/end/", staff.staff_end, name="staff_end"),
    path("staff/<int:pk>/invitation/", staff.resend_invitation, name="resend_invitation"),
    path("invitation/<str:token>/", staff.accept_invitation, name="accept_invitation"),
    # Cities and offices
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/cities/new/", catalogue.city_new, name="catalogue_city_new"),
    path("catalogue/cities/<int:pk>/edit/", catalogue.city_edit, name="catalogue_city_edit"),
    path("catalogue/offices/new/", catalogue.office_new, name="catalogue_office_new"),
    path("catalogue/offices/<int:pk>/edit/", catalogue.office_edit, name="catalogue_office_edit"),
    # The installation
    path("setup/", setup.setup, name="setup"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]

# Of allauth's pages those that we offer: people come by invitation, so no addresses to add and no codes by e-mail.
OFFERED = {
    *("account_login", "account_logout", "account_inactive", "account_signup", "account_reauthenticate"),
    *("account_change_password", "account_set_password", "account_reset_password", "account_reset_password_done"),
    *("account_reset_password_from_key", "account_reset_password_from_key_done"),
}

urlpatterns = [
    path("", include((roof, "ngo"))),
    path("", include("cases.urls")),
    path("", include("shelters.urls")),
    path("account/", include([page for page in sign_in_pages if page.name in OFFERED])),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("installation/", installation.urls),
]
