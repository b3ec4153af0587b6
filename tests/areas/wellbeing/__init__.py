"""Tests of wellbeing."""
