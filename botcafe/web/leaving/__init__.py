"""Leaving the café: the page to erase one's account, and the way back."""
