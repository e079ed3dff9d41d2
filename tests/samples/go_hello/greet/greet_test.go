package greet

import "testing"

func TestWith(t *testing.T) {
	if got := With("Hello, %s!", ""); got != "Hello, world!" {
		t.Fatal(got)
	}
}
