"""Templates: by the problem they solve, with what they would have done with this shop's own orders."""
