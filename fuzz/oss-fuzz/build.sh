#!/bin/bash -eu
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite want them. Their builder gives the compilers and flags (CC, CXX,
# CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE), takes intermediate files in $WORK and the targets with what belongs to them in $OUT.
# `ci/check-oss-fuzz` runs this without docker.
source=$SRC/cyclecheck
build=$WORK/cyclecheck
targets=(fuzz_differential fuzz_collector fuzz_text fuzz_protocol)

# Coverage reports want code as it is written; fuzzing wants speed.
optimise=-O2
[ "${SANITIZER:-address}" != coverage ] || optimise=

# Assertions stay on. Warnings are no errors: that compiler is newer than those of our tests. zlib is linked statically,
# because where the targets run there is nothing but libc.
cmake -G Ninja -S "$source" -B "$build" \
  -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="$optimise" \
  -DCYCLECHECK_FUZZ_ONLY=ON -DCYCLECHECK_FUZZ_ENGINE=environment -DCYCLECHECK_WARNINGS_ARE_ERRORS=OFF \
  -DZLIB_LIBRARY="$($CC -print-file-name=libz.a)"
cmake --build "$build"

for target in "${targets[@]}"; do
  cp "$build/$target" "$OUT/"
  cp "$source/fuzz/options/$target.options" "$OUT/"
  # One time for all files: the same seeds make the same archive.
  (cd "$build/fuzz-seeds/$target" &&
    find . -type f -printf '%P\n' | LC_ALL=C sort >"$WORK/$target.files" &&
    cmake -E tar c "$OUT/${target}_seed_corpus.zip" --format=zip --mtime="2026-01-01 00:00:00 UTC" --files-from="$WORK/$target.files")
  [ ! -f "$build/fuzz-seeds/$target.dict" ] || cp "$build/fuzz-seeds/$target.dict" "$OUT/"
done
