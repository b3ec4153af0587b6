"""What an operator sees of a running process: lines of the log, and metrics."""
