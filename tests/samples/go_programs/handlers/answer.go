package main

// answer stands for what programs of one folder share; a comment with func main() is none.
func answer(word string) { println(word) }
