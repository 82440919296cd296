#!/usr/bin/env bash
# Renew requirements.txt and requirements-dev.txt from their .in files, with hashes. Extra words go to uv: --upgrade.
set -euo pipefail
cd "$(dirname "$0")/../.."

compile() {
  .venv/bin/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
    --custom-compile-command "make lock" "$@"
}

compile requirements.in --output-file requirements.txt "$@"
# The tests run on the very versions that are served.
compile requirements-dev.in --constraints requirements.txt --output-file requirements-dev.txt "$@"
