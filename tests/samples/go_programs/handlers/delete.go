package main

func main() { answer("deleted") }
