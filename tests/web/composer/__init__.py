"""What stands around the writing line of a chat."""
