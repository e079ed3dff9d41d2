"""Execution environments: the Runtime API, phases, timers, logs, and the pool that has them."""
