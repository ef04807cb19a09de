"""First steps: what a new shop, a new member or a new admin does first."""
