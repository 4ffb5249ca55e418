#!/usr/bin/env bash
#
# A whole story, told with mockex and curl alone: a loan appears, a client asks too often and hears 429, goes on and is
# banned with 418, two minutes pass in no time, it is let in again, and the journal says what happened.
#
# Run it as it is; it needs `mockex` on the path, bash and curl, starts an exchange of its own on a free port, and ends
# it. The exchange's clock stands still until it is told to move, so every run prints the same:
#
#     bash docs/how-to/a-whole-story.sh

set -euo pipefail
export no_proxy=127.0.0.1 # curl must not send calls to this machine through a proxy

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT

chapter() { printf '\n== %s\n' "$*"; }
show() { # print a command as it can be typed, and run it
    local word line="\$"
    for word; do
        case $word in *" "*) line+=" '$word'" ;; *) line+=" $word" ;; esac
    done
    printf '%s\n' "$line"
    "$@"
}

# 1. The world. One account, two calls a minute, and a loan that appears an hour after midnight. It begins 30 seconds
#    into a minute, because the exchange counts weight by the minute of the clock.

cat >"$folder/story.toml" <<'TOML'
title = "A loan appears, and a client asks too often"
clock = { frozen_at = 2026-01-01T00:00:30Z }

[limits]
sapi_weight_per_uid = 1000
offences_before_ban = 1

[[accounts]]
uid = 1001
loan = { asset = "USDT", amount = "0" }
keys = [{ type = "HMAC", api_key = "theStory00000000000000000000000000000000000000000000000000000001", secret = "a story" }]

[[timeline]]
says = "the liquidation leaves a loan of 250.5 USDT"
after_s = 3600
account = 1001
loan = { asset = "USDT", amount = "250.5" }
TOML

# 2. The server. Port 0 picks a free one; with --json it says in one line where it is, as soon as it can be asked. Its
#    own process id is all that is needed to end it.

mkfifo "$folder/ready"
mockex serve --port 0 --json --scenario "$folder/story.toml" >"$folder/ready" &
server=$!
read -r ready <"$folder/ready"

# Every mockex command asks the server at MOCKEX_URL; `mockex sign` signs by MOCKEX_SECRET.
MOCKEX_URL=$(printf '%s' "$ready" | sed 's/.*"url": *"\([^"]*\)".*/\1/')
export MOCKEX_URL MOCKEX_SECRET="a story"
key=theStory00000000000000000000000000000000000000000000000000000001

# 3. The client. It reads the exchange's time, signs it, and asks for the loan, as every client must.

loan() {
    local time query status wait
    time=$(curl -s "$MOCKEX_URL/api/v3/time" | tr -dc 0-9)
    query=$(mockex sign "timestamp=$time")
    curl -s -D "$folder/headers" -o "$folder/body" -H "X-MBX-APIKEY: $key" \
        "$MOCKEX_URL/sapi/v1/portfolio/pmLoan?$query"
    status=$(sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' "$folder/headers")
    wait=$(tr -d '\r' <"$folder/headers" | sed -n 's/^Retry-After: //p')
    printf '%s%s  %s\n' "$status" "${wait:+, Retry-After $wait}" "$(cat "$folder/body")"
}

chapter "The account owes nothing yet"
show loan

chapter "An hour passes in no time, and what was to happen has happened"
show mockex clock advance 1h
show loan

chapter "The client asks on: two calls a minute are allowed, the third is one too many"
show loan
show loan

chapter "It does not wait, and is banned"
show loan
show loan

chapter "Two minutes pass in no time; the ban is over, and so is the minute"
show mockex clock advance 2m
show loan

chapter "The journal says what happened, and a test asks it"
show mockex journal endpoint=pm_loan
show mockex verify endpoint=pm_loan status=429 --count 2
show mockex verify endpoint=pm_loan refused_by=ip_is_banned --count 0
show mockex verify --order status=429 --order status=418 --order "endpoint=pm_loan status=200"
