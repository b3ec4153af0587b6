"""Files in and out, over the API."""
