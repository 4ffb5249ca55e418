"""The rules of the exchange: pure functions of data, with no clock, no socket, no file and no chance."""
