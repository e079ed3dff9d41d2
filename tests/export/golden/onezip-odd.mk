# Written by `onezip export make`; edit the project file instead, and export again.
# `include` it in a Makefile of this folder, or run `make -f` with it.

ONEZIP ?= onezip

.PHONY: zips
zips: ../my\ zips/hello.zip

../my\ zips/hello.zip: ../my\ zips/hello.d
	$(ONEZIP) build hello --output "my zips" --depfile "../my zips/hello.d"
../my\ zips/hello.d: ;
-include ../my\ zips/hello.d
