"""Prepares a measured center: the demo world, everybody on duty but in a visit, so that every caller waits."""

import app
import seeding
from actions import Actions
from migrations import upgrade

if __name__ == "__main__":
    settings = app.settings_from_environment()
    upgrade(settings.database_url.get_secret_value())
    tools = app.build_tools(settings)
    seeding.seed(tools)
    for clinician in seeding.world().ready:
        Actions(tools).set_presence(clinician, "in_visit", None, 600, by="bench")
