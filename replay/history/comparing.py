"""Two runs of the same work, step by step, and in what they differ; how long they took is told and counts nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple, TypeAlias

from capture.trace import EffectOp, FileEffect, FileType, Step
from replay.compiler.pairing import in_order, ratio
from replay.edits import is_patch
from replay.history.comparison import Aspect, Both, Comparison, EffectDifference, Head, Named, StepComparison, Summary
from replay.history.sides import Done, Side, in_common
from replay.history.texts import Beside, Seen, beside, difference
from replay.matching import printing
from replay.syntax import analyse

Blobs: TypeAlias = Callable[[str], bytes | None]
"""Content by its `sha256:…`; None when it was not kept."""
_ALIKE = 0.5
_OF_THE_SHELL = frozenset({"_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "WINDOWID", "SHELL_SESSION_ID"})
"""Variables that tell of a shell itself."""


def compare(one: Side, two: Side, *, blobs: Blobs) -> Comparison:
    """Hold two runs against each other.

    Args:
        one: A recording or a replay.
        two: Another one.
        blobs: Contents that steps wrote.
    """
    return Aligned(one, two).comparison(blobs)


class Aligned:
    """Two runs, their steps in pairs; what a pair printed is put side by side when somebody looks."""

    def __init__(self, one: Side, two: Side) -> None:
        """Find the pairs."""
        self.one, self.two = in_common(one, two)
        """As far as they know the same of themselves."""
        self._pairs = tuple(_aligned(self.one, self.two))

    def comparison(self, blobs: Blobs) -> Comparison:
        """In what they differ."""
        return _comparison(self.one, self.two, self._pairs, blobs)

    def steps(self, number: int) -> tuple[Step | None, Step | None]:
        """A pair, counted from 1; None where one of them has no such step."""
        ours, theirs = self._pairs[number - 1]
        return ours.step if ours else None, theirs.step if theirs else None

    def outputs(self, number: int) -> tuple[Beside, ...]:
        """What a pair printed, line by line; what is known to vary is no difference."""
        ours, theirs = self._pairs[number - 1]
        one = self.one.printed(ours) if ours else Seen(text="")
        return beside(one, self.two.printed(theirs) if theirs else Seen(text=""))


def _comparison(one: Side, two: Side, pairs: Sequence[tuple[Done | None, Done | None]], blobs: Blobs) -> Comparison:
    steps = tuple(_compared(one, two, ours, theirs, blobs) for ours, theirs in pairs)
    summary = Summary(
        same=sum(step.same and not step.left_out for step in steps),
        differ=sum(bool(step.differs) for step in steps),
        only_one=sum(step.two is None and not step.left_out for step in steps),
        only_two=sum(step.one is None and not step.left_out for step in steps),
        left_out=sum(step.left_out for step in steps),
    )
    return Comparison(
        one=_head(one),
        two=_head(two),
        same=all(step.same for step in steps),
        summary=summary,
        values=tuple(_named(one.values, two.values)) if one.values and two.values else (),
        environment=tuple(_began(one, two)),
        steps=steps,
    )


def _head(side: Side) -> Head:
    run, replay = side.run, side.replay
    return Head(
        run_id=run.run_id,
        name=run.name,
        status=replay.status if replay else run.status,
        started_at=run.started_at.isoformat().replace("+00:00", "Z"),
        replay_id=replay.replay_id if replay else None,
        playbook=replay.playbook if replay else None,
        version=replay.version if replay else None,
        mode=replay.mode if replay else None,
        shadow=replay.shadow if replay else None,
        workspace=run.workspace,
        duration_ms=round(sum(done.step.duration_ms for done in side.steps if not done.left_out), 3),
    )


def _named(one: Mapping[str, str], two: Mapping[str, str]) -> Iterator[Named]:
    for name in sorted(one.keys() | two.keys()):
        if one.get(name) != two.get(name):
            yield Named(name=name, one=one.get(name), two=two.get(name))


def _began(one: Side, two: Side) -> Iterator[Named]:
    """Variables that differ from the start; one that only names the run's own place doesn't."""
    for named in _named(one.environment, two.environment):
        lifted = one.lifted(named.one or ""), two.lifted(named.two or "")
        if named.name not in _OF_THE_SHELL and (lifted[0] != lifted[1] or None in (named.one, named.two)):
            yield named


def _aligned(one: Side, two: Side) -> Iterator[tuple[Done | None, Done | None]]:
    """Steps that belong together, in the order of both; what only one has where it was done."""
    at = to = 0
    for here, there in [*_pairs(one, two), (len(one.steps), len(two.steps))]:
        yield from ((done, None) for done in one.steps[at:here])
        yield from ((None, done) for done in two.steps[to:there])
        if here < len(one.steps):
            yield one.steps[here], two.steps[there]
        at, to = here + 1, there + 1


def _pairs(one: Side, two: Side) -> list[tuple[int, int]]:
    """By their place in the playbook where both are of one version; else by what they do."""
    if one.digest and one.digest == two.digest:
        places = {done.place: to for to, done in enumerate(two.steps) if done.place is not None}
        pairs = [(at, places[done.place]) for at, done in enumerate(one.steps) if done.place in places]
        if pairs == sorted(pairs, key=lambda pair: pair[1]):
            return pairs
    texts = {id(done): side.lifted(done.command) for side in (one, two) for done in side.steps}
    return in_order(one.steps, two.steps, lambda ours, theirs: _likeness(texts[id(ours)], texts[id(theirs)]))


def _likeness(one: str, two: str) -> float:
    """How alike two commands are, 0 for other work."""
    if one == two:
        return 1.0
    alike = ratio(one, two) if one.split()[:1] == two.split()[:1] else 0.0
    return alike if alike >= _ALIKE else 0.0


def _compared(one: Side, two: Side, ours: Done | None, theirs: Done | None, blobs: Blobs) -> StepComparison:
    if ours and theirs:
        return _Pair(one, two, ours, theirs, blobs).comparison()
    left_out = any(done is not None and done.left_out for done in (ours, theirs))
    return StepComparison(
        one=ours.index if ours else None,
        two=theirs.index if theirs else None,
        same=left_out,
        left_out=left_out,
        command=Both(ours.command if ours else None, theirs.command if theirs else None),
        duration_ms=Both(ours.step.duration_ms if ours else None, theirs.step.duration_ms if theirs else None),
    )


class _Pair:
    """A step as it was done twice."""

    def __init__(self, one: Side, two: Side, ours: Done, theirs: Done, blobs: Blobs) -> None:
        self._one, self._two = one, two
        self._ours, self._theirs = ours, theirs
        self._blobs = blobs

    def comparison(self) -> StepComparison:
        """In what they differ."""
        ours, theirs = self._ours.step, self._theirs.step
        ended = (ours.exit_code, ours.signal) != (theirs.exit_code, theirs.signal)
        moved = self._lifted(ours.cwd, theirs.cwd) or self._lifted(ours.cwd_after, theirs.cwd_after)
        output, dialogue = self._output(), self._dialogue()
        effects, environment = tuple(self._effects()), tuple(self._environment())
        found = {
            Aspect.COMMAND: self._other_command(),
            Aspect.DIRECTORY: moved,
            Aspect.EXIT_CODE: ended,
            Aspect.OUTPUT: output,
            Aspect.DIALOGUE: dialogue,
            Aspect.EFFECTS: effects,
            Aspect.ENVIRONMENT: environment,
        }
        differs = tuple(aspect for aspect, differs in found.items() if differs)
        return StepComparison(
            one=self._ours.index,
            two=self._theirs.index,
            same=not differs,
            differs=differs,
            command=Both(self._ours.command, self._theirs.command),
            directory=Both(ours.cwd_after, theirs.cwd_after) if moved else None,
            exit_code=Both(ours.exit_code, theirs.exit_code) if ended else None,
            signal=Both(ours.signal, theirs.signal) if ended else None,
            output=output,
            dialogue=dialogue,
            effects=effects,
            environment=environment,
            duration_ms=Both(ours.duration_ms, theirs.duration_ms),
        )

    def _lifted(self, one: str, two: str) -> bool:
        """Whether two texts differ once what each run calls its own is taken out."""
        return self._one.lifted(one) != self._two.lifted(two)

    def _other_command(self) -> bool:
        # The same step of the same version: other values are told as values.
        same = self._one.digest is not None and self._one.digest == self._two.digest
        if same and self._ours.place is not None and self._ours.place == self._theirs.place:
            return False
        return self._lifted(self._ours.command.strip(), self._theirs.command.strip())

    def _output(self) -> str:
        ours, theirs = self._ours, self._theirs
        if ours.step.full_screen or theirs.step.full_screen:
            return ""
        if self._one.as_expected(ours) and self._two.as_expected(theirs):
            return ""
        unordered = not is_patch(ours.command) and printing.side_by_side(analyse(ours.command, self._one.shell))
        return difference(self._one.printed(ours), self._two.printed(theirs), unordered=unordered)

    def _dialogue(self) -> str:
        one, two = (
            side.seen(done, "\n".join(f"{asked.prompt.strip()} ← {_typed(asked.text)}" for asked in done.step.inputs))
            for side, done in ((self._one, self._ours), (self._two, self._theirs))
        )
        return difference(one, two)

    def _effects(self) -> Iterator[EffectDifference]:
        ours, theirs = self._ours.step, self._theirs.step
        if not ours.effects_seen or not theirs.effects_seen:
            return
        one = _by_path(ours.file_effects, lambda path: self._one.lifted(path, ours.started_at))
        two = _by_path(theirs.file_effects, lambda path: self._two.lifted(path, theirs.started_at))
        for path in sorted(one.keys() | two.keys()):
            for here, there in zip_longest(one.get(path, ()), two.get(path, ())):
                differs, diff = self._effect(here, there) if here and there else (("op",), "")
                if differs:
                    yield EffectDifference(
                        path=(here or there).path,
                        one=here.op if here else None,
                        two=there.op if there else None,
                        differs=differs,
                        diff=diff,
                    )

    def _effect(self, one: FileEffect, two: FileEffect) -> tuple[tuple[str, ...], str]:
        came_from = self._lifted(one.moved_from or "", two.moved_from or "")
        found = {
            "op": one.op is not two.op,
            "type": one.type is not two.type,
            "mode": None not in (one.mode, two.mode) and one.mode != two.mode,
            "moved_from": came_from,
        }
        differs = tuple(name for name, other in found.items() if other)
        files = one.type is two.type is FileType.FILE and EffectOp.DELETED not in (one.op, two.op)
        if not files or one.after == two.after:
            return differs, ""
        diff = self._contents(one.after, two.after)
        return (differs, "") if diff == "" else ((*differs, "content"), diff or "")

    def _contents(self, one: str | None, two: str | None) -> str | None:
        """In what two contents differ; None when that can't be told line by line."""
        texts = [_text(self._blobs(digest)) if digest else None for digest in (one, two)]
        if texts[0] is None or texts[1] is None:
            return None
        ours, theirs = self._one.seen(self._ours, texts[0]), self._two.seen(self._theirs, texts[1])
        return difference(ours, theirs)

    def _environment(self) -> Iterator[Named]:
        one, two = _variables(self._one, self._ours), _variables(self._two, self._theirs)
        for name in sorted(one.keys() | two.keys()):
            here, there = one.get(name), two.get(name)
            if here is None or there is None or here.lifted != there.lifted:
                yield Named(name=name, one=here.said if here else None, two=there.said if there else None)


class _Variable(NamedTuple):
    """What a step changed in the shell."""

    lifted: str
    said: str


def _by_path(effects: Sequence[FileEffect], lifted: Callable[[str], str]) -> dict[str, list[FileEffect]]:
    """Effects by their path with what varies taken out, in order."""
    found: dict[str, list[FileEffect]] = {}
    for effect in effects:
        found.setdefault(lifted(effect.path), []).append(effect)
    return found


def _variables(side: Side, done: Done) -> dict[str, _Variable]:
    """What a step changed in the shell, by what was done and to what."""
    found: dict[str, _Variable] = {}
    for kind, text in done.step.env_effects.listed():
        name, _, value = text.partition("=")
        if name not in _OF_THE_SHELL:
            found[f"{kind} {name}"] = _Variable(side.lifted(value, done.step.started_at), value)
    return found


def _typed(text: str | None) -> str:
    return "(secret)" if text is None else text.rstrip("\r\n")


def _text(data: bytes | None) -> str | None:
    if data is None or b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
