"""Decides. Pure: no I/O, no clock, no framework; time, ids, tokenizer and trained weights are handed in."""
