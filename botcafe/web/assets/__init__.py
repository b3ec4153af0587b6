"""Static files: joined, hashed in their names, compressed, and answered from memory."""
