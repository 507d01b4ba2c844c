"""Building: modules, headers, options and targets that are not there."""

from replay.outcome import FailureClass
from tests.replay.scenarios.scenario import ANY, Scenario


def _tool(*lines: str) -> str:
    """A tool of the user's own whose options may change."""
    quoted = " ".join("'" + line.replace("'", "'\\''") + "'" for line in ("#!/usr/bin/env python3", *lines))
    return f"printf '%s\\n' {quoted} > $ROOT/bin/site; chmod +x $ROOT/bin/site; "


def _argparse(option: str) -> str:
    return _tool(
        "import argparse",
        "p = argparse.ArgumentParser(allow_abbrev=False)",
        f"p.add_argument('{option}', dest='to')",
        "open('built', 'w').write(p.parse_args().to)",
    )


_MAKEFILE = "printf 'bundle:\\n\\techo b > bundle.js\\nclean:\\n\\trm -f bundle.js\\n' > Makefile"
_PACKAGE = '{"name":"x","version":"1.0.0","scripts":{"%s":"echo 1 > dist.txt","lint":"true"}}'

BUILDING = (
    Scenario(
        name="a python module lies elsewhere",
        expect=FailureClass.MISSING_MODULE,
        setup="echo 'X = 4' > shapes.py; printf 'import shapes\\nopen(\"o\", \"w\").write(str(shapes.X))\\n' > run.py",
        record=("python3 run.py", "cp o kept"),
        drift="mkdir lib; mv shapes.py lib/",
        control="mkdir lib; echo 'Y = 1' > lib/other.py",
        step=1,
        simulate=ANY,
        proposed="PYTHONPATH",
        never=("pip",),
    ),
    Scenario(
        name="a node package is not installed",
        expect=FailureClass.MISSING_MODULE,
        setup="mkdir -p node_modules/leftish; echo 'module.exports = 3' > node_modules/leftish/index.js; "
        'echo \'require("fs").writeFileSync("o", String(require("leftish")))\' > go.js',
        record=("node go.js", "cp o kept"),
        drift="rm -r node_modules",
        control="mkdir node_modules/rightish",
        step=1,
        simulate=ANY,
        never=("npm i", "install"),
        needs=("node",),
    ),
    Scenario(
        name="a perl module is gone",
        expect=FailureClass.MISSING_MODULE,
        setup="mkdir plib; printf 'package Tally; sub n { 5 } 1;\\n' > plib/Tally.pm",
        record=("perl -Iplib -MTally -e 'print Tally::n(), \"\\n\"' > n", "cp n kept"),
        drift="rm plib/Tally.pm",
        control="echo 1 > plib/Other.pm",
        step=1,
        simulate=ANY,
        never=("cpan",),
        needs=("perl",),
    ),
    Scenario(
        name="python -m finds no such module, in zsh",
        expect=FailureClass.MISSING_MODULE,
        shell="zsh",
        setup='mkdir greet; echo \'open("hi", "w").write("hi")\' > greet/__main__.py; touch greet/__init__.py',
        record=("python3 -m greet", "cp hi kept"),
        drift="mkdir src; mv greet src/greet",
        control="mkdir src; cp -r greet src/greet",
        step=1,
        simulate=ANY,
        proposed="src",
        never=("pip",),
    ),
    Scenario(
        name="a header is in another folder",
        expect=FailureClass.MISSING_HEADER,
        setup="mkdir inc; echo '#define N 3' > inc/num.h; printf '#include \"num.h\"\\nint main(void){return N-3;}\\n' > m.c",
        record=("gcc -Iinc -o m m.c", "./m"),
        drift="mkdir -p deps/include; mv inc/num.h deps/include/",
        control="echo '#define M 3' > inc/m.h",
        step=1,
        simulate=ANY,
        proposed="-Ideps/include",
        never=("apt",),
        needs=("gcc",),
    ),
    Scenario(
        name="a library is not there to be linked",
        expect=FailureClass.MISSING_HEADER,
        setup="mkdir lib; printf 'int two(void){return 2;}\\n' > two.c; gcc -c two.c; ar rcs lib/libtwo.a two.o; rm two.o; "
        "printf 'int two(void);int main(void){return two()-2;}\\n' > m.c",
        record=("gcc -o m m.c -Llib -ltwo", "./m"),
        drift="mkdir vendor; mv lib/libtwo.a vendor/",
        control="cp lib/libtwo.a lib/libthree.a",
        step=1,
        simulate=ANY,
        proposed="-Lvendor",
        never=("apt",),
        needs=("gcc", "ar"),
    ),
    Scenario(
        name="make compiles without the header",
        expect=FailureClass.MISSING_HEADER,
        setup="mkdir include; echo '#define Q 0' > include/q.h; printf '#include <q.h>\\nint main(void){return Q;}\\n' > q.c; "
        "printf 'q: q.c\\n\\tgcc -Iinclude -o q q.c\\n' > Makefile",
        record=("make -s q", "./q"),
        drift="rm include/q.h",
        control="echo > include/z.h",
        step=1,
        simulate=ANY,
        needs=("gcc", "make"),
    ),
    Scenario(
        name="pkg-config knows no such package",
        expect=FailureClass.MISSING_HEADER,
        setup="mkdir pc; printf 'Name: dux\\nDescription: d\\nVersion: 1\\nCflags: -DDUX\\n' > pc/dux.pc",
        record=("PKG_CONFIG_PATH=pc pkg-config --cflags dux > flags", "cp flags kept"),
        drift="rm pc/dux.pc",
        control="cp pc/dux.pc pc/dax.pc",
        step=1,
        simulate=ANY,
        needs=("pkg-config",),
    ),
    Scenario(
        name="argparse has another option",
        expect=FailureClass.UNKNOWN_OPTION,
        setup=_argparse("--output"),
        record=("site --output dist", "cp built kept"),
        drift=_argparse("--out-dir"),
        control="echo > $ROOT/bin/sites",
        step=1,
        simulate=ANY,
        needs=("python3",),
    ),
    Scenario(
        name="a tool names the new option",
        expect=FailureClass.UNKNOWN_OPTION,
        setup=_tool("import sys", "open('built', 'w').write(sys.argv[1])"),
        record=("site --minify", "cp built kept"),
        drift=_tool(
            "import sys",
            "if '--minify' in sys.argv: sys.exit('error: unknown option --minify (did you mean --minify-js?)')",
            "open('built', 'w').write('--minify')",
        ),
        control="touch $ROOT/bin/site.bak",
        step=1,
        simulate=ANY,
        proposed="--minify-js",
    ),
    Scenario(
        name="another sed, without -z",
        expect=FailureClass.UNKNOWN_OPTION,
        setup="printf 'a\\nb\\n' > t; ln -s /usr/bin/sed $ROOT/bin/sed",
        record=("sed -z 's/\\n/,/g' t > line", "cp line kept"),
        drift="rm $ROOT/bin/sed; printf '%s\\n' '#!/bin/sh' 'for a; do case $a in -z) "
        'echo "sed: invalid option -- z" >&2; exit 1;; esac; done; exec /usr/bin/sed "$@"\' > $ROOT/bin/sed; '
        "chmod +x $ROOT/bin/sed",
        control="printf '#!/bin/sh\\nexit 4\\n' > $ROOT/bin/gsedx; chmod +x $ROOT/bin/gsedx",
        step=1,
        simulate=ANY,
    ),
    Scenario(
        name="a git alias is gone",
        expect=FailureClass.UNKNOWN_OPTION,
        setup="git init -q .; git config --global alias.snap 'commit -qam'; echo a > a; git add a; git commit -qm a",
        record=("echo b > a", "git snap second", "git log --oneline | wc -l > n"),
        drift="git config --global --unset alias.snap",
        control="git config --global alias.snip 'status'",
        step=2,
        proposed="git stage",
        selected=False,
        never=("send-pack",),
        simulate=ANY,
        needs=("git",),
    ),
    Scenario(
        name="a make target was renamed",
        expect=FailureClass.UNKNOWN_TARGET,
        setup=_MAKEFILE,
        record=("make -s bundle", "cp bundle.js site.js"),
        drift="sed -i 's/^bundle:/bundle-all:/' Makefile",
        control="sed -i 's/^clean:/tidy:/' Makefile",
        step=1,
        proposed="bundle-all",
        never=("clean",),
        needs=("make",),
    ),
    Scenario(
        name="an npm script was renamed",
        expect=FailureClass.UNKNOWN_TARGET,
        setup=f"echo '{_PACKAGE % 'compile'}' > package.json",
        record=("npm run -s compile", "cp dist.txt kept"),
        drift='sed -i \'s/"compile"/"compile:all"/\' package.json',
        control='sed -i \'s/"lint"/"lint:all"/\' package.json',
        step=1,
        proposed="compile:all",
        needs=("npm",),
    ),
    Scenario(
        name="a target of an included makefile is gone, in fish",
        expect=FailureClass.UNKNOWN_TARGET,
        shell="fish",
        setup="printf 'include rules.mk\\nall:\\n\\ttrue\\n' > Makefile; printf 'pack:\\n\\techo p > pack.out\\n' > rules.mk",
        record=("make -s pack", "cp pack.out kept"),
        drift="printf 'zip:\\n\\techo p > pack.out\\n' > rules.mk",
        control="printf '\\nzip:\\n\\ttrue\\n' >> rules.mk",
        step=1,
        simulate=ANY,
        never=("clean",),
        needs=("make",),
    ),
    Scenario(
        name="cargo has no such example",
        expect=FailureClass.UNKNOWN_TARGET,
        setup='mkdir -p src examples; printf \'[package]\\nname = "n"\\nversion = "0.1.0"\\nedition = "2021"\\n\' > Cargo.toml; '
        "echo 'fn main() {}' > src/main.rs; cp src/main.rs examples/tour.rs; printf 'target\\n' > .gitignore",
        record=("cargo build -q --offline --example tour --target-dir ../t", "echo built > built"),
        drift="rm examples/tour.rs",
        control="echo 'fn main() {}' > examples/other.rs",
        step=1,
        simulate=ANY,
        needs=("cargo",),
        environment={"RUSTUP_HOME": "/root/.rustup", "CARGO_HOME": "/root/.cargo"},
    ),
)
