"""The audit log on paper, for whoever checks it without us: `replaybook audit --format` prints it."""

FORMAT = """\
The audit log of replaybook, for whoever checks it without replaybook

1. Files

   audit.ndjson   one entry a line, the oldest first, each line ended by LF. Only ever appended to.
   audit.head     one line, ended by LF: how the log ends. Written anew with each entry.

2. An entry

   A JSON object with these keys: action actor at details hash prev seq subject.
   "seq" is an integer that counts from 1, "details" an object that maps strings to strings, all others are strings.

   Its canonical form is JSON with the keys of every object sorted by code point, without any space between tokens,
   in ASCII: in strings, " and \\ are written \\" and \\\\, the control characters \\b \\f \\n \\r \\t so, and every
   other character that is not between space and ~ as \\uXXXX, in lower case, as a UTF-16 pair where one is needed.
   (Python: json.dumps(entry, sort_keys=True, separators=(",", ":")).)

   "hash" is the SHA-256, in lower case hex, of the canonical form of the entry without its "hash"; in bytes: of the
   line without its LF and without the text  "hash":"<64 digits>",  that stands between "details" and "prev".
   "prev" is the "hash" of the entry before; 64 zeros in the first.

   A line is TRUE when it is the canonical form of such an object and its "hash" is right. All others are FALSE: whoever
   adds a space, a byte order mark, a CR, a key twice or 1.0 for 1 has edited, even where a parser sees no difference.

3. The head

   {"entries":N,"hash":"H","size":B,"next":null}   exactly so written: in this order, without spaces.

   N entries are there, H is the "hash" of the last one (64 zeros when N is 0), B the bytes of their N lines with their
   LFs. "next" is null; or, while an entry is being appended or after a writer was killed in the midst of it, the "hash"
   of that entry: it may stand behind the last one whole, torn (without LF), or not at all, and nothing is wrong then.

4. Which entries are still there: walk backwards

   WANTED is H at first. For S = N, N-1, ... 1:
     Candidates are the true lines whose "hash" is WANTED and whose "seq" is S. Where WANTED is not known: those whose
     "seq" is S, and of these, if there are any, only those whose "prev" is the "hash" of a true line of "seq" S-1 (for
     S = 1: is 64 zeros).
     Of the candidates take the lowest line that is above the one taken before; if none is, the lowest of all. That line
     IS entry S, and WANTED becomes its "prev". When there is no candidate, S is MISSING, and WANTED is not known.

   If H is the "hash" of a true line whose "seq" is not N, then N is wrong in the head (5): take that "seq" for N.

5. What was done: walk forwards

   Begin with S = 1 and line L = 1; go on until S > N and no line is left. The first that applies:
     L is no entry:   S is missing -> entry S was EDITED; S+1, L+1
                      otherwise    -> line L was INSERTED; L+1. (Not so for the last line of all, if it is true, its
                      "seq" is N+1, its "prev" is H and its "hash" is the head's "next".)
     S is there:      L is entry S -> nothing was done; S+1, L+1
                      otherwise    -> line L was REORDERED; S+1, L+1
     S is missing:    L is an entry    -> entry S was DELETED; S+1
                      no line is left  -> entries S and up were TRUNCATED; end
   Bytes behind the last LF: part of what was truncated, or of the entry that "next" names (if that one does not stand
   there whole); otherwise INSERTED, as line L.

   Then the head, as entry L: missing, or without LF at its end -> TRUNCATED. Not written exactly as in 3, or N wrong,
   or (where nothing else is wrong) B not the bytes of the lines of entries 1 to N -> EDITED. Where it is missing or not
   written exactly so, the last true line is taken for the last entry, and "next" for null. When both files are
   missing, nothing was decided yet, and nothing is wrong.

   What is reported: "kind" is the word above in lower case; "seq" is S for edited, deleted and truncated, L for
   inserted and reordered. The first one is the problem; there may be more.

6. What this can't tell

   The chain has no key. Whoever can write both files can write another history, and it will be whole. Only a copy of
   audit.head that was kept elsewhere (another machine, a mail, a printed page) shows it: entry N of the log must have
   the "hash" that the copy says. `replaybook audit --verify --head COPY` checks that; the log may be longer by now.
   Nor can it tell when both files are missing, or when both are put back as they were once.

   Entries before one that is missing or was edited are vouched for by nothing but themselves: what is reported there is
   the least that was done. An edited last entry and an edited "hash" in the head look alike: the first is reported.
   A "next" for which nothing stands in the log is how a killed writer leaves the head, and is no problem.
"""
"""Plain text, at most 120 columns."""
