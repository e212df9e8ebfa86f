#!/bin/sh
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# curl.sh DESIRED.json [CONNECTIONS [ROWS]]: what a shell script does with curl, xargs and jq. It logs in once, reads both
# collections by pages, CONNECTIONS at a time, compares with one jq, and sends one PATCH for each of the settings that
# differ. The login is in NGCP_API_URL, NGCP_API_USERNAME, NGCP_API_PASSWORD and NGCP_CA_PATH.
set -eu

desired=$1 connections=${2:-8} rows=${3:-1000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/pages" "$folder/patches"

# What all requests have in common; in a file, for the command line of a process is seen by everybody.
printf 'cacert = "%s"\nsilent\nshow-error\nfail\n' "$NGCP_CA_PATH" > "$folder/common"
login=$(jq -nc '{username: env.NGCP_API_USERNAME, password: env.NGCP_API_PASSWORD}')
token=$(printf %s "$login" | curl -K "$folder/common" -H 'Content-Type: application/json' --data @- \
  "$NGCP_API_URL/login_jwt" | jq -r .jwt)
printf 'header = "Authorization: Bearer %s"\n' "$token" >> "$folder/common"

# Pages side by side, the dearest first.
wanted=$(jq length "$desired")
for resource in mailtofaxsettings faxserversettings; do
  for page in $(seq $(((wanted + rows - 1) / rows))); do
    echo "$folder/pages/$resource-$page $NGCP_API_URL/api/$resource/?order_by=id&rows=$rows&page=$page"
  done
done | xargs -P "$connections" -n 2 curl -K "$folder/common" -o

# A line for each that differs: its path, and the patch. A patch goes into a file of its own.
jq -nrc --slurpfile desired "$desired" '
  (reduce (inputs._embedded | .[] | .[]) as $item ({}; .[$item._links.self.href] = $item)) as $held
  | $desired[0][]
  | ["/api/faxserversettings/\(.id)", .faxserver_settings], ["/api/mailtofaxsettings/\(.id)", .mailtofax_settings]
  | .[0] as $path
  | [.[1] | to_entries[] | select(.value != $held[$path][.key]) | {op: "replace", path: "/\(.key)", value}]
  | select(length > 0)
  | "\($path)\t\(tojson)"
' "$folder"/pages/* > "$folder/differing"

# So many curls, each with its share of the patches, which it sends over one connection.
awk -F '\t' -v many="$connections" -v folder="$folder" -v url="$NGCP_API_URL" '
  {
    patch = folder "/patches/" NR
    print $2 > patch
    close(patch)
    share = folder "/share-" NR % many
    if (share in begun) print "next" > share
    begun[share] = 1
    while ((getline line < (folder "/common")) > 0) print line > share
    close(folder "/common")
    print "url = \"" url $1 "\"\nrequest = PATCH\nheader = \"Content-Type: application/json-patch+json\"" > share
    print "data = \"@" patch "\"\noutput = /dev/null" > share
  }
' "$folder/differing"
find "$folder" -name 'share-*' -print0 | xargs -0 -r -P "$connections" -n 1 curl -K
