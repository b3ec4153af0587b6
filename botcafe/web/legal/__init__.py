"""Pages of the legal texts, and of agreeing to them."""
