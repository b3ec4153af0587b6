"""Suites over the whole registry: who may do what, what does not fit, what the document says."""
