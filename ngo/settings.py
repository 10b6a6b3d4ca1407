"""Settings, read from the environment; with an empty one Posada runs its own private database (local mode).

Local mode is "no DATABASE_URL": keys and passwords are made once in the data folder (see ngo/local/). With
DATABASE_URL every secret must be given; there is no default for any of them. `.env.example` lists the variables.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import bootstrap_wrapper
import dj_database_url
import pghistory
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from ngo import local
from ngo.messaging.gateway_settings import gateway, mail_rate, public_address

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL = not os.environ.get("DATABASE_URL")


def secret(name: str, local_value: str) -> str:
    """A secret from the environment; the value made in the data folder stands in for it in local mode only."""
    value = os.environ.get(name) or local_value
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. With DATABASE_URL set, Posada has no default for it.")
    return value


def words(name: str, default: str = "") -> list[str]:
    return [word for word in os.environ.get(name, default).replace(",", " ").split() if word]


# --- Secrets and data ------------------------------------------------------------------------------------------------
DATA_FOLDER = local.data_folder(BASE_DIR)
_made = local.secrets(DATA_FOLDER) if LOCAL else local.NO_SECRETS
SECRET_KEY = secret("SECRET_KEY", _made.secret_key)
FIELD_KEYS = secret("POSADA_FIELD_KEYS", _made.field_keys).split(",")  # Newest first; Fernet keys.
SEARCH_KEY = secret("POSADA_SEARCH_KEY", _made.search_key)  # HMAC key of the exact-search hashes.
DEBUG = os.environ.get("POSADA_DEBUG") == "1"

# --- Where we answer -------------------------------------------------------------------------------------------------
# Behind HTTPS set POSADA_HOSTS; POSADA_HTTPS=1 then turns on secure cookies and HSTS (docs/tls.md).
HTTPS = os.environ.get("POSADA_HTTPS", "0" if LOCAL else "1") == "1"
ALLOWED_HOSTS = words("POSADA_HOSTS", "127.0.0.1 localhost [::1]" if LOCAL else "")
CSRF_TRUSTED_ORIGINS = words("POSADA_ORIGINS")
PUBLIC_ADDRESS = public_address(os.environ.get("POSADA_ADDRESS", ""), ALLOWED_HOSTS, HTTPS)  # Where gateways call back.
BEHIND_PROXY = os.environ.get("POSADA_BEHIND_PROXY") == "1"  # Exactly one proxy, which sets both headers itself.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0  # Whose address the limit on wrong passwords counts.
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # Probes ask the process itself, without TLS.
METRICS_TOKEN = os.environ.get("POSADA_METRICS_TOKEN", "")  # Without it, /metrics answers this machine alone.
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_IDLE_MINUTES = 30  # design/reliability.md, promise 4; a shared computer 10.
SESSION_SHARED_IDLE_MINUTES = 10
SESSION_ABSOLUTE_HOURS = 12
SESSION_ENGINE = "django.contrib.sessions.backends.db"
X_FRAME_OPTIONS = "DENY"

ROOT_URLCONF = "ngo.urls"
WSGI_APPLICATION = "ngo.wsgi.application"

INSTALLED_APPS = [
    "ngo",
    "cases",
    "shelters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "ngo.apps.StaticFiles",  # django.contrib.staticfiles, without the files that no page asks for
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_countries",
    "django_htmx",
    "lucide",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "ngo.middleware.SessionLimits",
    "ngo.middleware.StaffPreferences",
    "ngo.middleware.HouseClock",
    "ngo.middleware.HistoryContext",
    "ngo.middleware.Refusals",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ngo.context.shell",
            ],
            "builtins": ["ngo.templatetags.posada", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# --- Database --------------------------------------------------------------------------------------------------------
# Two roles: the owner migrates, the web role works and cannot change history or the read log.
DATABASE_ROLE = os.environ.get("POSADA_DATABASE_ROLE", "web")
DATABASE_WEB_ROLE = os.environ.get("POSADA_DATABASE_WEB_ROLE", "posada_web")
_web_url = os.environ.get("DATABASE_URL") or local.database_url(DATA_FOLDER, _made, role="web")
_owner_url = os.environ.get("DATABASE_OWNER_URL") or (
    local.database_url(DATA_FOLDER, _made, role="owner") if LOCAL else _web_url
)
DATABASES = {
    "default": dj_database_url.parse(
        _owner_url if DATABASE_ROLE == "owner" else _web_url, conn_max_age=60, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("Posada runs on PostgreSQL only; DATABASE_URL must start with postgres://.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# History (trigger-based). The context is kept on each event row: the web role may insert there and nothing else.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_CONTEXT_ID_FIELD = pghistory.ContextUUIDField(null=True)
PGHISTORY_MIDDLEWARE_METHODS = ()

# --- Broker and cache ------------------------------------------------------------------------------------------------
REDIS_URL = os.environ.get("REDIS_URL") or (local.broker_url(DATA_FOLDER) if LOCAL else "")
if not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL is not set. With DATABASE_URL set, Posada has no default for it.")
_socket = urlsplit(REDIS_URL)
CELERY_BROKER_URL = REDIS_URL
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"unix://{_socket.path}" if _socket.scheme == "redis+socket" else REDIS_URL,
        "KEY_PREFIX": "posada",
    }
}

# --- People who sign in ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "ngo.Staff"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "ngo:today"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "ngo.accounts.ClosedAccounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # Staff come by invitation: the link in the e-mail is the verification.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # No mail to an address that nobody here has.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "ngo.forms.accounts.SignInForm",
    "change_password": "ngo.forms.accounts.OtherPasswordForm",
    "set_password": "ngo.forms.accounts.NewPasswordForm",
    "reset_password": "ngo.forms.accounts.PasswordLinkForm",
    "reset_password_from_key": "ngo.forms.accounts.NewPasswordFromLinkForm",
    "reauthenticate": "ngo.forms.accounts.ConfirmPasswordForm",
}
ACCOUNT_LOGOUT_ON_GET = False
USERSESSIONS_TRACK_ACTIVITY = False

# --- E-mail ----------------------------------------------------------------------------------------------------------
_mail = urlsplit(os.environ.get("EMAIL_URL", ""))
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if not _mail.hostname:  # Nothing configured: written as files in the data folder, and the staff page says so.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_FOLDER / "mail"
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.username or "", _mail.password or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+tls", _mail.scheme == "smtps"
EMAIL_TIMEOUT = 15
EMAIL_RATE = mail_rate(os.environ.get("EMAIL_URL", ""))
DEFAULT_FROM_EMAIL = os.environ.get("POSADA_FROM_EMAIL", "posada@localhost")

# --- Messages to phones (docs/gateways.md) ---------------------------------------------------------------------------
SMS_GATEWAY = gateway("SMS_URL", os.environ.get("SMS_URL", ""))
WHATSAPP_GATEWAY = gateway("WHATSAPP_URL", os.environ.get("WHATSAPP_URL", ""), os.environ.get("WHATSAPP_TEMPLATES", ""))

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "es"
LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "ngo" / "locale"]
LANGUAGE_COOKIE_NAME = "posada_language"
TIME_ZONE = "UTC"  # The zone belongs to the shelter, never to the server.
USE_TZ = True
USE_THOUSAND_SEPARATOR = False
COUNTRIES_OVERRIDE = {
    "XXA": {"names": [_("Stateless")], "alpha3": "XXA"},
    "XXX": {"names": [_("Unknown")], "alpha3": "XXX"},
}

# --- Files -----------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_FOLDER / "static"
STATICFILES_DIRS = [("bootstrap", bootstrap_wrapper.get_bootstrap_css_dir())]
STATICFILES_STORAGE_MANIFEST = "pytest" not in sys.modules
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if not DEBUG and STATICFILES_STORAGE_MANIFEST
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG or not STATICFILES_STORAGE_MANIFEST

FILE_UPLOAD_HANDLERS = ["ngo.uploads.InMemory"]  # A photo of a card is read and forgotten: it never reaches a disk.
# Where families' papers are kept, encrypted (ngo/vault.py, docs/documents.md): it belongs into the same backup as the database.
DOCUMENTS_FOLDER = Path(os.environ.get("POSADA_DOCUMENTS") or DATA_FOLDER / "documents")

# --- Content Security Policy: nothing inline, nothing from elsewhere -------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Logs: our own words, never a form's content ---------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "ngo.logs.HideTokens"}},
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    # Where an address that was not found is written: before any handler, whoever adds one.
    "loggers": {
        **{name: {"filters": ["secrets"]} for name in ("django.request", "django.server")},
        **{name: {"level": "WARNING"} for name in ("httpx", "httpcore")},  # They would note every address.
    },
    "root": {"handlers": ["out"], "level": os.environ.get("POSADA_LOG_LEVEL", "INFO")},
}
