"""The keys area."""
