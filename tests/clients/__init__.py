"""Published clients, unmodified, against the exchange: `make clients`."""
