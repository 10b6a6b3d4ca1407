"""The site map. Each floor keeps its own addresses; the roof's stand here, and Django's admin has a path of its own."""

from importlib.util import find_spec

from allauth.account.urls import urlpatterns as sign_in_pages
from django.urls import include, path

from ngo.views import account, health

roof = [
    path("", account.more, name="today"),
    path("hide/", account.hide, name="hide"),
    path("hidden/", account.hidden, name="hidden"),
    path("language/", account.language, name="language"),
    path("preferences/", account.preferences, name="preferences"),
    path("organisations/switch/", account.switch_organisation, name="switch_organisation"),
    path("more/", account.more, name="more"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

# Of allauth's pages those that we offer: people come by invitation, so no addresses to add and no codes by e-mail.
OFFERED = {
    *("account_login", "account_logout", "account_inactive", "account_signup", "account_reauthenticate"),
    *("account_change_password", "account_reset_password", "account_reset_password_done"),
    *("account_reset_password_from_key", "account_reset_password_from_key_done"),
}

urlpatterns = [
    path("", include((roof, "ngo"))),
    *(path("", include(f"{floor}.urls")) for floor in ("cases", "shelters") if find_spec(f"{floor}.urls")),
    path("account/", include([page for page in sign_in_pages if page.name in OFFERED])),
    path("account/sessions/", include("allauth.usersessions.urls")),
]
