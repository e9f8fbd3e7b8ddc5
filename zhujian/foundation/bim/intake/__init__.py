"""The worker's side of the automatic check: claim a version, run the child, write what it found, pass the version on."""
