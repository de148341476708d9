"""Promises: one test is one sentence about what people in a webinar can count on."""
