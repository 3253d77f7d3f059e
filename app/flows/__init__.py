"""Does: one verb a file, one transaction a call: load, decide, save. Whether and what is decided in `core`."""
