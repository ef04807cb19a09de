"""The list of workflows: what each does, how it fares, and the acts on them."""
