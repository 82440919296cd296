#!/usr/bin/env bash
# Bring in the programs that the tests start for real: a browser, ffmpeg, PostgreSQL, Redis, nginx.
#
# As root on Debian only what is missing is installed. Elsewhere nothing is changed: the tests use what they find, skip
# the rest and say so at the end.
set -euo pipefail
cd "$(dirname "$0")/../.."

PATH=$PATH:/usr/sbin:/sbin

has() {
  local name
  for name in "$@"; do command -v "$name" >/dev/null && return 0; done
  return 1
}

missing=()
has chromium chromium-browser google-chrome || missing+=(chromium)
has ffmpeg || missing+=(ffmpeg)
{ has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; } || missing+=(postgresql)
has redis-server || missing+=(redis-server)
has nginx || missing+=(nginx)

[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ] && has apt-get; then
  echo "Installing ${missing[*]}" >&2
  # The tests start their own servers: installing must not start the system's.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  deploy/setup/apt.sh "${missing[@]}"
else
  echo "Not found: ${missing[*]}. The tests that need them will be skipped." >&2
fi
