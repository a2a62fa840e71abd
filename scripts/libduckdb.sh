#!/usr/bin/env bash
# Puts the prebuilt libduckdb into vendor/duckdb: the library already there, the project's release archive, the npm package that carries
# the same file. Exit 1 where none of these is to be had: the caller then builds with the feature `bundled` (over half an hour).
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.5.6
library=vendor/duckdb/libduckdb.so
# Of the file itself, so that it does not matter where it came from.
sha256=3f4962cdd266eab2b479a5b5a4a6d063d279b2954ae814ed00385d553b747633
npm_package="@duckdb/node-bindings-linux-x64@$version-r.1"
archive="https://github.com/duckdb/duckdb/releases/download/v$version/libduckdb-linux-amd64.zip"

whole() { [ -f "$1" ] && echo "$sha256  $1" | sha256sum --check --status; }

if whole "$library"; then exit 0; fi
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "libduckdb: no pinned library for $(uname -sm)" >&2
  exit 1
fi

mkdir -p vendor/duckdb
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

from_archive() {
  # A machine without that host falls through at once.
  curl --fail --silent --show-error --location --connect-timeout 5 --max-time 300 --output "$work/archive.zip" "$archive" &&
    python3 -m zipfile -e "$work/archive.zip" "$work/archive" && mv "$work/archive/libduckdb.so" "$work/libduckdb.so"
}
from_npm() {
  command -v npm >/dev/null &&
    (cd "$work" && npm pack --silent "$npm_package" >/dev/null && tar xzf ./*.tgz) && mv "$work/package/libduckdb.so" "$work/libduckdb.so"
}

for source in from_archive from_npm; do
  if "$source" 2>"$work/why" && whole "$work/libduckdb.so"; then
    mv "$work/libduckdb.so" "$library"
    echo "libduckdb: $version ${source/_/ }" >&2
    exit 0
  fi
  echo "libduckdb: not ${source/_/ }: $(tail -n 1 "$work/why" 2>/dev/null)" >&2
done
exit 1
