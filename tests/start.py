"""Sets the stage before Django reads its settings: loaded by `-p` ahead of every other plugin."""

import os
import tempfile

os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
os.environ.setdefault("BOTCAFE_DATA", tempfile.mkdtemp(prefix="botcafe-tests-"))
os.environ.update(
    BOTCAFE_SEED="none",
    BOTCAFE_RATE_LIMITS="off",
    BOTCAFE_SIGNUP="open",
    BOTCAFE_JOBS="at-once",
    BOTCAFE_EMBEDDINGS="hash",
    BOTCAFE_BCRYPT_ROUNDS="4",
    BOTCAFE_ENV="development",
)
if os.environ.get("BOTCAFE_TEST_DATABASE") == "postgresql" and "BOTCAFE_DATABASE_URL" not in os.environ:
    from tests.postgres import start_server

    _SERVER = start_server()
    os.environ["BOTCAFE_DATABASE_URL"] = _SERVER.get_uri()
