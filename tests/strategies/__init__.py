"""The strategies: that they find what they are for, draw nothing that is not allowed, and shrink to the plain case."""
