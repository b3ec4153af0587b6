"""Search over everything a person owns, the message index and its repair."""
