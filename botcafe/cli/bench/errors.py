"""What ends a bench early."""


class BenchError(Exception):
    """A measurement that makes no sense here, with the reason for people."""
