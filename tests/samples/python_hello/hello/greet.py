def text(name):
    return f"Hello {name}"
