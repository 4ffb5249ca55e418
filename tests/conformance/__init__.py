"""The conformance kit: the reference client passes, every broken one is caught."""
