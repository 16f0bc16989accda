#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# run_fuzz.sh <programs> <corpus> <grown> <found> <seconds> [<property>...]: explores each property in turn, or those that
# are named.
#
# <corpus> is what the repository has; a person picks what is added to it. <grown> is what all runs before have learned:
# a run begins with both, adds what it learns, and leaves there the smallest set that reaches as much. Inputs that broke a
# property go to <found>. Fails where any property broke, or none is there; stops where it is interrupted.
set -euo pipefail
programs=$1 corpus=$2 grown=$3 found=$4 seconds=$5
shift 5
status=0
count=0

# Replaces what has grown by the smallest set that reaches as much; where that fails it stays as it is.
shrink() {
  local name=$1 program=$2 small
  small=$(mktemp -d "$grown/.$name.XXXXXX")
  if "$program" -merge=1 "$small" "$grown/$name" </dev/null >/dev/null 2>&1; then
    rm -rf "${grown:?}/$name"
    mv "$small" "$grown/$name"
  else
    rm -rf "$small"
  fi
}

explore() {
  local name=$1 program=$2 code=0
  mkdir -p "$found" "$grown/$name" "$corpus/$name"
  echo "fuzz: $name for $seconds seconds, from $(find "$grown/$name" "$corpus/$name" -type f | wc -l) inputs"
  "$program" -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$found/$name-" \
    "$grown/$name" "$corpus/$name" </dev/null || code=$?
  case $code in
    0) ;;
    72) echo "fuzz: $name was interrupted" >&2; exit 130 ;; # libFuzzer's own code
    *) status=1; echo "fuzz: $name broke; the input is in $found" >&2 ;;
  esac
  shrink "$name" "$program"
  echo "fuzz: $name has grown to $(find "$grown/$name" -type f | wc -l) inputs"
}

for program in "$programs"/fuzz_*; do
  name=${program##*/fuzz_}
  [ -x "$program" ] || continue
  [ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
  count=$((count + 1))
  explore "$name" "$program"
done
echo "fuzz: $count properties"
[ "$count" -gt 0 ] || status=1
exit "$status"
