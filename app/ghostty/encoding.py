"""From what a person does to what a program expects to hear of it, in the modes that it has set."""

from pyghostty import Terminal
from pyghostty._ffi import ffi, lib
from pyghostty.core import init_sized

from app.emulator import MouseAct, MouseStroke
from app.ghostty.handles import made, native, written
from app.keystrokes import Keystroke

FOCUS_MODE, PASTE_MODE = 1004, 2004
"""By which a program asks to hear of the focus, and to be told pasted text from typed."""
MOUSE_ACTS = {
    MouseAct.PRESS: lib.GHOSTTY_MOUSE_ACTION_PRESS,
    MouseAct.RELEASE: lib.GHOSTTY_MOUSE_ACTION_RELEASE,
    MouseAct.MOVE: lib.GHOSTTY_MOUSE_ACTION_MOTION,
}


class Encoders:
    """Those of keys and mouse, which remember what is held."""

    def __init__(self) -> None:
        """Nothing is held."""
        self._keys = made("GhosttyKeyEncoder", lib.ghostty_key_encoder_new, lib.ghostty_key_encoder_free)
        self._mouse = made("GhosttyMouseEncoder", lib.ghostty_mouse_encoder_new, lib.ghostty_mouse_encoder_free)

    def key(self, terminal: Terminal, stroke: Keystroke) -> bytes:
        """What the program expects for that key."""
        held = made("GhosttyKeyEvent", lib.ghostty_key_event_new, lib.ghostty_key_event_free)
        event = held[0]
        lib.ghostty_key_event_set_action(event, lib.GHOSTTY_KEY_ACTION_PRESS)
        lib.ghostty_key_event_set_key(event, getattr(lib, f"GHOSTTY_KEY_{stroke.name}"))
        lib.ghostty_key_event_set_mods(event, stroke.modifiers)
        text = ffi.from_buffer(stroke.text.encode())
        lib.ghostty_key_event_set_utf8(event, text, len(text))
        lib.ghostty_key_event_set_unshifted_codepoint(event, stroke.codepoint)
        lib.ghostty_key_encoder_setopt_from_terminal(self._keys[0], native(terminal))
        encode = lib.ghostty_key_encoder_encode
        return written(lambda *out: encode(self._keys[0], event, *out)) or stroke.fallback

    def mouse(self, terminal: Terminal, stroke: MouseStroke) -> bytes:
        """What the program expects for it; empty when it wants to hear nothing of that kind."""
        encoder = self._mouse[0]
        lib.ghostty_mouse_encoder_setopt_from_terminal(encoder, native(terminal))
        size = init_sized("GhosttyMouseEncoderSize")
        (size.screen_width, size.screen_height), size.cell_width, size.cell_height = terminal.size, 1, 1
        lib.ghostty_mouse_encoder_setopt(encoder, lib.GHOSTTY_MOUSE_ENCODER_OPT_SIZE, size)
        pressed = ffi.new("bool*", bool(stroke.button) and stroke.act is not MouseAct.RELEASE)
        lib.ghostty_mouse_encoder_setopt(encoder, lib.GHOSTTY_MOUSE_ENCODER_OPT_ANY_BUTTON_PRESSED, pressed)
        held = made("GhosttyMouseEvent", lib.ghostty_mouse_event_new, lib.ghostty_mouse_event_free)
        event = held[0]
        lib.ghostty_mouse_event_set_action(event, MOUSE_ACTS[stroke.act])
        if stroke.button:
            lib.ghostty_mouse_event_set_button(event, stroke.button)
        lib.ghostty_mouse_event_set_mods(event, stroke.modifiers)
        position = ffi.new("GhosttyMousePosition*", {"x": stroke.column + 0.5, "y": stroke.row + 0.5})
        lib.ghostty_mouse_event_set_position(event, position[0])
        return written(lambda *out: lib.ghostty_mouse_encoder_encode(encoder, event, *out))


def pasted(terminal: Terminal, text: str) -> bytes:
    """What the program expects for pasted text; its line ends become those of the enter key."""
    plain = text.replace("\r\n", "\r").replace("\n", "\r").replace("\x1b", "")
    if terminal.mode(PASTE_MODE):
        return b"\x1b[200~" + plain.encode() + b"\x1b[201~"
    return plain.encode()


def focused(terminal: Terminal, *, gained: bool) -> bytes:
    """What the program expects to hear of the focus."""
    if not terminal.mode(FOCUS_MODE):
        return b""
    event = lib.GHOSTTY_FOCUS_GAINED if gained else lib.GHOSTTY_FOCUS_LOST
    return written(lambda *out: lib.ghostty_focus_encode(event, *out))
