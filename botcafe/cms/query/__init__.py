"""Reading collections: where, sort, select, depth and compiled queries."""
