"""The errors that a user meets; each says what, where, and what to do next.

Tree::

    ReplaybookError
    ├── BadInputError      wrong usage, a file that can't be read as what it should be
    ├── UnknownNameError   no run, playbook, repair or version of that name
    ├── RefusedError       policy says no
    │   ├── StoppedError   a person stopped it
    │   └── RunOverError   the run that is to be written on has ended
    └── HostError          the recording host or its shell can't do it
        └── AwayError      what is asked elsewhere does not answer, or says no
"""


class ReplaybookError(Exception):
    """The root: its text is one line for a person."""


class BadInputError(ReplaybookError):
    """Wrong usage, or a file that is not what it should be."""


class UnknownNameError(ReplaybookError):
    """No run, playbook, repair or version has that name."""


class RefusedError(ReplaybookError):
    """Policy refuses it; the text says which rule."""


class StoppedError(RefusedError):
    """A person stopped it before it came to anything."""


class RunOverError(RefusedError):
    """The run has ended, or whoever recorded it is gone: nothing can be added to it."""


class HostError(ReplaybookError):
    """The recording host, its shell or its disk failed."""


class AwayError(HostError):
    """What is asked elsewhere does not answer, or says no: nothing is wrong with this program or this machine."""
