"""Pages of sign-in, the account, its sessions, tokens and usage."""
