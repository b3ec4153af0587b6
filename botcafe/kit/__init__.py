"""Pure helpers: errors, time, text, secrets. Imports no other room."""
