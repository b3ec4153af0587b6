"""What an operator installs: the wheel, and the units of systemd."""
