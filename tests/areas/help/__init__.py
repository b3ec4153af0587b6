"""Tests of the help area."""
