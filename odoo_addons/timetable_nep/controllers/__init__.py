from . import documents, feed, portal, portal_faculty, webhook
