"""A machine that is asked each thing once: while nothing runs, what was true a moment ago is true."""

from functools import cache

from replay.conditions.world import Machine


class Remembering:
    """Gives the first answer again.

    Args:
        machine: What is looked at; nothing may change it while this is used.
    """

    def __init__(self, machine: Machine) -> None:
        self.exists = cache(machine.exists)
        self.is_dangling = cache(machine.is_dangling)
        self.is_link = cache(machine.is_link)
        self.leads_out = cache(machine.leads_out)
        self.is_dir = cache(machine.is_dir)
        self.is_executable = cache(machine.is_executable)
        self.is_readable = cache(machine.is_readable)
        self.is_writable = cache(machine.is_writable)
        self.on_read_only_system = cache(machine.on_read_only_system)
        self.sha256 = cache(machine.sha256)
        self.identity = cache(machine.identity)
        self.read_text = cache(machine.read_text)
        self.read_start = cache(machine.read_start)
        self.read_bytes = cache(machine.read_bytes)
        self.mode = cache(machine.mode)
        self.matches = cache(machine.matches)
        self.port_taken = cache(machine.port_taken)
        self.free_bytes = cache(machine.free_bytes)
        self.is_clean = cache(machine.is_clean)
        self.staged = cache(machine.staged)
        self.changed = cache(machine.changed)
        self.inode = cache(machine.inode)
        self.locked = cache(machine.locked)
