"""Jobs that keep the search index in step with the rows."""
