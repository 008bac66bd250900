from . import (
    api,
    documents,
    feed,
    portal,
    portal_faculty,
    portal_preferences,
    webhook,
    workbook,
)
