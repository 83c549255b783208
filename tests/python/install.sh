#!/usr/bin/env bash
# Makes the virtual environments of the tests that run Python programs: the platform's SDK, the oldest release on PyPI
# that has UsageApi and a new one, and Schemathesis.
set -euo pipefail
cd "$(dirname "$0")"
install() {
  local environment=$1 requirement=$2
  [ -x "$environment/bin/python" ] || python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check "$requirement"
}
for release in 88.0.0 269.0.0; do
  install ".venv-$release" "PureCloudPlatformClientV2==$release"
done
install .venv-schemathesis schemathesis==4.32.5
