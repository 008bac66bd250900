"""May this event go there? Every rule that answers, for a week and for a date."""
