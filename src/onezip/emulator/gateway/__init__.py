"""What a gateway does around a function: routes."""
