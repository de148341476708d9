"""Tests of `reports`: literal histories in, figures and verdicts out; no browser, no database."""
