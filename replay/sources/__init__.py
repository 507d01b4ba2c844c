"""Sources of repairs beside the rules: an HTTP service and a language model; off until the user switches them on."""
