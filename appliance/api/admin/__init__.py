"""The box's own interface, on a unix socket: ``admin_app`` is its WSGI application."""

from appliance.api.admin.application import OPERATIONS, admin_app, metrics_app

__all__ = ["OPERATIONS", "admin_app", "metrics_app"]
