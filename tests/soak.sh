#!/usr/bin/env bash
# Imports, kills, resumes, searches and deletes a collection for some minutes, and logs the memory that each took.
# Usage: tests/soak.sh [MINUTES] [VITRINE]; the first thing that is not as it should be ends it with status 1.
set -euo pipefail
minutes=${1:-5}
vitrine=$(realpath "${2:-target/release/vitrine}")
pictures=$(realpath "$(dirname "$0")/../assets/catalog")
most_kib=${SOAK_MOST_KIB:-900000}
rows=${SOAK_ROWS:-1500}
RANDOM=${SOAK_SEED:-7}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LANG=C VITRINE_HOME=$work/home
feed=$work/feed.csv collection=$work/collection
mapfile -t files < <(find "$pictures" -name '*.png' -o -name '*.jpg' -o -name '*.webp' | sort)
end=$((SECONDS + 60 * minutes)) round=0 killed=0 ended=0 taken=0 peak=0 products=0

fail() { echo "soak failed in round $round: $*"; exit 1; }

# Some rows new, some gone, some changed: seeded, so that a failure can be had again.
write_feed() {
    local count=$((rows - RANDOM % 200)) from=$((RANDOM % 100)) number
    {
        echo id,title,brand,price,image_link
        for ((number = from; number < from + count; number++)); do
            local picture=""
            ((number % 5)) || picture=${files[$(((number + RANDOM % 2) % ${#files[@]}))]}
            echo "p$number,Thing $number of kind $((number % 37)),Brand $((number % 11)),$((RANDOM % 90)).50 EUR,$picture"
        done
    } > "$feed"
    products=$count
}

# Runs a command, and keeps the most memory that it had at any time.
watched() {
    "$@" > "$work/out" 2> "$work/err" &
    local pid=$! most=0 now
    while kill -0 "$pid" 2> /dev/null; do
        now=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2> /dev/null || true)
        ((${now:-0} <= most)) || most=$now
        if ((deadline_ms > 0 && $(date +%s%3N) > deadline_ms)); then
            kill -9 "$pid"
            wait "$pid" 2> /dev/null || true
            ((most <= peak)) || peak=$most
            return 137
        fi
        sleep 0.02
    done
    ((most <= peak)) || peak=$most
    ((most <= most_kib)) || fail "$1 $2 took $most KiB"
    wait "$pid"
}

while ((SECONDS < end)); do
    round=$((round + 1))
    write_feed
    before=none
    deadline_ms=0
    if [[ -e $collection/current ]]; then
        watched "$vitrine" summary --collection "$collection" --format json || fail "summary: $(cat "$work/err")"
        before=$(grep -m1 '^  "products":' "$work/out" | tr -dc 0-9)
    fi
    deadline_ms=$(($(date +%s%3N) + 200 + RANDOM % 6000))
    if watched "$vitrine" import "$feed" --collection "$collection" --yes --format json; then
        ended=$((ended + 1))
    else
        [[ $? == 137 ]] || fail "import: $(cat "$work/err")"
        killed=$((killed + 1))
        deadline_ms=0
        if [[ -e $collection/current ]]; then
            watched "$vitrine" summary --collection "$collection" --format json || fail "after a kill: $(cat "$work/err")"
            now=$(grep -m1 '^  "products":' "$work/out" | tr -dc 0-9)
            [[ $now == "$before" || $now == "$products" ]] || fail "$now products after a kill, $before before, $products new"
        fi
        watched "$vitrine" import "$feed" --collection "$collection" --yes --format json || fail "resume: $(cat "$work/err")"
    fi
    taken=$((taken + $(grep -m1 '"taken_over":' "$work/out" | tr -dc 0-9)))
    now=$(grep -m1 '^  "products":' "$work/out" | tr -dc 0-9)
    [[ $now == "$products" ]] || fail "$now products of $products"
    deadline_ms=0
    watched "$vitrine" search --collection "$collection" --text "thing of kind $((RANDOM % 37))" --top 5 || fail "search: $(cat "$work/err")"
    [[ $(wc -l < "$work/out") == 5 ]] || fail "search found $(wc -l < "$work/out")"
    left=$(find "$collection" -maxdepth 1 -name 'encoded*' -o -maxdepth 1 -name partial | wc -l)
    [[ $left == 0 ]] || fail "left over: $(ls "$collection")"
    echo "round $round: $products products, killed $killed, ended $ended, taken over $taken, peak $((peak / 1024)) MiB, disk $(du -sm "$collection" | cut -f1) MB"
    ((RANDOM % 6)) || rm -rf "$collection"
done
echo "soak passed: $round rounds, $killed kills, peak $((peak / 1024)) MiB"
