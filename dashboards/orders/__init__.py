"""Orders as people look at them: the list, one order's page with its whole story, and what people do about it."""
