"""What the recorder orders: the running step, what is typed into it or handed over, and how it is written down."""
