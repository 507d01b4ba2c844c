"""One replay or recording as a single page to attach to a report: it plays, it loads nothing, it gives nothing away."""
