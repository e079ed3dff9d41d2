// Package greet fills in a name.
package greet

import "fmt"

// With puts a name, or the world, into a text with one %s.
func With(text, name string) string {
	if name == "" {
		name = "world"
	}
	return fmt.Sprintf(text, name)
}
