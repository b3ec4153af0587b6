"""Exports of whole accounts: what is in them, the reader that comes with them, and the job that makes them (decision 0111)."""
