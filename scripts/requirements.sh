#!/bin/sh
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Pin requirements-dev.txt anew, for every Python from 3.11 on, and requirements-newest-core.txt, from 3.13 on: versions
# only, no address of a registry.
set -eu
cd "$(dirname "$0")/.."
pin() {
    UV_CACHE_DIR=${UV_CACHE_DIR:-.cache/uv} .venv/bin/python -m uv pip compile --quiet --universal --upgrade \
        --python-version "$1" --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
        --output-file "$2.txt" "$2.in"
}
pin 3.11 requirements-dev
pin 3.13 requirements-newest-core
