"""The echo: the event that a function would get for this very request."""
