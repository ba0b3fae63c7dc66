#!/bin/sh
# SAM puts the emulator of Lambda's runtime API at /var/rapid, and gives the handler as the first argument.
export _HANDLER="$1"
exec /var/rapid/aws-lambda-rie /var/runtime/bootstrap
