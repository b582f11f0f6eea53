# How `sam build` makes the three functions: one program, which FUNCTION in the
# template turns into each of them. SAM calls the target of a function with
# ARTIFACTS_DIR set, from the top of the repository; GOARCH comes from the
# Makefile beside this one that the template's parameter Architecture chooses.
.PHONY: build-CallbackFunction build-RefreshFunction build-CredentialsFunction

build-CallbackFunction build-RefreshFunction build-CredentialsFunction:
	CGO_ENABLED=0 GOOS=linux GOARCH=$(GOARCH) GOFLAGS= \
		go build -trimpath -tags lambda.norpc -ldflags '-s -w' -o '$(ARTIFACTS_DIR)/bootstrap' ./functions/lambda
