"""安全审计: who did what, when, from where, with what result; append-only, hash-chained, read by the auditor alone."""
