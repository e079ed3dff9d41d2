"""A function running here as it would run there."""
