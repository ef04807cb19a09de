"""Django's settings. What may differ between machines comes from the environment: contract/commands.md names it."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from postsale.service import database, environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent

# --- this machine -----------------------------------------------------------------------------------------------------
POSTSALE_DATA = Path(os.environ.get("POSTSALE_DATA") or BASE_DIR / ".data").absolute()
HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = environment.number("PORT", default=8000, least=1)
DEBUG = environment.flag("DEBUG")
if not DEBUG:
    environment.refuse_public_defaults(HOST)
BASE_URL = environment.base_url(HOST, PORT)
SECRET_KEY = environment.secret_key(POSTSALE_DATA)
_origin = urlsplit(BASE_URL)
HTTPS = _origin.scheme == "https"
LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = [*(environment.names("ALLOWED_HOSTS") or [_origin.hostname or HOST]), *LOCAL_HOSTS]

# --- Postsale's own ---------------------------------------------------------------------------------------------------
POSTSALE_EGRESS_ALLOW = environment.names("POSTSALE_EGRESS_ALLOW")
POSTSALE_KEYS = environment.names("POSTSALE_KEYS")
POSTSALE_TRUSTED_PROXY = environment.names("POSTSALE_TRUSTED_PROXY")
POSTSALE_METRICS_ALLOW = environment.names("POSTSALE_METRICS_ALLOW") or ["127.0.0.0/8", "::1"]
POSTSALE_SIGNUP = environment.flag("POSTSALE_SIGNUP")
#: Whether an empty installation begins with a demo shop, and whether that goes on living.
POSTSALE_DEMO = environment.flag("POSTSALE_DEMO", default=True)
POSTSALE_DEMO_PACE = environment.flag("POSTSALE_DEMO_PACE", default=True)
POSTSALE_WORKERS = environment.number("POSTSALE_WORKERS", default=2, least=1)
EMAIL_URL = os.environ.get("EMAIL_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")

# --- the database: the application's role owns nothing, the owner's migrates and makes tenants ------------------------
EMBEDDED = not os.environ.get("DATABASE_URL")
if not EMBEDDED and not os.environ.get("DATABASE_ADMIN_URL"):
    raise ImproperlyConfigured(
        "DATABASE_URL is set, so DATABASE_ADMIN_URL (the role that owns the tables) must be, too."
    )
_timeouts = {
    "statement_timeout": os.environ.get("POSTSALE_STATEMENT_TIMEOUT") or "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
_app_url = os.environ.get("DATABASE_URL") or database.url(POSTSALE_DATA, database.APP)
_owner_url = database.url(POSTSALE_DATA, database.OWNER) if EMBEDDED else os.environ["DATABASE_ADMIN_URL"]
DATABASES = {
    "default": environment.database("DATABASE_URL", _app_url, timeouts=_timeouts),
    "admin": environment.database("DATABASE_ADMIN_URL", _owner_url, timeouts={"lock_timeout": "60s"}),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the house --------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "postsale",
    "workflows",
    "dashboards",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "servestatic",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "postsale.tenants.middleware.TenantMiddleware",
]
ROOT_URLCONF = "postsale.urls"
ASGI_APPLICATION = "postsale.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
LOGGING = logs.configure(level=os.environ.get("LOG_LEVEL") or "INFO")

# --- files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = POSTSALE_DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = POSTSALE_DATA / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "postsale.service.static.ModuleStorage"},
}
SERVESTATIC_ALLOW_ALL_ORIGINS = False
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- people -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "postsale.User"
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
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "postsale.service.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FORM_CLASS = "postsale.backoffice.entrance.forms.SignUp"
#: Without a mail server nobody would ever get the letter that proves an address.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
#: One address at a time: a new one counts, and the former ends, once its letter is answered.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Postsale: "
ACCOUNT_PREVENT_ENUMERATION = True
#: In the browser that signed up; elsewhere the password is asked for.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _origin.scheme
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "postsale.service.accounts.MfaAdapter"
MFA_FORMS = {"add_webauthn": "postsale.backoffice.entrance.passkeys.AddPasskey"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Postsale"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

# --- mail (our own letters leave by the outbox; these are the sign-in's) ----------------------------------------------
MAILERS = {"default": environment.mailer(EMAIL_URL, POSTSALE_DATA / "mail")}
DEFAULT_FROM_EMAIL = os.environ.get("POSTSALE_FROM") or f"postsale@{_origin.hostname}"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- the browser ------------------------------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
_host_only = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_host_only}postsale_session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
CSRF_COOKIE_NAME = f"{_host_only}postsale_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "postsale.web.errors.cross_site"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/$", r"^readyz/$", r"^metrics$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
#: The subdomains of a shop's domain are not ours to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"

# --- the API ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "postsale.web.problems.handle",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Postsale",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- the queue: django-q2 carries wake-ups only, which may be lost, doubled or late (RELIABILITY D1) ------------------
#: The task that a wake-up runs: it takes work until there is none, and beats `postsale.service.heartbeat.WORKER`.
POSTSALE_DRAIN = "workflows.tasks.drain"
Q_CLUSTER = {
    "name": "postsale",
    "workers": POSTSALE_WORKERS,
    "queue_limit": 2 * POSTSALE_WORKERS,
    "bulk": 10,
    "poll": 0.5,
    "timeout": 300,
    "retry": 360,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 1000,
    "max_rss": 240_000,
    "ALT_CLUSTERS": {},
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
