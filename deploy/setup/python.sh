#!/usr/bin/env bash
# Make .venv hold exactly what a locked requirements file says.
#
#   deploy/setup/python.sh requirements.txt
#
# Every package is checked against its hash. A copy of the file is kept in .venv as the mark that this was
# done, so that the next call costs nothing, whatever git does to the times of files.
set -euo pipefail
cd "$(dirname "$0")/../.."

requirements=${1:?"Name the requirements file"}
mark=.venv/.installed-$(basename "$requirements")

say() { echo "$*" >&2; }
fail() { say "$*"; exit 1; }

find_python() {
  local name
  for name in python3.11 python3 python3.12 python3.13 python3.14; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail "The portal needs Python 3.11 or newer, and none was found. On Debian: apt-get install python3 python3-venv"
}

# Debian ships venv and ensurepip apart from Python.
ensure_venv_module() {
  local python=$1 package
  "$python" -c 'import ensurepip, venv' 2>/dev/null && return
  package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing $package"
    deploy/setup/apt.sh "$package"
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
  fi
  fail "$python cannot make a virtual environment. On Debian, as root: apt-get install $package"
}

if cmp -s "$requirements" "$mark" && [ -x .venv/bin/python ]; then
  exit 0
fi

# A .venv whose Python has gone (moved, upgraded, copied from elsewhere) is made anew.
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
  python=$(find_python)
  ensure_venv_module "$python"
  say "Making .venv with $("$python" --version)"
  rm -rf .venv
  "$python" -m venv .venv
fi

say "Installing what $requirements lists (a minute or two, the first time)"
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r "$requirements"
cp "$requirements" "$mark"
