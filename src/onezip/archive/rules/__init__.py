"""The rules of `onezip check`, by theme. `lint.RULES` has them all in one table."""
