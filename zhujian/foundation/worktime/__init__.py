"""Working calendars and statutory time limits: holidays, make-up days, office hours, deadlines, pauses, lights."""
