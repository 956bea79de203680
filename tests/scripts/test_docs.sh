#!/usr/bin/env bash
# Every ```cpp, ```cmake and ```make block of README.md and docs/*.md is an excerpt of a file of that kind in the tree, and every ```text
# block of docs/pitfalls.md is a message that a test compares. White space does not count. docs/embedding.md has every option.
# The API's reference is built without a warning, and a public declaration without a docstring is one (with $DOXYFILE, which CMake makes
# where it finds Doxygen).
# README.md: .ci/run executes its ```sh blocks, its presets exist, and no line has more than 100 columns (but tables). Links to files lead somewhere.
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
find core autograd nn optim data train mpi apps examples tests \( -name '*.[ch]pp' -o -name '*.def' \) -print0 |
    while IFS= read -r -d '' source; do tr -d ' \t\n' <"$source"; echo; done >"$work/code"
sed 's/""//g' "$work/code" >"$work/literals"
for file in CMakeLists.txt tests/consumer/{CMakeLists.txt,Makefile}; do tr -d ' \t\n' <"$file"; echo; done >"$work/cmake"

pages=(docs/*.md README.md)
stale=$(blocks cpp "${pages[@]}" | missing "$work/code"
    blocks text docs/pitfalls.md | missing "$work/literals"
    blocks cmake "${pages[@]}" | missing "$work/cmake"
    blocks make "${pages[@]}" | missing "$work/cmake")
count=$(blocks cpp "${pages[@]}" | wc -l)
if [[ -n $stale ]]; then
    printf 'not found in any source: the block at %s\n' $stale
    exit 1
fi
((count >= 10)) || { echo "only $count blocks: are the fences found at all?"; exit 1; }

options=$(sed -nE 's/^(option\((XGRAD_[A-Z_]+) .*|set\((XGRAD_[A-Z_]+) .* CACHE .*)/\2\3/p' CMakeLists.txt cmake/*.cmake)
diff <(sort <<<"$options") <(sed -nE 's/^\| `(XGRAD_[A-Z_]+)` .*/\1/p' docs/embedding.md | sort)

# broken <page>...: links and images that lead to no file.
broken() {
    local page target
    grep -oHE '\]\([^) :#]+[)#]' "$@" | tr -d '])#' | while IFS=':(' read -r page _ target; do
        [[ -e $(dirname "$page")/$target ]] || echo "$page: a link to $target, which does not exist"
    done
}
# too_long <page>: lines of more than 100 columns, but for tables, which cannot wrap.
too_long() { LC_ALL=C.UTF-8 grep -nE '^[^|].{100}' "$1" | sed "s|^|$1:|" || true; }
# quick_start <page>: the commands of its ```sh blocks, which .ci/run executes.
quick_start() { sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$1"; }

wrong=$(broken "${pages[@]}"; too_long README.md)
[[ -z $wrong ]] || { echo "$wrong"; exit 1; }
[[ $(quick_start README.md | wc -l) -ge 5 ]] || { echo "README.md has no quick start in a \`\`\`sh block"; exit 1; }
grep -qF 'README.md | bash' .ci/run || { echo ".ci/run does not execute README.md's quick start"; exit 1; }
for preset in $(quick_start README.md | sed -nE 's/.*--preset ([a-z-]+).*/\1/p'); do
    grep -qF "{\"name\": \"$preset\"" CMakePresets.json || { echo "README.md: there is no preset $preset"; exit 1; }
done

# The check itself: a changed block is found.
printf '```cpp\nTape tape;\n```\n```cpp\nTape tapes_nest;\n```\n' >"$work/page.md"
found=$(blocks cpp "$work/page.md" | missing "$work/code")
[[ $found == "$work/page.md:4" ]] || { echo "a stale block is not found: '$found'"; exit 1; }
# A link to nothing and a long line are found.
printf '[a](page.md) [b](none.md#x)\n![c](images/none.png)\n%099dλ\n%0101d\n' 0 0 >"$work/page.md"
[[ $(broken "$work/page.md" | wc -l) == 2 ]] || { echo "two broken links, found: $(broken "$work/page.md")"; exit 1; }
[[ $(too_long "$work/page.md") == "$work/page.md:4:"* ]] || { echo "line 4 is too long, found: $(too_long "$work/page.md")"; exit 1; }
echo "$count blocks, all of them in the sources"

if [[ ! -e ${DOXYFILE:-} ]]; then
    echo "Doxygen is not found: the API's reference is not checked"
    [[ ${CI:-} != true ]]
    exit
fi
# doxygen_with <setting>...: Doxygen with these settings too.
doxygen_with() { (cat "$DOXYFILE"; printf '%s\n' "OUTPUT_DIRECTORY = $work" "$@") | doxygen -; }
doxygen_with
for page in index classxgrad_1_1Tensor namespacexgrad_1_1init; do
    [[ -s $work/html/$page.html ]] || { echo "there is no page $page"; exit 1; }
done

printf '/// @file\nnamespace xgrad {\nint undocumented();\n}\n' >"$work/new.hpp"
if output=$(doxygen_with "INPUT += $work/new.hpp" 2>&1) || [[ $output != *"undocumented() (function) of namespace xgrad is not documented"* ]]; then
    echo "a declaration without a docstring is not found: $output"
    exit 1
fi
