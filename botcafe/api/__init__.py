"""HTTP endpoints for programs."""
