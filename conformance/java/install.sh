#!/usr/bin/env bash
# Fetches the platform's Java client with what it needs, and compiles the driver, both outside the repository.
#
# usage: install.sh [FOLDER]
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
folder=${1:-/tmp/routemeter-conformance/java}
mkdir -p "$folder"
mvn --quiet --batch-mode --file "$source/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$folder/lib"
javac -d "$folder/classes" -cp "$folder/lib/*" "$source"/*.java
