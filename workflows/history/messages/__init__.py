"""Messages that left, wait, were held back or failed."""
