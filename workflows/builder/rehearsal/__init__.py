"""The back-test panel: what a draft or version would have done on this shop's own past."""
