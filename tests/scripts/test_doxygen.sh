#!/usr/bin/env bash
# The API's reference is built without a warning, and a public declaration without a docstring is one. Needs $DOXYFILE, which CMake sets
# and makes where it finds Doxygen.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[[ -e ${DOXYFILE:-} ]] || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run <setting>...: Doxygen with these settings too.
run() { (cat "$DOXYFILE"; printf '%s\n' "OUTPUT_DIRECTORY = $work" "$@") | doxygen -; }
run
for page in index classxgrad_1_1Tensor namespacexgrad_1_1init; do
    [[ -s $work/html/$page.html ]] || { echo "there is no page $page"; exit 1; }
done

printf '/// @file\nnamespace xgrad {\nint undocumented();\n}\n' >"$work/new.hpp"
if output=$(run "INPUT += $work/new.hpp" 2>&1) || [[ $output != *"undocumented() (function) of namespace xgrad is not documented"* ]]; then
    echo "a declaration without a docstring is not found: $output"
    exit 1
fi
