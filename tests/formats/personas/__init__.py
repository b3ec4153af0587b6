"""Personas of SillyTavern."""
