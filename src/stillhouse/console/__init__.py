"""The console: pages and the Admin API on the admin port. It asks the House and writes HTML, JSON.

    browser, script ─► app ─► gate (who, may he, CSRF) ─► pages/* or api/* ─► a Desk of the House

views     what is shown, as values: sums, calls, health, invoices, members
house     what the console may ask and do, as protocols; `compose.house` keeps them
roles     one table: role x permission; deny by default
gate      the one door of every route: session or token, permission, CSRF, Origin
session   sign-in links, sessions, invitations and machine tokens, as rules; a store keeps them
oidc      signing in by an OpenID Connect provider
audit     how the chain of entries is shown and proved
app       FastAPI: routes, security headers, errors in one shape
api       `/api/v1`, one module for each resource
pages     HTML, one module for each page; templates/, static/ and i18n beside it
"""
