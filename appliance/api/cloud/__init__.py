"""The mirrored cloud interface: ``cloud_app`` is its WSGI application."""

from appliance.api.cloud.application import cloud_app

__all__ = ["cloud_app"]
