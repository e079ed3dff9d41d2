"""The kinds of functions. A language is a module with `probe`, `facts` and `recipes`, and one row here."""
