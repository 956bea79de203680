#!/usr/bin/env bash
# The corpus of the fuzz targets: fuzz/corpus.tar.gz has files for each target and for nothing else, scripts/fuzz --add adds a file,
# the same files give the same archive, and a damaged or incomplete corpus is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "$*"
    exit 1
}

diff <(tar -tzf fuzz/corpus.tar.gz | cut -d/ -f1 | sort -u) <(cd fuzz && ls ./*.cpp | sed -E 's|./(.*)[.]cpp|\1|' | grep -vx main) ||
    fail "the corpus has other folders than fuzz/ has targets"

# In a copy.
mkdir "$work/scripts" "$work/fuzz"
cp scripts/fuzz "$work/scripts"
cp fuzz/config.cpp fuzz/corpus.tar.gz "$work/fuzz"
contents() { tar -tzvf "$work/fuzz/corpus.tar.gz"; }
add() { "$work/scripts/fuzz" --add "$@"; }

contents >"$work/before"
printf '{}' >"$work/a-new-seed"
add config "$work/a-new-seed" >/dev/null
diff "$work/before" <(contents) >"$work/difference" && fail "--add has added nothing"
[[ $(grep -c '^[<>]' "$work/difference") == 1 ]] && grep -qE '^> .* 2 .* config/a-new-seed$' "$work/difference" ||
    fail "--add has done more than add one file: $(cat "$work/difference")"

cp "$work/fuzz/corpus.tar.gz" "$work/once"
touch "$work/a-new-seed"
add config "$work/a-new-seed" >/dev/null
cmp "$work/once" "$work/fuzz/corpus.tar.gz" || fail "the same files have given another archive"

if add nothing "$work/a-new-seed" 2>"$work/error"; then fail "a target that does not exist was accepted"; fi
grep -qF "no target 'nothing'" "$work/error" || fail "unexpected: $(cat "$work/error")"
cmp "$work/once" "$work/fuzz/corpus.tar.gz" || fail "a refused --add has changed the archive"

if [[ -n ${FUZZ_CONFIG:-} ]]; then
    mkdir "$work/corpus"
    tar -xzf "$work/once" -C "$work/corpus"
    count=$(tar -tzf "$work/once" | grep -c '^config/.')
    "$FUZZ_CONFIG" "$count" "$work/corpus/config" >"$work/log" || fail "$(tail -n 3 "$work/log")"
    grep -qx "$count files" "$work/log" || fail "not $count files: $(tail -n 1 "$work/log")"
    rm "$work/corpus/config/a-new-seed"
    if "$FUZZ_CONFIG" "$count" "$work/corpus/config" >"$work/log"; then fail "a missing file was not noticed"; fi
    grep -qF "$((count - 1)) files, expected $count" "$work/log" || fail "unexpected: $(tail -n 1 "$work/log")"
    mkdir "$work/empty"
    if "$FUZZ_CONFIG" 0 "$work/empty" >"$work/log"; then fail "a corpus without files passed"; fi
fi
echo "the corpus has $(wc -l <"$work/before") files"
