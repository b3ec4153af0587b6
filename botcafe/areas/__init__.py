"""The ten functional areas of the schema, one Django app each."""
