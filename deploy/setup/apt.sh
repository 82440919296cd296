#!/usr/bin/env bash
# Install Debian packages quietly, by name; as root. The package lists are renewed when the first try fails.
#
#   deploy/setup/apt.sh redis-server nginx
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

log=$(mktemp)
trap 'rm -f "$log"' EXIT

install() {
  apt-get install --yes --quiet=2 --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1
}

install "$@" || { apt-get update --quiet=2 >>"$log" 2>&1 && install "$@"; } || { cat "$log" >&2; exit 1; }
