"""Tests of the file readers and writers; every card in them is made up here."""
