"""Live traffic: lines, calls, texts and pushes."""

from appliance.exchange.house import Exchange
from appliance.exchange.registry import LineState, LineStatus
from appliance.exchange.settings import ExchangeSettings

__all__ = ["Exchange", "ExchangeSettings", "LineState", "LineStatus"]
