"""The creators area."""
