#!/usr/bin/env bash
# Fetches the platform's Go client through Go's module proxy and compiles the driver, outside the repository.
#
# usage: install.sh [FOLDER]
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
folder=${1:-/tmp/routemeter-conformance/go}
mkdir -p "$folder"
cd "$source"
go build -p 2 -o "$folder/driver" .
