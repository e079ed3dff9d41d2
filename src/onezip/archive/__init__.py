"""Any files, the same zip, on every machine."""
