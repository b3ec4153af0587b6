"""Settings, routes and the server callable. Holds no logic."""
