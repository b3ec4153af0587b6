"""The staff site, built from the collection registry."""
