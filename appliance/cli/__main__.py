"""``python -m appliance.cli``."""

from appliance.cli.root import main

main()
