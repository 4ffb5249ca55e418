"""The scenario files: each tells its story, and each mistake in one is explained."""
