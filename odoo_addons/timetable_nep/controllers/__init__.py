from . import (
    documents,
    feed,
    portal,
    portal_faculty,
    portal_preferences,
    webhook,
    workbook,
)
