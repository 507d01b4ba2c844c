"""Playbooks with everything that an export must carry over: parameters in every quoting, secrets, answers, captures."""

from replay.document import load
from replay.playbook import Playbook

WORK = load(
    r"""
replaybook: 1
name: work
goal: make the thing's files
parameters:
  project: {type: path, default: "{{cwd}}"}
  label: {default: "it's \"quoted\" $HOME `id` \\ {% raw %} ${{ x }}"}
  twice: {default: "{{label}}, {{label}}"}
  count: {type: int, default: "3"}
steps:
  - run: mkdir -p out
    cwd: "{{project}}"
    expect: {exit: 0, output: "", effects: [created out/]}
  - run: printf '%s\n' {{label}} "in double {{label}}" 'in single {{label}}' $'ansi {{label}}\t' > out/quoted.txt
    expect: {exit: 0, output: "", effects: [created out/quoted.txt]}
  - run: |
      cat > out/literal.txt <<'END'
      $HOME `id` \n {{count}} \{{plain}}
      ⇥tab {{twice}}
      END
    expect: {exit: 0, effects: [created out/literal.txt]}
  - run: |-
      cat <<END > out/open.txt
      {{twice}} $((1 + {{count}}))
      END
    expect: {exit: 0, effects: [created out/open.txt]}
  - run: cd out && export LEVEL=3
  - run: echo "level $LEVEL of {{label}}" # {{count}}
    expect:
      output: |
        level 3 of {{label}}
  - run: "false"
    expect: {exit: 1, output: ""}
  - run: echo "ticket T-$((40 + 2)) of {{count}}"
    expect: {output: "ticket {{ticket}} of {{count}}\n"}
    capture: [{name: ticket, recorded: T-42, pattern: 'T-\d+'}]
  - run: echo "$GREETING {{ticket}}" > ticket.txt
    env: {GREETING: "got {{ticket}}"}
    requires: [{command: cat}, {file: quoted.txt}, {directory: .}, {env: HOME}]
    expect: {output: "", effects: [created out/ticket.txt]}
  - run: test -z "${GREETING+x}"
  - run: read -r a; read -r b; echo "$a,$b" > answers.txt
    answers: [{prompt: "first? ", send: "{{label}}"}, {prompt: "then? ", send: two}]
    expect: {effects: [created out/answers.txt]}
  - run: rm quoted.txt && mv open.txt opened.txt
    expect:
      effects: [deleted out/quoted.txt, {moved: out/opened.txt, from: out/open.txt}]
  - run: "exit 9"
    skip: true
    note: not today
""".lstrip().replace("⇥", "\t"),
    where="work",
)
VALUE = 'it\'s "quoted" $HOME `id` \\ {% raw %} ${{ x }}'
"""What `label` says when nothing is set."""
FILES = {
    "literal.txt": "$HOME `id` \\n 3 {{plain}}\n\ttab " + f"{VALUE}, {VALUE}\n",
    "opened.txt": f"{VALUE}, {VALUE} 4\n",
    "ticket.txt": "got T-42 T-42\n",
    "answers.txt": f"{VALUE},two\n",
}
"""What its run leaves in `out/`."""


def with_secret() -> Playbook:
    """One that needs a token and a password."""
    return load(
        """
replaybook: 1
name: secretive
parameters:
  token: {type: secret, default: never-me, recorded: nor-me}
steps:
  - run: printf '%s\\n' {{token}} > token.txt
  - run: read -r password; echo "$password" > password.txt
    answers: [{prompt: "Password: ", secret: true}]
    safety: needs_confirm
""".lstrip(),
        where="secretive",
    )


PATCHES = load(
    r"""
replaybook: 1
name: edits
parameters:
  project: {type: path, default: "{{cwd}}", source: workspace}
  label: {default: "it's $HOME `id` \\ x"}
steps:
  - run: |
      --- app.ini
      +++ app.ini⇥whole
      @@ -1,9 +1,9 @@
       [app]
      -debug = no
      +debug = yes
       one
       two
       three
       four
       five
       six
       last
    kind: file
    cwd: "{{project}}"
    note: what vim changed in the recording
    expect: {exit: 0, effects: [modified app.ini]}
  - run: |
      --- /dev/null
      +++ {{project}}/sub dir/made.txt⇥mode 755
      @@ -0,0 +1,2 @@
      +{{label}} and \{{plain}}
      +$HOME `id` \ end
      \ No newline at end of file
      --- gone.txt
      +++ /dev/null
      @@ -1,1 +0,0 @@
      -bye
      --- old.txt
      +++ new.txt
      @@ -1,1 +1,1 @@
      -one
      +one of {{label}}
      --- dos.txt
      +++ dos.txt⇥whole, crlf
      @@ -1,2 +1,2 @@
       first
      -second
      +zweite
    kind: file
    expect: {exit: 0, effects: [modified dos.txt, deleted gone.txt]}
  - run: cat app.ini
    requires: [{port: "17811"}, {disk: 1 MB}]
    expect: {output: "[app]\n{{lines}}\n{{glob:la*}}\n", effects: ["created out/{{uuid}}.txt"]}
""".lstrip().replace("⇥", "\t"),
    where="edits",
)
BEFORE = {
    "app.ini": "[app]\ndebug = no\none\ntwo\nthree\nfour\nfive\nsix\nlast\n",
    "gone.txt": "bye\n",
    "old.txt": "one\n",
    "dos.txt": "first\r\nsecond\r\n",
}
AFTER = {
    "app.ini": BEFORE["app.ini"].replace("debug = no", "debug = yes"),
    "new.txt": "one of it's $HOME `id` \\ x\n",
    "dos.txt": "first\r\nzweite\r\n",
    "sub dir/made.txt": "it's $HOME `id` \\ x and {{plain}}\n$HOME `id` \\ end",
}
"""What the patches are about, before and after."""
