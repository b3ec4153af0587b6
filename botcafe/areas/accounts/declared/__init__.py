"""What people declare of themselves where laws and help lines depend on it: year of birth and region."""
