# Written by `onezip export make`; edit the project file instead, and export again.
# `include` it in a Makefile of this folder, or run `make -f` with it.

ONEZIP ?= onezip

.PHONY: zips
zips: dist/hello.zip dist/get-user.zip dist/2nd.zip

dist/hello.zip: dist/hello.d
	$(ONEZIP) build hello --output dist --depfile dist/hello.d
dist/hello.d: ;
-include dist/hello.d

dist/get-user.zip: dist/get-user.d
	$(ONEZIP) build get-user --output dist --depfile dist/get-user.d
dist/get-user.d: ;
-include dist/get-user.d

dist/2nd.zip: dist/2nd.d
	$(ONEZIP) build 2nd --output dist --depfile dist/2nd.d
dist/2nd.d: ;
-include dist/2nd.d
