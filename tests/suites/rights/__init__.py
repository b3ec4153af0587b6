"""Who reaches what of another: rows that are named, parts of a whole, and what only some may write."""
