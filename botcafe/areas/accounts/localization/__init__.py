"""What an account has chosen of its language and time zone."""
