#!/usr/bin/env bash
# What `cifar_bn` ($CIFAR_BN) shows while it runs, in a real terminal (tmux) that is resized meanwhile. The captured screens, with what has
# scrolled off them, hold the lines that stay and below them the bars of this moment; after the run, and after Ctrl-C, no bars. Where there
# is no terminal, or a dumb one, there are no escape sequences. It trains on the first images of Fashion-MNIST.
set -euo pipefail
type tmux >/dev/null || { echo "tmux is not installed"; exit 77; }
work=$(mktemp -d)
unset TMUX COLUMNS
export TMUX_TMPDIR=$work HISTFILE=/dev/null
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
source "$(dirname "${BASH_SOURCE[0]}")/small_fashion_mnist.sh"
small_fashion_mnist "$work/data"
cd "$work"

# program NAME ARGUMENTS...: a program that calls cifar_bn, with a new folder for its results.
program() {
    printf '#!/bin/sh\nrm -rf out\nexec "%s" %s --hidden 10 --validation 100 --cycles 1 --data data --out out\n' "$CIFAR_BN" "${*:2}" >"$1"
    chmod +x "$1"
}
long="--half-cycle 1000000" # longer than this test
program long-training train $long --snapshots 400 --threads 1
program training train --half-cycle 500 --snapshots 4 --threads 1
program long-study sensitivity $long --jobs 6 --seeds 1
program study sensitivity --half-cycle 500 --jobs 6 --seeds 1

tmux -f /dev/null start-server \; set-option -g exit-empty off
# open COLUMNS ROWS COMMAND: a new terminal with a shell, in which the command is typed.
open() {
    tmux new-session -d -x "$1" -y "$2" "PS1='$ ' bash --norc --noprofile"
    until [[ $(lines) == '$' ]]; do sleep 0.02; done
    tmux send-keys "$3; echo ended with \$?" Enter
}
close() { tmux kill-session; }
resize() { tmux resize-window -x "$1" -y "$2"; }
# Changes the width faster than the program is told, or draws.
shake() { for columns in 200 40 150 45 120 60 90 40 170 80; do resize $columns 24; sleep 0.07; done; }
# The lines of the screen and those that have scrolled off it. Those that the terminal has wrapped are joined.
lines() { tmux capture-pane -p -J -S - | sed 's/ *$//' | grep . || true; }
fail() { printf '%s\nthe screen:\n' "$*"; tmux capture-pane -p; printf 'all lines:\n'; lines; exit 1; }

# The lines that stay: the shell's; the net; the table of a training; those of finished jobs; what is printed at the end.
number='[0-9][0-9.e+-]*'
heading='(( *(cycle|step|lr|(train|val\.|test) (cost|acc\.)))+ +ETA)'
row="(( *[0-9]+/[0-9]+)? *[0-9]+( +$number)*( +$number %)+ +[0-9:]+)"
job="(sigma-[^ ]+( +validation +$number %)? +test +$number %( +$number s)?)"
stays="\\$.*|\\^C|ended with [0-9]+|data, .*|Sequential|  [0-9]  [A-Z].*|  [0-9]+ parameters|$heading|$row|$job"
stays+="|data +images.*|(training|validation|test)( +$number){3} %|Test images by class.*|( +[0-9])+ +recall|[0-9] [0-9]( +[0-9]+){10} +$number %"
stays+="|median .*|written: .*|again: .*|stopped .*|continue .*|test accuracy .*|5\..*|[0-9]+ figures .*"

# wait_for PATTERN: until the drawn lines are of this pattern. They must always be bars, below all others, and not more than those.
wait_for() {
    local i screen drawn
    for ((i = 0; i < 600; i++)); do
        screen=$(lines)
        drawn=$(grep -vxE "$stays" <<<"$screen" || true)
        [[ $screen == *"$drawn" ]] && ! grep -q '^[^[]' <<<"$drawn" || fail "debris"
        (($(grep -c . <<<"$drawn") <= $(grep -c . <<<"$1"))) || fail "too many bars"
        if [[ $drawn =~ ^$1$ ]]; then return; fi
        sleep 0.1
    done
    fail "not seen within a minute: $1"
}
# wait_for_end LINE: until the shell's prompt is back, below this line; no bar is left.
wait_for_end() {
    local i
    for ((i = 0; i < 600; i++)); do
        if [[ $(lines) == *$'\n$' ]]; then break; fi
        sleep 0.1
    done
    lines | tail -n 2 | head -n 1 | grep -qxE "$1" || fail "has not ended with: $1"
    wait_for ''
}
# nothing_wraps [PATTERN]: of the lines of this pattern, none is wrapped.
nothing_wraps() {
    local columns
    columns=$(tmux display-message -p '#{pane_width}')
    ! lines | grep -xE "${1:-.*}" | LC_ALL=C.UTF-8 grep -E ".{$columns}" || fail "these lines are too long for $columns columns"
}

bar() { printf '\[[#.]{%d}\]' "$1"; }
declare -A training=(
    [40]="$(bar 5) +[0-9]+ %  ETA [0-9:]+"
    [60]="$(bar 9) +[0-9]+ %  step [0-9]+/2000000  ETA [0-9:]+"
    [80]="$(bar 13) +[0-9]+ %  (cycle 1/1  )?step [0-9]+/2000000  batch loss $number  ETA [0-9:]+"
    [200]="$(bar 24) +[0-9]+ %  cycle 1/1  step [0-9]+/2000000  lr $number  batch loss $number  [0-9]+ steps/s  ETA [0-9:]+"
)

echo "== train"
for columns in 40 80 200; do
    open $columns 24 ./long-training
    wait_for "${training[$columns]}"
    nothing_wraps "$row|$heading|\[.*"
    close
done
open 80 24 ./long-training
for columns in 80 40 200 60 80 200 40; do
    resize $columns 24
    wait_for "${training[$columns]}"
done
shake
wait_for "${training[80]}"
tmux send-keys C-c
wait_for_end "ended with 130"
close
for columns in 80 200; do
    open $columns 40 ./training
    wait_for_end "ended with 0"
    nothing_wraps
    close
done

echo "== sensitivity"
job_bar="$(bar 5) +[0-9]+ %  sigma-[^ ]+"
total="$(bar 5) 0 of 6 trainings(  ETA [0-9:]+)?"
# bars N: the lines of so many jobs, and that of all.
bars() { for ((i = 0; i < $1; i++)); do echo "$job_bar"; done; echo "$total"; }
open 80 4 ./long-study # of which the last lines are shown
wait_for "$(bars 3)"
for columns in 80 40 200 60 80; do
    resize $columns 24
    wait_for "$(bars 6)"
done
shake
wait_for "$(bars 6)"
tmux send-keys C-c
wait_for_end "\\$ ./long-study.*" # the shell, too, stops at the signal
close
for size in "80 24" "200 24" "80 3"; do
    open $size ./study
    wait_for_end "ended with 0"
    nothing_wraps
    close
done

echo "== no terminal, or a dumb one"
# is_plain FILE: has no control characters (a terminal's lines end in \r\n) and no bars.
is_plain() { ! sed 's/\r$//' "$1" | LC_ALL=C grep '[[:cntrl:]]\|^\[' || { echo "lines that are not plain"; exit 1; }; }
(./training && ./study) >file
is_plain file
TERM=dumb script -qec "./training && ./study" /dev/null >dumb </dev/null
is_plain dumb
