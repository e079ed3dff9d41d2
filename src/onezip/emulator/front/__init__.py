"""HTTP fronts that listen: requests to events, authorizers asked, replies sent; certificates."""
