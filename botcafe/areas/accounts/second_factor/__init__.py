"""The second step of a sign-in: codes of an authenticator (TOTP, RFC 6238) and recovery codes."""
