"""Review by a second person before a workflow goes live: when it is needed, asking for it, deciding."""
