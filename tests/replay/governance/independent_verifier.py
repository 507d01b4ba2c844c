"""What a stranger writes from `replaybook audit --format` alone: is the log whole? Nothing of ours is imported here."""

import hashlib
import json
from pathlib import Path


def is_whole(folder: Path) -> bool:
    """Whether nothing was changed in the log of this folder; any exception is a no, too."""
    log = (folder / "audit.ndjson").read_bytes()
    head = json.loads((folder / "audit.head").read_bytes())
    order = {key: head[key] for key in ("entries", "hash", "size", "next")}
    exact = json.dumps(order, separators=(",", ":")).encode() + b"\n" == (folder / "audit.head").read_bytes()
    *lines, rest = log.split(b"\n")
    hashes, sizes = ["0" * 64], [0]
    for seq, line in enumerate(lines, start=1):
        entry = json.loads(line)
        canonical = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
        claimed = entry.pop("hash")
        right = hashlib.sha256(json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
        if (canonical, claimed, entry["prev"], entry["seq"]) != (line, right, hashes[-1], seq):
            return False
        hashes.append(right)
        sizes.append(sizes[-1] + len(line) + 1)
    last = head["entries"]
    pending = hashes[last + 1 :] == [head["next"]] and not rest
    torn = hashes[last + 1 :] == [] and (not rest or head["next"] is not None)
    return exact and (pending or torn) and (hashes[last], sizes[last]) == (head["hash"], head["size"])
