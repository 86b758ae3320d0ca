#!/bin/sh
# Writes the hashed locks anew from pyproject.toml. No file of ours names an index, so none is written.
set -eu
cd "$(dirname -- "$0")/../.."
for lock in base demo dev; do
  group=
  [ "$lock" = base ] || group="--group $lock"
  # shellcheck disable=SC2086  # two words or none
  .boot/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-annotate --no-header pyproject.toml $group -o "requirements/$lock.txt"
done
