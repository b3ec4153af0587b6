"""Pages of lorebooks, their entries, documents and sharing."""
