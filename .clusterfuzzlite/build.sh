#!/bin/bash -eu
# ClusterFuzzLite builds what OSS-Fuzz builds.
exec bash -eux "$SRC/cyclecheck/fuzz/oss-fuzz/build.sh"
