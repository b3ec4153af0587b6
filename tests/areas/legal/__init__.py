"""Tests of legal texts, of agreeing to them, and of what an agreement leaves."""
