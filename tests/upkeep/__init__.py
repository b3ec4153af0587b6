"""Tests of backups and of the doctor."""
