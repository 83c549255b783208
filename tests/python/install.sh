#!/usr/bin/env bash
# Makes the two virtual environments of the Python SDK's test: the oldest release on PyPI that has UsageApi, and a new one.
set -euo pipefail
cd "$(dirname "$0")"
for release in 88.0.0 269.0.0; do
  environment=".venv-$release"
  [ -x "$environment/bin/python" ] || python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check "PureCloudPlatformClientV2==$release"
done
