#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# run_fuzz.sh <programs> <corpus> <found> <seconds>: explores each property in turn. New inputs and what broke go to
# <found>, never into the corpus: a person picks what is worth keeping. Fails where any property broke.
set -euo pipefail
programs=$1 corpus=$2 found=$3 seconds=$4
status=0
count=0
for program in "$programs"/fuzz_*; do
  [ -x "$program" ] || continue
  count=$((count + 1))
  name=${program##*/fuzz_}
  mkdir -p "$found/$name" "$corpus/$name"
  echo "fuzz: $name for $seconds seconds"
  "$program" -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$found/$name-" \
    "$found/$name" "$corpus/$name" </dev/null || { status=1; echo "fuzz: $name broke; the input is in $found" >&2; }
done
echo "fuzz: $count properties"
exit "$status"
