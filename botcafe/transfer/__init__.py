"""Imports and exports of files and accounts."""
