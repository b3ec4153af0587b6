"""Lines of the log, and metrics."""
