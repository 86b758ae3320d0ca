# Sourced by ./demo and ./test: makes .venv from the hashed locks with nothing but python3 and pip.
# Reads: LECTERN_HOME.  Sets: checkout, LECTERN_HOME, venv, and bootstrap() with the name of a lock (demo or dev).

say() { printf '%s\n' "lectern: $*"; }
fail() { printf '%s\n' "lectern: $*" >&2; exit 1; }

checkout=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 1

# State, tools and packages live in the checkout, or all in LECTERN_HOME when the checkout cannot be written.
choose_places() {
  if [ -w "$checkout" ]; then
    place=$checkout
    LECTERN_HOME=${LECTERN_HOME:-$checkout/var}
  else
    [ -n "${LECTERN_HOME:-}" ] || fail "this folder cannot be written: $checkout
Give a folder of your own for the state and the packages, for example:
  LECTERN_HOME=\"\$HOME/lectern\" $0"
    place=$LECTERN_HOME
    PYTHONPYCACHEPREFIX=$LECTERN_HOME/pycache; export PYTHONPYCACHEPREFIX
  fi
  mkdir -p "$LECTERN_HOME" 2>/dev/null && [ -w "$LECTERN_HOME" ] ||
    fail "the state folder cannot be written: $LECTERN_HOME. Set LECTERN_HOME to a folder of your own."
  LECTERN_HOME=$(CDPATH='' cd -- "$LECTERN_HOME" && pwd -P)
  [ "$place" = "$checkout" ] || place=$LECTERN_HOME
  NUMBA_CACHE_DIR=$LECTERN_HOME/numba   # machine code that the engine made for this machine
  export LECTERN_HOME NUMBA_CACHE_DIR
  boot=$place/.boot venv=$place/.venv
}

find_python() {
  for python in python3 python3.13 python3.12 python3.11; do
    command -v "$python" >/dev/null 2>&1 &&
      "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return 0
  done
  fail "Python 3.11 or newer is needed and was not found. On Debian 12: apt install python3 python3-pip"
}

sha_of() { sha256sum "$checkout/requirements/$1.txt" | cut -d ' ' -f 1; }

# Which lock must be installed: the one asked for, but never fewer packages than an environment that ./test has made.
wanted_lock() {
  if [ "$1" = demo ] && [ -e "$venv/.lectern-dev" ]; then echo dev; else echo "$1"; fi
}

is_current() {
  [ "$(cat "$venv/.lectern-$1" 2>/dev/null)" = "$(sha_of "$1")" ] && "$venv/bin/python" -c '' 2>/dev/null
}

install_uv() {
  [ "$(cat "$boot/.lectern-boot" 2>/dev/null)" = "$(sha_of boot)" ] && "$boot/bin/uv" --version >/dev/null 2>&1 && return 0
  "$python" -m pip --version >/dev/null 2>&1 ||
    fail "pip is missing for $("$python" -c 'import sys; print(sys.executable)'). On Debian: apt install python3-pip"
  say "fetching the installer (uv) ..."
  rm -rf "$boot" "$boot.new"
  "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --require-hashes -r "$checkout/requirements/boot.txt" --target "$boot.new" ||
    fail "the installer could not be fetched. See pip's message above: is the package index reachable? Run the command again when it is."
  sha_of boot >"$boot.new/.lectern-boot"
  mv "$boot.new" "$boot"
}

# uv does not read pip's settings: a mirror that pip was told about serves both.
adopt_pip_index() {
  [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] || return 0
  index=$("$python" -m pip config get global.index-url 2>/dev/null) || index=${PIP_INDEX_URL:-}
  [ -z "$index" ] || { UV_DEFAULT_INDEX=$index; export UV_DEFAULT_INDEX; }
}

install_packages() {
  lock=$1
  adopt_pip_index
  if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf "$venv"
    "$boot/bin/uv" venv --quiet --no-project --python "$("$python" -c 'import sys; print(sys.executable)')" "$venv" ||
      fail "no environment could be made in $venv. See the message above."
  fi
  say "installing the packages of requirements/$lock.txt (once; later starts skip this) ..."
  rm -f "$venv/.lectern-demo" "$venv/.lectern-dev"
  VIRTUAL_ENV=$venv "$boot/bin/uv" pip sync --quiet --require-hashes "$checkout/requirements/$lock.txt" || {
    [ "$lock" = demo ] || : >"$venv/.lectern-dev"   # still an environment of ./test, only not a current one
    fail "the packages could not be installed. See the message above: is the package index reachable, is there 1 GB of free space?
Run the command again; what was fetched is kept."
  }
  sha_of "$lock" >"$venv/.lectern-$lock"
}

bootstrap() {
  choose_places
  UV_PYTHON_DOWNLOADS=never; export UV_PYTHON_DOWNLOADS
  [ -w "${HOME:-/nowhere}" ] || { UV_CACHE_DIR=$LECTERN_HOME/uv-cache; export UV_CACHE_DIR; }
  lock=$(wanted_lock "$1")
  is_current "$lock" && return 0
  find_python
  # Two commands started together take turns; the kernel drops the lock of one that was killed.
  if command -v flock >/dev/null 2>&1; then
    exec 9<"$checkout/requirements"
    flock -n 9 || { say "another command is installing the packages; waiting for it ..."; flock 9; }
  fi
  lock=$(wanted_lock "$1")
  if ! is_current "$lock"; then
    install_uv
    install_packages "$lock"
  fi
  exec 9<&-
}
