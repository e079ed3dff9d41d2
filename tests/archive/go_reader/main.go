// Reads a zip with Go's archive/zip and prints, for each entry, its mode, date, name and digest.
package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"os"
)

func main() {
	read, err := zip.OpenReader(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer read.Close()
	for _, file := range read.File {
		content, err := file.Open()
		if err != nil {
			log.Fatal(file.Name, ": ", err)
		}
		hash := sha256.New()
		if _, err := io.Copy(hash, content); err != nil {
			log.Fatal(file.Name, ": ", err)
		}
		fmt.Printf("%v %v %q %x\n", file.Mode(), file.Modified.Format("2006-01-02T15:04:05"), file.Name, hash.Sum(nil))
	}
}
