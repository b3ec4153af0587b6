"""Signing in as people do it, with real devices and services."""
