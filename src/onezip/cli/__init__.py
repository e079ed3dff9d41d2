"""Arguments in, library calls, words and exit codes out."""
