"""What may be asked in one request, over all collections."""
