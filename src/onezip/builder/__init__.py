"""A function, its archive: recipes, fingerprints, the cache and the road through them."""
