"""The goals of ``bench rest`` (DESIGN 11), and recorded rates of the server it is compared with."""

# Requests a second of Payload 3.90 over the same data, 2 cores, alone on the machine, wrk, 16 connections.
RECORDED_PER_SECOND = {"a": 73.0, "b": 64.0, "c": 494.0, "d": 134.0, "e": 128.0}
# How many times as fast one process of ours shall be.
GOAL_FACTORS = {"a": 20.0, "b": 14.0, "c": 5.0, "d": 9.0, "e": 9.0}
MEMORY_MB = 200.0
FIRST_ANSWER_SECONDS = 1.5
NOTE_RECORDED = (
    "Payload's figures are recorded, not measured here: Payload 3.90 on another day on 2 idle cores. "
    "With --against URL both are measured in turn."
)
