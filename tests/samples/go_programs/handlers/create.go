package main

func main() { answer("created") }
