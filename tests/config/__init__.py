"""Tests of the server: its lanes and its bridge."""
