"""How hard the readers are attacked, and any value that JSON can hold."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

ASKED = os.environ.get("BOTCAFE_FUZZ_EXAMPLES")
steady: Callable[..., Any] = settings(
    # The same examples each time, until somebody asks for a number of others.
    derandomize=ASKED is None,
    database=None,
    max_examples=int(ASKED or "60"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
