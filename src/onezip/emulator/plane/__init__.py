"""The Lambda plane: the Invoke API, and the answers it gives."""
