"""Text changes of files as patches that people read: written from a recording, applied to a file as it is today."""

from capture.patches import FileEdit, Hunk, added, changed, is_patch, lifted, patch_text, read_patch
from replay.edits.applying import Already, Change, Files, Refused, plan
from replay.edits.script import shell_text

__all__ = [
    "Already",
    "Change",
    "FileEdit",
    "Files",
    "Hunk",
    "Refused",
    "added",
    "changed",
    "is_patch",
    "lifted",
    "patch_text",
    "plan",
    "read_patch",
    "shell_text",
]
