"""Orders: the list, the page of one order, what people do about it."""
