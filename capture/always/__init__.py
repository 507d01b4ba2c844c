"""The recording that is always on: bounded, in segments, and good for making a run of its last commands."""
