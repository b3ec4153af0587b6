"""The error of benches."""


class BenchError(Exception):
    """A measurement is not possible here; the message is for people."""
