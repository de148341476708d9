"""`make bench`: what a rehearsal costs, alone and beside other ways to drive the same people."""
