"""``botcafe bench faults``: what is lost when processes are killed, drained and paused, and what attackers can cost."""
