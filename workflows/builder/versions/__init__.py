"""Versions of a workflow: what changed when and by whom, going back, moving what waits."""
