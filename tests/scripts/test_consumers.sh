#!/usr/bin/env bash
# Usage: tests/scripts/test_consumers.sh [-DBUILD_SHARED_LIBS=ON]
# Another project (tests/consumer) uses xgrad in three ways: find_package and pkg-config with an installation that was moved, and
# FetchContent. None of them gets flags, tests or cache variables from xgrad; what was built for this processor is not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
work=$root/build/consumers # always the same, for ccache: where xgrad is built as a subproject, it finds all objects of the first build
mkdir -p build
exec 9>build/consumers.lock
flock 9
rm -rf "$work"
mkdir "$work"
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi

fail() {
    echo "test_consumers: $*" >&2
    exit 1
}
quick=(-DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG") # nothing here asks for speed
# quietly <command...>: says nothing unless it fails.
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "failed: $*"; }; }
# expect <text> <command...>: fails, and says so.
expect() {
    if output=$("${@:2}" 2>&1); then fail "did not fail: ${*:2}"; fi
    [[ $(tr -s ' \n' ' ' <<<"$output") == *"$1"* ]] || fail "expected '$1', got: $output"
}
no_flags() { if grep -E -e '-march|-m(avx|sse)|-ffast|-fno-|-Wconversion|-D[^N]' <<<"$1"; then fail "flags of xgrad reach the consumer"; fi; }

echo "== installed by none that was built for this processor"
quietly cmake --preset package -B "$work/native" -DXGRAD_NATIVE=ON
refusal="xgrad: this build is for this machine's processor only (XGRAD_NATIVE). To install or package, configure with -DXGRAD_NATIVE=OFF, or with the preset \`portable\`."
expect "$refusal" cmake --install "$work/native" --prefix "$work/nothing"
expect "$refusal" cpack --config "$work/native/CPackConfig.cmake" -B "$work/native"
[[ ! -e $work/nothing && -z $(find "$work/native" -name '*.deb' -o -name '*.a') ]] || fail "a native build installed something"

echo "== installation"
quietly cmake --preset package -B "$work/xgrad-build" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON "${quick[@]}" "$@" # nor has a subproject any
quietly cmake --build "$work/xgrad-build"
quietly cmake --install "$work/xgrad-build" --prefix "$work/installed"
mv "$work/installed" "$work/moved"
if grep -rlF "$root" "$work/moved"; then fail "these files know where they were made"; fi
(cd "$work/moved" && find . -type f,l | sort) >"$work/files"
(cd "$work/moved/include" && grep -rhoP '#include <\K(?!xtensor/)[^>]*/[^>]*' . | sort -u | xargs ls >/dev/null) # are there

libraries=$(dirname "$(find "$work/moved" -name pkgconfig)")
export PKG_CONFIG_PATH=$libraries/pkgconfig
# consumer <name> <cmake option...>: builds and runs it.
consumer() {
    quietly cmake -S tests/consumer -B "$work/$1" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
        -DCMAKE_INSTALL_PREFIX=/usr "${@:2}"
    quietly cmake --build "$work/$1"
    (cd "$work/$1" && ./consumer)
    no_flags "$(grep '"command".*consumer/main.cpp' "$work/$1/compile_commands.json")"
}

echo "== find_package"
consumer find_package -DCMAKE_PREFIX_PATH="$work/moved"

# What the package says to others, in a project that looks for it with $1 and prints what it would force on them.
mkdir "$work/probe"
cat >"$work/probe/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(probe LANGUAGES CXX)
find_package(xgrad ${WANTED} REQUIRED)
foreach(target core autograd nn optim data train xgrad)
    foreach(property COMPILE_OPTIONS COMPILE_DEFINITIONS LINK_OPTIONS)
        get_target_property(value xgrad::${target} INTERFACE_${property})
        if(value)
            message(FATAL_ERROR "xgrad::${target} forces ${property} ${value}")
        endif()
    endforeach()
endforeach()
EOF
probe() { cmake -S "$work/probe" -B "$work/probe/build" -DCMAKE_PREFIX_PATH="$work/moved" -DWANTED="$1" "${@:2}"; }
quietly probe "0.1;COMPONENTS;core;train"
expect "this installation of xgrad has no component cuda" probe "COMPONENTS;cuda"
for other in 0.0 0.2 1.0; do expect 'compatible with requested version "'$other'"' probe "$other"; done
expect "xgrad needs OpenBLAS, which is not found (Debian: libopenblas-dev)" probe 0.1 -DXGRAD_OPENBLAS=

echo "== pkg-config"
cp -r tests/consumer "$work/pkg-config"
quietly make -C "$work/pkg-config"
(cd "$work/pkg-config" && LD_LIBRARY_PATH=$libraries ./consumer)
no_flags "$(pkg-config --cflags --libs xgrad)"

echo "== FetchContent"
rm -rf "$work/xgrad-build"
subproject=(-DXGRAD_SOURCE="$root" -DFETCHCONTENT_BASE_DIR="$work" -DXGRAD_WERROR=ON "${quick[@]}" "$@")
consumer fetch_content "${subproject[@]}"
[[ $(cd "$work/fetch_content" && ctest -N 2>&1) == *"Total Tests: 0"* ]] || fail "a subproject has tests"
theirs='_?CMAKE_.*|FETCHCONTENT_.*|FIND_PACKAGE_.*|PKG_CONFIG_.*|__pkg_config.*|prefix_result|pkgcfg_lib_XGRAD_.*|ZLIB_.*|(fmt|nlohmann_json|xsimd|xtensor|xtl|TBB)_DIR|arch_native_supported'
strangers=$(sed -nE 's/^([A-Za-z_][^:]*):[A-Z]+=.*/\1/p' "$work/fetch_content/CMakeCache.txt" |
    grep -vxE "XGRAD_.*|xgrad_.*|consumer_.*|BUILD_SHARED_LIBS|$theirs" || true)
[[ -z $strangers ]] || fail "cache variables without a prefix: $strangers"
quietly cmake --install "$work/fetch_content" --prefix "$work/nothing"
[[ ! -e $work/nothing ]] || fail "a subproject is installed without XGRAD_INSTALL"
quietly cmake "$work/fetch_content" -DXGRAD_INSTALL=ON
quietly cmake --build "$work/fetch_content"
quietly cmake --install "$work/fetch_content" --prefix "$work/installed"
diff "$work/files" <(cd "$work/installed" && find . -type f,l | sort)
