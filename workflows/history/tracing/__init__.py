"""Runs: their lists, and the trace of one."""
