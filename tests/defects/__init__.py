"""Proof that the suite can see: defects of the target, and the checks that notice them."""
