"""Walks a command's syntax tree once and notes each use of a command, a path or a variable."""

import re
from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace
from tree_sitter import Node

from replay.syntax.context import Context
from replay.syntax.notes import Notes
from replay.syntax.operands import path_use
from replay.syntax.reader import Reader
from replay.syntax.running import commands_run_by, destroys, strings_run_by
from replay.syntax.special import paths_of
from replay.syntax.tree import DEEPEST, WORD_TYPES, Source
from replay.syntax.values import Assignment, CommandUse, PathUse, Span, Via, Word
from replay.syntax.vocabulary import ASKING, BUILTINS, DESTRUCTIVE, SHELLS
from replay.syntax.wrappers import base_name, unwrap

OF_HEREDOC = frozenset({"heredoc_start", "heredoc_body", "heredoc_end", "file_descriptor", "file_redirect"})
READING = frozenset({"<", "<>"})
APPENDING = frozenset({">>", "&>>"})
IDENTIFIER = re.compile(r"[A-Za-z_]\w*\b(?!=[^=])")
"""In arithmetic: a variable that is read."""
LIKE_A_PATH = re.compile(r"[^/]/[^/]|\w\.[A-Za-z]\w*$")
NOWHERE = "/dev/null"
STREAMS = frozenset(
    {NOWHERE, "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/zero", "/dev/random", "/dev/urandom"}
)


class Walker(Reader):
    """Notes what one command text does.

    Args:
        source: The parsed text.
        notes: Where it is noted.
        outer: The span that everything is said to stand at, for text inside a string.
    """

    def __init__(self, source: Source, notes: Notes, outer: Span | None = None) -> None:
        super().__init__(source, notes, outer)
        self._hung: dict[int, list[Node]] = {}
        self._visits: dict[str, Callable[[Node, Context], None]] = {
            "command": lambda node, context: self._command(node, context, []),
            "redirected_statement": self._redirected,
            "list": self._list,
            "pipeline": self._pipeline,
            "negated_command": lambda node, context: self._children(node, context.caught()),
            "subshell": lambda node, context: self.sequence(node, context.within(self.notes.new_scope())),
            "if_statement": self._branching,
            "elif_clause": lambda node, context: self._children(node, context.maybe()),
            "else_clause": lambda node, context: self._children(node, context.maybe()),
            "while_statement": self._branching,
            "for_statement": self._for,
            "c_style_for_statement": self._counting,
            "compound_statement": self._compound,
            "case_statement": self._case,
            "function_definition": self._function,
            "variable_assignment": lambda node, context: self._assign(node, context, exported=False),
            "declaration_command": self._declare,
            "unset_command": self._unset,
            "test_command": lambda node, context: self.expansions(node, context.caught(), guarded=True),
            "heredoc_body": self.expansions,
        }

    def visit(self, node: Node, context: Context) -> None:
        """Note a statement and all inside."""
        deeper = replace(context, depth=context.depth + 1)
        hung = self._hung.pop(node.id, None)
        if context.depth > DEEPEST:
            self.notes.cannot_tell("the command is nested too deep to be read")
        elif hung is not None:
            self._with_redirects(node, hung, deeper)
        elif node.type in self._visits:
            self._visits[node.type](node, deeper)
        elif node.type in WORD_TYPES:
            self.expansions(node, deeper)
        elif node.child_count:
            self.sequence(node, deeper)

    def _children(self, node: Node, context: Context) -> None:
        for child in node.children:
            if child.is_named:
                self.visit(child, context)

    def sequence(self, node: Node, context: Context) -> None:
        """Statements in a row: only the last one's exit code is the whole's."""
        children = [child for child in node.children if child.type != "comment"]
        statements = [child for child in children if child.is_named]
        for at, child in enumerate(children):
            if not child.is_named:
                continue
            inner = context if child == statements[-1] else context.unheard()
            if at + 1 < len(children) and children[at + 1].type == "&":
                inner = inner.unheard().within(self.notes.new_scope())
            self.visit(child, inner)

    def _list(self, node: Node, context: Context) -> None:
        sides = [child for child in node.children if child.is_named]
        either = any(child.type == "||" for child in node.children)
        self.visit(sides[0], context.caught() if either else context)
        for side in sides[1:]:
            self.visit(side, context.maybe() if either or self._asks(sides[0]) else context)

    def _asks(self, node: Node) -> bool:
        """Whether a command is a question, so that what follows depends on the answer."""
        last = node
        while last.type in {"list", "redirected_statement", "pipeline", "negated_command"}:
            if last.type == "negated_command":
                return True
            named = [child for child in last.children if child.is_named and "redirect" not in child.type]
            last = named[-1] if named else last
            if not named:
                break
        if last.type == "test_command":
            return True
        name = last.child_by_field_name("name") if last.type == "command" else None
        return name is not None and base_name(self.source.of(name)) in ASKING

    def _pipeline(self, node: Node, context: Context) -> None:
        parts = [child for child in node.children if child.is_named]
        for part in parts:
            inner = replace(context, in_pipeline=True).within(self.notes.new_scope())
            self.visit(part, inner if part == parts[-1] else inner.unheard())

    def _branching(self, node: Node, context: Context) -> None:
        """`if` and `while`: the condition is asked, the rest may not run."""
        conditions = node.children_by_field_name("condition")
        for child in node.children:
            if child.is_named:
                self.visit(child, context.caught() if child in conditions else context.maybe())

    def _for(self, node: Node, context: Context) -> None:
        variable = node.child_by_field_name("variable")
        if variable is not None:
            self.notes.sets(self.source.of(variable))
        for child in node.children:
            if child.type in WORD_TYPES:
                self.expansions(child, context)
                self._gone_through(child, context)
            elif child.is_named and child.type != "variable_name":
                self.visit(child, context.maybe())

    def _gone_through(self, node: Node, context: Context) -> None:
        """A word of a `for` that looks like a path may be one that its body reads."""
        word = self.word(node)
        if word.value and not word.glob and LIKE_A_PATH.search(word.value):
            span, order = self.span(node), self.notes.next_order
            self.notes.mentions.append(
                PathUse(
                    path=word.value,
                    text=word.text,
                    span=span,
                    word=word,
                    conditional=context.conditional,
                    via=Via.OPERAND,
                    tool="for",
                    order=order,
                    scope=context.scope,
                    runs=context.runs,
                )
            )

    def _counting(self, node: Node, context: Context) -> None:
        """`for ((i = 0; i < 3; i++))`."""
        for child in node.children:
            if child.type in {"do_group", "compound_statement"}:
                self.visit(child, context.maybe())
            elif child.is_named:
                self.arithmetic(child, context)

    def _compound(self, node: Node, context: Context) -> None:
        if node.children and node.children[0].type == "((":
            self.arithmetic(node, context.caught())
        else:
            self.sequence(node, context)

    def _case(self, node: Node, context: Context) -> None:
        for child in node.children:
            if child.type in WORD_TYPES:
                self.expansions(child, context, guarded=True)
            elif child.is_named:
                self._children(child, context.maybe())

    def _function(self, node: Node, context: Context) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            self.notes.functions.append(self.source.of(name))
        body = node.child_by_field_name("body")
        if body is not None:
            self.visit(body, context.maybe().within(self.notes.new_scope()))

    def _redirected(self, node: Node, context: Context) -> None:
        """The grammar hangs the redirects of a list's or a pipeline's last command to the whole."""
        body = node.child_by_field_name("body")
        redirects = [child for child in node.children if child.type.endswith("_redirect")]
        last = body
        while last is not None and last.type in {"list", "pipeline", "negated_command"}:
            last = [child for child in last.children if child.is_named][-1]
        if body is None or last is None or last == body:
            self._with_redirects(body, redirects, context)
        else:
            self._hung[last.id] = redirects
            self.visit(body, context)

    def _with_redirects(self, node: Node | None, redirects: list[Node], context: Context) -> None:
        context = replace(context, quiet=context.quiet or self._silenced(redirects))
        if node is not None and node.type == "command":
            self._command(node, context, redirects)
            return
        order = self.notes.next_order
        for redirect in redirects:
            self._redirect(redirect, context, tool=None, order=order)
        if node is not None:
            self.visit(node, context)
        self._behind_heredocs(redirects, context)

    def _silenced(self, redirects: Sequence[Node]) -> bool:
        """Whether error messages go nowhere."""
        texts = ["".join(self.source.of(redirect).split()) for redirect in redirects]
        return any(text in {"2>/dev/null", "&>/dev/null", ">&/dev/null", "2>>/dev/null"} for text in texts) or (
            "2>&1" in texts and any(text in {">/dev/null", "1>/dev/null"} for text in texts)
        )

    def _command(self, node: Node, context: Context, redirects: list[Node]) -> None:
        inside = [child for child in node.children if child.type.endswith("_redirect")]
        redirects = [*redirects, *inside]
        context = replace(context, quiet=context.quiet or self._silenced(inside))
        nodes = self._word_nodes(node, redirects)
        prefix = [self._assignment(child) for child in node.children if child.type == "variable_assignment"]
        words = self.words(nodes)
        found = unwrap(words)
        name = found.words[0].value if found.words else None
        self._arguments(node, nodes, name, context)
        order = self.notes.next_order
        for redirect in redirects:
            self._redirect(redirect, context, tool=base_name(name), order=order)
        if not found.words:
            return
        use = CommandUse(
            name=name,
            words=found.words,
            wrappers=found.wrappers,
            span=self.span(node),
            conditional=context.conditional,
            in_pipeline=context.in_pipeline,
            builtin=name in BUILTINS and not set(found.wrappers) - {"builtin", "command", "time", "exec"},
            assignments=(*prefix, *found.assignments),
            order=order,
            scope=context.scope,
            runs=context.runs,
            counts=context.exit_counts,
            nested=context.nested,
            more_operands=found.more_operands,
            outer=tuple(words) if found.wrappers else (),
        )
        for wrapper, kind, word in found.files:
            self.notes.named_by_wrapper(kind, path_use(use, word, word.value, tool=wrapper))
        self._note(use, context)
        self._fed(use, redirects, context)
        self._behind_heredocs(redirects, context)

    def _fed(self, use: CommandUse, redirects: Sequence[Node], context: Context) -> None:
        """A here-document that a shell reads as its script."""
        if base_name(use.name) not in SHELLS or any(word.value != "-s" for word in use.words[1:2]):
            return
        for body in (child for node in redirects for child in node.children if child.type == "heredoc_body"):
            text = self.source.of(body).rstrip("\n")
            literal = "$" not in text and "`" not in text
            start = next((child for child in redirects[0].children if child.type == "heredoc_start"), body)
            literal = literal or bool(set(self.source.of(start)) & set("'\"\\"))
            begins = self.span(body).start
            span = self.outer or Span(start=begins, end=begins + len(text))
            word = Word(text=text, value=text if literal else None, span=span)
            self._nested(word.value, word, context, own_shell=False)

    def _note(self, use: CommandUse, context: Context) -> None:
        self.notes.command(use, paths_of(use))
        for text, word in strings_run_by(use):
            name = base_name(use.name)
            self._nested(text, word, context, own_shell=name in {"eval", "trap"}, later=name == "trap")
        for words in commands_run_by(use):
            inner = unwrap(words)
            name = inner.words[0].value if inner.words else None
            if inner.words:
                run = msgspec.structs.replace(
                    use,
                    name=name,
                    words=inner.words,
                    wrappers=(use.name or "", *inner.wrappers),
                    order=self.notes.next_order,
                    builtin=False,
                    more_operands=True,
                    outer=words,
                    assignments=(),
                )
                self.notes.command(run, paths_of(run))

    def _nested(self, text: str | None, word: Word, context: Context, *, own_shell: bool, later: bool = False) -> None:
        """Text that another command runs as a shell's."""
        if text is None:
            self.notes.cannot_tell(f"{word.text} is run as shell text and can't be read before it runs")
            return
        source = Source(text)
        walker = Walker(source, self.notes, outer=word.span)
        if source.root.has_error:
            self.notes.cannot_tell(f"the shell text {word.text} could not be read whole")
        inner = replace(context.maybe() if later else context, nested=True)
        walker.visit(source.root, inner if own_shell else inner.within(self.notes.new_scope()))

    def _word_nodes(self, node: Node, redirects: Sequence[Node]) -> list[Node]:
        """A command's words; the grammar hangs those behind a redirect to the redirect."""
        names = [child.children[0] for child in node.children if child.type == "command_name" and child.children]
        own = [child for child in node.children if child.type in WORD_TYPES]
        behind = [
            child
            for redirect in redirects
            for child in (
                redirect.children_by_field_name("destination")[1:]
                if redirect.type == "file_redirect"
                else redirect.children_by_field_name("argument")
            )
            if child.type in WORD_TYPES
        ]
        return sorted([*names, *own, *behind], key=lambda child: child.start_byte)

    def _arguments(self, node: Node, nodes: Sequence[Node], name: str | None, context: Context) -> None:
        """Note the expansions in a command's words and prefixes."""
        base = base_name(name)
        for child in nodes:
            self.expansions(child, context, guarded=base in {"test", "["}, destructive=base in DESTRUCTIVE)
        for child in node.children:
            if child.type == "variable_assignment":
                self.expansions(child, context)
        for child in nodes[1:] if base == "let" else ():
            for found in IDENTIFIER.finditer(self.source.of(child)):
                self.calculates_with(found[0], self.span(child), context)
        if base in {"find", "rsync", "git"} and destroys(base or "", [self.source.of(child) for child in nodes]):
            self.notes.make_destructive([self.span(child) for child in nodes])

    def _redirect(self, node: Node, context: Context, *, tool: str | None, order: int) -> None:
        if node.type == "heredoc_redirect":
            self._heredoc(node, context, tool, order)
            return
        destination = next((child for child in node.children if child.type in WORD_TYPES), None)
        if destination is None:
            return
        self.expansions(destination, context)
        operator = next((child.type for child in node.children if not child.is_named), "")
        word = self.word(destination)
        if node.type != "file_redirect" or destination.type == "process_substitution" or _is_stream(word, operator):
            return
        use = CommandUse(
            name=tool,
            words=(),
            span=self.span(node),
            conditional=context.conditional,
            order=order,
            scope=context.scope,
            runs=context.runs,
        )
        path = path_use(use, word, word.value, via=Via.REDIRECT, append=operator in APPENDING)
        (self.notes.reads if operator in READING else self.notes.writes).append(path)

    def _heredoc(self, node: Node, context: Context, tool: str | None, order: int) -> None:
        for child in node.children:
            if child.type == "file_redirect":
                self._redirect(child, context, tool=tool, order=order)
            elif child.type == "heredoc_body":
                start = node.child_by_field_name("start") or next(
                    (found for found in node.children if found.type == "heredoc_start"), None
                )
                if start is None or not set(self.source.of(start)) & set("'\"\\"):
                    self.expansions(child, context)

    def _behind_heredocs(self, redirects: Sequence[Node], context: Context) -> None:
        """The grammar hangs the rest of a here-document's line to it."""
        for redirect in redirects:
            if redirect.type != "heredoc_redirect":
                continue
            either = any(child.type == "||" for child in redirect.children)
            for child in redirect.children:
                if child.is_named and child.type not in OF_HEREDOC and child.type not in WORD_TYPES:
                    self.visit(child, context.maybe() if either else context)

    def _assign(self, node: Node, context: Context, *, exported: bool) -> None:
        self.expansions(node, context)
        self.notes.assign(self._assignment(node), context, exported=exported)

    def _assignment(self, node: Node) -> Assignment:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        text = self.source.of(name) if name is not None else ""
        word = Word(text="", value="", span=self.span(node)) if value is None else None
        if value is not None and value.type in WORD_TYPES and not text.endswith("]"):
            word = self.word(value)
        return Assignment(name=text.partition("[")[0].removesuffix("+"), word=word)

    def _declare(self, node: Node, context: Context) -> None:
        keyword = self.source.of(node.children[0]) if node.children else ""
        flags = {self.source.of(child) for child in node.children if child.type == "word"}
        exported = keyword == "export" or any(flag.startswith("-") and "x" in flag for flag in flags)
        for child in node.children:
            if child.type == "variable_assignment":
                self._assign(child, context, exported=exported)
            elif child.type == "variable_name":
                self.notes.assign(Assignment(name=self.source.of(child), word=None), context, exported=exported)
            elif child.type in WORD_TYPES:
                self.expansions(child, context)

    def _unset(self, node: Node, context: Context) -> None:
        del context
        names = [self.source.of(child) for child in node.children if child.type in {"variable_name", "word"}]
        self.notes.variables_unset += [name for name in names if not name.startswith("-")]


def _is_stream(word: Word, operator: str) -> bool:
    """Another descriptor, or one of the devices that are always there."""
    value = word.value or ""
    descriptor = operator in {">&", "<&"} and (value.isdigit() or value == "-")
    return descriptor or value in STREAMS or value.startswith(("/dev/fd/", "/dev/tcp/"))
