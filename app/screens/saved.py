"""What replaying has saved, as rows (pure)."""

from app.telling import account_head, account_lines, against_lines, ledger_sum
from app.widgets.prose import Row, Tone, row, rows
from replay.history.ledger import Ledger


def ledger_rows(found: Ledger) -> list[Row]:
    """What was saved: the totals first, then each playbook with its sums."""
    shown: list[Row] = []
    if found.replays or found.not_counted_used.any:
        shown = [row(ledger_sum(found), Tone.STRONG), *(row(f"  {line}") for line in against_lines(found)), ()]
    for one in found.playbooks:
        shown += [row(account_head(one), Tone.HEAD), *(row(line) for line in account_lines(one)), ()]
    return [*shown, *(line for why in found.unknown for line in rows(why, Tone.DIM, first="in no sum: ", rest="  "))]
