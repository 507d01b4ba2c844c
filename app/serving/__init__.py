"""The screen in a browser: a small server on this machine in front of textual-serve, which knows of no door itself."""
