"""The inspector: one fitting form a kind of step, and what answers while it is filled in."""
