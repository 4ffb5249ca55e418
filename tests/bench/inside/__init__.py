"""What is measured inside of mockex, each group in a process of its own."""
