from . import (
    api,
    documents,
    feed,
    portal,
    portal_choice,
    portal_faculty,
    portal_preferences,
    webhook,
    workbook,
)
