// The net/http handler of ../go behind algnhsa.
package main

import (
	"net/http"

	"github.com/akrylysov/algnhsa"
)

func main() {
	algnhsa.ListenAndServe(http.HandlerFunc(look), &algnhsa.Options{
		BinaryContentTypes: []string{"application/octet-stream"},
	})
}
