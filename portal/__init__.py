"""The house around the six apps: settings, kernel, shared pages, and the supervisor that runs it all."""
