from . import (
    documents,
    feed,
    portal,
    portal_choice,
    portal_faculty,
    portal_preferences,
    webhook,
)
