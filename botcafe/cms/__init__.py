"""What the collections have in common: declaration, access, REST dialect, compiled queries."""
