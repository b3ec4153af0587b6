"""What lets somebody into an account: passwords, devices, guesses at them, and the first admin."""
