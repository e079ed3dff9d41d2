"""How a project is described, whatever the file."""
