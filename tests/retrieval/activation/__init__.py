"""Tests of lore activation."""
