"""What people do: pages, steps, journeys, workload. Asserts nothing, starts nothing."""
