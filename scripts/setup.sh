#!/bin/sh
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Find a suitable Python and let it make .venv (scripts/setup.py does the work).
# PYTHON in the environment names the interpreter; otherwise a .venv that works keeps its own,
# and the first suitable one on PATH makes a new one. With --check, only say whether there is one.
set -u
cd "$(dirname "$0")/.." || exit 1

suitable() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

check=${1:-}
if [ -n "${PYTHON:-}" ]; then
    candidates=$PYTHON
    set -- "$PYTHON"
else
    candidates='python3, python3.14, python3.13, python3.12, python3.11'
    set -- .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11
fi
for python in "$@"; do
    if suitable "$python"; then
        [ "$check" != --check ] || exit 0
        exec "$python" scripts/setup.py
    fi
done
echo "ngcp.fax needs Python 3.11 or newer with its venv module (Debian: python3-venv); not suitable: $candidates." \
    "Name another with: make PYTHON=/path/to/python3" >&2
exit 1
