"""Tests of our own lints: each finds its bad sample and leaves the good one alone."""
