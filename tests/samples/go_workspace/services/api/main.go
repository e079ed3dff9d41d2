package main

import "example.com/workspace/shared"

func main() { println(shared.Words) }
