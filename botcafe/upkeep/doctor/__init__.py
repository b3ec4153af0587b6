"""The doctor: checks of what does not fit together, one module each, and what is safe to mend."""
