from . import feed, portal, portal_faculty, webhook
