"""Passkeys (WebAuthn): sign in with a key pair that a device keeps, and unlocks by a finger, a face or a PIN."""
