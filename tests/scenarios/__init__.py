"""What people do, without a browser: plans, waiting, steps and journeys."""
