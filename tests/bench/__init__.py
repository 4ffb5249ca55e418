"""The benchmark: `make bench` measures mockex, its peers and the floor in one run, turn and turn about."""
