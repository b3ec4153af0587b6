"""The fixtures of the room: a fake provider per test, an endpoint that leads to it, and no call that leaves here."""

from botcafe.llm.tests.conftest import _no_real_calls, endpoint, fake

__all__ = ["_no_real_calls", "endpoint", "fake"]
