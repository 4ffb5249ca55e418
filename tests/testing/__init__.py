"""What a test holds: the reference client."""
