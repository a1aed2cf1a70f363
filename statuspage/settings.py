"""Settings, all from the environment (see docs/settings.md); `NAME_FILE` reads NAME from a file.

A regional worker needs `REDIS_URL` alone: without DATABASE_URL, SECRET_KEY or DATA_KEYS the
settings still load, and whatever needs them fails by name when it is first used.
"""

from hashlib import sha256
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from statuspage.people.groups import check_role
from statuspage.people.groups import parse as parse_groups
from statuspage.scraping import LOOPBACK, check_token
from statuspage.scraping import parse as parse_networks
from subscribers.rates import parse as parse_rates

# Lets admin classes name their model: ModelAdmin[Page].
django_stubs_ext.monkeypatch()

env = environ.FileAwareEnv()

BASE_DIR = Path(__file__).resolve().parent.parent
# Everything the application writes to its own disk: served releases, mail without a server.
STATE_DIR = Path(env.str("STATE_DIR", default=str(BASE_DIR / "var")))

SECRET_KEY = env.str("SECRET_KEY", default="")
# Earlier keys: links in old mails go on working.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Fernet keys of the secret fields: the first encrypts, all decrypt.
DATA_KEYS = env.list("DATA_KEYS", default=[])
# What the application signs published documents with: 32 random bytes in base64.
SIGNING_KEY = env.str("SIGNING_KEY", default="")
DEBUG = False
# The absolute address of this application: forms of the static page post to it.
APP_URL = env.str("APP_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [APP_URL]

INSTALLED_APPS = [
    "statuspage",
    "incidents",
    "subscribers",
    "monitors",
    "statuspage.board.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "statuspage.damaged.Undamaged",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "statuspage.people.actors.Acting",
    "allauth.account.middleware.AccountMiddleware",
    "statuspage.people.middleware.People",
    "statuspage.private.PrivatePages",
    "statuspage.rest.Resting",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "incidents.kept.KeepWhatWasTyped",
]

ROOT_URLCONF = "statuspage.urls"
WSGI_APPLICATION = "statuspage.wsgi.application"

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
            ],
        },
    },
]

DATABASES = {}
if env.str("DATABASE_URL", default=""):
    _database = env.db_url("DATABASE_URL")
    DATABASES["default"] = {
        **_database,
        "ENGINE": "statuspage.people.database",
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
        # What the URL asks for (host=, sslmode=) goes on top.
        "OPTIONS": {"connect_timeout": 5, **_database.get("OPTIONS", {})},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sessions and the cache live in Postgres or in memory: Redis is the broker and nothing else.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# What is counted against guessing lies in the cache, so that all web processes count together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "statuspage_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# Signing in (statuspage/people): with a password and a second factor, with a passkey, or through a provider.
AUTHENTICATION_BACKENDS = ["statuspage.people.backend.Staff"]
# Whether staff need a second factor: "required" or "optional".
SECOND_FACTOR = env.str("SECOND_FACTOR", default="required")
if SECOND_FACTOR not in ("required", "optional"):
    raise ImproperlyConfigured(f"SECOND_FACTOR is “{SECOND_FACTOR}”: it is “required” or “optional”.")
# Single sign-on through a provider that speaks OpenID Connect (docs/people.md); without an issuer, none.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")
# Accounts of a provider are kept under it: another provider's numbers mean other people.
OIDC_ID = f"oidc-{sha256(OIDC_ISSUER.encode()).hexdigest()[:12]}"
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="OpenID Connect")
# Whose first sign-in makes an account without an invitation, and in which role.
OIDC_DOMAINS = env.list("OIDC_DOMAINS", default=[])
OIDC_DEFAULT_ROLE = env.str("OIDC_DEFAULT_ROLE", default="viewer")
# Which groups at the provider hold which role, decided anew at each sign-in.
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
try:
    OIDC_ROLES = parse_groups(env.str("OIDC_ROLES", default=""))
    check_role("OIDC_DEFAULT_ROLE", OIDC_DEFAULT_ROLE)
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from None
# Whether the provider's own second factor counts as ours: "trusted" or "own".
OIDC_SECOND_FACTOR = env.str("OIDC_SECOND_FACTOR", default="own")
if OIDC_SECOND_FACTOR not in ("trusted", "own"):
    raise ImproperlyConfigured(f"OIDC_SECOND_FACTOR is “{OIDC_SECOND_FACTOR}”: it is “trusted” or “own”.")
SOCIALACCOUNT_ADAPTER = "statuspage.people.provider.Providers"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_PROVIDERS = {}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": OIDC_ID,
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
LOGOUT_REDIRECT_URL = "/admin/login/"
ACCOUNT_ADAPTER = "statuspage.people.adapter.Accounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
# Nobody signs up: an invitation proves the address.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = APP_URL.partition(":")[0]
ACCOUNT_SESSION_REMEMBER = True
PASSWORD_RESET_TIMEOUT = 86_400
MFA_ADAPTER = "statuspage.people.second_factor.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey alone signs in: the device makes sure that it is the person.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Browsers offer passkeys over http on the own machine only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not APP_URL.startswith("https://")
# Clocks of phones are a little off; no code counts twice (people/codes.py).
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "statuspage.people.codes.SignInCode",
    "reauthenticate": "statuspage.people.codes.AgainCode",
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
# Pages name files by their hash: the plain names would only be compressed for nothing.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(STATE_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# The SMTP server of notices; without one they are written to files under STATE_DIR/mail.
EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_FROM = env.str("EMAIL_FROM", default="status@localhost.localdomain")
# Letters about accounts go the same way.
EMAIL_BACKEND = "statuspage.people.post.Post"
# How much mail may go to a domain, and in all: "*=50/s gmail.com=20/s".
try:
    MAIL_RATES = parse_rates(env.str("MAIL_RATES", default=""))
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from None
# Signs mail where the relay does not: a private key in PEM, its name in DNS, and the domain of the sender.
DKIM_KEY = env.str("DKIM_KEY", default="", multiline=True)
DKIM_SELECTOR = env.str("DKIM_SELECTOR", default="")
DKIM_DOMAIN = env.str("DKIM_DOMAIN", default="")
# The mailbox where mail that comes back arrives, and its address where that is not the user's name.
BOUNCE_URL = env.str("BOUNCE_URL", default="")
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")

# Networks that monitors may reach although they are not public: exact CIDRs, each with an
# optional :port ("10.0.0.0/8 127.0.0.1/32:8000").
PROBE_ALLOW = env.str("PROBE_ALLOW", default="")
# Hosts that tell whether our own network works when monitors fail: "192.0.2.1:443 example.com:443".
PROBE_WITNESSES = env.str("PROBE_WITNESSES", default="")
# What a region opens the secrets of its monitors with: an age identity (manage.py region_key makes one).
PROBE_KEY = env.str("PROBE_KEY", default="")
# The same for webhooks. Strangers choose their addresses: leave it empty where strangers may subscribe.
WEBHOOK_ALLOW = env.str("WEBHOOK_ALLOW", default="")
# Everything but posting, publishing and telling people rests; staff can also turn that on for a while.
DEGRADED_MODE = env.bool("DEGRADED_MODE", default=False)
# The application's address as the workers that check reach it: drills break an address below it.
DRILL_URL = env.str("DRILL_URL", default=APP_URL).rstrip("/")
# How many proxies in front of the application write X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# Who may read /metrics: networks that a scraper comes from, or a token that it carries.
try:
    METRICS_ALLOW = parse_networks(env.str("METRICS_ALLOW", default=LOOPBACK))
    METRICS_TOKEN = check_token(env.str("METRICS_TOKEN", default=""))
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from None

# Cookies: secure wherever the application itself is reached over https.
SECURE = APP_URL.startswith("https://")
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if SECURE:
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # The preview of a page and a mail.
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# The form to post has a control for each component of a page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"no_secret_addresses": {"()": "monitors.unlogged.Unlogged"}},
    "loggers": {"django.request": {"filters": ["no_secret_addresses"]}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
