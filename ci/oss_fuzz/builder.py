"""The builder image of OSS-Fuzz, emulated: folders, environment, and a run of build.sh."""
import os
import shutil
import subprocess

# What `compile` of base-builder puts together, without the flags that Clang of the distribution does not know.
SANITIZERS = ("address", "undefined", "coverage")
COMMON = "-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
_UNDEFINED = ("bool,array-bounds,float-divide-by-zero,function,integer-divide-by-zero,return,shift,signed-integer-overflow,"
              "vla-bound,vptr")
FLAGS = {
    "address": "-fsanitize=address -fsanitize-address-use-after-scope -fsanitize=fuzzer-no-link",
    "undefined": f"-fsanitize={_UNDEFINED},unsigned-integer-overflow -fno-sanitize-recover={_UNDEFINED} "
                 "-fsanitize=fuzzer-no-link",
    "coverage": "-fprofile-instr-generate -fcoverage-mapping",
}
# The image has libc++ as an archive alone, so that this is all it takes.
EXTRA = "-stdlib=libc++"


class Builder:
    """One build: SRC with the sources, WORK, OUT. The folder must not exist."""

    def __init__(self, root, folder, sanitizer):
        self.root = root
        self.sanitizer = sanitizer
        self.src, self.work, self.out = folder / "src", folder / "work", folder / "out"
        self.engine = folder / "engine"
        self.log = folder / "build.log"

    def environment(self):
        flags = f"{COMMON} {FLAGS[self.sanitizer]}"
        # Clang's libFuzzer. It is made with libstdc++ in the distributions, so that it brings that along; the targets get
        # libc++ linked statically, as in the image. What returns.c says about answers is part of the engine.
        engine = (f"-fsanitize=fuzzer -static-libstdc++ -Wl,--wrap=LLVMFuzzerTestOneInput {self.engine}/libreturns.a "
                  "-Wl,-Bstatic -lc++abi -Wl,-Bdynamic -l:libstdc++.so.6")
        kept = {name: value for name, value in os.environ.items()
                if name in ("PATH", "HOME", "CMAKE_CXX_COMPILER_LAUNCHER") or name.startswith("CCACHE_")}
        return dict(kept, SRC=str(self.src), WORK=str(self.work), OUT=str(self.out), CC="clang", CXX="clang++", CFLAGS=flags,
                    CXXFLAGS=f"{flags} {EXTRA}", LIB_FUZZING_ENGINE=engine, SANITIZER=self.sanitizer, FUZZING_ENGINE="libfuzzer",
                    ARCHITECTURE="x86_64", FUZZING_LANGUAGE="c++")

    def build(self):
        """Copies the sources and runs build.sh as the image does. Answers what went wrong, or None."""
        for folder in (self.src, self.work, self.out, self.engine):
            folder.mkdir(parents=True)
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=self.root,
                                stdout=subprocess.PIPE, check=True, text=True).stdout
        self.sources = sorted(name for name in listed.split("\0") if name and (self.root / name).is_file())
        for name in self.sources:
            target = self.src / "cyclecheck" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.root / name, target)
        shutil.copy2(self.root / ".clusterfuzzlite" / "build.sh", self.src / "build.sh")
        subprocess.run(f"clang -O1 -c {self.root}/ci/oss_fuzz/returns.c -o returns.o && ar rc libreturns.a returns.o", shell=True,
                       cwd=self.engine, check=True)
        with open(self.log, "wb") as log:
            ended = subprocess.run(["bash", "-eux", self.src / "build.sh"], env=self.environment(), cwd=self.src / "cyclecheck",
                                   stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        if ended.returncode == 0:
            return None
        tail = self.log.read_text(errors="replace").splitlines()[-25:]
        return f"status {ended.returncode}\n" + "\n".join(tail)
