"""Storage and mail behind small interfaces."""
