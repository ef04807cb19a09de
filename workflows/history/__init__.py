"""What workflows did: their list, runs, traces, messages and notices, as people look at them."""
