"""The second step, passkeys, and sign-in by another service."""
