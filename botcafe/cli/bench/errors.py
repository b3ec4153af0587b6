"""What ends a bench early."""


class CannotMeasure(Exception):
    """A measurement that makes no sense here, with the reason for people."""
