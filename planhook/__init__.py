"""planhook: events of CRMs and calendars become Planhat tasks, by rules anyone can read."""
