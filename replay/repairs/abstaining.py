"""Says why nothing is proposed and what a person must answer, one sentence a failure class."""

from replay.outcome import FailureClass
from replay.repairs import tables
from replay.repairs.proposal import Evidence

REASONS = {
    FailureClass.MISSING_COMMAND: "{subject} is not on PATH under this or a like name; nothing is installed unasked. "
    "Which package provides it here?",
    FailureClass.BAD_INTERPRETER: "the interpreter that {subject} names is not here. Which one should run it?",
    FailureClass.MISSING_FILE: "{subject} is gone, and no rename and no unique like name was found. Where is it now?",
    FailureClass.MISSING_DIRECTORY: "{subject} is gone, and this work does not only write into it. Where is it now?",
    FailureClass.NOT_EXECUTABLE: "{subject} can't be run, and is no file of the workspace. Who may change its mode?",
    FailureClass.PERMISSION_DENIED: "access to {subject} is denied; rights are never widened unasked. "
    "Who owns it, and should this user write there?",
    FailureClass.READ_ONLY: "{subject} is on a read-only file system. Where else should the step write?",
    FailureClass.MISSING_ENV: "variable {subject} has no value, and no value that may be shown is known. "
    "Which value should it have?",
    FailureClass.MISSING_MODULE: "module {subject} is not in the workspace, and nothing is installed unasked. "
    "Which environment had it?",
    FailureClass.MISSING_HEADER: "{subject} is not in the workspace, and nothing is installed unasked. "
    "Which package provides it?",
    FailureClass.ALREADY_EXISTS: "{subject} is there already and can't be shown to be what the step would make; "
    "nothing is deleted or forced. May it go, or should the step use another name?",
    FailureClass.ALREADY_APPLIED: "the change seems to be there already, but its result is not as recorded. "
    "Is the step still wanted?",
    FailureClass.GIT_REF: "there is no ref {subject} and no like one; no branch is made. Which ref is meant now?",
    FailureClass.GIT_REMOTE: "git has no such remote or upstream for {subject}. Which remote is meant now?",
    FailureClass.GIT_DIRTY: "the working tree has changes that the step would overwrite. Commit or stash them?",
    FailureClass.GIT_LOCK: "another git process holds a lock; a live lock is never deleted. Has it ended?",
    FailureClass.UNKNOWN_OPTION: "the tool does not know {subject} any more and names no successor. "
    "What is the option called in this version?",
    FailureClass.UNKNOWN_TARGET: "there is no target {subject}, and none that is unmistakably the same. "
    "Which target is meant now?",
    FailureClass.PORT_IN_USE: "port {subject} is taken; its holder is not killed. Which port should be used?",
    FailureClass.NETWORK: "{subject} can't be reached; other mirrors and insecure options are never proposed. "
    "Is the network up, and was the step that starts the server run?",
    FailureClass.AUTH: "access was refused: a person must log in, credentials are never passed around. "
    "Log in, then replay again?",
    FailureClass.LOCKED: "another process holds a lock on {subject}; it is neither killed nor unlocked by force. "
    "Has it ended?",
    FailureClass.TIMEOUT: "the step did not end in time and may be waiting for something. What does it wait for?",
    FailureClass.KILLED: "the step was killed from outside (memory, a limit, a person); another try would hide why. "
    "What killed it?",
    FailureClass.DISK_FULL: "the disk is full; nothing is deleted unasked. What may go, or where else is room?",
    FailureClass.SYNTAX: "the shell can't read the command. Is this the shell that it was recorded in?",
    FailureClass.PROMPT_CHANGED: "the program asks something else than recorded, and no answer is guessed. "
    "What should be answered?",
    FailureClass.OUTPUT_CHANGED: "the step printed something else than recorded; that is not taken for the new truth. "
    "Is the new output right?",
    FailureClass.EFFECTS_CHANGED: "the step changed other files than recorded; that is not taken for the new truth. "
    "Are the new effects right?",
    FailureClass.EXIT_CHANGED: "the step ended with another exit code than recorded and its output doesn't say why. "
    "What is different?",
    FailureClass.STALE_VALUE: "a value that an earlier step printed is not there as recorded. Which one is meant?",
    FailureClass.AMBIGUOUS_VALUE: "several values could be meant, and none is guessed. Which one is it?",
    FailureClass.UNSAFE: "an unset or empty value stands in a destructive command, which stays refused. "
    "Which value should {subject} have?",
    FailureClass.UNCLASSIFIED: "the failure is of no known kind. What does its output say to you?",
}
NEVER_REPAIRED = frozenset(
    {
        FailureClass.AUTH,
        FailureClass.DISK_FULL,
        FailureClass.EFFECTS_CHANGED,
        FailureClass.EXIT_CHANGED,
        FailureClass.KILLED,
        FailureClass.OUTPUT_CHANGED,
        FailureClass.PROMPT_CHANGED,
        FailureClass.UNSAFE,
    }
)
"""Classes that no source is asked about: whatever it said would hide the truth or widen rights."""

STILL_ASKED = {
    FailureClass.EFFECTS_CHANGED: frozenset({"anchored-again"}),
    FailureClass.EXIT_CHANGED: frozenset({"anchored-again"}),
    FailureClass.OUTPUT_CHANGED: frozenset({"anchored-again"}),
}
"""Of these, rules that are asked all the same: they change what a step looks for, not what is expected of it."""


def reason(evidence: Evidence) -> str:
    """Why nothing is proposed, and the question to ask.

    Args:
        evidence: The failed step.

    Returns:
        One or two sentences for a person.
    """
    subject = evidence.failure.subject or f"what step {evidence.step_index} needs"
    text = REASONS[evidence.failure.failure_class].format(subject=subject)
    package = tables.package(subject)
    if evidence.failure.failure_class is FailureClass.MISSING_COMMAND and package:
        text = text.replace("Which package provides it here?", f"It comes with {package}: is that here?")
    return f"No repair for step {evidence.step_index}: {text}"
