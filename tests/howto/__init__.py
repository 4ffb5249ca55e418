"""Three projects as strangers would have them, to be copied; each is run by a pytest of its own."""
