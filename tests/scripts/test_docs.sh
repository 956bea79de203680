#!/usr/bin/env bash
# Every ```cpp block of README.md and docs/*.md is an excerpt of a source that is compiled, and every ```text block of docs/pitfalls.md is
# a message that a test compares. White space does not count.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# blocks <language> <page>...: each block on one line, behind its place.
blocks() {
    awk -v fence="\`\`\`$1" '
        inside && /^```/ { print FILENAME ":" start "\t" block; inside = 0; next }
        inside { gsub(/[ \t]/, ""); block = block $0; next }
        index($0, fence) == 1 { inside = 1; start = FNR; block = "" }
    ' "${@:2}"
}
# missing <sources> < blocks: the places of those that no line of <sources> contains.
missing() {
    while IFS=$'\t' read -r place block; do
        [[ -n $block ]] && grep -qF -- "$block" "$1" || echo "$place"
    done
}

# Each source on one line; in `literals`, adjacent string literals are joined.
find core autograd nn optim data train apps examples tests -name '*.[ch]pp' -print0 |
    while IFS= read -r -d '' source; do tr -d ' \t\n' <"$source"; echo; done >"$work/code"
sed 's/""//g' "$work/code" >"$work/literals"

pages=(docs/*.md)
[[ -e README.md ]] && pages+=(README.md)
stale=$(blocks cpp "${pages[@]}" | missing "$work/code"; blocks text docs/pitfalls.md | missing "$work/literals")
count=$(blocks cpp "${pages[@]}" | wc -l)
if [[ -n $stale ]]; then
    printf 'not found in any source: the block at %s\n' $stale
    exit 1
fi
((count >= 10)) || { echo "only $count blocks: are the fences found at all?"; exit 1; }

# The check itself: a changed block is found.
printf '```cpp\nTape tape;\n```\n```cpp\nTape tapes_nest;\n```\n' >"$work/page.md"
found=$(blocks cpp "$work/page.md" | missing "$work/code")
[[ $found == "$work/page.md:4" ]] || { echo "a stale block is not found: '$found'"; exit 1; }
echo "$count blocks, all of them in the sources"
