"""The suite's own tests, mirroring the packages they prove."""
