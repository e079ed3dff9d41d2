"""The frozen values of the product. Nothing here reads, writes or runs."""
